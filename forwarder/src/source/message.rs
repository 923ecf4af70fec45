//! What a message of a queue or topic holds: another Lambda event, base64 of compressed bytes, a parked object, or text.

use std::borrow::Cow;

use super::{
    Content, Delivery, ParsedEvent, UnescapedEvent, UnknownEvent, members::Members, parked, unescape,
};

/// Members that only Lambda events and SNS notifications have, besides those of [`UnescapedEvent`].
const WRAPPERS: [&[u8]; 5] = [b"awslogs", b"Records", b"records", b"Type", b"Event"];

/// How base64 of gzip and of zstd begins.
const ENCODED_MAGIC: [&str; 2] = ["H4sI", "KLUv/"];

/// Opens a message: adds it, or what the event inside of it has, under the message's own id, since that is what AWS can
/// be told to resend.
pub(super) fn open<'e>(message: Delivery<'e>, parsed: &mut ParsedEvent<'e>) {
    match content(&message, parsed) {
        Inside::Content(content) => parsed.deliveries.push(Delivery { content, ..message }),
        Inside::Event(event) => {
            parsed.add(event.map(|delivery| Delivery {
                id: message.id.clone(),
                name: if delivery.name.is_empty() { message.name.clone() } else { delivery.name },
                index: message.index,
                time: delivery.time.or(message.time),
                content: delivery.content,
            }));
        }
    }
}

/// What is inside a message.
enum Inside<'e> {
    Content(Content<'e>),
    Event(ParsedEvent<'static>),
}

fn content<'e>(message: &Delivery<'e>, parsed: &ParsedEvent<'_>) -> Inside<'e> {
    let Content::Text(text) = &message.content else {
        return Inside::Content(message.content.clone());
    };
    if is_encoded(text) {
        return Inside::Content(Content::Base64(trimmed(text)));
    }
    if let Some(object) = parked::decoded(text) {
        return Inside::Content(Content::Parked(Cow::Owned(object)));
    }
    // A log line may well have a member of such a name, and then it stays one.
    let event = is_wrapper(text).then(|| event_within(text.as_bytes(), parsed).ok()).flatten();
    event.map_or_else(|| Inside::Content(message.content.clone()), Inside::Event)
}

fn is_encoded(text: &str) -> bool {
    ENCODED_MAGIC.iter().any(|magic| text.trim_start().starts_with(magic))
}

fn trimmed<'e>(text: &Cow<'e, str>) -> Cow<'e, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    }
}

fn is_wrapper(text: &str) -> bool {
    UnescapedEvent::of(text.as_bytes()).is_some()
        || Members::of(text.as_bytes())
            .is_some_and(|mut members| members.any(|member| WRAPPERS.contains(&member.name)))
}

/// Reads the Lambda event that is `text`, found inside of another.
pub(super) fn event_within(
    text: &[u8],
    outer: &ParsedEvent<'_>,
) -> Result<ParsedEvent<'static>, UnknownEvent> {
    let mut copy;
    let mut event = outer.inside().ok_or(UnknownEvent::TooDeep)?;
    match UnescapedEvent::of(text) {
        Some(written) => written.open(text, &mut event)?,
        None => {
            copy = text.to_vec();
            unescape(&mut copy, &mut event)?;
        }
    }
    Ok(event.into_owned())
}
