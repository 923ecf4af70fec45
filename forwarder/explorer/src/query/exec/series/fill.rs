//! Missing values and missing time bins.

use std::collections::HashSet;

use foldhash::fast::RandomState;

use super::{Row, cell};
use crate::query::{
    exec::{budget::Budget, position::size_of},
    key,
    language::period::Period,
    plan::FillValue,
    value::{Value, time},
};

/// Fills each missing value of the columns with the last one before.
pub(super) fn down(columns: &[usize], rows: &mut [Row]) {
    for column in columns {
        let mut last = Value::Missing;
        for value in rows.iter_mut().filter_map(|row| row.get_mut(*column)) {
            if value.is_present() {
                last.clone_from(value);
            } else {
                value.clone_from(&last);
            }
        }
    }
}

/// Adds a row for each time bin between the first and the last in which a combination of the other keys has none. All
/// rows are then ordered by time, and within a bin as they were. Once `budget` has no memory left, no more are added.
pub(super) fn bins(
    time: usize,
    period: Period,
    keys: &[usize],
    fills: &[FillValue],
    mut rows: Vec<Row>,
    budget: &Budget,
) -> Vec<Row> {
    let times = rows.iter().filter_map(|row| time::millis_of(cell(row, time)));
    let Some((first, last)) = times.clone().min().zip(times.max()) else { return rows };
    let others: Vec<_> = keys.iter().copied().filter(|key| *key != time).collect();
    let width = rows.first().map_or(0, Vec::len);
    let key_of = |row: &Row| {
        let mut key = Vec::new();
        others.iter().for_each(|column| key::write(cell(row, *column), &mut key));
        key
    };
    let (mut combinations, mut seen) = (Vec::new(), HashSet::<_, RandomState>::default());
    let mut present = HashSet::<_, RandomState>::default();
    for row in &rows {
        let key = key_of(row);
        if seen.insert(key.clone()) {
            combinations.push((key.clone(), row.clone()));
        }
        present.insert((time::millis_of(cell(row, time)), key));
    }
    let mut bin = first;
    while bin <= last && !budget.is_exceeded() {
        for (key, like) in &mut combinations {
            let place = (Some(bin), std::mem::take(key));
            let is_present = present.contains(&place);
            *key = place.1;
            if is_present {
                continue;
            }
            let row = filled(like, width, time, bin, keys, fills);
            if !budget.reserve(size_of(&row)) {
                break;
            }
            rows.push(row);
        }
        bin = time::bounds(bin, period).1;
    }
    rows.sort_by_key(|row| time::millis_of(cell(row, time)));
    rows
}

fn filled(like: &Row, width: usize, time: usize, bin: i64, keys: &[usize], fills: &[FillValue]) -> Row {
    let mut row = vec![Value::Missing; width];
    for key in keys {
        if let (Some(to), Some(from)) = (row.get_mut(*key), like.get(*key)) {
            to.clone_from(from);
        }
    }
    if let Some(cell) = row.get_mut(time) {
        *cell = Value::Time(bin);
    }
    for fill in fills {
        for (column, cell) in row.iter_mut().enumerate() {
            let is_chosen = if fill.columns.is_empty() {
                !keys.contains(&column) && column != time
            } else {
                fill.columns.contains(&column)
            };
            if is_chosen {
                cell.clone_from(&fill.value);
            }
        }
    }
    row
}
