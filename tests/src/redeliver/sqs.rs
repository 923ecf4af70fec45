//! An SQS queue: what failed becomes visible again, and is a dead letter after so many receives.

use std::time::Instant;

use serde_json::{Value, json};

use super::{Failures, Invoke, Pace, pace::wait_until, read_failures, request_id};
use crate::sample::{ACCOUNT, REGION};

/// How AWS reads the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// Messages in a batch, at most.
    pub batch_size: usize,
    /// After a receive a message is invisible for so many of AWS's seconds.
    pub visibility_seconds: u32,
    /// After so many receives a message that comes back is a dead letter.
    pub max_receive_count: u32,
    /// How fast time passes.
    pub pace: Pace,
    /// Whether messages have an order.
    pub order: Order,
}

/// What the queue promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Nothing: messages come in any order.
    None,
    /// All messages are of one group: none may be processed before an earlier one (FIFO).
    Fifo,
}

/// What became of the queue's messages, by index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DrainResult {
    /// Processed, and deleted.
    pub acknowledged: Vec<usize>,
    /// In the dead-letter queue.
    pub dead_letters: Vec<usize>,
    /// Invocations that it took.
    pub calls: usize,
    /// Messages of a FIFO queue that were processed before an earlier one that failed.
    pub out_of_order: Vec<usize>,
}

struct Message<'a> {
    index: usize,
    body: &'a str,
    receives: u32,
    visible: Instant,
}

/// The id of a message, by its index.
#[must_use]
pub fn message_id(index: usize) -> String {
    format!("{index:08x}-0d8a-4c3d-9d5f-2a1f8c6f0b11")
}

/// Invokes until no message is left. It ends: every message is deleted or received too often.
#[must_use]
pub fn drain(mapping: &Mapping, bodies: &[String], function: &mut impl Invoke) -> DrainResult {
    let now = Instant::now();
    let message = |(index, body)| Message { index, body, receives: 0, visible: now };
    let mut queue: Vec<_> = bodies.iter().map(String::as_str).enumerate().map(message).collect();
    let mut drained = DrainResult::default();
    while let Some(next) = mapping.next_receive(&queue) {
        wait_until(next);
        let batch = mapping.receive(&mut queue, &mut drained);
        if batch.is_empty() {
            continue;
        }
        let payload = event(&batch, mapping.order).to_string();
        let number = u32::try_from(drained.calls).unwrap_or(u32::MAX);
        let answer = function.invoke(&request_id(3, number), payload.as_bytes());
        drained.calls += 1;
        let ids: Vec<_> = batch.iter().map(|message| message_id(message.index)).collect();
        let ids: Vec<_> = ids.iter().map(String::as_str).collect();
        mapping.give_back(batch, &read_failures(&answer, &ids), &mut queue, &mut drained);
    }
    drained
}

impl Mapping {
    /// When there is something to receive: in a FIFO queue an invisible message blocks those behind it.
    fn next_receive(&self, queue: &[Message<'_>]) -> Option<Instant> {
        let visible = queue.iter().map(|message| message.visible);
        match self.order {
            Order::None => visible.min(),
            Order::Fifo => visible.max(),
        }
    }

    /// Takes what is visible, at most a batch; what was received often enough already is put aside.
    fn receive<'a>(&self, queue: &mut Vec<Message<'a>>, drained: &mut DrainResult) -> Vec<Message<'a>> {
        let now = Instant::now();
        let dead =
            |message: &mut Message<'_>| message.visible <= now && message.receives >= self.max_receive_count;
        drained.dead_letters.extend(queue.extract_if(.., dead).map(|message| message.index));
        queue.sort_by_key(|message| message.index);
        let mut batch: Vec<_> = queue.extract_if(.., |message| message.visible <= now).collect();
        queue.extend(batch.split_off(batch.len().min(self.batch_size)));
        for message in &mut batch {
            message.receives += 1;
            message.visible = now + self.pace.seconds(self.visibility_seconds);
        }
        batch
    }

    /// What failed stays invisible until its time, then it is received again; the rest is deleted.
    fn give_back<'a>(
        &self,
        batch: Vec<Message<'a>>,
        failures: &Failures,
        queue: &mut Vec<Message<'a>>,
        drained: &mut DrainResult,
    ) {
        let mut a_failure_before = false;
        for (place, message) in batch.into_iter().enumerate() {
            let failed = match failures {
                Failures::None => false,
                Failures::Some(failed) => failed.contains(&place),
                Failures::All => true,
            };
            if failed {
                queue.push(message);
            } else {
                drained.acknowledged.push(message.index);
                if a_failure_before && self.order == Order::Fifo {
                    drained.out_of_order.push(message.index);
                }
            }
            a_failure_before |= failed;
        }
    }
}

fn event(batch: &[Message<'_>], order: Order) -> Value {
    let suffix = match order {
        Order::None => "",
        Order::Fifo => ".fifo",
    };
    let record = |message: &Message<'_>| {
        let mut record = json!({
            "messageId": message_id(message.index), "receiptHandle": "handle", "body": message.body,
            "attributes": {
                "ApproximateReceiveCount": message.receives.to_string(), "SentTimestamp": "1772618400000",
                "SenderId": ACCOUNT, "ApproximateFirstReceiveTimestamp": "1772618400001",
            },
            "messageAttributes": {}, "md5OfBody": "", "eventSource": "aws:sqs", "awsRegion": REGION,
            "eventSourceARN": format!("arn:aws:sqs:{REGION}:{ACCOUNT}:logs{suffix}"),
        });
        if order == Order::Fifo {
            record["attributes"]["MessageGroupId"] = "all".into();
            record["attributes"]["SequenceNumber"] = format!("{:020}", message.index).into();
        }
        record
    };
    json!({"Records": batch.iter().map(record).collect::<Vec<_>>()})
}
