//! Locations where undelivered events are parked, as settings name them.

use std::{fmt, path::PathBuf};

use crate::value::{PlainHttp, Url, ValueError};

/// Where what cannot be delivered waits for redrive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// A bucket.
    S3(BucketPath),
    /// A queue.
    Sqs {
        /// Its address.
        url: Url,
        /// Where goes what is too large for a message.
        overflow: Option<BucketPath>,
    },
    /// A folder of this machine.
    Folder {
        /// As given.
        path: PathBuf,
    },
}

/// A part of a bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketPath {
    /// Its name.
    pub name: String,
    /// What keys start with, without slashes at its ends; may be empty.
    pub prefix: String,
}

impl BucketPath {
    /// Reads `s3://BUCKET/PREFIX`.
    fn read(text: &str) -> Result<Self, ValueError> {
        let rest = text.strip_prefix("s3://").ok_or(ValueError::UnknownLocation)?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        Ok(Self { name: bucket_name(bucket)?, prefix: prefix.trim_matches('/').to_owned() })
    }
}

/// As in settings.
impl fmt::Display for BucketPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.name, self.prefix)
    }
}

impl Location {
    /// Reads `s3://BUCKET/PREFIX`, `sqs:QUEUE_URL` (optionally followed by a comma and a bucket for objects too large for a
    /// message), or `file:FOLDER`.
    ///
    /// # Errors
    /// The text is none of these, or names an invalid bucket or URL.
    pub fn read(text: &str, plain: PlainHttp) -> Result<Self, ValueError> {
        if text.starts_with("s3://") {
            return BucketPath::read(text).map(Self::S3);
        }
        if let Some(rest) = text.strip_prefix("sqs:") {
            let (url, bucket) = rest.split_once(',').unwrap_or((rest, ""));
            let bucket = Some(bucket.trim()).filter(|bucket| !bucket.is_empty());
            let overflow = bucket.map(BucketPath::read).transpose()?;
            return Url::read(url.trim(), plain).map(|url| Self::Sqs { url, overflow });
        }
        let folder = text.strip_prefix("file:").filter(|folder| !folder.is_empty());
        folder.map(|path| Self::Folder { path: path.into() }).ok_or(ValueError::UnknownLocation)
    }
}

/// 3 to 63 small letters, digits, `-` and `.`, as S3 names buckets.
fn bucket_name(text: &str) -> Result<String, ValueError> {
    let is_fine = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.';
    let is_name = (3..=63).contains(&text.len()) && text.bytes().all(is_fine) && !text.contains("..");
    if is_name { Ok(text.to_owned()) } else { Err(ValueError::BadBucket) }
}
