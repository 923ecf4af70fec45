//! Tests of each fault as the client observes it, and of the checks of each protocol.

use std::{
    io::ErrorKind,
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

use opentelemetry_proto::tonic::{
    collector::{
        logs::v1::{ExportLogsServiceRequest, ExportLogsServiceResponse},
        metrics::v1::ExportMetricsServiceRequest,
    },
    common::v1::{AnyValue, KeyValue, any_value::Value},
    logs::v1::{LogRecord, ResourceLogs, ScopeLogs},
    metrics::v1::{Gauge, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, metric::Data},
};
use prost::Message as _;
use serde_json::{Value as Json, json};

use super::{
    datadog::{AgeCheck, Datadog},
    otlp::Otlp,
    *,
};
use crate::{
    encoding,
    http::{Cut, send},
    producer::{id, payload},
};

fn any(text: String) -> Option<AnyValue> {
    Some(AnyValue { value: Some(Value::StringValue(text)) })
}

/// Encodes an export request with events 0 to 2.
fn export() -> Vec<u8> {
    let record = |number| LogRecord {
        body: any(payload(number)),
        attributes: vec![KeyValue {
            key: "log.record.uid".to_owned(),
            value: any(id(number)),
            ..KeyValue::default()
        }],
        ..LogRecord::default()
    };
    let scope_logs = vec![ScopeLogs { log_records: (0..3).map(record).collect(), ..ScopeLogs::default() }];
    let resource_logs = vec![ResourceLogs { scope_logs, ..ResourceLogs::default() }];
    ExportLogsServiceRequest { resource_logs }.encode_to_vec()
}

fn post(path: &str, coding: &str, body: Vec<u8>) -> Request {
    let headers = [("Content-Type", "application/x-protobuf"), ("Content-Encoding", coding)];
    Request::new("POST", path, &headers, body)
}

fn post_export() -> Request {
    post("/v1/logs", "identity", export())
}

/// Sends one request under this step and checks the result for the client and the number of accepted events.
fn check_fault(step: Step, expected: Result<u16, ErrorKind>, taken: usize) -> Backend {
    let backend = Backend::start(Otlp, FaultSchedule::new([step]));
    let answer = send(backend.address(), &post_export());
    assert_eq!(answer.map(|answer| answer.status).map_err(|error| error.kind()), expected);
    assert_eq!(backend.logs().len(), taken);
    let after = send(backend.address(), &post_export()).expect("the schedule has ended");
    assert_eq!((after.status, backend.logs().len()), (200, taken + 3));
    backend
}

#[test]
fn request_without_fault_is_accepted() {
    let backend = check_fault(Step::default(), Ok(200), 3);
    let expected = ReceivedLog { id: id(1), part: None, message: payload(1) };
    assert_eq!(backend.logs()[1], expected);
    assert_eq!(backend.faults(), 0);
}

#[test]
fn discarded_request_adds_no_events() {
    let step = Step::new(Fault::Discard(Response::new(429, "slow down").with("Retry-After", "7")));
    let backend = check_fault(step, Ok(429), 0);
    assert_eq!(backend.faults(), 1);
    assert_eq!(
        backend.requests().iter().map(|request| request.status).collect::<Vec<_>>(),
        [Some(429), Some(200)]
    );
}

#[test]
fn headers_of_a_scheduled_response_are_sent() {
    let refusal = Response::new(503, "").with("Retry-After", "7");
    let backend = Backend::start(Otlp, FaultSchedule::always(Step::new(Fault::Discard(refusal))));
    for _ in 0..2 {
        let answer = send(backend.address(), &post_export()).expect("the server answers");
        assert!(answer.headers.contains(&("retry-after".to_owned(), "7".to_owned())));
    }
}

#[test]
fn replaced_response_still_accepts_the_events() {
    check_fault(Step::new(Fault::ReplaceResponse(Response::new(500, ""))), Ok(500), 3);
    check_fault(Step::malformed_response(), Ok(200), 3);
}

#[test]
fn cut_within_the_request_adds_no_events() {
    for after in [0, 10, usize::MAX] {
        check_fault(Step::cut_request(after, Cut::Reset), Err(ErrorKind::ConnectionReset), 0);
    }
    check_fault(Step::cut_request(usize::MAX, Cut::Close), Err(ErrorKind::UnexpectedEof), 0);
}

#[test]
fn cut_within_the_response_still_accepts_the_events() {
    for after in [0, 10, 80] {
        check_fault(Step::cut_response(after, Cut::Close), Err(ErrorKind::UnexpectedEof), 3);
    }
    check_fault(Step::cut_response(0, Cut::Reset), Err(ErrorKind::ConnectionReset), 3);
}

#[test]
fn cut_after_the_response_leaves_it_complete() {
    check_fault(Step::cut_response(usize::MAX, Cut::Close), Ok(200), 3);
}

#[test]
fn delayed_response_is_late() {
    let began = Instant::now();
    check_fault(Step::default().with_delay(Duration::from_millis(30)), Ok(200), 3);
    assert!(began.elapsed() >= Duration::from_millis(30));
}

#[test]
fn partial_success_reports_the_rejected_number_and_accepts_the_rest() {
    let backend =
        Backend::start(Otlp, FaultSchedule::always(Step::new(Fault::PartialSuccess { rejected: 2 })));
    let answer = send(backend.address(), &post_export()).expect("the server answers");
    let answer = ExportLogsServiceResponse::decode(&*answer.body).expect("the body is an OTLP response");
    assert_eq!(answer.partial_success.expect("it reports a partial success").rejected_log_records, 2);
    assert_eq!(backend.logs().iter().map(|got| got.id.clone()).collect::<Vec<_>>(), [id(2)]);
}

#[test]
fn hook_runs_before_the_response() {
    let count = Arc::new(AtomicU32::new(0));
    let own = Arc::clone(&count);
    let step =
        Step::default().with_hook(move || own.store(own.load(Ordering::Relaxed) + 1, Ordering::Relaxed));
    check_fault(step, Ok(200), 3);
    assert_eq!(count.load(Ordering::Relaxed), 1);
}

#[test]
fn schedule_can_be_restricted_to_one_path() {
    let backend = Backend::start(Otlp, FaultSchedule::always(Step::status(503)).on("/v1/metrics"));
    assert_eq!(send(backend.address(), &post_export()).expect("the server answers").status, 200);
    let metrics = post("/v1/metrics", "identity", Vec::new());
    assert_eq!(send(backend.address(), &metrics).expect("the server answers").status, 503);
    backend.set_schedule(FaultSchedule::default());
    assert_eq!(send(backend.address(), &metrics).expect("the server answers").status, 200);
}

/// Sends a request to an OTLP receiver and checks the status.
fn check_otlp(request: &Request, status: u16) {
    let backend = Backend::start(Otlp, FaultSchedule::default());
    assert_eq!(send(backend.address(), request).expect("the server answers").status, status);
    assert_eq!(backend.logs().len(), if status == 200 { 3 } else { 0 });
}

#[test]
fn otlp_accepts_three_codings_and_one_content_type() {
    check_otlp(&post("/v1/logs", "gzip", encoding::gzip(&export())), 200);
    check_otlp(&post("/v1/logs", "zstd", encoding::zstd(&export())), 200);
    check_otlp(&post("/v1/logs", "br", export()), 415);
    check_otlp(&post("/v1/logs", "gzip", export()), 400);
    check_otlp(&post("/v1/logs", "gzip", encoding::gzip(&vec![0; 64 * 1024 * 1024 + 1])), 413);
    check_otlp(&post("/v1/logs", "identity", b"\xff".to_vec()), 400);
    check_otlp(&post("/v1/profiles", "identity", export()), 404);
    let json = Request::new("POST", "/v1/logs", &[("Content-Type", "application/json")], "{}");
    check_otlp(&json, 415);
}

#[test]
fn otlp_part_index_is_read_from_the_record_id() {
    let mut request = ExportLogsServiceRequest::decode(&*export()).expect("the export is valid");
    let records = &mut request.resource_logs[0].scope_logs[0].log_records;
    records[0].attributes[0].value = any(format!("{}/2", id(0)));
    let backend = Backend::start(Otlp, FaultSchedule::default());
    send(backend.address(), &post("/v1/logs", "identity", request.encode_to_vec()))
        .expect("the server answers");
    assert_eq!(backend.logs()[0], ReceivedLog { id: id(0), part: Some(2), message: payload(0) });
}

#[test]
fn otlp_data_points_are_counted() {
    let data_points = vec![NumberDataPoint::default(); 2];
    let metrics = vec![Metric {
        name: "faas.errors".to_owned(),
        data: Some(Data::Gauge(Gauge { data_points })),
        ..Metric::default()
    }];
    let scope_metrics = vec![ScopeMetrics { metrics, ..ScopeMetrics::default() }];
    let resource_metrics = vec![ResourceMetrics { scope_metrics, ..ResourceMetrics::default() }];
    let body = ExportMetricsServiceRequest { resource_metrics }.encode_to_vec();
    let backend = Backend::start(Otlp, FaultSchedule::default());
    send(backend.address(), &post("/v1/metrics", "identity", body)).expect("the server answers");
    assert_eq!(backend.points(), BTreeMap::from([("faas.errors".to_owned(), 2)]));
}

const LOGS: &str = "/api/v2/logs";
const POINTS: &str = "/api/v1/distribution_points";

/// Sends a body with an API key to Datadog's stand-in.
fn datadog(key: &str, path: &str, age_check: AgeCheck, body: &Json) -> (u16, Backend) {
    let backend = Backend::start(Datadog { key: "secret".to_owned(), age_check }, FaultSchedule::default());
    let headers = [("DD-API-KEY", key), ("Content-Type", "application/json")];
    let answer = send(backend.address(), &Request::new("POST", path, &headers, body.to_string()));
    (answer.expect("the server answers").status, backend)
}

fn check_datadog(path: &str, body: &Json, status: u16) {
    assert_eq!(datadog("secret", path, AgeCheck::Disabled, body).0, status, "{body:.100}");
}

fn item() -> Json {
    json!({"id": id(3), "part": 1, "message": payload(3), "ddsource": "lambda", "timestamp": 1_772_618_400_000_u64})
}

#[test]
fn datadog_logs_are_read_with_id_and_part() {
    let (status, backend) = datadog("secret", LOGS, AgeCheck::Disabled, &json!([item()]));
    assert_eq!(status, 202);
    assert_eq!(backend.logs(), [ReceivedLog { id: id(3), part: Some(1), message: payload(3) }]);
}

#[test]
fn datadog_rejects_a_wrong_key_an_old_event_and_an_unknown_path() {
    assert_eq!(datadog("wrong", LOGS, AgeCheck::Disabled, &json!([item()])).0, 403);
    assert_eq!(datadog("secret", LOGS, AgeCheck::Enforced, &json!([item()])).0, 400);
    check_datadog("/api/v3/logs", &json!([item()]), 404);
}

#[test]
fn datadog_rejects_logs_beyond_its_limits() {
    check_datadog(LOGS, &json!(vec![item(); 1_000]), 202);
    check_datadog(LOGS, &json!(vec![item(); 1_001]), 413);
    check_datadog(LOGS, &json!([{"message": "x".repeat(1_000_001)}]), 413);
    check_datadog(LOGS, &json!(vec![json!({"message": "x".repeat(900_000)}); 6]), 413);
    check_datadog(LOGS, &json!([{"message": 7}]), 400);
    check_datadog(LOGS, &json!({"message": "no array"}), 400);
}

#[test]
fn datadog_rejects_points_of_an_invalid_shape() {
    let series = |metric: &str, kind: &str, points: Json| json!({"series": [{"metric": metric, "type": kind, "tags": ["a:b"], "points": points}]});
    let (status, backend) =
        datadog("secret", POINTS, AgeCheck::Disabled, &series("a.b", "distribution", json!([[1, [2, 3.5]]])));
    assert_eq!((status, backend.points()["a.b"]), (202, 2));
    check_datadog(POINTS, &series("a b", "distribution", json!([[1, [2]]])), 400);
    check_datadog(POINTS, &series("a.b", "gauge", json!([[1, [2]]])), 400);
    check_datadog(POINTS, &series("a.b", "distribution", json!([[1, 2]])), 400);
    check_datadog(POINTS, &series("a.b", "distribution", json!([])), 400);
    check_datadog(POINTS, &json!({"series": []}), 400);
}
