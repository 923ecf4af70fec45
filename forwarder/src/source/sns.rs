//! Notifications of an SNS topic: in a Lambda event's `Records[].Sns`, or alone, as a queue behind the topic gets them.

use simd_json::tape::Value;
use tailwater_parser::timestamp;

use super::{Content, Delivery, Found, message, records, text};

/// One delivery a notification, or as many as the Lambda event in it has.
pub(super) fn deliveries(event: Value<'_, '_>, found: &mut Found<'_>) -> Option<()> {
    records(event, "Records", "Sns", |index, record| {
        let message = text(record, &["Sns", "Message"]);
        let delivery = Delivery {
            id: text(record, &["Sns", "MessageId"]).unwrap_or_default(),
            index,
            time: text(record, &["Sns", "Timestamp"]).and_then(timestamp::read_all),
            content: message.map_or(Content::Missing("Sns.Message"), Content::Text),
        };
        message::open(&delivery, found);
    })
}

/// `{"Type":"Notification","MessageId":"…","Message":"…","Timestamp":"…"}`
pub(super) fn notification(event: Value<'_, '_>, found: &mut Found<'_>) -> Option<()> {
    (text(event, &["Type"])? == "Notification").then_some(())?;
    let delivery = Delivery {
        id: text(event, &["MessageId"]).unwrap_or_default(),
        index: 0,
        time: text(event, &["Timestamp"]).and_then(timestamp::read_all),
        content: text(event, &["Message"]).map_or(Content::Missing("Message"), Content::Text),
    };
    message::open(&delivery, found);
    Some(())
}
