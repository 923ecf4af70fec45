//! What errors say, which state of an object is meant, and that nothing shows a key. Real servers are in `tests/it`.

use super::*;
use crate::http::{self, HeaderMap, Response};

fn response(status: u16, body: &str) -> Response {
    Response { status, headers: HeaderMap::new(), body: body.as_bytes().to_vec(), is_cut: false }
}

#[track_caller]
fn check(status: u16, body: &str, expected: &str) {
    assert_eq!(Error::of(Service::Sqs, &response(status, body)).to_string(), expected);
}

#[test]
fn errors_of_json_services_are_told_apart_by_their_code() {
    check(
        400,
        r#"{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"no such queue"}"#,
        "SQS does not have it: QueueDoesNotExist: no such queue",
    );
    check(400, r#"{"__type":"ThrottlingException"}"#, "SQS asks to come back later: ThrottlingException");
    check(
        400,
        r#"{"__type":"AccessDeniedException","Message":"role r may not"}"#,
        "SQS denies it: AccessDeniedException: role r may not",
    );
    check(
        400,
        r#"{"__type":"a#InvalidMessageContents","message":"bad\u001b[2J"}"#,
        "SQS failed with status 400: InvalidMessageContents: bad [2J",
    );
}

#[test]
fn errors_of_s3_are_told_apart_by_their_code() {
    let xml = |code: &str| {
        format!("<?xml version=\"1.0\"?>\n<Error><Code>{code}</Code><Message>m</Message></Error>")
    };
    check(404, &xml("NoSuchBucket"), "SQS does not have it: NoSuchBucket: m");
    check(503, &xml("SlowDown"), "SQS asks to come back later: SlowDown");
    check(403, &xml("AccessDenied"), "SQS denies it: AccessDenied: m");
    check(400, &xml("ExpiredToken"), "SQS denies it: ExpiredToken: m");
    check(
        400,
        &xml("AuthorizationHeaderMalformed"),
        "SQS failed with status 400: AuthorizationHeaderMalformed: m",
    );
}

#[test]
fn errors_without_a_code_are_told_apart_by_their_status() {
    check(404, "", "SQS does not have it: no code: no message");
    check(429, "busy", "SQS asks to come back later: no code");
    check(403, "<html>", "SQS denies it: no code: no message");
    check(502, "<html>", "SQS failed with status 502: no code: no message");
}

#[test]
fn a_failure_to_reach_a_service_says_why() {
    let error = http::Error { failure: http::Failure::Reset, detail: "connection reset".into() };
    let error = Error::Unreachable { service: Service::S3, error };
    assert_eq!(error.to_string(), "S3 cannot be reached: the connection broke: connection reset");
}
