//! Result of a query: columns and rows.

use super::value::Value;
use crate::view::format::count;

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

impl Partial {
    /// Says why, after so many events, the result is partial: part of a sentence.
    #[must_use]
    pub fn describe(self, events: u64) -> String {
        match self {
            Self::Memory { limit } => format!(
                "after {} events its rows and groups needed more than {} MiB; narrow the query",
                count(events),
                limit / (1024 * 1024)
            ),
            Self::Truncated => {
                "texts of more than 4 MiB, or rows after the first 10,000 made of one row, were left out"
                    .to_owned()
            }
            Self::Cancelled => format!("stopped after {} events", count(events)),
        }
    }
}
