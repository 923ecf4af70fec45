//! Reference to an S3 object that is a delivery, from an S3 event notification.

use tailwater_parser::ByteSize;

/// Reference to an object in S3.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectRef {
    /// Name of the bucket.
    pub bucket: String,
    /// Region of the bucket, if the notification names it.
    pub region: Option<String>,
    /// Key, decoded.
    pub key: String,
    /// Version of the object.
    pub version: ObjectVersion,
    /// Size in the bucket, which may be compressed, if the notification names it.
    pub size: Option<ByteSize>,
}

/// Version of an object; distinguishes it from others that have had the same key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ObjectVersion {
    /// Version id: this version can be read even after the object was overwritten.
    Id(String),
    /// ETag, in a bucket without versioning: shows that the object was overwritten.
    ETag(String),
    /// Not in the notification.
    #[default]
    Unknown,
}

impl ObjectVersion {
    /// Returns the version id or the ETag; empty if neither is known.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Id(text) | Self::ETag(text) => text,
            Self::Unknown => "",
        }
    }
}

impl ObjectRef {
    /// Returns the delivery's name: `BUCKET/KEY/VERSION`, the same for every notification about this version.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}/{}/{}", self.bucket, self.key, self.version.text())
    }
}
