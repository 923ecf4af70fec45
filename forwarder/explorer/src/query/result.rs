//! Result of a query: columns and rows.

use super::value::Value;

/// Columns and rows of a result. Every row has a value for each column; a missing one is [`Value::Missing`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// Names of the columns in order.
    pub columns: Vec<String>,
    /// Rows in order.
    pub rows: Vec<Vec<Value<'static>>>,
}

/// Reason why a result stands for a part of the log only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Partial {
    /// The rows and groups needed more memory than the query may use.
    Memory {
        /// Memory in bytes.
        limit: usize,
    },
    /// Texts or rows were left out because they exceed a fixed limit.
    Truncated,
    /// The query was cancelled.
    Cancelled,
}
