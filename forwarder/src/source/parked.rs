//! What we parked ourselves, in a message: as it is where it is text, else in base64.

use std::borrow::Cow;

use tailwater_parser::decode::push_base64;

use super::{Content, Delivery, ParsedEvent};

/// How base64 of a parked object begins: its first line says that it is ours.
const ENCODED_HEAD: &str = "eyJ0YWlsd2F0ZXIi";

/// The parked object that a message holds in base64; `None` when it holds something else.
pub(super) fn decoded(message: &str) -> Option<Vec<u8>> {
    let message = message.trim();
    message.starts_with(ENCODED_HEAD).then_some(())?;
    let mut bytes = Vec::with_capacity(message.len() / 4 * 3);
    push_base64(message.as_bytes(), |piece| {
        bytes.extend_from_slice(piece);
        Ok(())
    })
    .ok()?;
    Some(bytes).filter(|bytes| super::UnescapedEvent::of(bytes) == Some(super::UnescapedEvent::Parked))
}

/// Opens a parked object.
pub(super) fn open<'e>(object: &'e [u8], parsed: &mut ParsedEvent<'e>) {
    parsed.deliveries.push(Delivery {
        id: Cow::Borrowed(""),
        name: Cow::Borrowed(""),
        index: 0,
        time: None,
        content: Content::Parked(Cow::Borrowed(object)),
    });
}
