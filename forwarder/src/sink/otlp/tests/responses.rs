use std::time::Duration;

use opentelemetry_proto::tonic::collector::{
    logs::v1::{ExportLogsPartialSuccess, ExportLogsServiceResponse},
    metrics::v1::{ExportMetricsPartialSuccess, ExportMetricsServiceResponse},
};
use prost::Message as _;

use crate::sink::{Answer, Verdict, otlp::verdict};

/// `google.rpc.Status`
#[derive(Clone, PartialEq, prost::Message)]
struct Status {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
}

#[track_caller]
fn check(status: u16, body: &[u8], expected: &Verdict) {
    let answer = Answer { status, retry_after: None, body };
    assert_eq!(verdict(&answer, super::TIME), *expected);
}

fn partly(rejected: u64, reason: &str) -> Verdict {
    Verdict::Partly { rejected, reason: reason.to_owned() }
}

fn refused(reason: &str) -> Verdict {
    Verdict::Refused { reason: reason.to_owned() }
}

fn logs_response(rejected_log_records: i64, error_message: &str) -> Vec<u8> {
    let error_message = error_message.to_owned();
    let partial_success = Some(ExportLogsPartialSuccess { rejected_log_records, error_message });
    ExportLogsServiceResponse { partial_success }.encode_to_vec()
}

fn status(message: &str) -> Vec<u8> {
    Status { code: 3, message: message.to_owned() }.encode_to_vec()
}

#[test]
fn success_is_delivered() {
    check(200, b"", &Verdict::Delivered);
    check(204, b"", &Verdict::Delivered);
    check(200, b"{\"partialSuccess\":{}}", &Verdict::Delivered);
    check(200, b"<html>fine</html>", &Verdict::Delivered);
    check(200, &logs_response(0, ""), &Verdict::Delivered);
}

#[test]
fn partial_success_has_the_number_of_rejected_items() {
    check(200, &logs_response(7, "too old"), &partly(7, "too old"));
    let partial = ExportMetricsPartialSuccess { rejected_data_points: 300, error_message: String::new() };
    let answer = ExportMetricsServiceResponse { partial_success: Some(partial) };
    check(200, &answer.encode_to_vec(), &partly(300, ""));
    check(200, &logs_response(0, "slow down"), &partly(0, "slow down"));
    check(200, &logs_response(-1, "odd"), &partly(0, "odd"));
}

#[test]
fn cut_response_is_read_as_far_as_possible() {
    let whole = logs_response(7, "too old");
    check(200, &whole[..whole.len() - 4], &partly(7, "too"));
}

#[test]
fn statuses_that_say_nothing_about_the_payload_are_retried() {
    for status in 100..600 {
        let answer = Answer { status, retry_after: None, body: b"" };
        let is_later = verdict(&answer, super::TIME) == Verdict::Later { after: None };
        let expected = status >= 500 || [404, 405, 408, 410, 429].contains(&status);
        assert_eq!(is_later, expected, "{status}");
    }
}

#[test]
fn retry_after_is_passed_on() {
    let later = |retry_after| verdict(&Answer { status: 503, retry_after, body: b"" }, super::TIME);
    let after = |millis| Verdict::Later { after: Some(Duration::from_millis(millis)) };
    assert_eq!(later(Some("3")), after(3000));
    assert_eq!(later(Some("Wed, 04 Mar 2026 10:00:02 GMT")), after(1877));
    assert_eq!(later(Some("soon")), Verdict::Later { after: None });
}

#[test]
fn rejected_credentials_and_size_have_their_own_verdicts() {
    check(401, &status("no"), &Verdict::Unauthorized);
    check(403, &status("no"), &Verdict::Unauthorized);
    check(413, &status("no"), &Verdict::TooLarge);
}

#[test]
fn reason_has_the_status_and_its_message() {
    check(400, &status("timestamp too new"), &refused("HTTP 400: timestamp too new"));
    check(422, b"", &refused("HTTP 422"));
    check(302, &status(""), &refused("HTTP 302"));
}

#[test]
fn reason_is_short_and_has_no_control_characters() {
    check(400, &status("a\nb\u{1b}[31mc"), &refused("HTTP 400: ab[31mc"));
    check(400, &status(&"é".repeat(500)), &refused(&format!("HTTP 400: {}", "é".repeat(200))));
}

#[test]
fn reason_does_not_repeat_the_payload() {
    check(400, b"entry 'card 4111' has timestamp too new", &refused("HTTP 400"));
    check(400, b"{\"message\":\"card 4111\"}", &refused("HTTP 400"));
    check(
        400,
        &status("can't take line 'card 4111' of {card=\"4111\"} in \"4111"),
        &refused("HTTP 400: can't take line … of … in …"),
    );
}
