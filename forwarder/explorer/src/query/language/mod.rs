//! CloudWatch Logs Insights query language: from text to a typed tree, or to an error with its position.

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

pub use self::{error::QueryError, parser::parse, tree::Query};

#[cfg(test)]
mod tests;
