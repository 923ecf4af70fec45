//! Passes over ordered rows.

mod compare;
mod fill;
mod outlier;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::{aggregate::Sum, budget::Budget, position::Position};
use crate::query::{
    key,
    language::tree::Direction,
    plan::{Series, SeriesFields},
    value::{Value, order::sort_order, time},
};

type Row = Vec<Value<'static>>;

/// Applies a pass to rows. Every row has as many values; columns that the pass adds follow them.
pub(super) fn run(series: &Series, mut rows: Vec<Row>, budget: &Budget) -> Vec<Row> {
    match series {
        Series::Tail(count) => {
            let skipped = rows.len().saturating_sub(*count);
            rows.split_off(skipped)
        }
        Series::AddTotals { fields, has_column, has_row } => add_totals(fields, *has_column, *has_row, rows),
        Series::FillMissing { time, period, keys, fills } => {
            fill::bins(*time, *period, keys, fills, rows, budget)
        }
        Series::FillDown(columns) => {
            fill::down(columns, &mut rows);
            rows
        }
        Series::Accum { field, is_new } => {
            accum(*field, *is_new, &mut rows);
            rows
        }
        Series::AutoRegress { field, from, to } => {
            auto_regress(*field, *from, *to, &mut rows);
            rows
        }
        Series::Outlier { fields, is_dropped, param, uses_lower, marks } => {
            let rule = outlier::Rule {
                is_dropped: *is_dropped,
                param: *param,
                uses_lower: *uses_lower,
                marks: *marks,
            };
            outlier::apply(fields, rule, rows)
        }
        Series::Sessionize { fields, time, max_pause } => {
            sessionize(fields, *time, *max_pause, &mut rows);
            rows
        }
        Series::CountFrequent { fields } => count_frequent(fields, &rows),
        Series::LogCompare { table, keys, time, shift, values } => {
            let earlier = compare::Earlier { rows: &table.rows, keys, time: *time, shift: *shift, values };
            compare::add(&earlier, rows, budget)
        }
        Series::AppendCols { table, places } => {
            for (index, row) in rows.iter_mut().enumerate() {
                append(table.rows.get(index), places, row);
            }
            rows
        }
    }
}

/// Places of the rows that a pass makes of rows with these places.
pub(super) fn places(series: &Series, mut places: Vec<Position>) -> Vec<Position> {
    match series {
        Series::Tail(count) => {
            let skipped = places.len().saturating_sub(*count);
            places.split_off(skipped)
        }
        Series::AddTotals { .. }
        | Series::FillDown(_)
        | Series::Accum { .. }
        | Series::AutoRegress { .. }
        | Series::Outlier { is_dropped: false, .. }
        | Series::Sessionize { .. }
        | Series::AppendCols { .. } => places,
        Series::FillMissing { .. }
        | Series::Outlier { .. }
        | Series::CountFrequent { .. }
        | Series::LogCompare { .. } => Vec::new(),
    }
}

/// Appends the values of another row to a row, or sets those that have a place in it.
fn append(values: Option<&Row>, places: &[Option<usize>], row: &mut Row) {
    for (column, place) in places.iter().enumerate() {
        let value = values.and_then(|values| values.get(column)).cloned().unwrap_or_default();
        match place.and_then(|place| row.get_mut(place)) {
            Some(cell) if value.is_present() => *cell = value,
            Some(_) => {}
            None => row.push(value),
        }
    }
}

fn cell<'r>(row: &'r [Value<'static>], column: usize) -> &'r Value<'static> {
    row.get(column).unwrap_or(&Value::Missing)
}

fn add_totals(fields: &SeriesFields, has_column: bool, has_row: bool, mut rows: Vec<Row>) -> Vec<Row> {
    let columns = match fields {
        SeriesFields::Listed(columns) => columns.clone(),
        SeriesFields::Numeric(columns) => numeric(columns, &rows),
    };
    let width = rows.first().map_or(0, Vec::len);
    let mut totals: Vec<_> = columns.iter().map(|_| Sum::default()).collect();
    for row in &mut rows {
        let mut sum = Sum::default();
        for (column, total) in columns.iter().zip(&mut totals) {
            if let Some(number) = cell(row, *column).to_number() {
                sum.add(number);
                total.add(number);
            }
        }
        if has_column {
            row.push(sum.total());
        }
    }
    if has_row && !rows.is_empty() {
        let mut last = vec![Value::Missing; width + usize::from(has_column)];
        for (column, total) in columns.iter().zip(totals) {
            if let Some(cell) = last.get_mut(*column) {
                *cell = total.total();
            }
        }
        rows.push(last);
    }
    rows
}

/// Columns whose values are numbers, or missing in some rows. Times are no numbers here.
fn numeric(columns: &[usize], rows: &[Row]) -> Vec<usize> {
    let is_numeric = |column: &usize| {
        let mut present =
            rows.iter().map(|row| cell(row, *column)).filter(|value| value.is_present()).peekable();
        present.peek().is_some()
            && present.all(|value| value.to_number().is_some() && !matches!(value, Value::Time(_)))
    };
    columns.iter().copied().filter(is_numeric).collect()
}

fn accum(field: usize, is_new: bool, rows: &mut [Row]) {
    let mut sum = Sum::default();
    for row in rows {
        let number = cell(row, field).to_number();
        if let Some(number) = number {
            sum.add(number);
        }
        let value = if number.is_some() { sum.total() } else { Value::Missing };
        if is_new {
            row.push(value);
        } else if let Some(cell) = row.get_mut(field) {
            *cell = value;
        }
    }
}

fn auto_regress(field: usize, from: usize, to: usize, rows: &mut [Row]) {
    let values: Vec<_> = rows.iter().map(|row| cell(row, field).clone()).collect();
    for (index, row) in rows.iter_mut().enumerate() {
        for distance in from..=to {
            let before = index.checked_sub(distance).and_then(|before| values.get(before));
            row.push(before.cloned().unwrap_or_default());
        }
    }
}

/// Numbers the sessions by their begin. A session is made of rows with equal values, each at most the pause after the one
/// before.
fn sessionize(fields: &[usize], time: Option<usize>, max_pause: i64, rows: &mut [Row]) {
    let time_of = |row: &Row| time.and_then(|time| time::millis_of(cell(row, time))).unwrap_or(0);
    let mut by_time: Vec<usize> = (0..rows.len()).collect();
    by_time.sort_by_key(|index| rows.get(*index).map(time_of));
    let mut open: HashMap<Vec<u8>, (i64, i64), RandomState> = HashMap::default();
    let mut sessions = 0;
    for index in by_time {
        let Some(row) = rows.get_mut(index) else { continue };
        let mut key = Vec::new();
        fields.iter().for_each(|field| key::write(cell(row, *field), &mut key));
        let now = time_of(row);
        let session = match open.get(&key) {
            Some((session, last)) if now.saturating_sub(*last) <= max_pause => *session,
            Some(_) | None => {
                sessions += 1;
                sessions
            }
        };
        open.insert(key, (session, now));
        row.push(Value::integer(session));
    }
}

/// Counts the combinations of values, the most frequent first.
fn count_frequent(fields: &[usize], rows: &[Row]) -> Vec<Row> {
    let mut counts: HashMap<Vec<u8>, (Row, i64), RandomState> = HashMap::default();
    for row in rows {
        let mut key = Vec::new();
        fields.iter().for_each(|field| key::write(cell(row, *field), &mut key));
        let values = || fields.iter().map(|field| cell(row, *field).clone()).collect();
        counts.entry(key).or_insert_with(|| (values(), 0)).1 += 1;
    }
    let mut counted: Vec<_> = counts.into_values().collect();
    counted.sort_by(|(a, a_count), (b, b_count)| {
        let by_values = || {
            let mut orders = a.iter().zip(b).map(|(a, b)| sort_order(a, b, Direction::Ascending));
            orders.find(|order| order.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
        };
        b_count.cmp(a_count).then_with(by_values)
    });
    let row = |(mut values, count): (Row, i64)| {
        values.push(Value::integer(count));
        values
    };
    counted.into_iter().map(row).collect()
}
