//! Places of rows, and the order in which rows are kept.

use std::cmp::Ordering;

use crate::query::{
    field::Field,
    language::tree::Direction,
    plan::{Segment, Slot, SortBy},
    value::{Value, order::sort_order},
};

/// Place of a row among all rows of a segment. Events are ordered as they were logged: by time, log stream, and place in
/// the stream. Other rows are ordered as they come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Position {
    pub(super) time: i64,
    pub(super) stream: u32,
    /// Time of the first event of the block. Blocks of one stream may be stored in another order than they were logged.
    pub(super) block_begin: i64,
    pub(super) block: i64,
    pub(super) index: u32,
    /// Place among the rows that were made of one.
    pub(super) part: u32,
}

impl Position {
    /// Place of the row with this number.
    pub(super) fn of_row(number: usize) -> Self {
        Self { block: i64::try_from(number).unwrap_or(i64::MAX), ..Self::default() }
    }

    /// Number of the row at a place that [`Position::of_row`] returned.
    pub(super) fn row(self) -> Option<usize> {
        usize::try_from(self.block).ok()
    }
}

/// Order of rows: by values, and among equal ones by place.
#[derive(Clone, Debug)]
pub(super) struct Order {
    pub(super) slots: Vec<usize>,
    directions: Vec<Direction>,
    /// True if of two rows with equal values the one with the later place comes first.
    latest_first: bool,
}

/// Row with the values that it is ordered by.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub(super) keys: Vec<Value<'static>>,
    pub(super) position: Position,
    pub(super) values: Vec<Value<'static>>,
}

impl Order {
    /// Creates the order of a segment's rows. Events without an order are sorted from the newest to the oldest, and
    /// events sorted by ascending time stay as they were logged.
    pub(super) fn new(segment: &Segment, keys: &[SortBy], has_events: bool) -> Self {
        let is_time = |key: &SortBy| {
            matches!(segment.slots.get(key.slot), Some(Slot::Field(Field::Timestamp)))
                && key.direction == Direction::Ascending
        };
        Self {
            slots: keys.iter().map(|key| key.slot).collect(),
            directions: keys.iter().map(|key| key.direction).collect(),
            latest_first: has_events && !keys.first().is_some_and(is_time),
        }
    }

    /// True if rows are ordered by their place alone, the latest first.
    pub(super) fn is_newest_first(&self) -> bool {
        self.slots.is_empty() && self.latest_first
    }

    pub(super) fn compare(
        &self,
        left: (&[Value<'_>], Position),
        right: (&[Value<'_>], Position),
    ) -> Ordering {
        for ((left, right), direction) in left.0.iter().zip(right.0).zip(&self.directions) {
            let order = sort_order(left, right, *direction);
            if order != Ordering::Equal {
                return order;
            }
        }
        if self.latest_first {
            // Rows that were made of one event stay in their order.
            let (left, right) = (left.1, right.1);
            let whole = |position: Position| Position { part: 0, ..position };
            whole(right).cmp(&whole(left)).then_with(|| left.part.cmp(&right.part))
        } else {
            left.1.cmp(&right.1)
        }
    }

    pub(super) fn compare_kept(&self, left: &Kept, right: &Kept) -> Ordering {
        self.compare((&left.keys, left.position), (&right.keys, right.position))
    }
}

/// Estimated memory of a row in bytes.
pub(super) fn size_of(values: &[Value<'_>]) -> usize {
    const OVERHEAD: usize = 64;
    values.iter().map(Value::size).sum::<usize>() + OVERHEAD
}
