//! Requests and responses.

use bytes::Bytes;

use super::{HeaderMap, HeaderName, HeaderValue, Method};
use crate::value::Secret;

/// What is read of an answer at most, where a request does not say otherwise: backends' answers are short, and a page of
/// an error says all it has to say within this.
const ANSWER_LIMIT: usize = 64 * 1024;

/// A request.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Where it goes, scheme, path and query included.
    pub url: String,
    /// Its headers; secrets in them are marked, so that nothing prints them.
    pub headers: HeaderMap,
    /// Its body. Cloning it for another try copies nothing.
    pub body: Bytes,
    /// What is read of the answer at most, in bytes.
    pub answer_limit: usize,
}

impl Request {
    /// A request without headers of its own.
    #[must_use]
    pub fn new(method: Method, url: impl Into<String>, body: impl Into<Bytes>) -> Self {
        Self {
            method,
            url: url.into(),
            headers: HeaderMap::new(),
            body: body.into(),
            answer_limit: ANSWER_LIMIT,
        }
    }

    /// With one more header, in place of one of the same name.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// With a header whose value is never printed. `None` when the text is no header: it has a line break, for example.
    #[must_use]
    pub fn with_secret(self, name: HeaderName, secret: &Secret) -> Option<Self> {
        let mut value = HeaderValue::from_str(secret.reveal()).ok()?;
        value.set_sensitive(true);
        Some(self.with(name, value))
    }

    /// With more or less to read of the answer.
    #[must_use]
    pub fn answered_within(self, answer_limit: usize) -> Self {
        Self { answer_limit, ..self }
    }
}

/// An answer. It may be one that refuses: what its status means is for others to say.
#[derive(Clone, Debug)]
pub struct Response {
    /// HTTP status; never a redirect.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, or the beginning of it.
    pub body: Vec<u8>,
    /// Whether there was more of the body than the request's limit.
    pub is_cut: bool,
}

impl Response {
    /// The text of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}
