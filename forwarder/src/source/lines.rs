//! Splitting of text into lines, and assembly of log messages from one or more lines. The length of both is limited.

use tailwater_parser::decode::{MESSAGE_LIMIT, More, Part, Utf8};

/// Splits text that arrives in pieces into lines. A line that is longer than the limit of a message is split into
/// [`Segment`]s.
#[derive(Debug, Default)]
pub struct Lines {
    next: SegmentStart,
}

/// Line with its line feed, or a piece of a line that is longer than the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment<'w> {
    /// Bytes of the segment, including the line feed.
    pub bytes: &'w [u8],
    /// Position of the segment's start in its line.
    pub start: SegmentStart,
}

/// Position of a segment's start in its line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SegmentStart {
    /// The segment starts where the line starts.
    #[default]
    Line,
    /// The segment starts inside the line, after earlier segments.
    Continuation,
}

impl Lines {
    /// Returns the first segment of `unread`, which the caller has to consume; `None` if more text has to arrive first.
    pub fn next<'w>(&mut self, unread: &'w [u8], more: More) -> Option<Segment<'w>> {
        let (reach, _) = unread.split_at_checked(MESSAGE_LIMIT).unwrap_or((unread, &[]));
        let line_feed = memchr::memchr(b'\n', reach);
        let len = match line_feed {
            Some(at) => at + 1,
            None if reach.len() == MESSAGE_LIMIT || more == More::No => reach.len(),
            None => 0,
        };
        let bytes = unread.get(..len).filter(|bytes| !bytes.is_empty())?;
        let next = if line_feed.is_some() { SegmentStart::Line } else { SegmentStart::Continuation };
        Some(Segment { bytes, start: std::mem::replace(&mut self.next, next) })
    }
}

/// Receiver of a whole message, or of each piece of a message that is longer than the limit.
pub type Emit<'f> = dyn FnMut(&str, Part, Utf8) + 'f;

/// Log message that is assembled line by line.
#[derive(Debug, Default)]
pub struct Message {
    bytes: Vec<u8>,
    pieces: u32,
}

impl Message {
    /// Appends `bytes` to the message, and emits a piece whenever the message is longer than the limit.
    pub fn push(&mut self, bytes: &[u8], emit: &mut Emit<'_>) {
        self.bytes.extend_from_slice(bytes);
        while text_end(&self.bytes) > MESSAGE_LIMIT {
            let rest = self.bytes.split_off(character_boundary(&self.bytes, MESSAGE_LIMIT));
            emit_part(&self.bytes, Part::Piece(self.pieces), emit);
            self.bytes = rest;
            self.pieces = self.pieces.saturating_add(1);
        }
    }

    /// Emits the message or its last piece, without line feeds at its end, and begins the next message. Does not emit a
    /// message that consists of line feeds only.
    pub fn finish(&mut self, emit: &mut Emit<'_>) {
        self.bytes.truncate(text_end(&self.bytes));
        if self.pieces > 0 {
            emit_part(&self.bytes, Part::Last(self.pieces), emit);
        } else if !self.bytes.is_empty() {
            emit_part(&self.bytes, Part::Whole, emit);
        }
        self.bytes.clear();
        self.pieces = 0;
    }
}

/// Returns the longest prefix of a line that is valid UTF-8. A time is at the beginning of a line, so the prefix is enough to
/// find it.
#[must_use]
pub fn valid_prefix(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_else(|error| {
        let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
        std::str::from_utf8(valid).unwrap_or_default()
    })
}

/// Returns the length of `bytes` without the line feeds at their end.
fn text_end(bytes: &[u8]) -> usize {
    bytes.iter().rposition(|byte| !matches!(byte, b'\n' | b'\r')).map_or(0, |last| last + 1)
}

/// Returns the last boundary between characters at or before the index `at`.
fn character_boundary(bytes: &[u8], at: usize) -> usize {
    let is_boundary = |at: &usize| bytes.get(*at).is_none_or(|byte| byte & 0b1100_0000 != 0b1000_0000);
    (at.saturating_sub(3)..=at).rev().find(is_boundary).unwrap_or(at)
}

fn emit_part(bytes: &[u8], part: Part, emit: &mut Emit<'_>) {
    match std::str::from_utf8(bytes) {
        Ok(text) => emit(text, part, Utf8::Valid),
        Err(_) => emit(&String::from_utf8_lossy(bytes), part, Utf8::Repaired),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the lines of a text that arrives `size` bytes at a time, each as a message.
    fn messages(text: &[u8], size: usize) -> Vec<(String, Part, Utf8)> {
        let (mut lines, mut message, mut found) = (Lines::default(), Message::default(), Vec::new());
        let mut emit = |text: &str, part, valid| found.push((text.to_owned(), part, valid));
        let (mut start, mut end) = (0, 0);
        while start < text.len() {
            end = (end + size).min(text.len());
            let more = if end == text.len() { More::No } else { More::Maybe };
            while let Some(segment) = lines.next(&text[start..end], more) {
                if segment.start == SegmentStart::Line {
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
    fn line_feeds_are_removed_and_blank_lines_are_dropped() {
        let found = messages(b"one\r\n\n  two \nthree", 100);
        let texts: Vec<_> = found.iter().map(|(text, ..)| text.as_str()).collect();
        assert_eq!(texts, ["one", "  two ", "three"]);
    }

    #[test]
    fn lines_do_not_depend_on_the_size_of_the_pieces() {
        let text = "eins\nzwei \u{1F600}\r\n\nvier".as_bytes();
        for size in 1..text.len() {
            assert_eq!(messages(text, size), messages(text, 100), "{size} at a time");
        }
    }

    #[test]
    fn long_line_is_split_at_character_boundaries() {
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
    fn invalid_utf8_is_repaired_and_marked() {
        assert_eq!(messages(b"a\xffb", 1), [("a\u{FFFD}b".to_owned(), Part::Whole, Utf8::Repaired)]);
    }
}
