//! The terminal that output is written to.

use std::env;

/// Returns the width in columns: `COLUMNS`, else that of the terminal if the output is one; `None` if it is not known.
pub(super) fn columns(is_terminal: bool) -> Option<usize> {
    let given = env::var("COLUMNS").ok().and_then(|text| text.trim().parse().ok());
    let measured = || terminal_size::terminal_size().filter(|_| is_terminal);
    given.filter(|columns| *columns > 0).or_else(|| measured().map(|(width, _)| usize::from(width.0)))
}
