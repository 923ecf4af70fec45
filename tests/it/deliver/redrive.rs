//! What is parked is delivered later: by hand, by a schedule, by two at once; and what AWS itself has kept.

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

/// A folder with so many parked deliveries of five events, and the function that parked them.
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
fn a_schedule_delivers_what_is_parked() {
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
    // Again, with nothing to do.
    succeed(&mut function.start(), event.to_string().as_bytes());
}

#[test]
fn two_at_once_lose_nothing() {
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
fn a_backend_that_is_still_dead_leaves_everything_where_it_is() {
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
fn what_aws_kept_is_delivered_out_of_its_queues() {
    let backend = otlp(FaultSchedule::default());
    let mut producer = Producer::default();
    let (first, dead_letter) = delivery(&mut producer, 4);
    let (second, failed) = delivery(&mut producer, 4);
    let failed: serde_json::Value = serde_json::from_slice(&failed).expect("JSON");
    let on_failure = json!({
        "version": "1.0", "timestamp": "2026-03-04T10:00:00Z", "requestContext": {"condition": "RetriesExhausted"},
        "requestPayload": failed, "responseContext": {"statusCode": 200}, "responsePayload": null,
    });
    let bodies = [String::from_utf8(dead_letter).expect("text"), on_failure.to_string()];
    succeed(
        &mut FunctionBuilder::new().otlp(&backend).start(),
        forms::sqs_event(&bodies).to_string().as_bytes(),
    );
    assert_has_all(&backend, &[first, second].concat());
}

#[test]
fn a_parking_place_that_cannot_be_written_is_an_error_that_aws_hears_of() {
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
    // AWS sends it again, and now all is well.
    backend.set_schedule(FaultSchedule::default());
    succeed(&mut function.start(), &event);
    assert_has_all(&backend, &numbers);
}
