//! Permanently rejected events are kept as rejected, unless the backend rejects everything.

use std::path::Path;

use serde_json::{Value, json};
use tests::{
    backend::{Backend, Fault, FaultSchedule, Step, limited::Limited, otlp::Otlp},
    function_builder::{FunctionBuilder, otlp},
    http::Response,
    lambda::Lambda,
    parked::{ParkedKind, ParkedObject},
    producer::{EventNumber, Producer},
};

use super::{assert_has_all, delivery, fail, redrive, succeed};

/// Returns the pending events and the reasons of parked objects of a kind.
fn parked_of_kind(folder: &Path, kind: ParkedKind) -> (Vec<EventNumber>, Vec<String>) {
    let parked_of_kind: Vec<_> =
        ParkedObject::in_folder(folder).into_iter().filter(|parked| parked.kind() == kind).collect();
    let reason = |parked: &ParkedObject| parked.header["reason"].as_str().unwrap_or_default().to_owned();
    let owed = parked_of_kind.iter().flat_map(|parked| parked.pending(&parked.delivery)).collect();
    (owed, parked_of_kind.iter().map(reason).collect())
}

fn rejecting_backend() -> Backend {
    otlp(FaultSchedule::always(Step::status(400)).on("/v1/logs"))
}

#[test]
fn backend_that_rejects_everything_loses_no_event_without_parking() {
    for count in [1, 7] {
        let backend = rejecting_backend();
        let (numbers, event) = delivery(&mut Producer::default(), count);
        let mut lambda = FunctionBuilder::new().otlp(&backend).start();
        fail(&mut lambda, &event);
        fail(&mut lambda, &event);
        backend.set_schedule(FaultSchedule::default());
        succeed(&mut lambda, &event);
        assert_has_all(&backend, &numbers);
    }
}

#[test]
fn events_for_a_backend_that_rejects_everything_are_parked_for_redrive() {
    let (backend, folder) =
        (rejecting_backend(), tempfile::tempdir().expect("a temporary folder can be created"));
    let (numbers, event) = delivery(&mut Producer::default(), 7);
    succeed(&mut FunctionBuilder::new().otlp(&backend).parking(folder.path()).start(), &event);
    assert_eq!(
        parked_of_kind(folder.path(), ParkedKind::Parked),
        (numbers.clone(), vec!["refused".to_owned()])
    );
    assert_eq!(parked_of_kind(folder.path(), ParkedKind::Rejected).0, [0; 0]);

    backend.set_schedule(FaultSchedule::default());
    let settings = [("TAILWATER_SINKS", "otlp".to_owned()), ("OTEL_EXPORTER_OTLP_ENDPOINT", backend.url())];
    let (code, text) = redrive(folder.path(), &settings);
    assert_eq!(code, Some(0), "{text}");
    assert_has_all(&backend, &numbers);
}

/// Creates a function with parking whose collector rejects the first event.
fn rejecting_first_event(folder: &Path) -> (Backend, Lambda) {
    let limited =
        Limited { protocol: Otlp, max_events: 1_000, max_bytes: None, rejected_text: Some("event 0:") };
    let backend = Backend::start(limited, FaultSchedule::default());
    let lambda = FunctionBuilder::new().otlp(&backend).parking(folder).start();
    (backend, lambda)
}

#[test]
fn single_rejected_event_is_kept_as_rejected_after_others_were_accepted() {
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let (_backend, mut lambda) = rejecting_first_event(folder.path());
    let mut producer = Producer::default();
    let ((bad, alone), (_, good)) = (delivery(&mut producer, 1), delivery(&mut producer, 5));
    succeed(&mut lambda, &good);
    succeed(&mut lambda, &alone);
    assert_eq!(parked_of_kind(folder.path(), ParkedKind::Rejected), (bad, vec!["refused".to_owned()]));
    assert_eq!(parked_of_kind(folder.path(), ParkedKind::Parked).0, [0; 0]);
}

#[test]
fn first_event_ever_is_parked_for_redrive_if_it_is_rejected() {
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let (_backend, mut lambda) = rejecting_first_event(folder.path());
    let (bad, alone) = delivery(&mut Producer::default(), 1);
    succeed(&mut lambda, &alone);
    assert_eq!(parked_of_kind(folder.path(), ParkedKind::Parked).0, bad);
}

#[test]
fn partially_rejected_batch_is_kept_with_the_reason() {
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let backend = otlp(FaultSchedule::new([Step::new(Fault::PartialSuccess { rejected: 3 })]).on("/v1/logs"));
    let (numbers, event) = delivery(&mut Producer::default(), 12);
    let mut lambda = FunctionBuilder::new().otlp(&backend).parking(folder.path()).start();
    succeed(&mut lambda, &event);
    // The response does not say which events were rejected, so all are kept.
    assert_eq!(parked_of_kind(folder.path(), ParkedKind::Rejected), (numbers, vec!["refused".to_owned()]));
    let parked = ParkedObject::in_folder(folder.path());
    let [parked] = parked.as_slice() else { panic!("{parked:?}") };
    let error = parked.header["error"].as_str().unwrap_or_default();
    assert!(error.starts_with("3 of these events were refused: http://"), "{error}");
    assert!(error.ends_with(": HTTP 200: rejected by the fault schedule"), "{error}");
    let printed = lambda.finish().output.stderr;
    let printed = String::from_utf8_lossy(&printed);
    assert!(
        printed.contains("the sink accepted a body in part") && printed.contains(r#""rejected":3"#),
        "{printed}"
    );
}

/// Runs one invocation with a collector that gives this response to logs. Returns the header of the parked object and the
/// output.
fn refused_with(response: Response) -> (Value, String) {
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let backend = otlp(FaultSchedule::always(Step::new(Fault::Discard(response))).on("/v1/logs"));
    let (_, event) = delivery(&mut Producer::default(), 1);
    let mut lambda = FunctionBuilder::new().otlp(&backend).parking(folder.path()).start();
    succeed(&mut lambda, &event);
    let parked = ParkedObject::in_folder(folder.path());
    let [parked] = parked.as_slice() else { panic!("{parked:?}") };
    let printed = lambda.finish().output;
    let printed = String::from_utf8_lossy(&printed.stdout) + String::from_utf8_lossy(&printed.stderr);
    (parked.header.clone(), printed.replace(&backend.url(), "URL"))
}

/// Checks that the explanation of a backend is in the log line, with status and URL, and in the parked object.
#[track_caller]
fn check_explanation(status: u16, body: impl Into<Vec<u8>>, reason: &str, explanation: &str) {
    let (header, printed) = refused_with(Response::new(status, body.into()));
    assert_eq!(header["reason"], reason);
    let error = header["error"].as_str().unwrap_or_default();
    assert!(error.ends_with(&format!("/v1/logs: HTTP {status}: {explanation}")), "{error}");
    let line = printed.lines().find(|line| line.contains("a body is not delivered")).unwrap_or_default();
    let line: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {printed}"));
    let [sink, signal] = ["sink", "signal"].map(|name| line[name].as_str().unwrap_or_default());
    assert_eq!((sink, signal), ("otlp", "logs"), "{line}");
    assert_eq!((&line["status"], &line["error"]), (&json!(status), &json!(explanation)), "{line}");
    assert_eq!(line["url"], "URL/v1/logs", "{line}");
    assert_eq!(printed.matches("a body is not delivered").count(), 1, "one line a failure: {printed}");
}

#[test]
fn explanation_of_a_backend_is_logged_and_parked() {
    // `google.rpc.Status` with its field 2, the message.
    let status = [&[0x12, 17][..], b"timestamp too old"].concat();
    check_explanation(400, status, "refused", "timestamp too old");
    check_explanation(400, "label limit exceeded\n", "refused", "label limit exceeded");
    check_explanation(422, r#"{"message":"no tenant named 'shop'"}"#, "refused", "no tenant named …");
    check_explanation(429, "rate limit\u{1b}[0m", "busy", "rate limit\\u{1b}[0m");
    check_explanation(401, r#"{"errors":["unknown key"]}"#, "unauthorized", "unknown key");
    let page = "<html><head><title>503</title></head><body>Down for maintenance</body></html>";
    check_explanation(503, page, "busy", "503 Down for maintenance");
}

#[test]
fn wrong_url_is_named_and_not_retried() {
    for status in [404, 405, 410] {
        check_explanation(status, "404 page not found", "wrong_address", "404 page not found");
    }
    let backend = otlp(FaultSchedule::always(Step::status(404)).on("/v1/logs"));
    let (_, event) = delivery(&mut Producer::default(), 3);
    fail(&mut FunctionBuilder::new().otlp(&backend).start(), &event);
    assert_eq!(backend.requests().iter().filter(|request| request.path == "/v1/logs").count(), 1);
}

#[test]
fn unknown_host_is_named() {
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let (_, event) = delivery(&mut Producer::default(), 1);
    let function = FunctionBuilder::new().parking(folder.path()).sink("otlp");
    let (base, url) = ("https://collector.shop.invalid", "https://collector.shop.invalid/v1/logs");
    let mut lambda = function.env("OTEL_EXPORTER_OTLP_ENDPOINT", base).start();
    succeed(&mut lambda, &event);
    let parked = ParkedObject::in_folder(folder.path());
    let error = parked[0].header["error"].as_str().unwrap_or_default();
    assert_eq!(error, format!("{url}: host not found: DNS has no address for collector.shop.invalid"));
    let printed = lambda.finish().output.stderr;
    let printed = String::from_utf8_lossy(&printed);
    assert!(printed.contains("host not found: DNS has no address for collector.shop.invalid"), "{printed}");
}
