//! Event source mapping of a Kinesis shard: ordered batches, checkpoint at the lowest failed sequence number,
//! bisection and limited retries.

use std::ops::Range;

use serde_json::{Value, json};

use super::{Failures, Invoke, read_failures, request_id};
use crate::{
    encoding::base64,
    runtime_api::Answer,
    sample::{ACCOUNT, REGION},
};

/// Configuration of the event source mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// Maximum number of records per batch.
    pub batch_size: usize,
    /// Maximum number of retries without progress; `None` for no limit.
    pub retries: Option<u32>,
    /// Handling of a batch that fails as a whole.
    pub on_error: OnError,
    /// Maximum number of invocations, so that a test with a poison record ends.
    pub call_limit: usize,
}

/// Setting `BisectBatchOnFunctionError`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnError {
    /// The same batch is sent again.
    Retry,
    /// The batch is split, and its halves are sent one after the other.
    Bisect,
}

/// Result of reading a shard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DrainResult {
    /// Indices of processed records.
    pub acknowledged: Vec<usize>,
    /// Indices of records whose retries are used up; AWS sends a pointer to them to the on-failure destination.
    pub given_up: Vec<usize>,
    /// Indices of records after the checkpoint when the limit of invocations was reached.
    pub unprocessed: Vec<usize>,
    /// Number of invocations.
    pub calls: usize,
}

/// Records that are sent as one batch.
struct Batch {
    records: Range<usize>,
    retries: u32,
}

/// Returns the sequence number of the record at an index, with as many digits as in AWS.
#[must_use]
pub fn sequence_number(index: usize) -> String {
    format!(
        "{:056}",
        49_590_338_271_490_256_608_559_692_538_361_571_095_u128 + u128::try_from(index).unwrap_or(0)
    )
}

/// Builds the event for a range of records, given the data of all records.
#[must_use]
pub fn event(records: &[Vec<u8>], which: Range<usize>) -> Value {
    let record = |index: usize| {
        let sequence_number = sequence_number(index);
        json!({
            "kinesis": {
                "kinesisSchemaVersion": "1.0", "partitionKey": "k", "sequenceNumber": sequence_number,
                "data": base64(&records[index]), "approximateArrivalTimestamp": 1_772_618_400.123,
            },
            "eventSource": "aws:kinesis", "eventVersion": "1.0", "eventName": "aws:kinesis:record",
            "eventID": format!("shardId-000000000000:{sequence_number}"), "awsRegion": REGION,
            "eventSourceARN": format!("arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/logs"),
        })
    };
    json!({"Records": which.map(record).collect::<Vec<_>>()})
}

/// Invokes the function until each record is acknowledged or given up, or the limit of invocations is reached.
#[must_use]
pub fn drain(mapping: &Mapping, records: &[Vec<u8>], function: &mut impl Invoke) -> DrainResult {
    let starts = (0..records.len()).step_by(mapping.batch_size.max(1));
    let batch =
        |start: usize| Batch { records: start..records.len().min(start + mapping.batch_size), retries: 0 };
    // In reverse order: the next batch is the last element.
    let mut todo: Vec<_> = starts.map(batch).rev().collect();
    let mut drained = DrainResult::default();
    while let Some(batch) = todo.pop() {
        if drained.calls == mapping.call_limit {
            drained.unprocessed.extend(batch.records);
            continue;
        }
        let number = u32::try_from(drained.calls).unwrap_or(u32::MAX);
        let payload = event(records, batch.records.clone()).to_string();
        let answer = function.invoke(&request_id(2, number), payload.as_bytes());
        drained.calls += 1;
        mapping.apply_answer(batch, &answer, &mut todo, &mut drained);
    }
    drained
}

impl Mapping {
    fn apply_answer(&self, batch: Batch, answer: &Answer, todo: &mut Vec<Batch>, drained: &mut DrainResult) {
        let ids: Vec<_> = batch.records.clone().map(sequence_number).collect();
        let ids: Vec<_> = ids.iter().map(String::as_str).collect();
        let processed = match read_failures(answer, &ids) {
            Failures::None => ids.len(),
            Failures::Some(failed) => failed.first().copied().unwrap_or(0),
            Failures::All => 0,
        };
        let checkpoint = batch.records.start + processed;
        drained.acknowledged.extend(batch.records.start..checkpoint);
        if checkpoint == batch.records.end {
            return;
        }
        if processed > 0 {
            todo.push(Batch { records: checkpoint..batch.records.end, retries: 0 });
        } else {
            self.retry(batch, todo, drained);
        }
    }

    /// Retries a batch without progress. Bisection does not count as a retry.
    fn retry(&self, batch: Batch, todo: &mut Vec<Batch>, drained: &mut DrainResult) {
        let Batch { records, retries } = batch;
        if self.on_error == OnError::Bisect && records.len() > 1 {
            let middle = records.start + records.len() / 2;
            todo.push(Batch { records: middle..records.end, retries });
            todo.push(Batch { records: records.start..middle, retries });
        } else if self.retries.is_some_and(|limit| retries >= limit) {
            drained.given_up.extend(records);
        } else {
            todo.push(Batch { records, retries: retries + 1 });
        }
    }
}
