//! A message too long for the window, handed on in parts as it arrives.

use super::{
    MESSAGE_LIMIT, Part, Receive,
    event::{Emitter, Members, PartOf, Slot},
};
use crate::json::{Controls, Cursor, Specials, Stop};

/// The state of such a message between two windows.
#[derive(Debug, Default)]
pub(super) struct LongMessage {
    of: PartOf,
    parts: u32,
    /// Whether the message ended and only the rest of its event is left.
    is_read: bool,
}

impl LongMessage {
    /// Finds where the message of the event at `at` begins; members before it are read, and its origin is said.
    pub(super) fn find(
        bytes: &[u8],
        at: usize,
        emitter: &mut Emitter,
        receive: &mut dyn Receive,
    ) -> Result<(Self, usize), Stop> {
        let mut cursor = Cursor::new(bytes, at, Controls::Allowed);
        let mut members = Members::default();
        let mut more = cursor.enter(b'{', b'}')?;
        while more {
            let key = cursor.key()?;
            let slot = emitter.keys().slot(key);
            if slot == Slot::Message && cursor.skip_space()? == b'"' {
                emitter.locate(&members, receive);
                let long = Self { of: PartOf::of(&members), ..Self::default() };
                return Ok((long, cursor.at + 1));
            }
            // Another member that fills a whole window is nothing CloudWatch writes.
            members.read(slot, &mut cursor, &mut Vec::new()).map_err(|_| Stop::Malformed(at))?;
            more = cursor.another(b'}')?;
        }
        Err(Stop::Malformed(at))
    }

    /// Hands on the next part; how many bytes that took, and whether the event ended.
    pub(super) fn step(
        &mut self,
        bytes: &[u8],
        emitter: &mut Emitter,
        receive: &mut dyn Receive,
    ) -> Result<(usize, bool), Stop> {
        if self.is_read {
            return rest_of_event(bytes).map(|used| (used, true));
        }
        let cut = find_cut(bytes)?;
        let part = if cut.is_end { Part::Last(self.parts) } else { Part::Piece(self.parts) };
        emitter.emit_part(bytes.get(..cut.at).unwrap_or_default(), &self.of, part, receive);
        self.parts = self.parts.saturating_add(1);
        self.is_read = cut.is_end;
        Ok((cut.at + usize::from(cut.is_end), false))
    }
}

/// The members behind the message, up to the end of the object.
fn rest_of_event(bytes: &[u8]) -> Result<usize, Stop> {
    let mut cursor = Cursor::new(bytes, 0, Controls::Allowed);
    while cursor.another(b'}')? {
        cursor.key()?;
        cursor.value()?;
    }
    Ok(cursor.at)
}

struct Cut {
    at: usize,
    is_end: bool,
}

/// Where a part may end: at the closing quote, or at the limit but never inside a character or an escape.
fn find_cut(bytes: &[u8]) -> Result<Cut, Stop> {
    let (mut at, mut specials) = (0, Specials::of(bytes));
    loop {
        let next = specials.find(at).unwrap_or(bytes.len());
        if next >= MESSAGE_LIMIT {
            return Ok(Cut { at: before_character(bytes, at.max(MESSAGE_LIMIT)), is_end: false });
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

/// Length of the escape that `bytes` begin with; both halves of a surrogate pair are one.
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

fn before_character(bytes: &[u8], at: usize) -> usize {
    let is_continuation = |&at: &usize| bytes.get(at).is_some_and(|byte| byte & 0xC0 == 0x80);
    (at.saturating_sub(3)..=at).rev().find(|at| !is_continuation(at)).unwrap_or(at)
}
