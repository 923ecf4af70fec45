//! Tokens of JSON text that may be cut or embedded in other text.

use std::ops::Range;

use super::detect::run_end;

/// Returns the index of the closing quote of a string whose content begins at `at`; `None` if no quote follows that is not
/// escaped.
pub(super) fn closing_quote(text: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += memchr::memchr2(b'"', b'\\', text.get(at..)?)?;
        if text.get(at) == Some(&b'"') {
            return Some(at);
        }
        at += 2;
    }
}

/// Returns true if no line ends in a part of a text, as JSON demands of its strings.
pub(super) fn is_one_line(text: &[u8], range: Range<usize>) -> bool {
    text.get(range).is_some_and(|content| memchr::memchr(b'\n', content).is_none())
}

/// Returns the index of the first byte at or after `at` that is not a space.
pub(super) fn skip_space(text: &[u8], at: usize) -> usize {
    run_end(text, at, |byte| matches!(byte, b' ' | b'\n' | b'\r' | b'\t'))
}

/// Returns the end of the number or literal at `at`: of the characters that JSON numbers and names of literals have.
pub(super) fn scalar_end(text: &[u8], at: usize) -> usize {
    run_end(text, at, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.'))
}

/// Returns true if a byte ends a value in an object or an array; 0 is the end of the text.
pub(super) fn ends_value(byte: u8) -> bool {
    matches!(byte, b',' | b'}' | b']' | 0)
}

/// Position in a value that is skipped whole.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Skip {
    depth: u32,
    in_string: bool,
    is_escaped: bool,
}

impl Skip {
    /// Reads on from `at`. Returns the end of the value; `None` if it is not in `text`.
    pub(super) fn end(&mut self, text: &[u8], at: usize) -> Option<usize> {
        for (index, byte) in text.iter().enumerate().skip(at) {
            if self.is_escaped {
                self.is_escaped = false;
                continue;
            }
            match (self.in_string, byte) {
                (true, b'\\') => self.is_escaped = true,
                (_, b'"') => self.in_string = !self.in_string,
                (false, b'{' | b'[') => self.depth += 1,
                (false, b'}' | b']') => self.depth = self.depth.saturating_sub(1),
                _ => continue,
            }
            if self.depth == 0 && !self.in_string && !self.is_escaped {
                return Some(index + 1);
            }
        }
        None
    }
}
