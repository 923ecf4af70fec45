//! Operation at the end of a segment, over the rows of one worker.

use super::{
    budget::Budget,
    frame::Frame,
    groups::Groups,
    patterns::Patterns,
    position::{Order, Position},
    range::Ranges,
    rows::{Dedup, Finished, Rows},
    series,
};
use crate::query::plan::{End, Segment};

/// Rows that one worker has collected.
#[derive(Debug)]
pub(super) enum Collector {
    Rows(Rows),
    Dedup(Dedup),
    Groups(Groups),
    Patterns(Patterns),
}

/// Options of a collection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Greatest number of rows of a query without `limit`.
    pub(super) default_rows: usize,
    /// Queried range and the one to compare with, for `diff`.
    pub(super) ranges: Option<Ranges>,
    pub(super) has_events: bool,
}

impl Collector {
    pub(super) fn new(segment: &Segment, limits: Limits) -> Self {
        let order = |keys| Order::new(segment, keys, limits.has_events);
        match &segment.end {
            End::Sort { keys, limit } => Self::Rows(Rows::new(order(keys), *limit)),
            End::Last { keys } => Self::Rows(Rows::new(order(keys), Some(limits.default_rows))),
            End::Series { keys, .. } => Self::Rows(Rows::new(order(keys), None)),
            End::Any { limit } => Self::Rows(Rows::new(order(&[]), Some(*limit))),
            End::Dedup { keys, .. } => Self::Dedup(Dedup::new(order(keys))),
            End::Stats(_) => Self::Groups(Groups::default()),
            End::Pattern { .. } => Self::Patterns(Patterns::default()),
        }
    }

    /// Adds a row.
    pub(super) fn add<'e>(
        &mut self,
        segment: &'e Segment,
        frame: &Frame<'e>,
        position: Position,
        limits: Limits,
        budget: &Budget,
    ) {
        match (self, &segment.end) {
            (Self::Rows(rows), end) => {
                rows.add(frame, position, budget);
                if let End::Any { limit } = end {
                    let rows = budget.any_rows.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
                    if usize::try_from(rows).is_ok_and(|rows| rows >= *limit) {
                        budget.stop();
                    }
                }
            }
            (Self::Dedup(dedup), End::Dedup { by, .. }) => dedup.add(by, frame, position, budget),
            (Self::Groups(groups), End::Stats(stats)) => groups.add(stats, frame, position, budget),
            (Self::Patterns(patterns), End::Pattern { text, .. }) => {
                patterns.add(*text, frame, position, limits.ranges);
            }
            (Self::Dedup(_) | Self::Groups(_) | Self::Patterns(_), _) => {}
        }
    }

    /// True if no event that is earlier than `time` can change the result.
    pub(super) fn is_complete_after(&self, time: i64) -> bool {
        match self {
            Self::Rows(rows) => rows.is_complete_after(time),
            Self::Dedup(_) | Self::Groups(_) | Self::Patterns(_) => false,
        }
    }

    /// Adds what another worker has collected for the same segment.
    pub(super) fn merge(&mut self, other: Self, budget: &Budget) {
        match (self, other) {
            (Self::Rows(ours), Self::Rows(theirs)) => ours.merge(theirs, budget),
            (Self::Dedup(ours), Self::Dedup(theirs)) => ours.merge(theirs),
            (Self::Groups(ours), Self::Groups(theirs)) => ours.merge(theirs),
            (Self::Patterns(ours), Self::Patterns(theirs)) => ours.merge(theirs),
            _ => {}
        }
    }

    /// Rows of the result in order.
    pub(super) fn finish(self, segment: &Segment, budget: &Budget) -> Finished {
        match (self, &segment.end) {
            (Self::Rows(rows), End::Series { series, .. }) => {
                let Finished { rows, places, seen: _ } = rows.finish();
                let places = series::places(series, places);
                Finished { places, ..Finished::groups(series::run(series, rows, budget)) }
            }
            (Self::Rows(rows), _) => rows.finish(),
            (Self::Dedup(dedup), _) => dedup.finish(),
            (Self::Groups(groups), End::Stats(stats)) => Finished::groups(groups.finish(stats)),
            (Self::Patterns(patterns), End::Pattern { earlier, .. }) => {
                Finished::groups(patterns.finish(earlier.is_some()))
            }
            (Self::Groups(_) | Self::Patterns(_), _) => Finished::default(),
        }
    }
}
