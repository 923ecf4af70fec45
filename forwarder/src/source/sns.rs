//! SNS topic: notifications in `Records[].Sns` of a Lambda event, or a single one in a message of a queue that is subscribed to
//! the topic.

use std::sync::Arc;

use simd_json::tape::Value;
use tailwater_parser::{Arrival, timestamp};

use super::{
    delivery::{Content, Delivery},
    json::{or_empty, records, text},
    message,
    origin::DeliveryOrigin,
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
            origin: origin(text(record, &["Sns", "TopicArn"]), text(record, &["Sns", "Subject"])),
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
        origin: origin(text(event, &["TopicArn"]), text(event, &["Subject"])),
        content: text(event, &["Message"])
            .map_or(Content::Missing("Message"), |text| Content::Text(text.into())),
    };
    message::open(delivery, parsed);
    Some(Trigger::Asynchronous)
}

fn origin(topic: Option<&str>, subject: Option<&str>) -> Arc<DeliveryOrigin> {
    let (topic, subject) = (topic.unwrap_or_default(), subject.unwrap_or_default());
    let arrival = Arrival { topic_arn: topic.to_owned(), subject: subject.to_owned(), ..Arrival::default() };
    Arc::new(DeliveryOrigin::of_arn(topic, None, arrival))
}
