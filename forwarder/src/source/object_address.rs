//! Address of an S3 object that a Lambda event or a parked object names, checked before a request is built from it.

use super::object::{ObjectRef, ObjectVersion};
use crate::value::{BucketName, ObjectKey, Region};

/// Maximum length of a version id or ETag in bytes. Those of S3 have at most about 100.
const MAX_VERSION_LENGTH: usize = 1024;

/// Address of an S3 object, whose parts can neither change the host of a request nor its path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectAddress {
    /// Name of the bucket.
    pub bucket: BucketName,
    /// Region of the bucket, if the event names it.
    pub region: Option<Region>,
    /// Key of the S3 object.
    pub key: ObjectKey,
    /// Version of the S3 object.
    pub version: ObjectVersion,
}

/// Reason why an S3 object is not requested. Never contains a text of the event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ObjectRefusal {
    /// No bucket can have this name.
    #[error("its bucket is not the name of a bucket")]
    Bucket,
    /// The region is not the name of an AWS region.
    #[error("its region is not the name of an AWS region")]
    Region,
    /// The key is empty, too long, or has a part `.` or `..`.
    #[error("its key is empty, too long, or has a part . or .. that requests cannot contain")]
    Key,
    /// The version id or ETag is too long.
    #[error("its version is too long")]
    Version,
    /// The settings do not name the bucket.
    #[error("its bucket is not one of TAILWATER_SOURCE_BUCKETS")]
    NotAllowed,
    /// The region is in another AWS partition than the forwarder.
    #[error("its region is in another AWS partition than AWS_REGION")]
    OtherPartition,
}

impl ObjectRef {
    /// Checks all parts of the reference.
    ///
    /// # Errors
    /// Returns the first part that is invalid.
    pub fn address(&self) -> Result<ObjectAddress, ObjectRefusal> {
        let region = self.region.as_deref().filter(|region| !region.is_empty());
        if self.version.text().len() > MAX_VERSION_LENGTH {
            return Err(ObjectRefusal::Version);
        }
        Ok(ObjectAddress {
            bucket: BucketName::read_old(&self.bucket).map_err(|_| ObjectRefusal::Bucket)?,
            region: region.map(Region::read).transpose().map_err(|_| ObjectRefusal::Region)?,
            key: ObjectKey::read(&self.key).map_err(|_| ObjectRefusal::Key)?,
            version: self.version.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(change: impl FnOnce(&mut ObjectRef), expected: Result<(), ObjectRefusal>) {
        let mut object = ObjectRef {
            bucket: "my-logs".to_owned(),
            region: Some("eu-west-1".to_owned()),
            key: "a/b.gz".to_owned(),
            ..ObjectRef::default()
        };
        change(&mut object);
        assert_eq!(object.address().map(drop), expected, "{object:?}");
    }

    #[test]
    fn valid_reference_has_an_address() {
        check(|_| (), Ok(()));
        check(|object| object.region = None, Ok(()));
        check(|object| object.region = Some(String::new()), Ok(()));
        check(|object| object.bucket = "My_old.logs".to_owned(), Ok(()));
        check(|object| object.key = "//evil.example/ \n%2F@".to_owned(), Ok(()));
    }

    #[test]
    fn every_hostile_part_is_refused() {
        for hostile in
            ["x@127.0.0.1:8080/", "evil.example/", "evil.example#", "169.254.169.254", "eu-west-1\r\n"]
        {
            check(|object| object.region = Some(hostile.to_owned()), Err(ObjectRefusal::Region));
        }
        for hostile in ["x@127.0.0.1:8080/", "//evil.example", "..", "logs?x", "logs\0", ""] {
            check(|object| object.bucket = hostile.to_owned(), Err(ObjectRefusal::Bucket));
        }
        for hostile in ["", "../../other/secret", "a/./b", &"a".repeat(5_000)] {
            check(|object| object.key = hostile.to_owned(), Err(ObjectRefusal::Key));
        }
        let long = || "v".repeat(MAX_VERSION_LENGTH + 1);
        check(|object| object.version = ObjectVersion::Id(long()), Err(ObjectRefusal::Version));
        check(|object| object.version = ObjectVersion::ETag(long()), Err(ObjectRefusal::Version));
    }
}
