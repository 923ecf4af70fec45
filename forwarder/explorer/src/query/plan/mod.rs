//! Plan of a query: its commands as segments, each a pass over rows that ends with an operation on all of them.

mod build;
mod compile;
mod error;
mod extract;
mod mentions;
mod node;
mod scope;
mod series;

use std::sync::Arc;

pub use self::error::PlanError;
pub(super) use self::{
    build::{Settings, build},
    compile::AggregateCall,
    extract::{Extract, Form},
    node::{Node, Operand, Slot},
    series::{Fields as SeriesFields, FillValue, Series, length},
};
use super::{
    field::Fields,
    language::tree::{DiffRange, Direction, Source},
    table::{Matcher, Partners},
};

/// True if an expression depends only on fields that all events of a block have in common.
pub(super) fn only_block_fields(node: &Node, segment: &Segment) -> bool {
    let is_of_block = |slot: usize| match segment.slots.get(slot) {
        Some(Slot::Field(field)) => field.is_of_block(),
        Some(Slot::Expr(node)) => only_block_fields(node, segment),
        Some(Slot::Missing) => true,
        Some(Slot::Column(_) | Slot::Parsed(..) | Slot::LookedUp(..) | Slot::Multiplied) | None => false,
    };
    node.slots().into_iter().all(is_of_block)
}

/// Plan of a query.
#[derive(Debug)]
pub(super) struct Plan {
    /// Fields that are read from events.
    pub(super) fields: Fields,
    /// Log groups to read; all if empty.
    pub(super) sources: Vec<Source>,
    pub(super) segments: Vec<Segment>,
    /// Names of the columns of the last segment's rows.
    pub(super) columns: Vec<String>,
    /// True if the query has no `limit`, so that the default applies.
    pub(super) has_default_limit: bool,
}

/// Pass over rows: events in the first segment, the rows that the segment before made in the others.
#[derive(Debug)]
pub(super) struct Segment {
    pub(super) slots: Vec<Slot>,
    pub(super) extracts: Vec<Extract>,
    pub(super) lookups: Vec<Lookup>,
    pub(super) steps: Vec<Step>,
    /// Slots whose values make a row of the result.
    pub(super) carry: Vec<usize>,
    pub(super) end: End,
}

impl Segment {
    /// Number of conditions.
    pub(super) fn filters(&self) -> usize {
        self.steps.iter().filter(|step| matches!(step, Step::Filter(_))).count()
    }
}

impl End {
    /// Name of the operation, for people.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Sort { .. } => "keep the first rows",
            Self::Last { .. } => "order the result",
            Self::Any { .. } => "keep any rows",
            Self::Dedup { .. } => "keep the first row of each combination",
            Self::Stats(_) => "group",
            Self::Pattern { .. } => "find patterns",
            Self::Series { .. } => "pass over ordered rows",
        }
    }
}

/// Operation on one row.
#[derive(Debug)]
pub(super) enum Step {
    /// Keeps the row if the condition is true.
    Filter(Node),
    /// Makes any number of rows of one.
    Multiply(Multiply),
}

/// Step that makes several rows of one, which differ in the slots from `first` on.
#[derive(Debug)]
pub(super) struct Multiply {
    pub(super) kind: MultiplyKind,
    /// First of the slots that the step fills.
    pub(super) first: usize,
    /// Number of slots that the step fills.
    pub(super) count: usize,
    /// Number of extracts and lookups before the step, whose results stay.
    pub(super) extracts: usize,
    pub(super) lookups: usize,
}

/// Source of the rows that a [`Multiply`] makes.
#[derive(Debug)]
pub(super) enum MultiplyKind {
    /// Elements of a list.
    Unnest(Node),
    /// Elements of a JSON array in a text.
    Expand(Node),
    /// All matches of a regular expression.
    Matches(Extract),
    /// Rows of another query with an equal key.
    Join { key: Node, partners: Arc<Partners>, keeps_unmatched: bool },
}

/// Lookup of a row in a table.
#[derive(Debug)]
pub(super) struct Lookup {
    pub(super) keys: Vec<Node>,
    pub(super) table: Arc<Matcher>,
    /// Columns of the table that are taken.
    pub(super) outputs: Vec<usize>,
}

/// Operation on all rows of a segment.
#[derive(Debug)]
pub(super) enum End {
    /// Orders the rows, and keeps the first ones.
    Sort { keys: Vec<SortBy>, limit: Option<usize> },
    /// Orders the rows of the result. Without a `limit` in the query only so many are kept.
    Last { keys: Vec<SortBy> },
    /// Keeps any rows, up to a number.
    Any { limit: usize },
    /// Keeps the first row of each combination of values by an order. Rows that lack one of the values are all kept.
    Dedup { by: Vec<usize>, keys: Vec<SortBy> },
    /// Groups the rows; their keys and aggregates make the rows of the result.
    Stats(Stats),
    /// Groups the rows by the pattern of a text.
    Pattern { text: usize, earlier: Option<Earlier> },
    /// Orders the rows, then passes over them in this order.
    Series { keys: Vec<SortBy>, series: Series },
}

/// Earlier range that a result is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Earlier {
    /// Range of the same length that ends where the queried one begins.
    Adjacent,
    /// Queried range this many milliseconds earlier.
    Millis(i64),
}

impl Earlier {
    /// Range that a `diff` compares with. A month counts as 30 days.
    fn of(diff: DiffRange) -> Self {
        const DAY: i64 = 86_400_000;
        match diff {
            DiffRange::Previous => Self::Adjacent,
            DiffRange::PreviousDay => Self::Millis(DAY),
            DiffRange::PreviousWeek => Self::Millis(7 * DAY),
            DiffRange::PreviousMonth => Self::Millis(30 * DAY),
        }
    }
}

/// Slot to sort by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SortBy {
    pub(super) slot: usize,
    pub(super) direction: Direction,
}

/// Keys and aggregates of a `stats`.
#[derive(Debug)]
pub(super) struct Stats {
    pub(super) keys: Vec<usize>,
    pub(super) calls: Vec<AggregateCall>,
}
