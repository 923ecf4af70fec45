//! Ids in a line of text: `correlation_id=7f3a…`, `X-Correlation-Id: 7f3a…`, `correlationId: '7f3a…'`.

use super::{Found, IdKind, MAX_LENGTH, walk::kind_of_name};

/// Maximum number of separators of a line that are looked at.
const MAX_SEPARATORS: usize = 256;

/// Finds ids behind their names, and X-Ray's tracing headers.
pub(super) fn scan(text: &str, found: &mut Found) {
    for (at, _) in text.match_indices(['=', ':']).take(MAX_SEPARATORS) {
        let (Some(before), Some(after)) = (text.get(..at), text.get(at + 1..)) else { continue };
        let Some(kind) = kind_of_name(name_before(before)) else { continue };
        found.id(kind, value_after(after));
    }
    for (at, _) in text.match_indices("Root=1-").take(2) {
        let header = text.get(at..).unwrap_or_default();
        let end =
            header.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',')).unwrap_or(header.len());
        found.id(IdKind::Trace, header.get(..end).unwrap_or_default());
    }
}

/// The name that ends a text, without quotes.
fn name_before(text: &str) -> &str {
    let text = text.trim_end_matches([' ', '"', '\'', '\\']);
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let begin = text.rfind(|c| !is_part(c)).map_or(0, |at| at + 1);
    // A separator of more than one byte is no part of the name either.
    text.get(begin..).unwrap_or_default()
}

/// The value that begins a text, without quotes.
fn value_after(text: &str) -> &str {
    let text = text.trim_start_matches([' ', '"', '\'', '\\', '>']);
    // A longer value is no id, so the rest of the line does not matter.
    let text = text.get(..text.floor_char_boundary(MAX_LENGTH + 1)).unwrap_or_default();
    let is_end = |c: char| {
        c.is_whitespace() || matches!(c, '"' | '\'' | '\\' | ',' | ';' | '&' | ')' | ']' | '}' | '>' | '|')
    };
    text.get(..text.find(is_end).unwrap_or(text.len())).unwrap_or_default()
}
