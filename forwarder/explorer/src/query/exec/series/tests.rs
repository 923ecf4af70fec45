use super::*;
use crate::query::language::period::{Period, PeriodUnit};

fn numbers(rows: &[&[i64]]) -> Vec<Row> {
    rows.iter().map(|row| row.iter().map(|number| Value::integer(*number)).collect()).collect()
}

fn printed(rows: &[Row]) -> Vec<Vec<String>> {
    let text = |value: &Value<'_>| value.to_text().map_or("-".to_owned(), std::borrow::Cow::into_owned);
    rows.iter().map(|row| row.iter().map(text).collect()).collect()
}

fn check(series: &Series, rows: &[&[i64]], expected: &[&[&str]]) {
    assert_eq!(printed(&run(series, numbers(rows), &Budget::new(usize::MAX))), expected);
}

#[test]
fn tail_keeps_the_last_rows() {
    check(&Series::Tail(1), &[&[1], &[2]], &[&["2"]]);
    check(&Series::Tail(5), &[&[1], &[2]], &[&["1"], &["2"]]);
}

#[test]
fn totals_are_added_as_column_and_row() {
    let series =
        Series::AddTotals { fields: SeriesFields::Numeric(vec![0, 1]), has_column: true, has_row: true };
    check(&series, &[&[1, 2], &[3, 4]], &[&["1", "2", "3"], &["3", "4", "7"], &["4", "6", "-"]]);
}

#[test]
fn running_sum_replaces_the_field_or_is_a_new_column() {
    check(&Series::Accum { field: 0, is_new: true }, &[&[1], &[2]], &[&["1", "1"], &["2", "3"]]);
    check(&Series::Accum { field: 0, is_new: false }, &[&[1], &[2]], &[&["1"], &["3"]]);
}

#[test]
fn values_of_earlier_rows_are_copied() {
    let series = Series::AutoRegress { field: 0, from: 1, to: 2 };
    check(&series, &[&[1], &[2], &[3]], &[&["1", "-", "-"], &["2", "1", "-"], &["3", "2", "1"]]);
}

#[test]
fn outliers_are_dropped_or_limited() {
    let rows: &[&[i64]] = &[&[1], &[2], &[3], &[4], &[1000]];
    let outlier = |is_dropped, marks| Series::Outlier {
        fields: vec![0],
        is_dropped,
        param: 2.5,
        uses_lower: false,
        marks,
    };
    check(&outlier(true, false), rows, &[&["1"], &["2"], &["3"], &["4"]]);
    let marked = run(&outlier(false, true), numbers(rows), &Budget::new(usize::MAX));
    assert_eq!(printed(&marked)[4], ["9", "1"]);
}

#[test]
fn session_ends_after_a_pause() {
    let series = Series::Sessionize { fields: vec![0], time: Some(1), max_pause: 10 };
    check(
        &series,
        &[&[7, 0], &[7, 10], &[8, 11], &[7, 30]],
        &[&["7", "0", "1"], &["7", "10", "1"], &["8", "11", "2"], &["7", "30", "3"]],
    );
}

#[test]
fn frequent_combinations_are_counted() {
    check(&Series::CountFrequent { fields: vec![0] }, &[&[1], &[2], &[2]], &[&["2", "2"], &["1", "1"]]);
}

#[test]
fn bins_beyond_the_memory_limit_are_reported() {
    let period = Period { count: 1, unit: PeriodUnit::Second };
    let series = Series::FillMissing { time: 0, period, keys: vec![0], fills: Vec::new() };
    let rows = || vec![vec![Value::Time(0)], vec![Value::Time(1_000_000)]];
    let (large, small) = (Budget::new(usize::MAX), Budget::new(1000));
    assert_eq!(run(&series, rows(), &large).len(), 1001);
    assert!(!large.is_exceeded());
    assert!(run(&series, rows(), &small).len() < 1001);
    assert!(small.is_exceeded());
}
