//! Notifications of an SNS topic: in a Lambda event's `Records[].Sns`, or alone, as a queue behind the topic gets them.

use simd_json::tape::Value;
use tailwater_parser::timestamp;

use super::{Content, Delivery, ParsedEvent, Trigger, message, or_empty, records, text};

/// One delivery a notification, or as many as the Lambda event in it has.
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

/// `{"Type":"Notification","MessageId":"…","Message":"…","Timestamp":"…"}`
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
