//! SQS queue: `{"Records":[{"messageId":"…","body":"…"}]}`.

use simd_json::tape::Value;
use tailwater_parser::{Arrival, UnixMillis};

use super::{
    delivery::{Content, Delivery},
    json::{or_empty, records, text},
    message,
    origin::SharedOrigin,
    parsed_event::{ParsedEvent, Trigger},
};

/// Adds one delivery for each message, or the deliveries of the Lambda event in its body.
pub(super) fn open<'e>(event: Value<'_, 'e>, parsed: &mut ParsedEvent<'e>) -> Option<Trigger> {
    let mut origin = SharedOrigin::default();
    records(event, "Records", "body", |index, record| {
        let message_id = or_empty(text(record, &["messageId"]));
        let sent = text(record, &["attributes", "SentTimestamp"]);
        let queue = text(record, &["eventSourceARN"]);
        let arrival = |queue_arn| Arrival { queue_arn, ..Arrival::default() };
        let delivery = Delivery {
            id: message_id.clone(),
            name: message_id,
            index,
            time: sent.and_then(|millis| millis.parse().ok()).map(UnixMillis),
            origin: origin.of_arn(queue, text(record, &["awsRegion"]), arrival),
            content: text(record, &["body"])
                .map_or(Content::Missing("body"), |body| Content::Text(body.into())),
        };
        message::open(delivery, parsed);
    })?;
    Some(if is_fifo(event) { Trigger::SqsFifo } else { Trigger::Sqs })
}

/// True if the messages come from a FIFO queue, whose name always ends with `.fifo`.
fn is_fifo(event: Value<'_, '_>) -> bool {
    let records = event.get_array("Records");
    let mut queues = records.iter().flat_map(|records| records.iter());
    queues.any(|record| text(record, &["eventSourceARN"]).is_some_and(|queue| queue.ends_with(".fifo")))
}
