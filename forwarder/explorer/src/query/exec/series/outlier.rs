//! Values far from the others of their column.

use super::{Row, cell};
use crate::query::value::{Number, Value};

/// Treatment of outliers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    pub(super) is_dropped: bool,
    /// Number of interquartile ranges beyond the quartiles from which a value is an outlier.
    pub(super) param: f64,
    pub(super) uses_lower: bool,
    pub(super) marks: bool,
}

/// Drops rows with outliers, or moves the outliers to the border.
pub(super) fn apply(columns: &[usize], rule: Rule, mut rows: Vec<Row>) -> Vec<Row> {
    let borders: Vec<_> = columns.iter().map(|column| (*column, borders(*column, rule, &rows))).collect();
    rows.retain_mut(|row| {
        let mut is_outlier = false;
        for (column, (low, high)) in &borders {
            let Some(number) = cell(row, *column).to_number().map(Number::to_f64) else { continue };
            let limited = number.clamp(*low, *high);
            if limited != number {
                is_outlier = true;
                if let Some(cell) = row.get_mut(*column)
                    && !rule.is_dropped
                {
                    *cell = Value::float(limited);
                }
            }
        }
        if rule.marks {
            row.push(Value::Boolean(is_outlier));
        }
        !(is_outlier && rule.is_dropped)
    });
    rows
}

/// Least and greatest value of a column that is no outlier.
fn borders(column: usize, rule: Rule, rows: &[Row]) -> (f64, f64) {
    let numbers = rows.iter().filter_map(|row| cell(row, column).to_number().map(Number::to_f64));
    let mut numbers: Vec<_> = numbers.collect();
    numbers.sort_by(f64::total_cmp);
    let (Some(low), Some(high)) = (quartile(&numbers, 1), quartile(&numbers, 3)) else {
        return (f64::NEG_INFINITY, f64::INFINITY);
    };
    let reach = (high - low) * rule.param;
    (if rule.uses_lower { low - reach } else { f64::NEG_INFINITY }, high + reach)
}

/// Quartile of sorted numbers by the nearest rank.
fn quartile(numbers: &[f64], quarter: usize) -> Option<f64> {
    let rank = (numbers.len() * quarter).div_ceil(4);
    numbers.get(rank.checked_sub(1)?).copied()
}
