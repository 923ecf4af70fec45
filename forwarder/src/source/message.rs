//! Message of a queue or topic. It contains another Lambda event, base64 of compressed bytes, a parked object, or text.

use std::borrow::Cow;

use super::{
    delivery::{Content, Delivery},
    event::read_nested,
    members::Members,
    parked,
    parsed_event::ParsedEvent,
    unescaped_event::UnescapedEvent,
};

/// Member names by which Lambda events and SNS notifications are recognised, besides those of [`UnescapedEvent`].
const EVENT_MEMBERS: [&[u8]; 5] = [b"awslogs", b"Records", b"records", b"Type", b"Event"];

/// Base64 of the first bytes of gzip and of zstd.
const ENCODED_MAGIC: [&str; 2] = ["H4sI", "KLUv/"];

/// Adds the delivery of a message, or the deliveries of the Lambda event inside the message. All get the id of the
/// message, by which AWS can be asked to send it again.
pub(super) fn open<'e>(message: Delivery<'e>, parsed: &mut ParsedEvent<'e>) {
    match content(&message, parsed) {
        MessageContent::Delivery(content) => parsed.deliveries.push(Delivery { content, ..message }),
        MessageContent::Event(event) => {
            parsed.add(event.map(|delivery| Delivery {
                id: message.id.clone(),
                name: if delivery.name.is_empty() { message.name.clone() } else { delivery.name },
                index: message.index,
                time: delivery.time.or(message.time),
                origin: delivery.origin.within(&message.origin),
                content: delivery.content,
            }));
        }
    }
}

/// Content of a message.
enum MessageContent<'e> {
    Delivery(Content<'e>),
    Event(ParsedEvent<'static>),
}

fn content<'e>(message: &Delivery<'e>, parsed: &ParsedEvent<'_>) -> MessageContent<'e> {
    let Content::Text(text) = &message.content else {
        return MessageContent::Delivery(message.content.clone());
    };
    if is_compressed(text) {
        return MessageContent::Delivery(Content::Base64(trimmed(text)));
    }
    if let Some(object) = parked::decoded(text) {
        return MessageContent::Delivery(Content::Parked(Cow::Owned(object)));
    }
    // A log line can have a member of the same name: it is text unless it can be read as an event.
    let event = may_be_event(text).then(|| read_nested(text.as_bytes(), parsed).ok()).flatten();
    event.map_or_else(|| MessageContent::Delivery(message.content.clone()), MessageContent::Event)
}

fn is_compressed(text: &str) -> bool {
    ENCODED_MAGIC.iter().any(|magic| text.trim_start().starts_with(magic))
}

fn trimmed<'e>(text: &Cow<'e, str>) -> Cow<'e, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    }
}

fn may_be_event(text: &str) -> bool {
    UnescapedEvent::detect(text.as_bytes()).is_some()
        || Members::of(text.as_bytes())
            .is_some_and(|mut members| members.any(|member| EVENT_MEMBERS.contains(&member.name)))
}
