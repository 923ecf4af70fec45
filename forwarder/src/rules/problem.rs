//! Problems with the text of rules. All are reported at once, each with its line and column.

use std::fmt;

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

impl fmt::Display for Problem {
    /// Shows the problem as `LINE:COLUMN: MESSAGE`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)
    }
}
