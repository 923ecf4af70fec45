//! SNS topic: notifications in `Records[].Sns` of a Lambda event, or a single one in a message of a queue that is subscribed to
//! the topic.

use simd_json::tape::Value;
use tailwater_parser::timestamp;

use super::{
    delivery::{Content, Delivery},
    json::{or_empty, records, text},
    message,
    parsed_event::{ParsedEvent, Trigger},
};

/// Adds one delivery for each notification, or the deliveries of the Lambda event in its message.
pub(super) fn open<'e>(event: Value<'_, 'e>, parsed: &mut ParsedEvent<'e>) -> Option<Trigger> {
    records(event, "Records", "Sns", |index, record| {
        let message_id = or_empty(text(record, &["Sns", "MessageId"]));
        let message = text(record, &["Sns", "Message"]);
        let delivery = Delivery {
            id: message_id.clone(),
            name: message_id,
            index,
            time: text(record, &["Sns", "Timestamp"]).and_then(timestamp::read_all),
            content: message.map_or(Content::Missing("Sns.Message"), |text| Content::Text(text.into())),
        };
        message::open(delivery, parsed);
    })?;
    Some(Trigger::Asynchronous)
}

/// Adds the delivery of a single notification, or the deliveries of the Lambda event in its message:
/// `{"Type":"Notification","MessageId":"…","Message":"…","Timestamp":"…"}`.
pub(super) fn notification<'e>(event: Value<'_, 'e>, parsed: &mut ParsedEvent<'e>) -> Option<Trigger> {
    (text(event, &["Type"])? == "Notification").then_some(())?;
    let message_id = or_empty(text(event, &["MessageId"]));
    let delivery = Delivery {
        id: message_id.clone(),
        name: message_id,
        index: 0,
        time: text(event, &["Timestamp"]).and_then(timestamp::read_all),
        content: text(event, &["Message"])
            .map_or(Content::Missing("Message"), |text| Content::Text(text.into())),
    };
    message::open(delivery, parsed);
    Some(Trigger::Asynchronous)
}
