//! CloudWatch Logs Insights query language: from text to a typed tree, or to an error with its position.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a rule is about a few of the many tokens, commands and functions"
)]

mod check;
pub mod error;
pub mod expression;
pub mod function;
mod lexer;
mod parser;
pub mod period;
mod print;
pub mod regex_literal;
pub mod span;
mod suggest;
pub mod tree;

pub use self::{error::QueryError, parser::parse, suggest::nearest, tree::Query};

#[cfg(test)]
mod tests;
