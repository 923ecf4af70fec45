//! Reference to an S3 object that is a delivery, from an S3 event notification.

use tailwater_parser::ByteSize;

/// Reference to an S3 object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectRef {
    /// Name of the bucket.
    pub bucket: String,
    /// Region of the bucket, if the notification names it.
    pub region: Option<String>,
    /// Key of the S3 object, not escaped.
    pub key: String,
    /// Version of the S3 object.
    pub version: ObjectVersion,
    /// Size of the S3 object as it is stored, maybe compressed; `None` if the notification does not name it.
    pub size: Option<ByteSize>,
}

/// Version of an S3 object. It distinguishes the object from others that have had the same key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ObjectVersion {
    /// Version id. This version can be read even after the S3 object was overwritten.
    Id(String),
    /// ETag, in a bucket without versioning. It only shows that the S3 object was overwritten.
    ETag(String),
    /// The notification contains no version.
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
    /// Returns the name of the delivery: `BUCKET/KEY/VERSION`, the same for every notification about this version of
    /// the S3 object.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}/{}/{}", self.bucket, self.key, self.version.text())
    }
}
