//! HTTP requests and responses.

use bytes::Bytes;

use super::{HeaderMap, HeaderName, HeaderValue, Method};
use crate::value::Secret;

/// Default of [`Request::response_limit`]: enough for the responses of all backends, error pages included.
const RESPONSE_LIMIT: usize = 64 * 1024;

/// An HTTP request.
#[derive(Clone, Debug)]
pub struct Request {
    /// Method.
    pub method: Method,
    /// Absolute URL, with path and query.
    pub url: String,
    /// Headers. Values that are secret are marked as sensitive, so that `Debug` does not show them.
    pub headers: HeaderMap,
    /// Body. Cloning it for another attempt copies no bytes.
    pub body: Bytes,
    /// Maximum number of bytes of the response's body to read.
    pub response_limit: usize,
}

impl Request {
    /// Creates a request without headers.
    #[must_use]
    pub fn new(method: Method, url: impl Into<String>, body: impl Into<Bytes>) -> Self {
        Self {
            method,
            url: url.into(),
            headers: HeaderMap::new(),
            body: body.into(),
            response_limit: RESPONSE_LIMIT,
        }
    }

    /// Sets a header; replaces a header with the same name.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Sets a header whose value `Debug` does not show. Returns `None` if `secret` is not a valid header value, for
    /// example because of a line break. for example.
    #[must_use]
    pub fn with_secret(self, name: HeaderName, secret: &Secret) -> Option<Self> {
        let mut value = HeaderValue::from_str(secret.reveal()).ok()?;
        value.set_sensitive(true);
        Some(self.with(name, value))
    }

    /// Sets the maximum number of bytes of the response's body to read.
    #[must_use]
    pub fn with_response_limit(self, response_limit: usize) -> Self {
        Self { response_limit, ..self }
    }
}

/// HTTP response with any status except those of redirects.
#[derive(Clone, Debug)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// Body, or its first [`Request::response_limit`] bytes.
    pub body: Vec<u8>,
    /// True if the body was longer than the limit, so that its end is missing.
    pub is_cut: bool,
}

impl Response {
    /// Returns the value of a header; `None` if the header is missing or its value is not text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}
