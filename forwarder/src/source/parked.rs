//! Parked objects in messages of a queue, as text or in base64.

use std::{borrow::Cow, sync::Arc};

use tailwater_parser::decode::push_base64;

use super::{
    delivery::{Content, Delivery},
    parsed_event::ParsedEvent,
    unescaped_event::UnescapedEvent,
};

/// Base64 of `{"tailwater"`, the start of a parked object.
const ENCODED_START: &str = "eyJ0YWlsd2F0ZXIi";

/// Returns the parked object that a message contains in base64; `None` if the message contains something else.
pub(super) fn decoded(message: &str) -> Option<Vec<u8>> {
    let message = message.trim();
    message.starts_with(ENCODED_START).then_some(())?;
    let mut bytes = Vec::with_capacity(message.len() / 4 * 3);
    push_base64(message.as_bytes(), |piece| {
        bytes.extend_from_slice(piece);
        Ok(())
    })
    .ok()?;
    Some(bytes).filter(|bytes| UnescapedEvent::detect(bytes) == Some(UnescapedEvent::Parked))
}

/// Adds the parked object as a delivery.
pub(super) fn open<'e>(object: &'e [u8], parsed: &mut ParsedEvent<'e>) {
    parsed.deliveries.push(Delivery {
        id: Cow::Borrowed(""),
        name: Cow::Borrowed(""),
        index: 0,
        time: None,
        // The header of the object names it.
        origin: Arc::default(),
        content: Content::Parked(Cow::Borrowed(object)),
    });
}
