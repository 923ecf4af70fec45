//! Damaged input costs only itself: records, messages, objects and decompression bombs.

use std::time::Duration;

use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};
use tests::{
    backend::{Backend, FaultSchedule, s3::S3},
    encoding::{base64, gzip, lambda_event},
    function_builder::{FunctionBuilder, otlp},
    lambda::Lambda,
    parked::{ParkedKind, ParkedObject},
    producer::{EventNumber, Producer},
    redeliver::{kinesis, sqs},
    scenario::Ledger,
};

use super::{assert_has_all, delivery, fail, findings, objects::put, succeed};

/// Makes records of five events each; the one at index `poison` is truncated.
fn records(count: usize, poison: usize) -> (Vec<Vec<EventNumber>>, Vec<Vec<u8>>) {
    let mut producer = Producer::default();
    let make = |index: usize| {
        let (numbers, document) = producer.document(5);
        let mut record = gzip(&document);
        if index == poison {
            record.truncate(12);
        }
        (numbers, record)
    };
    (0..count).map(make).unzip()
}

/// Returns the events of all records but one.
fn all_but(numbers: &[Vec<EventNumber>], poison: usize) -> Vec<EventNumber> {
    let others = numbers.iter().enumerate().filter(|(index, _)| *index != poison);
    others.flat_map(|(_, numbers)| numbers.clone()).collect()
}

fn mapping(call_limit: usize) -> kinesis::Mapping {
    kinesis::Mapping { batch_size: 5, retries: Some(2), on_error: kinesis::OnError::Bisect, call_limit }
}

#[test]
fn poison_record_is_parked_as_rejected_and_the_shard_is_read_without_retries() {
    let (numbers, records) = records(12, 4);
    let (backend, folder) =
        (otlp(FaultSchedule::default()), tempfile::tempdir().expect("a temporary folder can be created"));
    let mut lambda = FunctionBuilder::new().otlp(&backend).parking(folder.path()).start();
    let drained = kinesis::drain(&mapping(3), &records, &mut lambda);
    assert_eq!((drained.acknowledged.len(), drained.calls), (12, 3), "{drained:?}");
    assert_has_all(&backend, &all_but(&numbers, 4));
    let rejected = ParkedObject::in_folder(folder.path());
    assert_eq!(rejected.len(), 1, "{rejected:?}");
    assert_eq!((rejected[0].kind(), &rejected[0].delivery), (ParkedKind::Rejected, &records[4]));
}

/// Returns the number of events that the ledgers count as rejected.
fn rejected(lambda: Lambda) -> u64 {
    let output = lambda.finish().output;
    Ledger::all(&String::from_utf8_lossy(&output.stdout)).iter().map(|ledger| ledger.count("rejected")).sum()
}

#[test]
fn poison_record_without_parking_is_counted_and_costs_only_itself() {
    let (numbers, records) = records(12, 4);
    let backend = otlp(FaultSchedule::default());
    let mut lambda = FunctionBuilder::new().otlp(&backend).start();
    // A retry cannot repair the record, and would block the shard until it expires.
    let drained = kinesis::drain(&mapping(3), &records, &mut lambda);
    assert_eq!((drained.acknowledged.len(), drained.calls), (12, 3), "{drained:?}");
    assert_has_all(&backend, &all_but(&numbers, 4));
    assert_eq!(rejected(lambda), 1);
}

#[test]
fn poison_message_costs_only_itself() {
    let mut producer = Producer::default();
    let (mut numbers, mut bodies) = (Vec::new(), Vec::new());
    for index in 0..7 {
        let (own, document) = producer.document(3);
        let good = lambda_event(&document).to_string();
        let cut = json!({"awslogs": {"data": base64(&gzip(&document)[..14])}}).to_string();
        bodies.push(if index == 2 { cut } else { good });
        numbers.push(own);
    }
    let backend = otlp(FaultSchedule::default());
    let mut lambda = FunctionBuilder::new().otlp(&backend).start();
    let queue = sqs::Mapping {
        batch_size: 4,
        visibility_timeout: Duration::from_secs(1),
        max_receive_count: 3,
        order: sqs::Order::None,
    };
    let drained = sqs::drain(&queue, &bodies, &mut lambda);
    assert_eq!((drained.acknowledged.len(), drained.calls), (7, 2), "{drained:?}");
    assert_has_all(&backend, &all_but(&numbers, 2));
    assert_eq!(rejected(lambda), 1);
}

#[test]
fn events_before_the_damage_of_an_object_are_delivered() {
    let (backend, s3, folder) = (
        otlp(FaultSchedule::default()),
        S3::new(1000),
        tempfile::tempdir().expect("a temporary folder can be created"),
    );
    let server = Backend::start(s3.clone(), FaultSchedule::default());
    let mut producer = Producer::default();
    let (before, first) = producer.document(40);
    let (_lost, second) = producer.document(2_000);
    let (whole, third) = producer.document(9);
    let mut damaged = gzip(&first);
    let second = gzip(&second);
    damaged.extend(&second[..second.len() / 2]);
    let event = json!({"Records": [put(&s3, "damaged.gz", &damaged), put(&s3, "whole.gz", &gzip(&third))]});
    let function =
        FunctionBuilder::new().otlp(&backend).parking(folder.path()).env("AWS_ENDPOINT_URL", server.url());
    succeed(&mut function.start(), event.to_string().as_bytes());
    let got: Vec<_> = backend.logs();
    let expected: Vec<_> = before.into_iter().chain(whole).collect();
    assert_eq!(findings(&expected, &got).missing, []);
    assert!(got.len() > expected.len() + 100, "events before the damage are delivered: {}", got.len());
    let rejected = ParkedObject::in_folder(folder.path());
    assert_eq!(rejected.len(), 1, "{rejected:?}");
    assert_eq!(rejected[0].header["object"]["key"], "damaged.gz");
}

#[test]
fn delivery_with_more_events_than_a_batch_is_complete() {
    let backend = otlp(FaultSchedule::default());
    let (numbers, event) = delivery(&mut Producer::default(), 17_000);
    let mut lambda = FunctionBuilder::new().otlp(&backend).timeout(Duration::from_secs(60)).start();
    succeed(&mut lambda, &event);
    assert_has_all(&backend, &numbers);
}

/// Builds a subscription event of the data that `write` writes, compressed.
fn compressed(write: impl FnOnce(&mut dyn std::io::Write)) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    write(&mut encoder);
    let data = base64(&encoder.finish().expect("writing to a vector cannot fail"));
    json!({"awslogs": {"data": data}}).to_string().into_bytes()
}

/// Sends one oversized event and a normal one; returns the maximum memory of the function in KiB.
fn peak_memory(event: &[u8]) -> u64 {
    let (backend, folder) =
        (otlp(FaultSchedule::default()), tempfile::tempdir().expect("a temporary folder can be created"));
    let function =
        FunctionBuilder::new().otlp(&backend).parking(folder.path()).timeout(Duration::from_secs(60));
    let mut lambda = function.env("TAILWATER_INFLATED_LIMIT", "64MiB").start();
    succeed(&mut lambda, event);
    // The function still works for the next event.
    let (numbers, fresh) = delivery(&mut Producer::default(), 3);
    succeed(&mut lambda, &fresh);
    assert_eq!(findings(&numbers, &backend.logs()).missing, []);
    lambda.finish().peak_memory_kib
}

const HEAD: &str = r#"{"messageType":"DATA_MESSAGE","owner":"123456789012","logGroup":"/aws/lambda/f","logStream":"s","subscriptionFilters":[],"logEvents":["#;

#[test]
fn decompression_bomb_is_cut_at_the_limit_in_bounded_memory() {
    let event = compressed(|out| {
        let zeros = vec![b' '; 1 << 20];
        out.write_all(HEAD.as_bytes()).expect("writing to a vector cannot fail");
        (0..300).for_each(|_| out.write_all(&zeros).expect("writing to a vector cannot fail"));
    });
    let peak = peak_memory(&event);
    assert!(peak < 64 * 1024, "{peak} KiB");
}

#[test]
fn line_of_100_mb_is_read_in_bounded_memory() {
    let event = compressed(|out| {
        let letters = vec![b'x'; 1 << 20];
        write!(out, "{HEAD}{{\"id\":\"{:056}\",\"timestamp\":1772618400000,\"message\":\"", 77)
            .expect("writing to a vector cannot fail");
        (0..100).for_each(|_| out.write_all(&letters).expect("writing to a vector cannot fail"));
        out.write_all(b"\"}]}").expect("writing to a vector cannot fail");
    });
    let peak = peak_memory(&event);
    assert!(peak < 96 * 1024, "{peak} KiB");
}

#[test]
fn deeply_nested_json_in_a_message_is_text() {
    let message = "[".repeat(100_000);
    let event = compressed(|out| {
        write!(
            out,
            "{HEAD}{{\"id\":\"{:056}\",\"timestamp\":1772618400000,\"message\":\"{message}\"}}]}}",
            77
        )
        .expect("writing to a vector cannot fail");
    });
    let peak = peak_memory(&event);
    assert!(peak < 64 * 1024, "{peak} KiB");
}

#[test]
fn event_of_unknown_source_is_an_error_that_names_only_its_keys() {
    let backend = otlp(FaultSchedule::default());
    let mut lambda = FunctionBuilder::new().otlp(&backend).start();
    let printed = fail(&mut lambda, br#"{"what":"c4n4ry","how":["c4n4ry"]}"#);
    assert!(printed.contains("what") && !printed.contains("c4n4ry"), "{printed}");
    assert_eq!(backend.requests(), []);
}

#[test]
fn extreme_times_are_kept() {
    let backend = otlp(FaultSchedule::default());
    let times = ["0", "-5", "253402300800000", "9223372036854775807"];
    let events: Vec<_> = (0_u64..)
        .zip(times)
        .map(|(number, time)| {
            let message = Value::from(tests::producer::payload(number));
            format!(r#"{{"id":"{}","timestamp":{time},"message":{message}}}"#, tests::producer::id(number))
        })
        .collect();
    let document = format!("{HEAD}{}]}}", events.join(","));
    succeed(
        &mut FunctionBuilder::new().otlp(&backend).start(),
        lambda_event(document.as_bytes()).to_string().as_bytes(),
    );
    assert_has_all(&backend, &[0, 1, 2, 3]);
}
