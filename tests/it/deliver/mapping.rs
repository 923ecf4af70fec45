//! Event source mappings with and without `ReportBatchItemFailures`: failed items come again, whatever the mapping.

use std::time::Duration;

use tests::{
    backend::{FaultSchedule, Step},
    encoding::gzip,
    function_builder::{FunctionBuilder, otlp},
    lambda::Lambda,
    producer::{EventNumber, Producer},
    redeliver::{Invoke, WithoutReports, kinesis, sqs},
};

use super::assert_has_all;

const QUEUE: sqs::Mapping = sqs::Mapping {
    batch_size: 3,
    visibility_timeout: Duration::from_secs(5),
    max_receive_count: 5,
    order: sqs::Order::None,
};
const SHARD: kinesis::Mapping =
    kinesis::Mapping { batch_size: 3, retries: Some(5), on_error: kinesis::OnError::Retry, call_limit: 40 };

/// Makes documents with two events each.
fn documents() -> (Vec<EventNumber>, Vec<Vec<u8>>) {
    let mut producer = Producer::default();
    let documents: Vec<_> = (0..7).map(|_| producer.document(2)).collect();
    let (numbers, documents): (Vec<_>, Vec<_>) = documents.into_iter().unzip();
    (numbers.concat(), documents)
}

fn drain_queue(documents: &[Vec<u8>], function: &mut impl Invoke) -> usize {
    let bodies: Vec<_> =
        documents.iter().map(|document| String::from_utf8_lossy(document).into_owned()).collect();
    sqs::drain(&QUEUE, &bodies, function).acknowledged.len()
}

fn drain_shard(documents: &[Vec<u8>], function: &mut impl Invoke) -> usize {
    let records: Vec<_> = documents.iter().map(|document| gzip(document)).collect();
    kinesis::drain(&SHARD, &records, function).acknowledged.len()
}

/// Drains a source whose first batches fail. All items must be acknowledged, and all events delivered.
#[track_caller]
fn check(function: FunctionBuilder, drain: impl Fn(&[Vec<u8>], &mut Lambda) -> usize) {
    // A request is tried twice for its credentials. After the fifth failure, requests would pause.
    let backend = otlp(FaultSchedule::new(vec![Step::status(401); 4]));
    let (numbers, documents) = documents();
    let acknowledged = drain(&documents, &mut function.otlp(&backend).start());
    assert_eq!(acknowledged, documents.len());
    assert_has_all(&backend, &numbers);
}

#[test]
fn failed_items_are_not_lost_behind_a_mapping_that_ignores_their_list() {
    let function = FunctionBuilder::new;
    check(function(), |documents, lambda| drain_queue(documents, &mut WithoutReports(lambda)));
    check(function(), |documents, lambda| drain_shard(documents, &mut WithoutReports(lambda)));
}

#[test]
fn failed_items_come_again_behind_a_mapping_that_reads_their_list() {
    let listing = || FunctionBuilder::new().env("TAILWATER_BATCH_ITEM_FAILURES", "true");
    for function in [FunctionBuilder::new, listing] {
        check(function(), drain_queue);
        check(function(), drain_shard);
    }
}
