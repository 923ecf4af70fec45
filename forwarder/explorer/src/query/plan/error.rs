//! Error of a query that can be read but not run.

use crate::query::language::span::Span;

/// Reason why a query cannot run, and the part of it that asks for something impossible.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct PlanError {
    /// Position in the text of the query.
    pub span: Span,
    /// Sentence without a full stop.
    pub problem: String,
}

impl PlanError {
    pub(in crate::query) fn new(span: Span, problem: impl Into<String>) -> Self {
        Self { span, problem: problem.into() }
    }
}
