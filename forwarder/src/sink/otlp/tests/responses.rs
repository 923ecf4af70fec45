use std::time::Duration;

use opentelemetry_proto::tonic::collector::{
    logs::v1::{ExportLogsPartialSuccess, ExportLogsServiceResponse},
    metrics::v1::{ExportMetricsPartialSuccess, ExportMetricsServiceResponse},
};
use prost::Message as _;

use crate::sink::{
    BackendResponse, Verdict,
    otlp::{explain, verdict},
};

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
    let response = BackendResponse { status, retry_after: None, body };
    assert_eq!(verdict(&response, super::TIME), *expected);
}

#[track_caller]
fn check_explanation(status: u16, body: &[u8], expected: Option<&str>) {
    let response = BackendResponse { status, retry_after: None, body };
    assert_eq!(explain(&response).as_deref(), expected);
}

fn partly(rejected: u64) -> Verdict {
    Verdict::Partly { rejected }
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
    check(200, &logs_response(7, "too old"), &partly(7));
    let partial = ExportMetricsPartialSuccess { rejected_data_points: 300, error_message: String::new() };
    let response = ExportMetricsServiceResponse { partial_success: Some(partial) };
    check(200, &response.encode_to_vec(), &partly(300));
    check(200, &logs_response(0, "slow down"), &partly(0));
    check(200, &logs_response(-1, "odd"), &partly(0));
}

#[test]
fn cut_response_is_read_as_far_as_possible() {
    let whole = logs_response(7, "too old");
    let cut = &whole[..whole.len() - 4];
    check(200, cut, &partly(7));
    check_explanation(200, cut, Some("too"));
}

#[test]
fn statuses_that_say_nothing_about_the_payload_are_retried() {
    for status in 100..600 {
        let response = BackendResponse { status, retry_after: None, body: b"" };
        let is_later = verdict(&response, super::TIME) == Verdict::Later { after: None };
        let expected = (status >= 500 && ![501, 505].contains(&status)) || [408, 429].contains(&status);
        assert_eq!(is_later, expected, "{status}");
    }
}

#[test]
fn statuses_that_blame_the_url_are_neither_retried_nor_rejections() {
    for status in [301, 302, 307, 308, 404, 405, 410, 421, 426, 501, 505] {
        check(status, b"404 page not found", &Verdict::WrongAddress);
    }
    check(400, b"", &Verdict::Refused);
    check(422, b"", &Verdict::Refused);
}

#[test]
fn retry_after_is_passed_on() {
    let later = |retry_after| verdict(&BackendResponse { status: 503, retry_after, body: b"" }, super::TIME);
    let after = |millis| Verdict::Later { after: Some(Duration::from_millis(millis)) };
    assert_eq!(later(Some("3")), after(3000));
    assert_eq!(later(Some("Wed, 04 Mar 2026 10:00:02 GMT")), after(1877));
    assert_eq!(later(Some("soon")), Verdict::Later { after: None });
}

#[test]
fn rejected_credentials_and_size_have_their_own_verdicts() {
    check(401, &status("no"), &Verdict::Unauthorized);
    check(403, &status("no"), &Verdict::Unauthorized);
    check(407, b"", &Verdict::Unauthorized);
    check(413, &status("no"), &Verdict::TooLarge);
}

#[test]
fn explanation_is_the_message_of_the_status_or_of_the_partial_success() {
    check_explanation(400, &status("timestamp too new"), Some("timestamp too new"));
    check_explanation(
        503,
        &Status { code: 0, message: "warming up".to_owned() }.encode_to_vec(),
        Some("warming up"),
    );
    check_explanation(400, &status(""), None);
    check_explanation(200, &logs_response(7, "too old"), Some("too old"));
    check_explanation(200, &logs_response(7, ""), None);
    check_explanation(200, b"<html>fine</html>", None);
}

#[test]
fn explanation_in_another_format_is_read_too() {
    check_explanation(404, b"404 page not found\n", Some("404 page not found"));
    check_explanation(502, b"<html><h1>Bad Gateway</h1></html>", Some("Bad Gateway"));
    check_explanation(401, b"{\"message\":\"no tenant\"}", Some("no tenant"));
    check_explanation(400, b"", None);
}
