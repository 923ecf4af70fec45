//! Reader of S3 objects that are deliveries; an object is opened anew each time it is read.

use std::time::Duration;

use crate::{
    aws::{Error, LazyAwsClient, S3, s3::Revision},
    http::Stream,
    source::{ObjectRef, ObjectVersion},
};

/// Opens S3 objects.
#[derive(Debug)]
pub struct ObjectReader(LazyAwsClient);

impl ObjectReader {
    /// Creates a reader. Credentials are needed only when the first S3 object is opened.
    #[must_use]
    pub fn new(aws: LazyAwsClient) -> Self {
        Self(aws)
    }

    /// Opens an S3 object for reading. `within` limits the time of all tries and the pauses between them together.
    pub(super) async fn open(&self, object: &ObjectRef, within: Duration) -> Result<Stream, Error> {
        let aws = self.0.get()?;
        let revision = match &object.version {
            ObjectVersion::Id(id) => Revision::Version(id),
            ObjectVersion::ETag(tag) => Revision::Etag(tag.trim_matches('"')),
            ObjectVersion::Unknown => Revision::Newest,
        };
        let aws = object.region.as_deref().map_or_else(|| aws.clone(), |region| aws.in_region(region));
        S3::new(aws, &object.bucket)?.open(&object.key, revision, within).await
    }
}
