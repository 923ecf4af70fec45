//! Location of the parking store, as in the setting `TAILWATER_PARKING`.

use std::{fmt, path::PathBuf};

use crate::value::{BucketName, ObjectKey, PlainHttp, QueueUrl, ValueError};

/// Location of the parking store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// S3 bucket.
    S3(BucketPath),
    /// SQS queue.
    Sqs {
        /// URL of the queue.
        url: QueueUrl,
        /// Bucket for parked objects that are too large for a message.
        overflow: Option<BucketPath>,
    },
    /// Folder on this machine.
    Folder {
        /// Path of the folder.
        path: PathBuf,
    },
}

/// Bucket, and a prefix of the keys in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketPath {
    /// Name of the bucket.
    pub name: BucketName,
    /// Prefix of all keys, without slashes at its ends; may be empty.
    pub prefix: String,
}

impl BucketPath {
    /// Reads `s3://BUCKET/PREFIX`.
    ///
    /// # Errors
    /// Returns an error if the text has another form, or an invalid bucket or key.
    pub fn read(text: &str) -> Result<Self, ValueError> {
        let rest = text.strip_prefix("s3://").ok_or(ValueError::UnknownLocation)?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let prefix = prefix.trim_matches('/');
        if !prefix.is_empty() {
            ObjectKey::read(prefix)?;
        }
        Ok(Self { name: BucketName::read(bucket)?, prefix: prefix.to_owned() })
    }
}

/// Formats the path as in the setting: `s3://BUCKET/PREFIX`.
impl fmt::Display for BucketPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.name, self.prefix)
    }
}

impl Location {
    /// Reads `s3://BUCKET/PREFIX`, `sqs:QUEUE_URL` (optionally followed by a comma and a bucket for parked objects that
    /// are too large for a message), or `file:FOLDER`.
    ///
    /// # Errors
    /// Returns an error if the text has another form, or names an invalid bucket or URL.
    pub fn read(text: &str, plain: PlainHttp) -> Result<Self, ValueError> {
        if text.starts_with("s3://") {
            return BucketPath::read(text).map(Self::S3);
        }
        if let Some(rest) = text.strip_prefix("sqs:") {
            let (url, bucket) = rest.split_once(',').unwrap_or((rest, ""));
            let bucket = Some(bucket.trim()).filter(|bucket| !bucket.is_empty());
            let overflow = bucket.map(BucketPath::read).transpose()?;
            return QueueUrl::read(url.trim(), plain).map(|url| Self::Sqs { url, overflow });
        }
        let folder = text.strip_prefix("file:").filter(|folder| !folder.is_empty());
        folder.map(|path| Self::Folder { path: path.into() }).ok_or(ValueError::UnknownLocation)
    }
}
