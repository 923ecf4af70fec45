//! Permanently rejected events are kept as rejected, unless the backend rejects everything.

use std::path::Path;

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
    assert!(error.starts_with("3 of these events were refused"), "{error}");
    let printed = lambda.finish().output.stderr;
    let printed = String::from_utf8_lossy(&printed);
    assert!(
        printed.contains("the sink accepted a body in part") && printed.contains(r#""rejected":3"#),
        "{printed}"
    );
}

#[test]
fn error_message_of_a_backend_is_parked_but_not_logged() {
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    // `google.rpc.Status` with its field 2, the message.
    let status = [&[0x12, 7][..], b"c4n4ry!"].concat();
    let refusal = Fault::Discard(Response::new(400, status));
    let backend = otlp(FaultSchedule::always(Step::new(refusal)).on("/v1/logs"));
    let (_, event) = delivery(&mut Producer::default(), 2);
    let mut lambda = FunctionBuilder::new().otlp(&backend).parking(folder.path()).start();
    succeed(&mut lambda, &event);
    let parked = ParkedObject::in_folder(folder.path());
    assert!(parked[0].header["error"].as_str().is_some_and(|error| error.contains("c4n4ry")), "{parked:?}");
    let printed = lambda.finish().output;
    let printed = String::from_utf8_lossy(&printed.stdout) + String::from_utf8_lossy(&printed.stderr);
    assert!(!printed.contains("c4n4ry"), "{printed}");
}
