//! Problems with the text of rules. All are reported at once, each with its line and column.

use std::fmt;

use crate::value::edits;

/// Problem with the text of rules.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
    /// Description of the problem. It quotes names and patterns, which are no secrets.
    pub message: String,
}

impl Problem {
    /// Creates the problem at a byte of the text.
    pub(super) fn at(text: &str, offset: usize, message: String) -> Self {
        let before = text.get(..text.floor_char_boundary(offset)).unwrap_or_default();
        let start = before.rfind('\n').map_or(0, |line_feed| line_feed + 1);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let column = before.get(start..).unwrap_or_default().chars().count() + 1;
        Self { line, column, message }
    }
}

impl fmt::Display for Problem {
    /// Shows the problem as `LINE:COLUMN: MESSAGE`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)
    }
}

/// Returns a question that names the known name that is closest to `name`, if they differ by a few typing errors only;
/// else the list of the known names.
pub(super) fn suggestion(name: &str, known: &[&str]) -> String {
    let tolerated = (name.chars().count() / 3).max(1);
    let name = name.to_ascii_lowercase();
    let nearest = known.iter().map(|known| (edits(&name, known), *known)).min();
    let is_start = |known: &str| name.len() > 2 && known.starts_with(&name);
    match nearest.filter(|(edits, known)| *edits <= tolerated || is_start(known)) {
        Some((_, nearest)) => format!("; did you mean `{nearest}`?"),
        None if known.is_empty() => String::new(),
        None => format!("; known are {}", known.join(", ")),
    }
}
