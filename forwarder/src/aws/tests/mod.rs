//! Tests of the classification and the texts of error responses. Tests against servers are in `tests/it`.

use super::*;
use crate::http::{self, HeaderMap, Response};

fn response(status: u16, body: &str) -> Response {
    Response { status, headers: HeaderMap::new(), body: body.as_bytes().to_vec(), is_cut: false }
}

#[track_caller]
fn check(status: u16, body: &str, expected: &str) {
    assert_eq!(Error::from_response(Service::Sqs, &response(status, body)).to_string(), expected);
}

#[test]
fn json_errors_are_classified_by_code() {
    check(
        400,
        r#"{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"no such queue"}"#,
        "SQS resource not found: QueueDoesNotExist: no such queue",
    );
    check(400, r#"{"__type":"ThrottlingException"}"#, "SQS throttled the request: ThrottlingException");
    check(
        400,
        r#"{"__type":"AccessDeniedException","Message":"role r may not"}"#,
        "SQS denied the request: AccessDeniedException: role r may not",
    );
    check(
        400,
        r#"{"__type":"a#InvalidMessageContents","message":"bad\u001b[2J"}"#,
        "SQS failed with status 400: InvalidMessageContents: bad [2J",
    );
}

#[test]
fn xml_errors_are_classified_by_code() {
    let xml = |code: &str| {
        format!("<?xml version=\"1.0\"?>\n<Error><Code>{code}</Code><Message>m</Message></Error>")
    };
    check(404, &xml("NoSuchBucket"), "SQS resource not found: NoSuchBucket: m");
    check(503, &xml("SlowDown"), "SQS throttled the request: SlowDown");
    check(403, &xml("AccessDenied"), "SQS denied the request: AccessDenied: m");
    check(400, &xml("ExpiredToken"), "SQS denied the request: ExpiredToken: m");
    check(
        400,
        &xml("AuthorizationHeaderMalformed"),
        "SQS failed with status 400: AuthorizationHeaderMalformed: m",
    );
}

#[test]
fn errors_without_a_code_are_classified_by_status() {
    check(404, "", "SQS resource not found: no code: no message");
    check(429, "busy", "SQS throttled the request: no code");
    check(403, "<html>", "SQS denied the request: no code: no message");
    check(502, "<html>", "SQS failed with status 502: no code: no message");
}

#[test]
fn error_without_a_response_names_the_cause() {
    let error = http::Error { failure: http::Failure::Reset, detail: "connection reset".into() };
    let error = Error::Unreachable { service: Service::S3, error };
    assert_eq!(error.to_string(), "failed to reach S3: connection lost: connection reset");
}
