//! Objects of S3 that are deliveries: opened when they are read, each time anew.

use std::{sync::OnceLock, time::Duration};

use crate::{
    aws::{Access, Error, S3, s3::Revision},
    http::{Client, Stream},
    settings::Settings,
    source::{ObjectRef, ObjectVersion},
};

/// What opens objects. Nothing of AWS's is needed before the first.
#[derive(Debug)]
pub(super) struct Objects {
    client: Client,
    settings: Settings,
    access: OnceLock<Result<Access, Error>>,
}

impl Objects {
    pub(super) fn new(client: Client, settings: &Settings) -> Self {
        Self { client, settings: settings.clone(), access: OnceLock::new() }
    }

    /// Opens an object within this time, tries and pauses together.
    pub(super) async fn open(&self, object: &ObjectRef, within: Duration) -> Result<Stream, Error> {
        let made = self.access.get_or_init(|| Access::new(self.client.clone(), &self.settings));
        let access = made.as_ref().map_err(Clone::clone)?;
        let revision = match &object.version {
            ObjectVersion::Id(id) => Revision::Version(id),
            ObjectVersion::ETag(tag) => Revision::Etag(tag.trim_matches('"')),
            ObjectVersion::Unknown => Revision::Newest,
        };
        let access =
            object.region.as_deref().map_or_else(|| access.clone(), |region| access.in_region(region));
        S3::new(access, &object.bucket)?.open(&object.key, revision, within).await
    }
}
