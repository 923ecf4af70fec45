//! Event source mapping of an SQS queue: failed messages become visible again, and dead letters after too many
//! receives.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Failures, Invoke, clock::Clock, read_failures, request_id};
use crate::sample::{ACCOUNT, REGION};

/// Configuration of the queue and of its event source mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// Maximum number of messages per batch.
    pub batch_size: usize,
    /// Visibility timeout: time for which a received message is hidden.
    pub visibility_timeout: Duration,
    /// Number of receives after which a message goes to the dead-letter queue instead of being received again.
    pub max_receive_count: u32,
    /// Ordering of messages.
    pub order: Order,
}

/// Ordering guarantee of a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Standard queue: no guarantee.
    None,
    /// FIFO queue with one message group: no message may be processed before an earlier one.
    Fifo,
}

/// Result of reading a queue, with messages by index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DrainResult {
    /// Processed and deleted messages.
    pub acknowledged: Vec<usize>,
    /// Messages in the dead-letter queue.
    pub dead_letters: Vec<usize>,
    /// Number of invocations.
    pub calls: usize,
    /// Messages of a FIFO queue that were processed although an earlier message had failed.
    pub out_of_order: Vec<usize>,
    /// Simulated time that passed.
    pub elapsed: Duration,
}

struct Message<'a> {
    index: usize,
    body: &'a str,
    receives: u32,
    visible: Duration,
}

/// Returns the id of the message at an index.
#[must_use]
pub fn message_id(index: usize) -> String {
    format!("{index:08x}-0d8a-4c3d-9d5f-2a1f8c6f0b11")
}

/// Invokes the function until the queue is empty. It becomes empty, because each message can be received only a limited
/// number of times.
#[must_use]
pub fn drain(mapping: &Mapping, bodies: &[String], function: &mut impl Invoke) -> DrainResult {
    let mut clock = Clock::default();
    let message = |(index, body)| Message { index, body, receives: 0, visible: clock.now() };
    let mut queue: Vec<_> = bodies.iter().map(String::as_str).enumerate().map(message).collect();
    let mut drained = DrainResult::default();
    while let Some(next) = mapping.next_receive(&queue) {
        clock.advance_to(next);
        let batch = mapping.receive(clock.now(), &mut queue, &mut drained);
        if batch.is_empty() {
            continue;
        }
        let payload = event(&batch, mapping.order).to_string();
        let number = u32::try_from(drained.calls).unwrap_or(u32::MAX);
        let answer = function.invoke(&request_id(3, number), payload.as_bytes());
        drained.calls += 1;
        let ids: Vec<_> = batch.iter().map(|message| message_id(message.index)).collect();
        let ids: Vec<_> = ids.iter().map(String::as_str).collect();
        mapping.apply_answer(batch, &read_failures(&answer, &ids), &mut queue, &mut drained);
    }
    drained.elapsed = clock.now();
    drained
}

impl Mapping {
    /// Returns the time of the next receive. In a FIFO queue a hidden message blocks all later ones.
    fn next_receive(&self, queue: &[Message<'_>]) -> Option<Duration> {
        let visible = queue.iter().map(|message| message.visible);
        match self.order {
            Order::None => visible.min(),
            Order::Fifo => visible.max(),
        }
    }

    /// Receives a batch of visible messages. Messages with too many receives go to the dead-letter queue.
    fn receive<'a>(
        &self,
        now: Duration,
        queue: &mut Vec<Message<'a>>,
        drained: &mut DrainResult,
    ) -> Vec<Message<'a>> {
        let dead =
            |message: &mut Message<'_>| message.visible <= now && message.receives >= self.max_receive_count;
        drained.dead_letters.extend(queue.extract_if(.., dead).map(|message| message.index));
        queue.sort_by_key(|message| message.index);
        let mut batch: Vec<_> = queue.extract_if(.., |message| message.visible <= now).collect();
        queue.extend(batch.split_off(batch.len().min(self.batch_size)));
        for message in &mut batch {
            message.receives += 1;
            message.visible = now + self.visibility_timeout;
        }
        batch
    }

    /// Deletes the processed messages of a batch; failed ones stay hidden until their visibility timeout ends.
    fn apply_answer<'a>(
        &self,
        batch: Vec<Message<'a>>,
        failures: &Failures,
        queue: &mut Vec<Message<'a>>,
        drained: &mut DrainResult,
    ) {
        let mut earlier_failed = false;
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
                if earlier_failed && self.order == Order::Fifo {
                    drained.out_of_order.push(message.index);
                }
            }
            earlier_failed |= failed;
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
