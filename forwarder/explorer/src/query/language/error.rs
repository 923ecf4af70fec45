//! Error of a query with its position.

use super::span::{LineColumn, Span};

/// Reason why a text is no query, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {}, column {}: {problem}{}{}", position.line, position.column, hint("; expected ", expected), question(suggestion))]
pub struct QueryError {
    /// Range of the text at fault.
    pub span: Span,
    /// Line and column of its first character.
    pub position: LineColumn,
    /// Problem, for example `unexpected "by"`.
    pub problem: String,
    /// Tokens that would be right at this position.
    pub expected: Option<String>,
    /// Known name that resembles the one written.
    pub suggestion: Option<String>,
}

fn hint(lead: &str, text: &Option<String>) -> String {
    text.as_ref().map(|text| format!("{lead}{text}")).unwrap_or_default()
}

fn question(suggestion: &Option<String>) -> String {
    suggestion.as_ref().map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}

impl QueryError {
    /// Creates an error at a position of `text`.
    pub fn new(text: &str, span: Span, problem: impl Into<String>) -> Self {
        let position = LineColumn::of(text, span.start);
        Self { span, position, problem: problem.into(), expected: None, suggestion: None }
    }

    /// Adds the tokens that would be right.
    #[must_use]
    pub fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self
    }

    /// Adds a known name that resembles the one written, if there is one.
    #[must_use]
    pub fn suggested(mut self, suggestion: Option<&str>) -> Self {
        self.suggestion = suggestion.map(str::to_owned);
        self
    }

    /// Returns the line of `text` that holds the position, and below it a line with carets under the range.
    pub fn excerpt(&self, text: &str) -> String {
        let line = text.lines().nth(self.position.line.saturating_sub(1)).unwrap_or_default();
        let before = self.position.column.saturating_sub(1);
        // Tabs stay tabs, so that the carets are below the text they mark.
        let indent: String = line.chars().take(before).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
        let marked = self.span.of(text).lines().next().unwrap_or_default().chars().count().max(1);
        format!("{line}\n{indent}{}", "^".repeat(marked))
    }
}
