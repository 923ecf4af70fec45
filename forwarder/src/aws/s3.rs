//! S3 API: puts, reads, lists and deletes S3 objects.

use std::time::Duration;

use bytes::Bytes;
use reqwest::Url;
use rusty_s3::{Bucket, Credentials, S3Action, actions::ListObjectsV2};
use tailwater_parser::{UnixMillis, timestamp};

use super::{AwsClient, Error, Service, endpoint, retry};
use crate::{
    http::{self, HeaderValue, Method, Request, Response},
    value::{BucketName, ObjectKey, Secret},
};

const SERVICE: Service = Service::S3;
/// Validity of a presigned URL: longer than any request takes.
const SIGNATURE_VALIDITY: Duration = Duration::from_secs(300);
/// Maximum size in bytes of one page of a list of keys: 1,000 keys of 1,024 bytes, each byte escaped, and their XML
/// elements.
const PAGE_LIMIT: usize = 8 * 1024 * 1024;

/// Client of one S3 bucket.
#[derive(Clone, Debug)]
pub struct S3 {
    client: AwsClient,
    bucket: Bucket,
}

/// Result of [`S3::put_new`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PutResult {
    /// The S3 object was created.
    Created,
    /// An S3 object with this key existed already. It was not changed.
    AlreadyExists,
}

/// Condition for writing an S3 object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PutCondition<'c> {
    /// None: an existing object is replaced.
    Any,
    /// No object with the key exists.
    IsNew,
    /// The existing object has this `ETag`.
    HasEtag(&'c str),
}

/// Content of an S3 object, with what is needed to replace it or to judge its age.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatedObject {
    /// Content, or its first bytes if it exceeds the limit.
    pub body: Vec<u8>,
    /// `ETag`, as the server sent it; empty if it sent none.
    pub etag: String,
    /// Time since the object was last written, by the clock of the server alone; `None` if the server does not tell.
    pub age: Option<Duration>,
}

/// Selects the revision of an S3 object to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revision<'r> {
    /// The current revision.
    Newest,
    /// The revision with this version id.
    Version(&'r str),
    /// The current revision, if it has this `ETag`.
    Etag(&'r str),
}

/// One page of a list of keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyPage {
    /// Keys, sorted.
    pub keys: Vec<String>,
    /// True if the bucket has more keys after this page.
    pub has_more: bool,
}

impl S3 {
    /// Creates a client of the bucket `name`. It sends nothing yet.
    ///
    /// # Errors
    /// Returns [`Error::NoRegion`] if no region is configured.
    pub fn new(client: AwsClient, name: &BucketName) -> Result<Self, Error> {
        let bucket = endpoint::of_bucket(name, client.region(SERVICE)?, client.endpoint())?;
        Ok(Self { bucket, client })
    }

    /// Returns the bucket's name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.bucket.name()
    }

    /// Returns the URL of an S3 object, without a signature.
    #[must_use]
    pub fn url(&self, key: &ObjectKey) -> String {
        self.bucket.object_url(key.as_str()).to_string()
    }

    /// Creates an S3 object, unless one with this key exists. `within` is the maximum time, retries and pauses
    /// included.
    ///
    /// # Errors
    /// Returns an error if the request fails.
    pub async fn put_new(&self, key: &ObjectKey, body: Bytes, within: Duration) -> Result<PutResult, Error> {
        let written = self.put_if(key, body, PutCondition::IsNew, within).await?;
        Ok(if written.is_some() { PutResult::Created } else { PutResult::AlreadyExists })
    }

    /// Writes an S3 object if the condition holds. Returns the `ETag` of the written object, which is empty if the
    /// server does not send one; `None` if the condition does not hold. `within` is the maximum time, retries and
    /// pauses included. If a response is lost, the request is sent again, and its condition does not hold any more.
    ///
    /// # Errors
    /// Returns an error if the request fails.
    pub async fn put_if(
        &self,
        key: &ObjectKey,
        body: Bytes,
        condition: PutCondition<'_>,
        within: Duration,
    ) -> Result<Option<String>, Error> {
        let url = signed(&self.bucket.put_object(Some(&self.credentials()), key.as_str()));
        let request = Request::new(Method::PUT, url, body);
        let request = match condition {
            PutCondition::Any => request,
            PutCondition::IsNew => {
                request.with(reqwest::header::IF_NONE_MATCH, HeaderValue::from_static("*"))
            }
            PutCondition::HasEtag(tag) => {
                let tag = HeaderValue::try_from(tag).map_err(|_| Error::InvalidResponse(SERVICE))?;
                request.with(reqwest::header::IF_MATCH, tag)
            }
        };
        let response = retry::send(&self.client.client, SERVICE, request, within).await?;
        match (response.status, condition) {
            (200..=299, _) => Ok(Some(response.header("etag").unwrap_or_default().to_owned())),
            // 404: the object that is to be replaced was deleted. 409: another request writes the same key.
            (412, _) | (404 | 409, PutCondition::HasEtag(_)) => Ok(None),
            _ => Err(Error::from_response(SERVICE, &response)),
        }
    }

    /// Opens an S3 object to read it as a stream. `within` is the maximum time until the response's headers, retries
    /// and pauses included. Then the timeout of the successful attempt applies to each chunk of the body.
    ///
    /// # Errors
    /// Returns an error if the request fails; [`Error::NotFound`] if this revision of the S3 object does not exist.
    pub async fn open(
        &self,
        key: &ObjectKey,
        revision: Revision<'_>,
        within: Duration,
    ) -> Result<http::Stream, Error> {
        let request = self.get_request(key, revision);
        let stream =
            retry::open(&self.client.client, SERVICE, request, within.min(self.client.within)).await?;
        if stream.status() == 200 {
            return Ok(stream);
        }
        let response = stream.read(PAGE_LIMIT).await;
        let response = response.map_err(|error| Error::Unreachable { service: SERVICE, error })?;
        Err(get_error(&response))
    }

    /// Reads a whole S3 object into memory.
    ///
    /// # Errors
    /// Returns an error if the request fails; [`Error::NotFound`] if this revision of the S3 object does not exist,
    /// and [`Error::TooLarge`] if it has more than `limit` bytes.
    pub async fn read(
        &self,
        key: &ObjectKey,
        revision: Revision<'_>,
        limit: usize,
    ) -> Result<Vec<u8>, Error> {
        let request = self.get_request(key, revision).with_response_limit(limit);
        let response = retry::send(&self.client.client, SERVICE, request, self.client.within).await?;
        match response.status {
            200 if response.is_cut => Err(Error::TooLarge { service: SERVICE, limit }),
            200 => Ok(response.body),
            _ => Err(get_error(&response)),
        }
    }

    /// Reads a small S3 object together with its `ETag` and its age; `None` if it does not exist.
    ///
    /// # Errors
    /// Returns an error if the request fails.
    pub async fn read_dated(&self, key: &ObjectKey, limit: usize) -> Result<Option<DatedObject>, Error> {
        let request = self.get_request(key, Revision::Newest).with_response_limit(limit);
        let response = retry::send(&self.client.client, SERVICE, request, self.client.within).await?;
        match response.status {
            200 => Ok(Some(DatedObject::of(response))),
            404 => Some(get_error(&response)).filter(is_no_bucket).map_or(Ok(None), Err),
            _ => Err(get_error(&response)),
        }
    }

    /// Builds a request to read an S3 object.
    fn get_request(&self, key: &ObjectKey, revision: Revision<'_>) -> Request {
        let credentials = self.credentials();
        let mut action = self.bucket.get_object(Some(&credentials), key.as_str());
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

    /// Returns up to 1,000 keys that start with `prefix`. They are the first ones in the sort order after the key
    /// `after`.
    ///
    /// # Errors
    /// Returns an error if the request fails or its response is invalid.
    pub async fn list(&self, prefix: &str, after: Option<&str>) -> Result<KeyPage, Error> {
        let credentials = self.credentials();
        let mut action = self.bucket.list_objects_v2(Some(&credentials));
        action.with_prefix(prefix.to_owned());
        if let Some(after) = after {
            action.with_start_after(after.to_owned());
        }
        let request =
            Request::new(Method::GET, signed(&action), Bytes::new()).with_response_limit(PAGE_LIMIT);
        let response = retry::send(&self.client.client, SERVICE, request, self.client.within).await?;
        if response.status != 200 {
            return Err(Error::from_response(SERVICE, &response));
        }
        let text = String::from_utf8(response.body).map_err(|_| Error::InvalidResponse(SERVICE))?;
        let listed = ListObjectsV2::parse_response(&text).map_err(|_| Error::InvalidResponse(SERVICE))?;
        let has_more = listed.next_continuation_token.is_some();
        Ok(KeyPage { keys: listed.contents.into_iter().map(|object| object.key).collect(), has_more })
    }

    /// Deletes an S3 object. It is no error if the S3 object does not exist.
    ///
    /// # Errors
    /// Returns an error if the request fails.
    pub async fn delete(&self, key: &ObjectKey) -> Result<(), Error> {
        let url = signed(&self.bucket.delete_object(Some(&self.credentials()), key.as_str()));
        let request = Request::new(Method::DELETE, url, Bytes::new());
        let response = retry::send(&self.client.client, SERVICE, request, self.client.within).await?;
        match response.status {
            200..=299 | 404 => Ok(()),
            _ => Err(Error::from_response(SERVICE, &response)),
        }
    }

    fn credentials(&self) -> Credentials {
        let credentials = &self.client.credentials;
        let (key, secret) = (credentials.access_key_id.reveal(), credentials.secret_access_key.reveal());
        match credentials.session_token.as_ref().map(Secret::reveal) {
            Some(token) => Credentials::new_with_token(key, secret, token),
            None => Credentials::new(key, secret),
        }
    }
}

impl DatedObject {
    fn of(response: Response) -> Self {
        let time = |name| response.header(name).and_then(http_date);
        let age = time("date").zip(time("last-modified")).map(|(now, written)| {
            let millis = now.0.saturating_sub(written.0);
            Duration::from_millis(u64::try_from(millis).unwrap_or_default())
        });
        let etag = response.header("etag").unwrap_or_default().to_owned();
        Self { etag, age, body: response.body }
    }
}

/// Parses an HTTP date in the format that servers have to send: `Sun, 06 Nov 1994 08:49:37 GMT`.
fn http_date(text: &str) -> Option<UnixMillis> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let [_, day, month, year, time, "GMT"] = *words.as_slice() else { return None };
    let month = MONTHS.iter().zip(1..).find_map(|(name, number)| (*name == month).then_some(number))?;
    timestamp::read_all(&format!("{year}-{month:02}-{day:0>2}T{time}Z"))
}

fn is_no_bucket(error: &Error) -> bool {
    matches!(error, Error::NotFound { code, .. } if code == "NoSuchBucket")
}

/// Builds the presigned URL of a request.
fn signed<'a>(action: &impl S3Action<'a>) -> Url {
    action.sign(SIGNATURE_VALIDITY)
}

/// Classifies the error response to a request to read an S3 object.
fn get_error(response: &Response) -> Error {
    // 412: the object has another `ETag` by now, so that the requested revision does not exist any more.
    let status = if response.status == 412 { 404 } else { response.status };
    Error::from_response(SERVICE, &Response { status, ..response.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{HeaderMap, HeaderName};

    fn age(headers: &[(&'static str, &'static str)]) -> Option<Duration> {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        let headers: HeaderMap = headers.iter().map(pair).collect();
        DatedObject::of(Response { status: 200, headers, body: Vec::new(), is_cut: false }).age
    }

    #[test]
    fn age_is_the_difference_of_two_times_of_the_server() {
        let written = ("last-modified", "Sat, 28 Feb 2026 23:59:50 GMT");
        assert_eq!(age(&[written, ("date", "Sun, 01 Mar 2026 00:01:00 GMT")]), Some(Duration::from_secs(70)));
        // A server whose own two clocks differ.
        assert_eq!(age(&[written, ("date", "Sat, 28 Feb 2026 23:59:49 GMT")]), Some(Duration::ZERO));
    }

    #[test]
    fn age_is_unknown_without_both_times() {
        assert_eq!(age(&[("date", "Sun, 01 Mar 2026 00:01:00 GMT")]), None);
        assert_eq!(age(&[("last-modified", "yesterday"), ("date", "Sun, 01 Mar 2026 00:01:00 GMT")]), None);
    }
}
