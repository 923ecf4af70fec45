//! Places beside the backends: where undelivered deliveries wait, and the proxy on the way.

use std::{fmt, path::PathBuf};

use super::{
    secret::Secret,
    url::{PlainHttp, Scheme, Url},
    value::Wrong,
};

/// Where what cannot be delivered waits for redrive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parking {
    /// A bucket.
    S3(Bucket),
    /// A queue.
    Sqs {
        /// Its address.
        url: Url,
        /// Where goes what is too large for a message.
        overflow: Option<Bucket>,
    },
    /// A folder of this machine.
    Folder {
        /// As given.
        path: PathBuf,
    },
}

/// A part of a bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// What keys start with, without slashes at its ends; may be empty.
    pub prefix: String,
}

impl Bucket {
    /// `s3://BUCKET/PREFIX`.
    fn read(text: &str) -> Result<Self, Wrong> {
        let rest = text.strip_prefix("s3://").ok_or(Wrong::UnknownPlace)?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        Ok(Self { name: bucket_name(bucket)?, prefix: prefix.trim_matches('/').to_owned() })
    }
}

/// As in settings.
impl fmt::Display for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.name, self.prefix)
    }
}

impl Parking {
    /// `s3://BUCKET/PREFIX`, `sqs:QUEUE_URL`, with a bucket behind a comma for what is too large, or `file:FOLDER`.
    pub(super) fn read(text: &str, plain: PlainHttp) -> Result<Self, Wrong> {
        if text.starts_with("s3://") {
            return Bucket::read(text).map(Self::S3);
        }
        if let Some(rest) = text.strip_prefix("sqs:") {
            let (url, bucket) = rest.split_once(',').unwrap_or((rest, ""));
            let bucket = Some(bucket.trim()).filter(|bucket| !bucket.is_empty());
            let overflow = bucket.map(Bucket::read).transpose()?;
            return Url::read(url.trim(), plain).map(|url| Self::Sqs { url, overflow });
        }
        let folder = text.strip_prefix("file:").filter(|folder| !folder.is_empty());
        folder.map(|path| Self::Folder { path: path.into() }).ok_or(Wrong::UnknownPlace)
    }
}

/// 3 to 63 small letters, digits, `-` and `.`, as S3 names buckets.
fn bucket_name(text: &str) -> Result<String, Wrong> {
    let is_fine = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.';
    let is_name = (3..=63).contains(&text.len()) && text.bytes().all(is_fine) && !text.contains("..");
    if is_name { Ok(text.to_owned()) } else { Err(Wrong::BadBucket) }
}

/// The proxy that requests go through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy {
    /// Where it is; without TLS as a rule, since what goes through it has its own.
    pub url: Url,
    /// `user:password` as it stands in the address.
    pub login: Option<Secret>,
}

impl Proxy {
    /// `http://[USER:PASSWORD@]HOST:PORT`, or without the scheme.
    pub(super) fn read(text: &str) -> Result<Self, Wrong> {
        let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (login, host) = match authority.rsplit_once('@') {
            Some((login, host)) => (Some(Secret::new(login)), host),
            None => (None, authority),
        };
        let address = format!("{scheme}://{host}/{path}");
        let url = Url::read_or_host(address.trim_end_matches('/'), Scheme::Http, PlainHttp::Anywhere)?;
        Ok(Self { url, login })
    }
}
