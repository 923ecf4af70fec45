//! Collection of rows: all of them, the first ones by an order, or the first of each combination of values.

use std::{cmp::Ordering, collections::HashMap};

use foldhash::fast::RandomState;

use super::{
    budget::Budget,
    frame::Frame,
    position::{Kept, Order, Position, size_of},
};
use crate::query::{key, value::Value};

/// Least number of rows by which a collection may exceed its limit before the last ones are dropped.
const SLACK: usize = 1024;

/// Rows of a result in order.
#[derive(Debug, Default)]
pub(super) struct Finished {
    pub(super) rows: Vec<Vec<Value<'static>>>,
    /// Place of the row that each one is. The last rows, or all, have none if they stand for no single row.
    pub(super) places: Vec<Position>,
    /// Number of rows of which they are a part.
    pub(super) seen: u64,
}

impl Finished {
    /// Rows that stand for no single row.
    pub(super) fn groups(rows: Vec<Vec<Value<'static>>>) -> Self {
        let seen = u64::try_from(rows.len()).unwrap_or(u64::MAX);
        Self { rows, places: Vec::new(), seen }
    }

    fn kept(kept: Vec<Kept>, seen: u64) -> Self {
        let (places, rows) = kept.into_iter().map(|row| (row.position, row.values)).unzip();
        Self { rows, places, seen }
    }
}

/// First rows by an order.
#[derive(Debug)]
pub(super) struct Rows {
    order: Order,
    /// Greatest number of rows; all if `None`.
    limit: Option<usize>,
    rows: Vec<Kept>,
    /// Row after which nothing is kept, once more rows than the limit were seen.
    last: Option<(Vec<Value<'static>>, Position)>,
    /// Number of rows seen.
    seen: u64,
}

impl Rows {
    pub(super) fn new(order: Order, limit: Option<usize>) -> Self {
        Self { order, limit, rows: Vec::new(), last: None, seen: 0 }
    }

    pub(super) fn add(&mut self, frame: &Frame<'_>, position: Position, budget: &Budget) {
        self.seen += 1;
        let keys: Vec<_> = self.order.slots.iter().map(|slot| frame.slot(*slot).borrowed()).collect();
        if let Some((last, last_position)) = &self.last
            && self.order.compare((&keys, position), (last, *last_position)) != Ordering::Less
        {
            return;
        }
        if self.limit == Some(0) {
            return;
        }
        let values = frame.carried();
        if !budget.reserve(size_of(&values) + size_of(&keys)) {
            return;
        }
        let keys = keys.into_iter().map(Value::into_owned).collect();
        self.rows.push(Kept { keys, position, values });
        if let Some(limit) = self.limit
            && self.rows.len() >= limit.saturating_mul(2).max(limit.saturating_add(SLACK))
        {
            self.prune(limit, budget);
        }
    }

    /// True if no event before `time` can be among the first rows.
    pub(super) fn is_complete_after(&self, time: i64) -> bool {
        self.order.is_newest_first()
            && self.limit.is_some_and(|limit| self.rows.len() >= limit)
            && match &self.last {
                Some((_, last)) => last.time > time,
                None => self.rows.iter().all(|row| row.position.time > time),
            }
    }

    /// Drops the rows beyond the limit.
    fn prune(&mut self, limit: usize, budget: &Budget) {
        let Some(place) = limit.checked_sub(1).filter(|place| *place < self.rows.len()) else { return };
        let order = &self.order;
        let (_, last, _) = self.rows.select_nth_unstable_by(place, |a, b| order.compare_kept(a, b));
        self.last = Some((last.keys.clone(), last.position));
        for dropped in self.rows.drain(limit..) {
            budget.release(size_of(&dropped.values) + size_of(&dropped.keys));
        }
    }

    pub(super) fn merge(&mut self, other: Self, budget: &Budget) {
        self.seen += other.seen;
        self.rows.extend(other.rows);
        if let Some(limit) = self.limit {
            self.prune(limit, budget);
        }
    }

    /// Rows in order.
    pub(super) fn finish(mut self) -> Finished {
        let order = &self.order;
        self.rows.sort_by(|a, b| order.compare_kept(a, b));
        self.rows.truncate(self.limit.unwrap_or(usize::MAX));
        Finished::kept(self.rows, self.seen)
    }
}

/// First row of each combination of values.
#[derive(Debug)]
pub(super) struct Dedup {
    order: Order,
    first: HashMap<Box<[u8]>, Kept, RandomState>,
    /// Rows that lack one of the values.
    lacking: Vec<Kept>,
    key: Vec<u8>,
}

impl Dedup {
    pub(super) fn new(order: Order) -> Self {
        Self { order, first: HashMap::default(), lacking: Vec::new(), key: Vec::new() }
    }

    pub(super) fn add(&mut self, by: &[usize], frame: &Frame<'_>, position: Position, budget: &Budget) {
        self.key.clear();
        let mut is_lacking = false;
        for slot in by {
            let value = frame.slot(*slot);
            is_lacking |= !value.is_present() || value.is_structure();
            key::write(value, &mut self.key);
        }
        let keys: Vec<_> = self.order.slots.iter().map(|slot| frame.slot(*slot).borrowed()).collect();
        if !is_lacking
            && let Some(kept) = self.first.get(self.key.as_slice())
            && self.order.compare((&keys, position), (&kept.keys, kept.position)) != Ordering::Less
        {
            return;
        }
        let values = frame.carried();
        if !budget.reserve(size_of(&values) + size_of(&keys) + self.key.len()) {
            return;
        }
        let keys = keys.into_iter().map(Value::into_owned).collect();
        let kept = Kept { keys, position, values };
        if is_lacking {
            self.lacking.push(kept);
        } else if let Some(before) = self.first.insert(self.key.as_slice().into(), kept) {
            budget.release(size_of(&before.values) + size_of(&before.keys) + self.key.len());
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.lacking.extend(other.lacking);
        for (key, kept) in other.first {
            let is_first = |before: &Kept| self.order.compare_kept(&kept, before) == Ordering::Less;
            if self.first.get(&key).is_none_or(is_first) {
                self.first.insert(key, kept);
            }
        }
    }

    pub(super) fn finish(self) -> Finished {
        let mut rows = self.lacking;
        rows.extend(self.first.into_values());
        rows.sort_by(|a, b| self.order.compare_kept(a, b));
        let seen = u64::try_from(rows.len()).unwrap_or(u64::MAX);
        Finished::kept(rows, seen)
    }
}
