//! S3: objects put once, read as a stream, listed by the thousand, deleted.

use std::time::Duration;

use bytes::Bytes;
use reqwest::Url;
use rusty_s3::{Bucket, Credentials, S3Action, UrlStyle, actions::ListObjectsV2};

use super::{
    AwsClient, Error, Service,
    client::{address_of, url},
    retry,
};
use crate::{
    http::{self, HeaderValue, Method, Request, Response},
    value::Secret,
};

const SERVICE: Service = Service::S3;
/// How long a signature is valid: longer than any request, shorter than what somebody who finds one could use.
const VALID: Duration = Duration::from_secs(300);
/// A page of a listing: 1,000 keys of 1,024 bytes, each byte escaped, and what stands around them.
const PAGE_LIMIT: usize = 8 * 1024 * 1024;

/// A bucket.
#[derive(Clone, Debug)]
pub struct S3 {
    access: AwsClient,
    bucket: Bucket,
}

/// What came of putting an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// It is there now.
    New,
    /// One of this key was there already, and was left as it is.
    AlreadyThere,
}

/// Which state of an object is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revision<'r> {
    /// Whichever is there.
    Newest,
    /// The version of this id.
    Version(&'r str),
    /// The one whose content has this tag.
    Etag(&'r str),
}

/// Some of a bucket's keys, sorted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The keys.
    pub keys: Vec<String>,
    /// Whether there are more behind the last.
    pub has_more: bool,
}

impl S3 {
    /// The bucket of this name. Nothing is sent.
    ///
    /// # Errors
    /// When no region is set.
    pub fn new(access: AwsClient, name: &str) -> Result<Self, Error> {
        let region = access.region(SERVICE)?.to_owned();
        let (endpoint, style) = match access.endpoint() {
            Some(endpoint) => (endpoint.to_string(), UrlStyle::Path),
            // A certificate for `*.s3.…` is none for a name with another dot in it.
            None if name.contains('.') => (address_of(SERVICE, &region), UrlStyle::Path),
            None => (address_of(SERVICE, &region), UrlStyle::VirtualHost),
        };
        let bucket = Bucket::new(url(&endpoint, SERVICE)?, style, name.to_owned(), region);
        Ok(Self { bucket: bucket.map_err(|_| Error::Unreadable(SERVICE))?, access })
    }

    /// The bucket's name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.bucket.name()
    }

    /// Puts an object unless there is one of this key.
    ///
    /// # Errors
    /// When S3 does not take it within this time, tries and pauses together.
    pub async fn put_new(&self, key: &str, body: Bytes, within: Duration) -> Result<Stored, Error> {
        let url = signed(&self.bucket.put_object(Some(&self.credentials()), key));
        let request = Request::new(Method::PUT, url, body)
            .with(reqwest::header::IF_NONE_MATCH, HeaderValue::from_static("*"));
        let response = retry::send(&self.access.client, SERVICE, request, within).await?;
        match response.status {
            200..=299 => Ok(Stored::New),
            412 => Ok(Stored::AlreadyThere),
            _ => Err(Error::of(SERVICE, &response)),
        }
    }

    /// An object whose content is to be read piece by piece: opened within this time, tries and pauses together, of which each
    /// piece may take half.
    ///
    /// # Errors
    /// When there is none, or none in this state any more.
    pub async fn open(
        &self,
        key: &str,
        revision: Revision<'_>,
        within: Duration,
    ) -> Result<http::Stream, Error> {
        let request = self.reading(key, revision);
        let stream =
            retry::open(&self.access.client, SERVICE, request, within.min(self.access.within)).await?;
        if stream.status() == 200 {
            return Ok(stream);
        }
        let answered = stream.read(PAGE_LIMIT).await;
        let response = answered.map_err(|error| Error::Unreachable { service: SERVICE, error })?;
        Err(refused(&response))
    }

    /// An object, whole.
    ///
    /// # Errors
    /// When there is none, or it has more bytes than `limit`.
    pub async fn read(&self, key: &str, revision: Revision<'_>, limit: usize) -> Result<Vec<u8>, Error> {
        let request = self.reading(key, revision).with_response_limit(limit);
        let response = retry::send(&self.access.client, SERVICE, request, self.access.within).await?;
        match response.status {
            200 if response.is_cut => Err(Error::Unreadable(SERVICE)),
            200 => Ok(response.body),
            _ => Err(refused(&response)),
        }
    }

    fn reading(&self, key: &str, revision: Revision<'_>) -> Request {
        let credentials = self.credentials();
        let mut action = self.bucket.get_object(Some(&credentials), key);
        if let Revision::Version(version) = revision {
            action.query_mut().insert("versionId", version.to_owned());
        }
        let request = Request::new(Method::GET, signed(&action), Bytes::new());
        match revision {
            Revision::Etag(tag) => match HeaderValue::try_from(format!("\"{tag}\"")) {
                Ok(tag) => request.with(reqwest::header::IF_MATCH, tag),
                Err(_) => request,
            },
            Revision::Newest | Revision::Version(_) => request,
        }
    }

    /// Up to 1,000 keys that begin with `prefix` and stand behind `after`.
    ///
    /// # Errors
    /// When S3 does not list them.
    pub async fn list(&self, prefix: &str, after: Option<&str>) -> Result<Page, Error> {
        let credentials = self.credentials();
        let mut action = self.bucket.list_objects_v2(Some(&credentials));
        action.with_prefix(prefix.to_owned());
        if let Some(after) = after {
            action.with_start_after(after.to_owned());
        }
        let request =
            Request::new(Method::GET, signed(&action), Bytes::new()).with_response_limit(PAGE_LIMIT);
        let response = retry::send(&self.access.client, SERVICE, request, self.access.within).await?;
        if response.status != 200 {
            return Err(Error::of(SERVICE, &response));
        }
        let text = String::from_utf8(response.body).map_err(|_| Error::Unreadable(SERVICE))?;
        let listed = ListObjectsV2::parse_response(&text).map_err(|_| Error::Unreadable(SERVICE))?;
        let has_more = listed.next_continuation_token.is_some();
        Ok(Page { keys: listed.contents.into_iter().map(|object| object.key).collect(), has_more })
    }

    /// Takes an object away; one that is gone already is no error.
    ///
    /// # Errors
    /// When S3 does not.
    pub async fn delete(&self, key: &str) -> Result<(), Error> {
        let url = signed(&self.bucket.delete_object(Some(&self.credentials()), key));
        let request = Request::new(Method::DELETE, url, Bytes::new());
        let response = retry::send(&self.access.client, SERVICE, request, self.access.within).await?;
        match response.status {
            200..=299 | 404 => Ok(()),
            _ => Err(Error::of(SERVICE, &response)),
        }
    }

    fn credentials(&self) -> Credentials {
        let credentials = &self.access.credentials;
        let (key, secret) = (credentials.access_key_id.reveal(), credentials.secret_access_key.reveal());
        match credentials.session_token.as_ref().map(Secret::reveal) {
            Some(token) => Credentials::new_with_token(key, secret, token),
            None => Credentials::new(key, secret),
        }
    }
}

/// The address of a request, which holds its signature.
fn signed<'a>(action: &impl S3Action<'a>) -> Url {
    action.sign(VALID)
}

/// An object that was overwritten since is not there any more.
fn refused(response: &Response) -> Error {
    let status = if response.status == 412 { 404 } else { response.status };
    Error::of(SERVICE, &Response { status, ..response.clone() })
}
