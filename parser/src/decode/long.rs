//! Messages that are too long for the window: passed on in parts as they arrive.

use super::{
    MESSAGE_LIMIT, Part, Receive,
    emitter::{Emitter, EventHeader},
    event::{EventMembers, Slot},
};
use crate::json::{Controls, Cursor, Specials, Stop};

/// State of a long message between two fills of the window.
#[derive(Debug, Default)]
pub(super) struct LongMessage {
    event: EventHeader,
    parts: u32,
    /// True if the message has ended and only the rest of its event is left.
    is_message_read: bool,
}

impl LongMessage {
    /// Finds where the message of the event at index `at` begins, reads the members before it and announces the
    /// event's origin. Returns the index of the first byte of the message.
    pub(super) fn find(
        bytes: &[u8],
        at: usize,
        emitter: &mut Emitter,
        receive: &mut dyn Receive,
    ) -> Result<(Self, usize), Stop> {
        let mut cursor = Cursor::new(bytes, at, Controls::Allowed);
        let mut members = EventMembers::default();
        let mut more = cursor.enter(b'{', b'}')?;
        while more {
            let key = cursor.key()?;
            let slot = emitter.keys().slot(key);
            if slot == Slot::Message && cursor.skip_space()? == b'"' {
                emitter.announce_origin(&members, receive);
                let long = Self { event: EventHeader::new(&members), ..Self::default() };
                return Ok((long, cursor.at + 1));
            }
            // CloudWatch writes no other member that fills a whole window.
            members.read(slot, &mut cursor, &mut Vec::new()).map_err(|_| Stop::Malformed(at))?;
            more = cursor.another(b'}')?;
        }
        Err(Stop::Malformed(at))
    }

    /// Passes the next part of the message on. Returns the number of bytes read, and true if the event has ended.
    pub(super) fn step(
        &mut self,
        bytes: &[u8],
        emitter: &mut Emitter,
        receive: &mut dyn Receive,
    ) -> Result<(usize, bool), Stop> {
        if self.is_message_read {
            return rest_of_event(bytes).map(|used| (used, true));
        }
        let cut = find_cut(bytes)?;
        let part = if cut.is_end { Part::Last(self.parts) } else { Part::Piece(self.parts) };
        emitter.emit_part(bytes.get(..cut.at).unwrap_or_default(), &self.event, part, receive);
        self.parts = self.parts.saturating_add(1);
        self.is_message_read = cut.is_end;
        Ok((cut.at + usize::from(cut.is_end), false))
    }
}

/// Skips the members after the message, up to the end of the event's JSON object.
fn rest_of_event(bytes: &[u8]) -> Result<usize, Stop> {
    let mut cursor = Cursor::new(bytes, 0, Controls::Allowed);
    while cursor.another(b'}')? {
        cursor.key()?;
        cursor.value()?;
    }
    Ok(cursor.at)
}

/// End of a part of a long message.
struct Cut {
    at: usize,
    is_end: bool,
}

/// Finds the end of the next part of a message: its closing quote, or the size limit of a part, but never inside a
/// character or an escape.
fn find_cut(bytes: &[u8]) -> Result<Cut, Stop> {
    let (mut at, mut specials) = (0, Specials::of(bytes));
    loop {
        let next = specials.find(at).unwrap_or(bytes.len());
        if next >= MESSAGE_LIMIT {
            return Ok(Cut { at: char_boundary(bytes, at.max(MESSAGE_LIMIT)), is_end: false });
        }
        match bytes.get(next) {
            None => return Err(Stop::Incomplete),
            Some(b'"') => {
                return Ok(Cut { at: next, is_end: true });
            }
            Some(b'\\') => at = next + escape_len(bytes.get(next..).unwrap_or_default())?,
            Some(_) => at = next + 1,
        }
    }
}

/// Length of the escape at the start of `bytes`; the two halves of a surrogate pair count as one.
fn escape_len(bytes: &[u8]) -> Result<usize, Stop> {
    match bytes.get(1).ok_or(Stop::Incomplete)? {
        b'u' => {
            let is_high =
                matches!(bytes.get(2..4), Some([b'd' | b'D', b'8'..=b'9' | b'a'..=b'b' | b'A'..=b'B']));
            let next = bytes.get(6..8);
            match next {
                None => Err(Stop::Incomplete),
                Some(b"\\u") if is_high => Ok(12),
                Some(_) => Ok(6),
            }
        }
        _ => Ok(2),
    }
}

/// The last character boundary at or before `at`.
fn char_boundary(bytes: &[u8], at: usize) -> usize {
    let is_continuation = |&at: &usize| bytes.get(at).is_some_and(|byte| byte & 0xC0 == 0x80);
    (at.saturating_sub(3)..=at).rev().find(|at| !is_continuation(at)).unwrap_or(at)
}
