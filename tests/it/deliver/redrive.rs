//! Redrive of parked deliveries by command, by schedule and concurrently, and of deliveries in AWS's queues.

use std::{path::Path, thread, time::Duration};

use serde_json::json;
use tests::{
    backend::{Backend, FaultSchedule, Step},
    forms,
    function_builder::{FunctionBuilder, otlp},
    parked::{ParkedKind, ParkedObject},
    producer::{EventNumber, Producer},
};

use super::{assert_has_all, delivery, findings, redrive, succeed};

/// Parks deliveries of five events each; returns the event numbers and the function.
fn parked(folder: &Path, backend: &Backend, count: usize) -> (Vec<EventNumber>, FunctionBuilder) {
    backend.set_schedule(FaultSchedule::always(Step::status(503)));
    let function = FunctionBuilder::new().otlp(backend).parking(folder).timeout(Duration::from_secs(2));
    let (mut lambda, mut producer, mut all) = (function.start(), Producer::default(), Vec::new());
    for _ in 0..count {
        let (numbers, event) = delivery(&mut producer, 5);
        succeed(&mut lambda, &event);
        all.extend(numbers);
    }
    backend.set_schedule(FaultSchedule::default());
    assert_eq!(ParkedObject::in_folder(folder).len(), count);
    (all, function)
}

fn settings(backend: &Backend) -> [(&'static str, String); 2] {
    [("TAILWATER_SINKS", "otlp".to_owned()), ("OTEL_EXPORTER_OTLP_ENDPOINT", backend.url())]
}

#[test]
fn scheduled_redrive_delivers_parked_events() {
    let (backend, folder) =
        (otlp(FaultSchedule::default()), tempfile::tempdir().expect("a temporary folder can be created"));
    let (numbers, function) = parked(folder.path(), &backend, 3);
    let event = json!({
        "version": "0", "id": "1", "detail-type": "Scheduled Event", "source": "aws.scheduler",
        "account": "123456789012", "time": "2026-03-04T10:00:00Z", "region": "eu-west-1", "resources": [],
        "detail": {"tailwater": {"redrive": {"limit": 100}}},
    });
    succeed(&mut function.start(), event.to_string().as_bytes());
    assert_has_all(&backend, &numbers);
    assert_eq!(ParkedObject::in_folder(folder.path()).len(), 0);
    // A second redrive has nothing to do.
    succeed(&mut function.start(), event.to_string().as_bytes());
}

#[test]
fn concurrent_redrives_lose_nothing() {
    let (backend, folder) =
        (otlp(FaultSchedule::default()), tempfile::tempdir().expect("a temporary folder can be created"));
    let (numbers, _) = parked(folder.path(), &backend, 12);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let (code, text) = redrive(folder.path(), &settings(&backend));
                assert_eq!(code, Some(0), "{text}");
            });
        }
    });
    assert_has_all(&backend, &numbers);
    assert_eq!(ParkedObject::in_folder(folder.path()).len(), 0);
}

#[test]
fn redrive_to_a_failing_backend_keeps_everything() {
    let (backend, folder) =
        (otlp(FaultSchedule::default()), tempfile::tempdir().expect("a temporary folder can be created"));
    let (numbers, _) = parked(folder.path(), &backend, 2);
    backend.set_schedule(FaultSchedule::always(Step::status(401)));
    let (code, text) = redrive(folder.path(), &settings(&backend));
    assert_ne!(code, Some(0), "{text}");
    let left = ParkedObject::in_folder(folder.path());
    let owed: Vec<_> = left.iter().flat_map(|parked| parked.pending(&parked.delivery)).collect();
    assert_eq!(findings(&numbers, &[]).missing.len(), owed.len());
    assert!(left.iter().all(|parked| parked.kind() == ParkedKind::Parked), "{left:?}");
}

#[test]
fn dead_letters_and_failure_records_from_a_queue_are_delivered() {
    let backend = otlp(FaultSchedule::default());
    let mut producer = Producer::default();
    let (first, dead_letter) = delivery(&mut producer, 4);
    let (second, failed) = delivery(&mut producer, 4);
    let failed: serde_json::Value = serde_json::from_slice(&failed).expect("the event is JSON");
    let on_failure = json!({
        "version": "1.0", "timestamp": "2026-03-04T10:00:00Z", "requestContext": {"condition": "RetriesExhausted"},
        "requestPayload": failed, "responseContext": {"statusCode": 200}, "responsePayload": null,
    });
    let bodies = [String::from_utf8(dead_letter).expect("the event is text"), on_failure.to_string()];
    succeed(
        &mut FunctionBuilder::new().otlp(&backend).start(),
        forms::sqs_event(&bodies).to_string().as_bytes(),
    );
    assert_has_all(&backend, &[first, second].concat());
}

#[test]
fn unwritable_parking_location_is_an_error() {
    let (backend, folder) = (
        otlp(FaultSchedule::always(Step::status(503))),
        tempfile::tempdir().expect("a temporary folder can be created"),
    );
    let blocked = folder.path().join("blocked");
    std::fs::write(&blocked, "in the way").expect("the file can be written");
    let (numbers, event) = delivery(&mut Producer::default(), 5);
    let function = FunctionBuilder::new().otlp(&backend).parking(&blocked).timeout(Duration::from_secs(2));
    let mut lambda = function.start();
    super::fail(&mut lambda, &event);
    // AWS sends the event again, now without faults.
    backend.set_schedule(FaultSchedule::default());
    succeed(&mut function.start(), &event);
    assert_has_all(&backend, &numbers);
}
