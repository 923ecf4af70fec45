//! Reference to an S3 object that is a delivery, from an S3 event notification.

use std::sync::Arc;

use tailwater_parser::{Arrival, ByteSize};

use super::origin::DeliveryOrigin;

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

    /// Returns the origin of the S3 object's log events. `account` is that of the bucket, or empty.
    #[must_use]
    pub fn origin(&self, account: &str) -> DeliveryOrigin {
        DeliveryOrigin {
            account: account_of_key(&self.key).unwrap_or(account).to_owned(),
            region: self.region.clone().unwrap_or_default(),
            arrival: Some(Arc::new(Arrival {
                bucket: self.bucket.clone(),
                key: self.key.clone(),
                ..Arrival::default()
            })),
        }
    }
}

/// Returns the account in a key: AWS services write logs under `AWSLogs/ACCOUNT/`, or `AWSLogs/ORGANIZATION/ACCOUNT/`.
fn account_of_key(key: &str) -> Option<&str> {
    let (before, rest) = key.split_once("AWSLogs/")?;
    (before.is_empty() || before.ends_with('/')).then_some(())?;
    let is_account = |part: &&str| part.len() == 12 && part.bytes().all(|byte| byte.is_ascii_digit());
    rest.split('/').take(2).find(is_account)
}
