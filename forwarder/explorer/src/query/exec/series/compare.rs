//! Comparison of groups with those of an earlier range.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::{Row, cell};
use crate::query::{
    exec::{budget::Budget, position::size_of},
    key,
    language::expression::ArithmeticOp,
    value::{Value, arithmetic::arithmetic, time},
};

/// Groups of an earlier range, and how their columns correspond to those of the rows.
pub(super) struct Earlier<'s> {
    pub(super) rows: &'s [Row],
    /// Columns of the keys: of the rows, and of the earlier groups.
    pub(super) keys: &'s [(usize, usize)],
    /// Column of the rows with the time bin.
    pub(super) time: Option<usize>,
    /// By how many milliseconds the range is earlier.
    pub(super) shift: i64,
    /// Columns of the values: of the rows, and of the earlier groups.
    pub(super) values: &'s [(usize, usize)],
}

/// Adds to each row the earlier value and the difference of each of its values. Groups that only the earlier range has follow,
/// in time bins all rows are then ordered by time. Once `budget` has no memory left, no more are added.
pub(super) fn add(earlier: &Earlier<'_>, mut rows: Vec<Row>, budget: &Budget) -> Vec<Row> {
    let mut groups: HashMap<Vec<u8>, (usize, bool), RandomState> = HashMap::default();
    for (index, row) in earlier.rows.iter().enumerate() {
        groups.entry(earlier.key_of(&earlier.keys_of(row))).or_insert((index, false));
    }
    let width = rows.first().map_or_else(|| earlier.width(), Vec::len);
    for row in &mut rows {
        let keys: Vec<_> = earlier.keys.iter().map(|(ours, _)| cell(row, *ours).clone()).collect();
        let group = groups.get_mut(&earlier.key_of(&keys)).and_then(|(index, is_used)| {
            *is_used = true;
            earlier.rows.get(*index)
        });
        earlier.extend(row, group);
    }
    let mut unused: Vec<_> = groups.into_values().filter(|(_, is_used)| !is_used).collect();
    unused.sort_unstable();
    for group in unused.iter().filter_map(|(index, _)| earlier.rows.get(*index)) {
        let mut row = vec![Value::Missing; width];
        for ((ours, _), key) in earlier.keys.iter().zip(earlier.keys_of(group)) {
            if let Some(cell) = row.get_mut(*ours) {
                *cell = key;
            }
        }
        earlier.extend(&mut row, Some(group));
        if !budget.reserve(size_of(&row)) {
            break;
        }
        rows.push(row);
    }
    if let Some(time) = earlier.time.filter(|_| !unused.is_empty()) {
        rows.sort_by_key(|row| time::millis_of(cell(row, time)));
    }
    rows
}

impl Earlier<'_> {
    /// Number of columns of the rows, as far as keys and values tell.
    fn width(&self) -> usize {
        self.keys.iter().chain(self.values).map(|(ours, _)| ours + 1).max().unwrap_or(0)
    }

    /// Keys of an earlier group, with its time bin moved into the queried range.
    fn keys_of(&self, row: &Row) -> Vec<Value<'static>> {
        let key = |(ours, theirs): &(usize, usize)| match cell(row, *theirs) {
            Value::Time(millis) if self.time == Some(*ours) => Value::Time(millis.saturating_add(self.shift)),
            other => other.clone(),
        };
        self.keys.iter().map(key).collect()
    }

    fn key_of(&self, keys: &[Value<'_>]) -> Vec<u8> {
        let mut key = Vec::new();
        keys.iter().for_each(|value| key::write(value, &mut key));
        key
    }

    fn extend(&self, row: &mut Row, group: Option<&Row>) {
        for (ours, theirs) in self.values {
            let before = group.map_or(&Value::Missing, |group| cell(group, *theirs)).clone();
            let difference = arithmetic(ArithmeticOp::Subtract, cell(row, *ours), &before);
            row.extend([before, difference]);
        }
    }
}
