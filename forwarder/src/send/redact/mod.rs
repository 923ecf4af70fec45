//! Redaction of a backend's explanation, which may repeat data that was sent: log lines of customers and secrets must not
//! get into the program's own output.
//!
//! Replaced by `…` are quoted and braced parts, and whatever is also in the request. An explanation may be escaped
//! (HTML, JSON, percent-encoded), so it is decoded in rounds, and checked in each of them. No I/O.

mod escapes;
mod quotes;
mod request_data;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;

pub use self::request_data::RequestData;

/// Maximum length of a redacted explanation in characters.
const MAX_CHARS: usize = 200;

/// Maximum number of bytes of an explanation that are considered.
const MAX_INPUT: usize = 4096;

/// Maximum number of layers of escapes that are removed: JSON in JSON in HTML has three.
const ROUNDS: usize = 4;

/// Written in place of a part that is left out.
const LEFT_OUT: char = '…';

/// Redacts an explanation of the response to a request. The result is one line of at most 200 characters, in which
/// control characters are escaped.
#[must_use]
pub fn redact(explanation: &str, request: &RequestData) -> String {
    let mut text = beginning(explanation).trim().to_owned();
    for _ in 0..ROUNDS {
        text = without(&text, &marked(&text, request));
        match escapes::decode(&text) {
            Some(decoded) => text = decoded,
            None => break,
        }
    }
    text = without(&text, &marked(&text, request));
    printable(text.trim())
}

/// Returns at most the first [`MAX_INPUT`] bytes.
fn beginning(text: &str) -> &str {
    text.get(..text.floor_char_boundary(MAX_INPUT)).unwrap_or(text)
}

/// Marks the bytes of a text that have to be left out.
fn marked(text: &str, request: &RequestData) -> Marks {
    let mut marks = Marks(vec![false; text.len()]);
    quotes::mark(text, &mut marks);
    request.mark(text, &mut marks);
    marks
}

/// Marks of the bytes of a text that have to be left out, one for each byte.
struct Marks(Vec<bool>);

impl Marks {
    fn set(&mut self, start: usize, end: usize) {
        self.0.get_mut(start..end).unwrap_or_default().fill(true);
    }

    fn any(&self, start: usize, end: usize) -> bool {
        self.0.get(start..end).unwrap_or_default().contains(&true)
    }
}

/// Replaces each run of marked characters by one `…`. A character is marked if one of its bytes is.
fn without(text: &str, marks: &Marks) -> String {
    let mut kept = String::with_capacity(text.len());
    for (at, character) in text.char_indices() {
        if !marks.any(at, at + character.len_utf8()) {
            kept.push(character);
        } else if !kept.ends_with(LEFT_OUT) {
            kept.push(LEFT_OUT);
        }
    }
    kept
}

/// Escapes control characters, and characters that change the direction of text or have no width.
fn printable(text: &str) -> String {
    let mut line = String::new();
    for character in text.chars() {
        if is_invisible(character) {
            write!(line, "{}", character.escape_default()).expect("writing to a string cannot fail");
        } else {
            line.push(character);
        }
    }
    line.chars().take(MAX_CHARS).collect()
}

fn is_invisible(character: char) -> bool {
    let formats = ['\u{200b}'..='\u{200f}', '\u{2028}'..='\u{202e}', '\u{2060}'..='\u{206f}'];
    character.is_control()
        || character == '\u{feff}'
        || formats.iter().any(|range| range.contains(&character))
}
