//! Records that AWS writes about failed invocations. In AWS they are in a bucket; here they are in a folder.

use serde_json::json;
use tests::{
    backend::{FaultSchedule, Step},
    encoding::{gzip, lambda_event},
    function_builder::{datadog, otlp},
    parked::{ParkedKind, ParkedObject},
    producer::Producer,
    redeliver::kinesis,
};

use super::{RedriveCommand, assert_each_once, n_parked, put};

/// Builds the record that an on-failure destination receives for an asynchronous event.
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

/// Builds the record that a Kinesis batch leaves in a bucket after its last retry.
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
fn record_of_a_failed_invocation_is_delivered_to_all_sinks() {
    let (one, other) = (otlp(FaultSchedule::default()), datadog(FaultSchedule::default()));
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let (numbers, document) = Producer::default().document(30);
    put(folder.path(), KEY, record(&document).as_bytes());
    let listed = RedriveCommand::folder(folder.path()).args(&["--dry-run"]).run().expect_code(0);
    assert!(listed.stdout.contains("  all sinks: failed event stored by AWS, "), "{}", listed.stdout);
    // `--sink` selects objects parked for one sink; the record is for all sinks.
    let chosen = RedriveCommand::folder(folder.path())
        .both(&one, &other)
        .args(&["--sink", "otlp"])
        .run()
        .expect_code(0);
    assert!(chosen.stdout.starts_with("0 parked objects settled"), "{}", chosen.stdout);
    RedriveCommand::folder(folder.path()).both(&one, &other).run().expect_code(0);
    assert_each_once(&one, &numbers);
    assert_each_once(&other, &numbers);
    assert!(!folder.path().join(KEY).exists());
}

#[test]
fn part_that_one_sink_rejects_is_parked_for_that_sink() {
    let (healthy, failing) =
        (otlp(FaultSchedule::default()), datadog(FaultSchedule::always(Step::status(401))));
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let (numbers, document) = Producer::default().document(30);
    put(folder.path(), KEY, record(&document).as_bytes());
    let ended = RedriveCommand::folder(folder.path()).both(&healthy, &failing).run().expect_code(1);
    assert!(
        ended.stderr.contains(&format!("{KEY}: partly delivered; the rest stays parked")),
        "{}",
        ended.stderr
    );
    assert_each_once(&healthy, &numbers);
    let sums = healthy.sums();
    assert!(!sums.is_empty() && !folder.path().join(KEY).exists());
    let parked = ParkedObject::in_folder(folder.path());
    assert!(parked.len() == 1 && parked[0].sink() == "datadog", "{parked:?}");

    failing.set_schedule(FaultSchedule::default());
    RedriveCommand::folder(folder.path()).both(&healthy, &failing).run().expect_code(0);
    assert_each_once(&failing, &numbers);
    assert_each_once(&healthy, &numbers);
    assert_eq!(healthy.sums(), sums, "metrics have no ids and must not be sent twice");
    assert_eq!(n_parked(folder.path()), 0);
}

#[test]
fn record_is_delivered_to_the_named_sink_only() {
    let (one, other) = (otlp(FaultSchedule::default()), datadog(FaultSchedule::default()));
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let (numbers, document) = Producer::default().document(30);
    put(folder.path(), KEY, record(&document).as_bytes());
    RedriveCommand::folder(folder.path()).both(&one, &other).args(&["--to", "datadog"]).run().expect_code(0);
    assert_each_once(&other, &numbers);
    assert_eq!(one.requests().len(), 0);
    assert!(!folder.path().join(KEY).exists());
}

#[test]
fn record_of_another_function_is_kept() {
    let backend = otlp(FaultSchedule::default());
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let other =
        r#"{"version":"1.0","requestContext":{},"requestPayload":{"order":1},"responsePayload":null}"#;
    put(folder.path(), KEY, other.as_bytes());
    let ended = RedriveCommand::folder(folder.path()).otlp(&backend).run().expect_code(1);
    assert!(ended.stderr.contains("it is no record of a failed invocation"), "{}", ended.stderr);
    assert!(folder.path().join(KEY).exists() && backend.requests().is_empty());
}

#[test]
fn all_deliveries_of_a_kinesis_batch_are_delivered_to_all_sinks() {
    let (one, other) = (otlp(FaultSchedule::default()), datadog(FaultSchedule::default()));
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let (mut producer, mut numbers, mut records) = (Producer::default(), Vec::new(), Vec::new());
    for events in [30, 1, 5] {
        let (own, document) = producer.document(events);
        numbers.extend(own);
        records.push(gzip(&document));
    }
    put(folder.path(), BATCH_KEY, record_of_batch(&records).as_bytes());
    RedriveCommand::folder(folder.path()).both(&one, &other).run().expect_code(0);
    assert_each_once(&one, &numbers);
    assert_each_once(&other, &numbers);
    assert!(!folder.path().join(BATCH_KEY).exists());
}

#[test]
fn damaged_delivery_of_a_batch_does_not_block_the_others() {
    let backend = otlp(FaultSchedule::default());
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let (numbers, document) = Producer::default().document(30);
    let damaged = gzip(&document)[..20].to_vec();
    let records = [gzip(&document), damaged.clone()];
    put(folder.path(), BATCH_KEY, record_of_batch(&records).as_bytes());
    RedriveCommand::folder(folder.path()).otlp(&backend).run().expect_code(0);
    RedriveCommand::folder(folder.path()).otlp(&backend).run().expect_code(0);
    assert_each_once(&backend, &numbers);
    let kept = ParkedObject::in_folder(folder.path());
    assert!(
        kept.len() == 1 && kept[0].kind() == ParkedKind::Rejected && kept[0].delivery == damaged,
        "{kept:?}"
    );
    assert!(!folder.path().join(BATCH_KEY).exists());
}

#[test]
fn batch_record_without_payload_is_kept() {
    let backend = otlp(FaultSchedule::default());
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let (_, document) = Producer::default().document(3);
    let record = record_of_batch(&[gzip(&document)]).replace("\"payload\":", "\"left out\":");
    put(folder.path(), BATCH_KEY, record.as_bytes());
    let ended = RedriveCommand::folder(folder.path()).otlp(&backend).run().expect_code(1);
    assert!(ended.stderr.contains("payload"), "{}", ended.stderr);
    assert!(folder.path().join(BATCH_KEY).exists() && backend.requests().is_empty());
}
