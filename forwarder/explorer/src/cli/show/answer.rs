//! Answer of `tailwater show`, as lines and as JSON.

use serde_json::Value;

use crate::cli::text_table::TextTable;

/// Answer, in both of its forms.
pub(super) struct Answer {
    /// Lines for people.
    pub(super) lines: Vec<String>,
    /// Document of `--json`.
    pub(super) json: Value,
}

impl Answer {
    pub(super) fn new(json: Value) -> Self {
        Self { lines: Vec::new(), json }
    }

    /// Adds a line.
    pub(super) fn line(&mut self, text: impl Into<String>) {
        self.lines.push(text.into());
    }

    /// Adds an empty line, a heading and a table; nothing if the table has no rows.
    pub(super) fn table(&mut self, heading: &str, table: &TextTable) {
        if table.is_empty() {
            return;
        }
        self.line("");
        if !heading.is_empty() {
            self.line(heading);
        }
        self.lines.extend(table.lines());
    }

    /// Adds the command of the next step.
    pub(super) fn next(&mut self, command: &str) {
        self.line("");
        self.line(format!("next: {command}"));
    }
}
