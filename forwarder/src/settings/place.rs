//! Places beside the backends: where undelivered deliveries wait, and the proxy on the way.

use std::path::PathBuf;

use super::{
    secret::Secret,
    url::{PlainHttp, Scheme, Url},
    value::Wrong,
};

/// Where what cannot be delivered waits for redrive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parking {
    /// A bucket.
    S3 {
        /// Its name.
        bucket: String,
        /// What keys start with, without slashes at its ends; may be empty.
        prefix: String,
    },
    /// A queue.
    Sqs {
        /// Its address.
        url: Url,
    },
    /// A folder of this machine.
    Folder {
        /// As given.
        path: PathBuf,
    },
}

impl Parking {
    /// `s3://BUCKET/PREFIX`, `sqs:QUEUE_URL`, `file:FOLDER`.
    pub(super) fn read(text: &str, plain: PlainHttp) -> Result<Self, Wrong> {
        if let Some(rest) = text.strip_prefix("s3://") {
            let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
            let prefix = prefix.trim_matches('/').to_owned();
            return Ok(Self::S3 { bucket: bucket_name(bucket)?, prefix });
        }
        if let Some(url) = text.strip_prefix("sqs:") {
            return Url::read(url, plain).map(|url| Self::Sqs { url });
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
