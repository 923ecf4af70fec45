//! Regression tests for data losses that are known from other log forwarders.

use std::{collections::BTreeSet, time::Duration};

use tests::{
    backend::{Backend, Fault, FaultSchedule, Step, limited::Limited, otlp::Otlp, s3::S3},
    forms,
    function_builder::{FunctionBuilder, KEY, datadog, otlp},
    http::Response,
    parked::{ParkedKind, ParkedObject},
    producer::Producer,
    scenario::Ledger,
};

use super::{assert_has_all, delivery, findings, redrive, succeed};

#[test]
fn batch_is_sent_again_after_status_429() {
    let backend = otlp(FaultSchedule::new([Step::status(429)]));
    let (numbers, event) = delivery(&mut Producer::default(), 50);
    succeed(&mut FunctionBuilder::new().otlp(&backend).start(), &event);
    assert_has_all(&backend, &numbers);
    assert_eq!(backend.faults(), 1);
}

#[test]
fn parked_delivery_is_kept_until_all_of_its_batches_are_delivered() {
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let backend = datadog(FaultSchedule::always(Step::status(503)));
    let (numbers, event) = delivery(&mut Producer::default(), 3_500);
    let function =
        FunctionBuilder::new().datadog(&backend).parking(folder.path()).timeout(Duration::from_secs(3));
    succeed(&mut function.start(), &event);
    assert_eq!(backend.logs(), []);

    let settings = [
        ("TAILWATER_SINKS", "datadog".to_owned()),
        ("DD_URL", backend.url()),
        ("DD_API_URL", backend.url()),
        ("DD_API_KEY", KEY.to_owned()),
        ("TAILWATER_CONCURRENCY", "1".to_owned()),
        ("TAILWATER_TIMEOUT", "1s".to_owned()),
    ];
    backend.set_schedule(FaultSchedule::new([Step::default()]).then(Step::status(503)));
    let (code, text) = redrive(folder.path(), &settings);
    assert_ne!(code, Some(0), "{text}");
    let parked = ParkedObject::in_folder(folder.path());
    let accepted = backend.logs().len();
    assert!((1..3_500).contains(&accepted), "one batch was accepted: {accepted}");
    let pending: BTreeSet<_> = parked.iter().flat_map(|parked| parked.pending(&parked.delivery)).collect();
    assert!(pending.len() + accepted >= 3_500, "{} pending and {accepted} accepted", pending.len());

    backend.set_schedule(FaultSchedule::default());
    let (code, text) = redrive(folder.path(), &settings);
    assert_eq!(code, Some(0), "{text}");
    assert_has_all(&backend, &numbers);
    assert_eq!(ParkedObject::in_folder(folder.path()).len(), 0);
}

/// Sends one delivery to a limited collector; returns the backend, the parked objects and the output.
fn deliver_to_limited_collector(
    events: u64,
    max_events: usize,
    rejected_text: Option<&'static str>,
) -> (Backend, Vec<ParkedObject>, String) {
    let limited = Limited { protocol: Otlp, max_events, max_bytes: None, rejected_text };
    let backend = Backend::start(limited, FaultSchedule::default());
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let (_, event) = delivery(&mut Producer::default(), events);
    let mut lambda = FunctionBuilder::new().otlp(&backend).parking(folder.path()).start();
    succeed(&mut lambda, &event);
    let output = lambda.finish().output;
    let printed = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    (backend, ParkedObject::in_folder(folder.path()), printed.into_owned())
}

fn log_requests(backend: &Backend) -> usize {
    backend.requests().iter().filter(|request| request.path == "/v1/logs").count()
}

#[test]
fn oversized_batch_is_halved_until_it_fits() {
    let (backend, parked, _) = deliver_to_limited_collector(200, 30, None);
    assert_has_all(&backend, &(0..200).collect::<Vec<_>>());
    assert!(parked.is_empty(), "{parked:?}");
    assert!(log_requests(&backend) <= 2 * 200usize.div_ceil(15), "{} requests", log_requests(&backend));
}

#[test]
fn batch_that_is_always_too_large_is_not_retried_for_ever() {
    let (backend, parked, _) = deliver_to_limited_collector(8, 0, None);
    assert_eq!(backend.logs(), []);
    let kept: BTreeSet<_> = parked.iter().flat_map(|parked| parked.pending(&parked.delivery)).collect();
    assert_eq!(kept, (0..8).collect());
    assert!(log_requests(&backend) < 200, "{} requests", log_requests(&backend));
}

#[test]
fn rejected_event_costs_only_itself() {
    let (backend, parked, printed) = deliver_to_limited_collector(300, 1_000, Some("event 123:"));
    let others: Vec<_> = (0..300).filter(|number| *number != 123).collect();
    assert_has_all(&backend, &others);
    let refused: Vec<_> =
        parked.iter().map(|parked| (parked.kind(), parked.pending(&parked.delivery))).collect();
    assert_eq!(refused, [(ParkedKind::Rejected, vec![123])]);
    assert!(log_requests(&backend) < 40, "{} requests", log_requests(&backend));
    let ledgers = Ledger::all(&printed);
    assert_eq!(ledgers.iter().map(|ledger| ledger.count("rejected")).sum::<u64>(), 1, "{ledgers:?}");
}

#[test]
fn permanent_rejection_is_logged() {
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let backend = otlp(FaultSchedule::always(Step::status(404)));
    let (numbers, event) = delivery(&mut Producer::default(), 6);
    let mut lambda = FunctionBuilder::new().otlp(&backend).parking(folder.path()).start();
    succeed(&mut lambda, &event);
    let kept: BTreeSet<_> = ParkedObject::in_folder(folder.path())
        .iter()
        .flat_map(|parked| parked.pending(&parked.delivery))
        .collect();
    assert_eq!(kept, numbers.into_iter().collect());
    let output = lambda.finish().output;
    let printed = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(printed.contains("404"), "the status is not logged:\n{printed}");
}

#[test]
fn partial_success_is_counted_and_not_sent_again() {
    let backend = otlp(FaultSchedule::new([Step::new(Fault::PartialSuccess { rejected: 3 })]).on("/v1/logs"));
    let (numbers, event) = delivery(&mut Producer::default(), 12);
    let mut lambda = FunctionBuilder::new().otlp(&backend).start();
    succeed(&mut lambda, &event);
    assert_eq!(findings(&numbers, &backend.logs()).missing.len(), 3);
    assert_eq!(log_requests(&backend), 1);
    let output = lambda.finish().output;
    let ledgers = Ledger::all(&String::from_utf8_lossy(&output.stdout));
    assert_eq!(ledgers.iter().map(|ledger| ledger.count("rejected")).sum::<u64>(), 3, "{ledgers:?}");
}

#[test]
fn deliveries_parked_in_the_same_second_do_not_overwrite_each_other() {
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let retry_after = Response::new(429, "").with("Retry-After", "600");
    let backend = otlp(FaultSchedule::always(Step::new(Fault::Discard(retry_after))));
    let mut lambda = FunctionBuilder::new().otlp(&backend).parking(folder.path()).start();
    let mut producer = Producer::default();
    let mut all = BTreeSet::new();
    for _ in 0..20 {
        let (numbers, event) = delivery(&mut producer, 2);
        all.extend(numbers);
        // All have the same request id, as some emulators send it.
        succeed(&mut lambda, &event);
        succeed(&mut lambda, &event);
    }
    let parked = ParkedObject::in_folder(folder.path());
    let pending: BTreeSet<_> = parked.iter().flat_map(|parked| parked.pending(&parked.delivery)).collect();
    assert_eq!(pending, all);
}

#[test]
fn listing_of_several_pages_is_read_completely() {
    const OBJECTS: usize = 1_050;
    let s3 = S3::new(1_000);
    let server = Backend::start(s3.clone(), FaultSchedule::default());
    let retry_after = Response::new(429, "").with("Retry-After", "600");
    let backend = otlp(FaultSchedule::always(Step::new(Fault::Discard(retry_after))));
    let function = FunctionBuilder::new()
        .otlp(&backend)
        .env("TAILWATER_PARKING", "s3://bucket/parking")
        .env("AWS_ENDPOINT_URL", server.url())
        .timeout(Duration::from_secs(60));
    // More messages than a real batch has. Each is a delivery and is parked on its own.
    let mut producer = Producer::default();
    let deliveries = (0..OBJECTS).map(|_| producer.document(1));
    let (numbers, bodies): (Vec<_>, Vec<_>) =
        deliveries.map(|(numbers, document)| (numbers, String::from_utf8(document).expect("JSON"))).unzip();
    succeed(&mut function.start(), forms::sqs_event(&bodies).to_string().as_bytes());
    let parked = |s3: &S3| s3.objects().into_keys().filter(|key| key.contains("/parked/")).count();
    assert_eq!((parked(&s3), backend.logs().len()), (OBJECTS, 0));

    backend.set_schedule(FaultSchedule::default());
    succeed(&mut function.start(), br#"{"tailwater":{"redrive":{}}}"#);
    assert_has_all(&backend, &numbers.concat());
    assert_eq!(parked(&s3), 0);
}
