//! HTTP responses: JSON, compressed if the client accepts it, and problem documents (RFC 9457).

use std::io::Write as _;

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Response, StatusCode, header},
};
use flate2::{Compression, write::GzEncoder};
use serde::Serialize;
use serde_json::{
    Value, json,
    value::{RawValue, to_raw_value},
};

use crate::{query::language::QueryError, requests::QuestionError, store::StoreError};

/// Error response with its status and reason.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub(super) struct Problem {
    pub(super) status: StatusCode,
    pub(super) reason: String,
    /// Place of the error in a malformed query.
    place: Option<Box<QueryPlace>>,
}

/// Place of an error in the text of a query, for an editor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct QueryPlace {
    /// Line, from 1.
    line: usize,
    /// Character within the line, from 1.
    column: usize,
    /// Offset of the text at fault in UTF-16 code units, as JavaScript counts.
    start: usize,
    /// Offset of its end.
    end: usize,
    /// Known name that resembles the one written.
    suggestion: Option<String>,
}

impl Problem {
    /// Creates a problem with status 400 (bad request).
    pub(super) fn bad_request(reason: String) -> Self {
        Self { status: StatusCode::BAD_REQUEST, reason, place: None }
    }

    /// Creates a problem with status 400 for an error in the query `text`.
    pub(super) fn malformed_query(error: &QueryError, text: &str) -> Self {
        let utf16_offset = |bytes: usize| text.get(..bytes).unwrap_or(text).encode_utf16().count();
        let place = QueryPlace {
            line: error.position.line,
            column: error.position.column,
            start: utf16_offset(error.span.start),
            end: utf16_offset(error.span.end),
            suggestion: error.suggestion.clone(),
        };
        Self { place: Some(Box::new(place)), ..Self::bad_request(error.to_string()) }
    }

    /// Creates a problem with status 400 for an error in the question `text` about the map.
    pub(super) fn malformed_question(error: &QuestionError, text: &str) -> Self {
        let start: usize = text.chars().take(error.position - 1).map(char::len_utf16).sum();
        let word = text.chars().skip(error.position - 1).take_while(|c| !c.is_whitespace());
        let end = start + word.map(char::len_utf16).sum::<usize>();
        let place = QueryPlace { line: 1, column: error.position, start, end, suggestion: None };
        Self { place: Some(Box::new(place)), ..Self::bad_request(format!("ask: {error}")) }
    }

    /// Creates a problem with status 404 (not found).
    pub(super) fn not_found(reason: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, reason)
    }

    pub(super) fn new(status: StatusCode, reason: &str) -> Self {
        Self { status, reason: reason.to_owned(), place: None }
    }

    /// Builds the `application/problem+json` response (RFC 9457).
    pub(super) fn response(&self) -> Response<Body> {
        let title = self.status.canonical_reason().unwrap_or("problem");
        let mut body = json!({ "title": title, "status": self.status.as_u16(), "detail": self.reason });
        if let (Some(body), Ok(Value::Object(place))) =
            (body.as_object_mut(), serde_json::to_value(&self.place))
        {
            body.extend(place);
        }
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
        Self::new(status, &error.to_string())
    }
}

/// Serializes a document as JSON.
pub(super) fn to_json(document: &impl Serialize) -> Result<Vec<u8>, Problem> {
    serde_json::to_vec(document).map_err(|error| not_json(&error))
}

/// Serializes a part of a document as JSON.
pub(super) fn to_raw(part: &impl Serialize) -> Result<Box<RawValue>, Problem> {
    to_raw_value(part).map_err(|error| not_json(&error))
}

/// Returns a JSON text as a part of a document.
pub(super) fn raw(json: String) -> Result<Box<RawValue>, Problem> {
    RawValue::from_string(json).map_err(|error| not_json(&error))
}

fn not_json(error: &serde_json::Error) -> Problem {
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string())
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
    use crate::query::language;

    #[test]
    fn place_of_an_error_is_counted_as_javascript_does() {
        // The clef is two UTF-16 code units, one character and four bytes; the ä one, one and two.
        let text = "fields \"\u{1D11E}ä\" as a\n| filtr a";
        let problem = Problem::malformed_query(&language::parse(text).unwrap_err(), text);
        let place = *problem.place.unwrap();
        assert_eq!((place.line, place.column, place.start, place.end), (2, 3, 20, 25));
        assert_eq!(place.suggestion.as_deref(), Some("filter"));
    }

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
