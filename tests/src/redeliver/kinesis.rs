//! A Kinesis shard: batches in order, a checkpoint at the lowest failed sequence number, bisection, an end to retries.

use std::ops::Range;

use serde_json::{Value, json};

use super::{Failures, Invoke, read_failures, request_id};
use crate::{
    encoding::base64,
    runtime_api::Answer,
    sample::{ACCOUNT, REGION},
};

/// How AWS reads the shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// Records in a batch, at most.
    pub batch_size: usize,
    /// How often the same records are tried again without progress before they are given up; `None`: for ever.
    pub retries: Option<u32>,
    /// What happens to a batch that fails as a whole.
    pub on_error: OnError,
    /// Calls after which the test gives up: a poison record must not take more.
    pub call_limit: usize,
}

/// `BisectBatchOnFunctionError`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnError {
    /// The same batch comes again.
    Retry,
    /// Its halves come, one after the other.
    Bisect,
}

/// How far the shard came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DrainResult {
    /// Records processed, by index.
    pub acknowledged: Vec<usize>,
    /// Records given up after their retries, which go to the on-failure destination as a pointer.
    pub given_up: Vec<usize>,
    /// Records that stand behind the checkpoint still, because the calls ran out.
    pub unprocessed: Vec<usize>,
    /// Invocations that it took.
    pub calls: usize,
}

/// A part of the shard that is tried as one batch.
struct Batch {
    records: Range<usize>,
    retries: u32,
}

/// The sequence number of a record, by its index; as many digits as AWS's.
#[must_use]
pub fn sequence_number(index: usize) -> String {
    format!(
        "{:056}",
        49_590_338_271_490_256_608_559_692_538_361_571_095_u128 + u128::try_from(index).unwrap_or(0)
    )
}

/// The event for some records of a shard, given the bytes that were put into it.
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

/// Invokes until every record is acknowledged or given up, or the calls run out.
#[must_use]
pub fn drain(mapping: &Mapping, records: &[Vec<u8>], function: &mut impl Invoke) -> DrainResult {
    let starts = (0..records.len()).step_by(mapping.batch_size.max(1));
    let batch =
        |start: usize| Batch { records: start..records.len().min(start + mapping.batch_size), retries: 0 };
    // The next batch is the last of these: a shard is read in order.
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
        mapping.settle(batch, &answer, &mut todo, &mut drained);
    }
    drained
}

impl Mapping {
    fn settle(&self, batch: Batch, answer: &Answer, todo: &mut Vec<Batch>, drained: &mut DrainResult) {
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
            self.repeat(batch, todo, drained);
        }
    }

    /// A batch that made no progress. Halving it does not count as a retry.
    fn repeat(&self, batch: Batch, todo: &mut Vec<Batch>, drained: &mut DrainResult) {
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
