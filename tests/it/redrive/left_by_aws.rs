//! What AWS itself put away of failed invocations: records in a bucket, here a copy of it in a folder.

use serde_json::json;
use tests::{
    backend::{Script, Step},
    function::{datadog, otlp},
    pack::{gzip, lambda_event},
    parked::{Parked, Shelf},
    producer::Producer,
    redeliver::kinesis,
};

use super::{Verb, has_each_once, left, put};

/// The record that an on-failure destination gets of an event.
pub(super) fn record(document: &[u8]) -> String {
    json!({
        "version": "1.0", "timestamp": "2026-03-04T10:00:00.000Z",
        "requestContext": {"requestId": "r", "functionArn": "arn:aws:lambda:eu-west-1:123456789012:function:tailwater:live",
                           "condition": "RetriesExhausted", "approximateInvokeCount": 3},
        "requestPayload": lambda_event(document), "responseContext": {"statusCode": 200, "functionError": "Unhandled"},
        "responsePayload": null,
    })
    .to_string()
}

pub(super) const KEY: &str = "aws/lambda/async/tailwater/2026/03/04/2026-03-04T10.00.00-0b1c";

/// The record that a batch of a stream leaves in a bucket when it was tried for the last time.
pub(crate) fn record_of_batch(records: &[Vec<u8>]) -> String {
    let sequence_number = |index| kinesis::sequence_number(index);
    json!({
        "requestContext": {"requestId": "r", "functionArn": "arn:aws:lambda:eu-west-1:123456789012:function:tailwater:live",
                           "condition": "RetryAttemptsExhausted", "approximateInvokeCount": 11},
        "responseContext": {"statusCode": 200, "executedVersion": "7", "functionError": "Unhandled"},
        "version": "1.0", "timestamp": "2026-03-04T10:00:00.000Z",
        "KinesisBatchInfo": {
            "shardId": "shardId-000000000000", "batchSize": records.len(),
            "startSequenceNumber": sequence_number(0), "endSequenceNumber": sequence_number(records.len() - 1),
            "approximateArrivalOfFirstRecord": "2026-03-04T09:50:00.000Z",
            "approximateArrivalOfLastRecord": "2026-03-04T09:50:00.000Z",
            "streamArn": "arn:aws:kinesis:eu-west-1:123456789012:stream/tailwater",
        },
        "payload": kinesis::event(records, 0..records.len()).to_string(),
    })
    .to_string()
}

pub(crate) const BATCH_KEY: &str = "aws/lambda/6f5f9f4c-8d4f-4e0b-9a5a-3c8a2f0d7b11/shardId-000000000000/2026/03/04/\
                                    2026-03-04T10.00.00-0b1c";

#[test]
fn a_record_of_a_failed_invocation_is_owed_to_all() {
    let (one, other) = (otlp(Script::default()), datadog(Script::default()));
    let folder = tempfile::tempdir().expect("a folder");
    let (numbers, document) = Producer::default().document(30);
    put(folder.path(), KEY, record(&document).as_bytes());
    let listed = Verb::folder(folder.path()).args(&["--dry-run"]).run().with(0);
    assert!(listed.stdout.contains("  all sinks: failed event stored by AWS, "), "{}", listed.stdout);
    // It is not what one of them alone is owed.
    let chosen = Verb::folder(folder.path()).both(&one, &other).args(&["--sink", "otlp"]).run().with(0);
    assert!(chosen.stdout.starts_with("0 parked objects settled"), "{}", chosen.stdout);
    Verb::folder(folder.path()).both(&one, &other).run().with(0);
    has_each_once(&one, &numbers);
    has_each_once(&other, &numbers);
    assert!(!folder.path().join(KEY).exists());
}

#[test]
fn what_one_sink_does_not_take_of_it_is_parked_for_that_one() {
    let (well, dead) = (otlp(Script::default()), datadog(Script::always(Step::status(401))));
    let folder = tempfile::tempdir().expect("a folder");
    let (numbers, document) = Producer::default().document(30);
    put(folder.path(), KEY, record(&document).as_bytes());
    let ended = Verb::folder(folder.path()).both(&well, &dead).run().with(1);
    assert!(
        ended.stderr.contains(&format!("{KEY}: partly delivered; the rest stays parked")),
        "{}",
        ended.stderr
    );
    has_each_once(&well, &numbers);
    let sums = well.sums();
    assert!(!sums.is_empty() && !folder.path().join(KEY).exists());
    let parked = Parked::in_folder(folder.path());
    assert!(parked.len() == 1 && parked[0].sink() == "datadog", "{parked:?}");

    dead.play(Script::default());
    Verb::folder(folder.path()).both(&well, &dead).run().with(0);
    has_each_once(&dead, &numbers);
    has_each_once(&well, &numbers);
    assert_eq!(well.sums(), sums, "metrics have no ids, so none may come twice");
    assert_eq!(left(folder.path()), 0);
}

#[test]
fn one_sink_alone_gets_it_when_it_is_named() {
    let (one, other) = (otlp(Script::default()), datadog(Script::default()));
    let folder = tempfile::tempdir().expect("a folder");
    let (numbers, document) = Producer::default().document(30);
    put(folder.path(), KEY, record(&document).as_bytes());
    Verb::folder(folder.path()).both(&one, &other).args(&["--to", "datadog"]).run().with(0);
    has_each_once(&other, &numbers);
    assert_eq!(one.seen().len(), 0);
    assert!(!folder.path().join(KEY).exists());
}

#[test]
fn the_record_of_another_function_stays() {
    let backend = otlp(Script::default());
    let folder = tempfile::tempdir().expect("a folder");
    let other =
        r#"{"version":"1.0","requestContext":{},"requestPayload":{"order":1},"responsePayload":null}"#;
    put(folder.path(), KEY, other.as_bytes());
    let ended = Verb::folder(folder.path()).otlp(&backend).run().with(1);
    assert!(ended.stderr.contains("no known source"), "{}", ended.stderr);
    assert!(folder.path().join(KEY).exists() && backend.seen().is_empty());
}

#[test]
fn every_delivery_of_a_batch_of_a_stream_is_owed_to_all() {
    let (one, other) = (otlp(Script::default()), datadog(Script::default()));
    let folder = tempfile::tempdir().expect("a folder");
    let (mut producer, mut numbers, mut records) = (Producer::default(), Vec::new(), Vec::new());
    for events in [30, 1, 5] {
        let (own, document) = producer.document(events);
        numbers.extend(own);
        records.push(gzip(&document));
    }
    put(folder.path(), BATCH_KEY, record_of_batch(&records).as_bytes());
    Verb::folder(folder.path()).both(&one, &other).run().with(0);
    has_each_once(&one, &numbers);
    has_each_once(&other, &numbers);
    assert!(!folder.path().join(BATCH_KEY).exists());
}

#[test]
fn what_cannot_be_read_of_a_batch_does_not_hold_up_the_rest() {
    let backend = otlp(Script::default());
    let folder = tempfile::tempdir().expect("a folder");
    let (numbers, document) = Producer::default().document(30);
    let damaged = gzip(&document)[..20].to_vec();
    let records = [gzip(&document), damaged.clone()];
    put(folder.path(), BATCH_KEY, record_of_batch(&records).as_bytes());
    Verb::folder(folder.path()).otlp(&backend).run().with(0);
    Verb::folder(folder.path()).otlp(&backend).run().with(0);
    has_each_once(&backend, &numbers);
    let kept = Parked::in_folder(folder.path());
    assert!(kept.len() == 1 && kept[0].shelf() == Shelf::Rejected && kept[0].delivery == damaged, "{kept:?}");
    assert!(!folder.path().join(BATCH_KEY).exists());
}

#[test]
fn a_record_without_the_events_of_its_batch_stays() {
    let backend = otlp(Script::default());
    let folder = tempfile::tempdir().expect("a folder");
    let (_, document) = Producer::default().document(3);
    let record = record_of_batch(&[gzip(&document)]).replace("\"payload\":", "\"left out\":");
    put(folder.path(), BATCH_KEY, record.as_bytes());
    let ended = Verb::folder(folder.path()).otlp(&backend).run().with(1);
    assert!(ended.stderr.contains("payload"), "{}", ended.stderr);
    assert!(folder.path().join(BATCH_KEY).exists() && backend.seen().is_empty());
}
