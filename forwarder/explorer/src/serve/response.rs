//! What is answered: JSON, compressed where the browser takes it, or a problem with its reason.

use std::io::Write as _;

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Response, StatusCode, header},
};
use flate2::{Compression, write::GzEncoder};
use serde::Serialize;
use serde_json::json;

use crate::store::StoreError;

/// Why a question has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub(super) struct Problem {
    pub(super) status: StatusCode,
    pub(super) reason: String,
}

impl Problem {
    /// The question is wrong.
    pub(super) fn wrong(reason: String) -> Self {
        Self { status: StatusCode::BAD_REQUEST, reason }
    }

    /// There is no such thing.
    pub(super) fn missing(what: &str) -> Self {
        Self { status: StatusCode::NOT_FOUND, reason: format!("there is no such {what}") }
    }

    pub(super) fn new(status: StatusCode, reason: &str) -> Self {
        Self { status, reason: reason.to_owned() }
    }

    /// As `application/problem+json` (RFC 9457).
    pub(super) fn answer(&self) -> Response<Body> {
        let title = self.status.canonical_reason().unwrap_or("problem");
        let body = json!({ "title": title, "status": self.status.as_u16(), "detail": self.reason });
        let mut answer = Response::new(Body::from(body.to_string()));
        *answer.status_mut() = self.status;
        let headers = answer.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        answer
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let status = match &error {
            StoreError::Locked => StatusCode::SERVICE_UNAVAILABLE,
            StoreError::Full => StatusCode::INSUFFICIENT_STORAGE,
            StoreError::Open { .. }
            | StoreError::NotAStore { .. }
            | StoreError::Newer { .. }
            | StoreError::Older { .. }
            | StoreError::Damaged { .. }
            | StoreError::WriterLost
            | StoreError::Sqlite(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self { status, reason: error.to_string() }
    }
}

/// A document as JSON.
pub(super) fn json(document: &impl Serialize) -> Result<Vec<u8>, Problem> {
    serde_json::to_vec(document)
        .map_err(|error| Problem { status: StatusCode::INTERNAL_SERVER_ERROR, reason: error.to_string() })
}

/// Smaller answers fit a packet or two as they are.
const WORTH_COMPRESSING: usize = 1400;

/// A document's bytes, compressed where that is worth it; `None` where it is not.
pub(super) fn compressed(document: &[u8]) -> Option<Vec<u8>> {
    if document.len() < WORTH_COMPRESSING {
        return None;
    }
    let mut gzip = GzEncoder::new(Vec::with_capacity(document.len() / 4), Compression::fast());
    gzip.write_all(document).ok()?;
    gzip.finish().ok()
}

/// Whether the browser takes answers in this coding.
pub(super) fn takes(headers: &HeaderMap, coding: &str) -> bool {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    accepted.unwrap_or_default().split(',').any(|offer| {
        let (name, weight) = offer.split_once(';').unwrap_or((offer, ""));
        name.trim().eq_ignore_ascii_case(coding) && !matches!(weight.trim(), "q=0" | "q=0.0")
    })
}

/// An answer of the API.
pub(super) fn document(bytes: Vec<u8>, is_compressed: bool) -> Response<Body> {
    let mut answer = Response::new(Body::from(bytes));
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if is_compressed {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coding_is_taken_when_it_is_offered() {
        let offered = |value: &'static str| {
            HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(value))])
        };
        assert!(takes(&offered("gzip, deflate, br"), "br") && takes(&offered("GZIP;q=0.5"), "gzip"));
        assert!(!takes(&offered("gzip;q=0, br"), "gzip") && !takes(&HeaderMap::new(), "gzip"));
    }

    #[test]
    fn a_large_document_is_compressed_and_a_small_one_is_not() {
        assert!(compressed(&[b'a'; 100]).is_none());
        assert!(compressed(&[b'a'; 100_000]).is_some_and(|bytes| bytes.len() < 1000));
    }
}
