//! HTTP responses: JSON, compressed if the client accepts it, and problem documents (RFC 9457).

use std::io::Write as _;

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Response, StatusCode, header},
};
use flate2::{Compression, write::GzEncoder};
use serde::Serialize;
use serde_json::json;

use crate::store::StoreError;

/// Error response with its status and reason.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub(super) struct Problem {
    pub(super) status: StatusCode,
    pub(super) reason: String,
}

impl Problem {
    /// Creates a problem with status 400 (bad request).
    pub(super) fn bad_request(reason: String) -> Self {
        Self { status: StatusCode::BAD_REQUEST, reason }
    }

    /// Creates a problem with status 404 (not found).
    pub(super) fn not_found(reason: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, reason)
    }

    pub(super) fn new(status: StatusCode, reason: &str) -> Self {
        Self { status, reason: reason.to_owned() }
    }

    /// Builds the `application/problem+json` response (RFC 9457).
    pub(super) fn response(&self) -> Response<Body> {
        let title = self.status.canonical_reason().unwrap_or("problem");
        let body = json!({ "title": title, "status": self.status.as_u16(), "detail": self.reason });
        let mut response = Response::new(Body::from(body.to_string()));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if matches!(self.status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let status = match error.cause() {
            StoreError::Locked => StatusCode::SERVICE_UNAVAILABLE,
            StoreError::Full | StoreError::FileSizeLimit => StatusCode::INSUFFICIENT_STORAGE,
            StoreError::File { .. }
            | StoreError::NotAPath(_)
            | StoreError::Open(_)
            | StoreError::ReadOnly
            | StoreError::Replaced
            | StoreError::Io(_)
            | StoreError::Malformed(_)
            | StoreError::NotAStore { .. }
            | StoreError::Newer { .. }
            | StoreError::Older { .. }
            | StoreError::Damaged { .. }
            | StoreError::MissingRows { .. }
            | StoreError::WriterFailed
            | StoreError::Sqlite(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self { status, reason: error.to_string() }
    }
}

/// Serializes a document as JSON.
pub(super) fn to_json(document: &impl Serialize) -> Result<Vec<u8>, Problem> {
    serde_json::to_vec(document)
        .map_err(|error| Problem { status: StatusCode::INTERNAL_SERVER_ERROR, reason: error.to_string() })
}

/// Minimum size in bytes of a document that is compressed. A smaller one fits into one network packet anyway.
const MIN_COMPRESSED_BYTES: usize = 1400;

/// Compresses a document with gzip; `None` if it is smaller than [`MIN_COMPRESSED_BYTES`].
pub(super) fn gzip_if_large(document: &[u8]) -> Option<Vec<u8>> {
    if document.len() < MIN_COMPRESSED_BYTES {
        return None;
    }
    let mut gzip = GzEncoder::new(Vec::with_capacity(document.len() / 4), Compression::fast());
    gzip.write_all(document).ok()?;
    gzip.finish().ok()
}

/// True if the `accept-encoding` header of a request allows the content coding `coding`.
pub(super) fn accepts_encoding(headers: &HeaderMap, coding: &str) -> bool {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    accepted.unwrap_or_default().split(',').any(|item| {
        let (name, weight) = item.split_once(';').unwrap_or((item, ""));
        name.trim().eq_ignore_ascii_case(coding) && !matches!(weight.trim(), "q=0" | "q=0.0")
    })
}

/// Builds a successful JSON response of the API.
pub(super) fn json_response(bytes: Vec<u8>, is_compressed: bool) -> Response<Body> {
    let mut response = Response::new(Body::from(bytes));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if is_compressed {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepted_encodings_are_read_from_the_header() {
        let accepting = |value: &'static str| {
            HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(value))])
        };
        assert!(
            accepts_encoding(&accepting("gzip, deflate, br"), "br")
                && accepts_encoding(&accepting("GZIP;q=0.5"), "gzip")
        );
        assert!(
            !accepts_encoding(&accepting("gzip;q=0, br"), "gzip")
                && !accepts_encoding(&HeaderMap::new(), "gzip")
        );
    }

    #[test]
    fn only_large_documents_are_compressed() {
        assert!(gzip_if_large(&[b'a'; 100]).is_none());
        assert!(gzip_if_large(&[b'a'; 100_000]).is_some_and(|bytes| bytes.len() < 1000));
    }
}
