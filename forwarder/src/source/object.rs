//! An S3 object that is a delivery, as a notification names it.

use tailwater_parser::ByteSize;

/// An object in S3.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectRef {
    /// Its bucket.
    pub bucket: String,
    /// The bucket's region, where the notification tells.
    pub region: Option<String>,
    /// Its key as it is, no character of it encoded.
    pub key: String,
    /// Which of the objects that have had this key.
    pub version: ObjectVersion,
    /// As stored, where the notification tells.
    pub size: Option<ByteSize>,
}

/// What tells an object from others that have had the same key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ObjectVersion {
    /// Its version: it can be asked for, whatever was written since.
    Id(String),
    /// The hash of its content, in a bucket without versions: what has another was overwritten since.
    ETag(String),
    /// The notification does not tell.
    #[default]
    Unknown,
}

impl ObjectVersion {
    /// The version or the hash; empty when neither is known.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Id(text) | Self::ETag(text) => text,
            Self::Unknown => "",
        }
    }
}

impl ObjectRef {
    /// The same for the same content, from whichever notification it is: events of its lines are named by it.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}/{}/{}", self.bucket, self.key, self.version.text())
    }
}
