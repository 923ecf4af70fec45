//! An event's message, which is nearly all of it: where it ends in the window, and its text without escapes.

use super::Text;
use crate::json::{Cursor, Kind, Stop, Unescaped, unescape, unescaped_room};

/// An event's message.
#[derive(Clone, Copy, Debug)]
pub(super) enum Message<'w> {
    /// As it stands in the window.
    Plain(&'w [u8]),
    /// Unescaped: so many bytes of the scratch buffer.
    Unescaped(usize, Text),
}

impl Default for Message<'_> {
    fn default() -> Self {
        Self::Plain(&[])
    }
}

/// A message is nearly all of an event, so its end is found and its escapes are undone in one pass.
pub(super) fn read_message<'w>(cursor: &mut Cursor<'w>, scratch: &mut Vec<u8>) -> Result<Message<'w>, Stop> {
    if cursor.skip_space()? != b'"' {
        let found = cursor.value()?;
        // Logs Insights gives a JSON line as the object it is.
        let span = if found.kind == Kind::Null { 0..0 } else { found.span };
        return Ok(Message::Plain(cursor.bytes.get(span).unwrap_or_default()));
    }
    let text = cursor.bytes.get(cursor.at + 1..).unwrap_or_default();
    let plain = memchr::memchr2(b'"', b'\\', text).ok_or(Stop::Incomplete)?;
    if text.get(plain) == Some(&b'"') {
        cursor.at += plain + 2;
        return Ok(Message::Plain(text.get(..plain).unwrap_or_default()));
    }
    let done = unescape_into(text, scratch);
    if !done.is_closed {
        return Err(Stop::Incomplete);
    }
    cursor.at += done.read + 2;
    Ok(Message::Unescaped(done.written, text_kind(&done)))
}

/// Nearly all messages are shorter than this.
const USUAL_MESSAGE: usize = 16 * 1024;

/// Looks no further than a usual message reaches, then further: where a message ends shows only when it was read, and
/// a buffer for all of the window would cost more than the messages of a small input.
pub(super) fn unescape_into(text: &[u8], scratch: &mut Vec<u8>) -> Unescaped {
    let mut reach = USUAL_MESSAGE;
    loop {
        let within = text.get(..reach).unwrap_or(text);
        let room = unescaped_room(within.len());
        if scratch.len() < room {
            scratch.resize(room, 0);
        }
        let done = unescape(within, scratch);
        if done.is_closed || within.len() == text.len() {
            return done;
        }
        reach = reach.saturating_mul(8);
    }
}

pub(super) fn text_kind(done: &Unescaped) -> Text {
    if done.is_repaired { Text::Repaired } else { Text::Utf8 }
}
