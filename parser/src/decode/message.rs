//! Reads an event's message: finds its end in the window and undoes its escapes.

use super::Utf8;
use crate::json::{Cursor, Kind, Stop, Unescaped, unescape, unescaped_capacity};

/// Message of an event.
#[derive(Clone, Copy, Debug)]
pub(super) enum Message<'w> {
    /// Borrowed from the window: it has no escapes.
    Plain(&'w [u8]),
    /// Unescaped: the message is this many bytes at the start of the scratch buffer.
    Unescaped(usize, Utf8),
}

impl Default for Message<'_> {
    fn default() -> Self {
        Self::Plain(&[])
    }
}

/// Reads the message at the cursor. Most of an event is its message, so finding its end and undoing its escapes is one
/// pass.
pub(super) fn read_message<'w>(cursor: &mut Cursor<'w>, scratch: &mut Vec<u8>) -> Result<Message<'w>, Stop> {
    if cursor.skip_space()? != b'"' {
        let found = cursor.value()?;
        // Logs Insights exports a JSON line as an object, not as a string.
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
    Ok(Message::Unescaped(done.written, utf8_of(&done)))
}

/// Size of text that [`unescape_into`] tries first; nearly all messages are shorter.
const TYPICAL_MESSAGE: usize = 16 * 1024;

/// Undoes the escapes of a message of unknown length, in growing steps: its end is known only once it has been read,
/// and a buffer for the whole window would cost more than the messages of a small input.
pub(super) fn unescape_into(text: &[u8], scratch: &mut Vec<u8>) -> Unescaped {
    let mut limit = TYPICAL_MESSAGE;
    loop {
        let within = text.get(..limit).unwrap_or(text);
        let capacity = unescaped_capacity(within.len());
        if scratch.len() < capacity {
            scratch.resize(capacity, 0);
        }
        let done = unescape(within, scratch);
        if done.is_closed || within.len() == text.len() {
            return done;
        }
        limit = limit.saturating_mul(8);
    }
}

pub(super) fn utf8_of(done: &Unescaped) -> Utf8 {
    if done.is_repaired { Utf8::Repaired } else { Utf8::Valid }
}
