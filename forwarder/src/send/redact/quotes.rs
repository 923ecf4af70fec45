//! Quoted and braced parts of a text: backends quote the data that they complain about.

use super::Marks;

/// Marks all quoted and braced parts, with their quotes. A part without an end reaches to the end of the text.
pub(super) fn mark(text: &str, marks: &mut Marks) {
    let mut rest = Cursor { text, at: 0 };
    while let Some((at, character)) = rest.next() {
        let Some(part) = Part::begun_by(character, text, at) else { continue };
        rest.skip(part);
        marks.set(part.start, rest.at);
    }
}

/// Beginning of a quoted or braced part.
#[derive(Clone, Copy)]
struct Part {
    start: usize,
    /// Character that ends the part.
    end: char,
    /// Number of backslashes before the opening quote. A closing quote with more of them belongs to a text within.
    backslashes: usize,
}

impl Part {
    /// Returns the part that `character` begins at this offset of `text`, if it begins one.
    fn begun_by(character: char, text: &str, at: usize) -> Option<Self> {
        let before = text.get(..at).unwrap_or_default();
        let end = match character {
            '"' | '`' => character,
            '{' => '}',
            '“' | '„' => '”',
            '«' => '»',
            '‘' => '’',
            // After a letter, an apostrophe begins no quoted text.
            '\'' if !before.ends_with(char::is_alphanumeric) => character,
            _ => return None,
        };
        let backslashes = backslashes_at_end(before);
        Some(Self { start: at - backslashes, end, backslashes })
    }

    /// True if `character` at this offset of `text` ends the part.
    fn is_ended_by(self, character: char, text: &str, at: usize) -> bool {
        // English quotes are closed by the same characters as German ones are opened.
        let is_end = character == self.end || (self.end == '”' && character == '“');
        let before = text.get(..at).unwrap_or_default();
        let after = text.get(at + character.len_utf8()..).unwrap_or_default();
        is_end
            && backslashes_at_end(before) <= self.backslashes
            && !(character == '\'' && after.starts_with(char::is_alphanumeric))
    }
}

fn backslashes_at_end(text: &str) -> usize {
    text.len() - text.trim_end_matches('\\').len()
}

struct Cursor<'t> {
    text: &'t str,
    at: usize,
}

impl Cursor<'_> {
    fn next(&mut self) -> Option<(usize, char)> {
        let (at, character) = (self.at, self.text.get(self.at..)?.chars().next()?);
        self.at += character.len_utf8();
        Some((at, character))
    }

    /// Skips the rest of a part. Within braces, a quoted text and further braces are parts of their own.
    fn skip(&mut self, part: Part) {
        let mut open = vec![part];
        while let Some(innermost) = open.last().copied() {
            let Some((at, character)) = self.next() else { return };
            if innermost.is_ended_by(character, self.text, at) {
                open.pop();
            } else if innermost.end == '}'
                && matches!(character, '{' | '"')
                && let Some(inner) = Part::begun_by(character, self.text, at)
            {
                open.push(inner);
            }
        }
    }
}
