//! Reader of S3 objects that are deliveries; an object is opened anew each time it is read.

use std::time::Duration;

use crate::{
    aws::{Error, LazyAwsClient, S3, s3::Revision},
    http::Stream,
    source::{ObjectAddress, ObjectRef, ObjectRefusal, ObjectVersion},
    value::BucketPattern,
};

/// Opens S3 objects.
#[derive(Debug)]
pub struct ObjectReader {
    aws: LazyAwsClient,
    /// Buckets whose objects are read; empty for all buckets.
    buckets: Vec<BucketPattern>,
}

impl ObjectReader {
    /// Creates a reader of objects in these buckets, or in any bucket if there are none. Credentials are needed only when
    /// the first S3 object is opened.
    #[must_use]
    pub fn new(aws: LazyAwsClient, buckets: Vec<BucketPattern>) -> Self {
        Self { aws, buckets }
    }

    /// Checks that an S3 object may be requested.
    ///
    /// # Errors
    /// Returns an error if a part of the reference is invalid, or the settings do not allow the bucket.
    pub(super) fn check(&self, object: &ObjectRef) -> Result<ObjectAddress, ObjectRefusal> {
        let address = object.address()?;
        let is_allowed =
            self.buckets.is_empty() || self.buckets.iter().any(|bucket| bucket.contains(&address.bucket));
        if is_allowed { Ok(address) } else { Err(ObjectRefusal::NotAllowed) }
    }

    /// Opens an S3 object for reading. `within` limits the time of all tries and the pauses between them together.
    pub(super) async fn open(&self, object: &ObjectAddress, within: Duration) -> Result<Stream, Error> {
        let aws = self.aws.get()?;
        let revision = match &object.version {
            ObjectVersion::Id(id) => Revision::Version(id),
            ObjectVersion::ETag(tag) => Revision::Etag(tag.trim_matches('"')),
            ObjectVersion::Unknown => Revision::Newest,
        };
        let aws = object.region.as_ref().map_or_else(|| Ok(aws.clone()), |region| aws.in_region(region))?;
        S3::new(aws, &object.bucket)?.open(&object.key, revision, within).await
    }
}
