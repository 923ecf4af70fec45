//! CloudWatch Logs Insights query language: from text to a typed tree, or to an error with its position.

pub mod expression;
pub mod function;
pub mod period;
pub mod regex_literal;
pub mod span;
pub mod tree;
