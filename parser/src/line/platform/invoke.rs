//! Parsers for `START` and `END`, the first and last line of an invocation.

use super::{End, Start};
use crate::line::{
    Line,
    field::{Fields, word},
};

/// Parses `START RequestId: <id> Version: <version>`, with spaces or tabs.
pub(in crate::line) fn start(text: &str) -> Option<Line<'_>> {
    let (request_id, rest) = request_id(text, "START")?;
    let mut start = Start { request_id, ..Start::default() };
    for (key, value) in Fields::of(rest) {
        match key {
            "Version" => start.version = Some(value),
            "" => return None,
            _ => {}
        }
    }
    Some(Line::Start(start))
}

/// Parses `END RequestId: <id>`.
pub(in crate::line) fn end(text: &str) -> Option<Line<'_>> {
    let (request_id, rest) = request_id(text, "END")?;
    let fits = Fields::of(rest).all(|(key, _)| !key.is_empty());
    fits.then_some(Line::End(End { request_id }))
}

/// Splits off `<first_word> RequestId: <id>`; returns the id and the rest of the line.
///
/// Any word is accepted as an id, because the ids of Web Functions are not UUIDs.
pub(super) fn request_id<'a>(text: &'a str, first_word: &str) -> Option<(&'a str, &'a str)> {
    word(text.strip_prefix(first_word)?.strip_prefix(" RequestId: ")?)
}
