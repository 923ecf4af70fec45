//! Lines of a window, and messages put together from them, with a bound on both.

use tailwater_parser::decode::{MESSAGE_LIMIT, More, Part, Utf8};

/// Cuts what arrives into lines. One that is longer than a message may be comes in several segments.
#[derive(Debug, Default)]
pub struct Lines {
    next: Place,
}

/// A line with its line feed, or a part of a long one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment<'w> {
    /// The bytes, its line feed included.
    pub bytes: &'w [u8],
    /// Where it begins.
    pub place: Place,
}

/// Position of a segment in its line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place {
    #[default]
    /// At the start of a line.
    LineStart,
    /// Inside a line whose earlier segments were too long.
    LineRest,
}

impl Lines {
    /// The first segment of `unread`, to be consumed by the caller; `None` when more has to arrive before.
    pub fn next<'w>(&mut self, unread: &'w [u8], more: More) -> Option<Segment<'w>> {
        let (reach, _) = unread.split_at_checked(MESSAGE_LIMIT).unwrap_or((unread, &[]));
        let line_feed = memchr::memchr(b'\n', reach);
        let len = match line_feed {
            Some(at) => at + 1,
            None if reach.len() == MESSAGE_LIMIT || more == More::No => reach.len(),
            None => 0,
        };
        let bytes = unread.get(..len).filter(|bytes| !bytes.is_empty())?;
        let following = if line_feed.is_some() { Place::LineStart } else { Place::LineRest };
        Some(Segment { bytes, place: std::mem::replace(&mut self.next, following) })
    }
}

/// What is called with a message, or with each part of one that is too long.
pub type Emit<'f> = dyn FnMut(&str, Part, Utf8) + 'f;

/// A message as it grows, line by line.
#[derive(Debug, Default)]
pub struct Message {
    bytes: Vec<u8>,
    pieces: u32,
}

impl Message {
    /// Appends `bytes`, and hands on what has become more than one message may hold.
    pub fn push(&mut self, bytes: &[u8], emit: &mut Emit<'_>) {
        self.bytes.extend_from_slice(bytes);
        while text_end(&self.bytes) > MESSAGE_LIMIT {
            let rest = self.bytes.split_off(character_boundary(&self.bytes, MESSAGE_LIMIT));
            hand_on(&self.bytes, Part::Piece(self.pieces), emit);
            self.bytes = rest;
            self.pieces = self.pieces.saturating_add(1);
        }
    }

    /// Hands on what there is, without the line feeds at its end, and begins anew. A message of nothing but line
    /// feeds is none.
    pub fn finish(&mut self, emit: &mut Emit<'_>) {
        self.bytes.truncate(text_end(&self.bytes));
        if self.pieces > 0 {
            hand_on(&self.bytes, Part::Last(self.pieces), emit);
        } else if !self.bytes.is_empty() {
            hand_on(&self.bytes, Part::Whole, emit);
        }
        self.bytes.clear();
        self.pieces = 0;
    }
}

/// Where the line feeds at the end of `bytes` begin.
fn text_end(bytes: &[u8]) -> usize {
    bytes.iter().rposition(|byte| !matches!(byte, b'\n' | b'\r')).map_or(0, |last| last + 1)
}

/// The last place at or before `at` where no UTF-8 character is cut.
fn character_boundary(bytes: &[u8], at: usize) -> usize {
    let is_boundary = |at: &usize| bytes.get(*at).is_none_or(|byte| byte & 0b1100_0000 != 0b1000_0000);
    (at.saturating_sub(3)..=at).rev().find(is_boundary).unwrap_or(at)
}

fn hand_on(bytes: &[u8], part: Part, emit: &mut Emit<'_>) {
    match std::str::from_utf8(bytes) {
        Ok(text) => emit(text, part, Utf8::Valid),
        Err(_) => emit(&String::from_utf8_lossy(bytes), part, Utf8::Repaired),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cuts `text` into lines with `size` bytes arriving at a time, each line a message.
    fn messages(text: &[u8], size: usize) -> Vec<(String, Part, Utf8)> {
        let (mut lines, mut message, mut found) = (Lines::default(), Message::default(), Vec::new());
        let mut emit = |text: &str, part, valid| found.push((text.to_owned(), part, valid));
        let (mut start, mut end) = (0, 0);
        while start < text.len() {
            end = (end + size).min(text.len());
            let more = if end == text.len() { More::No } else { More::Maybe };
            while let Some(segment) = lines.next(&text[start..end], more) {
                if segment.place == Place::LineStart {
                    message.finish(&mut emit);
                }
                start += segment.bytes.len();
                message.push(segment.bytes, &mut emit);
            }
        }
        message.finish(&mut emit);
        found
    }

    #[test]
    fn lines_lose_their_ends_and_blank_ones_are_none() {
        let found = messages(b"one\r\n\n  two \nthree", 100);
        let texts: Vec<_> = found.iter().map(|(text, ..)| text.as_str()).collect();
        assert_eq!(texts, ["one", "  two ", "three"]);
    }

    #[test]
    fn lines_are_the_same_however_they_arrive() {
        let text = "eins\nzwei \u{1F600}\r\n\nvier".as_bytes();
        for size in 1..text.len() {
            assert_eq!(messages(text, size), messages(text, 100), "{size} at a time");
        }
    }

    #[test]
    fn a_long_line_comes_in_parts_that_cut_no_character() {
        let text = format!("x{}\nnext", "é".repeat(MESSAGE_LIMIT * 5));
        let found = messages(text.as_bytes(), 64 * 1024);
        let joined: String = found.iter().map(|(text, ..)| text.as_str()).collect();
        assert_eq!(joined, text.replace('\n', ""));
        assert!(found.iter().all(|(text, _, valid)| text.len() <= MESSAGE_LIMIT && *valid == Utf8::Valid));
        let parts: Vec<_> = found.iter().map(|(_, part, _)| *part).collect();
        assert_eq!(parts[..2], [Part::Piece(0), Part::Piece(1)]);
        assert_eq!(parts[10..], [Part::Last(10), Part::Whole]);
    }

    #[test]
    fn what_is_no_utf8_is_repaired_and_marked() {
        assert_eq!(messages(b"a\xffb", 1), [("a\u{FFFD}b".to_owned(), Part::Whole, Utf8::Repaired)]);
    }
}
