//! Order of values in `sort`, `sortsFirst` and `sortsLast`.

use std::cmp::Ordering;

use super::super::language::tree::Direction;
use super::Value;

/// Compares two values for sorting. Missing values, lists and maps go last in both directions.
///
/// Values that are no numbers go before numbers; a text that reads as a number is one. Other texts compare chunk by chunk:
/// runs of digits by their length, then by value, everything else by code point.
pub fn sort_order(left: &Value<'_>, right: &Value<'_>, direction: Direction) -> Ordering {
    match (left.is_absent(), right.is_absent()) {
        (false, false) => match direction {
            Direction::Ascending => present(left, right),
            Direction::Descending => present(right, left),
        },
        (left, right) => left.cmp(&right),
    }
}

fn present(left: &Value<'_>, right: &Value<'_>) -> Ordering {
    match (left.to_number(), right.to_number()) {
        (Some(left), Some(right)) => left.compare(right),
        (Some(_), None) => Ordering::Greater,
        (None, Some(_)) => Ordering::Less,
        (None, None) => match (left, right) {
            (Value::Text(left), Value::Text(right)) => natural(left, right),
            _ => Ordering::Equal,
        },
    }
}

/// Compares two texts chunk by chunk.
fn natural(mut left: &str, mut right: &str) -> Ordering {
    loop {
        let ((a, left_rest), (b, right_rest)) = (chunk(left), chunk(right));
        let is_digits = |chunk: &str| chunk.starts_with(|c: char| c.is_ascii_digit());
        let by_length = if is_digits(a) && is_digits(b) { a.len().cmp(&b.len()) } else { Ordering::Equal };
        let order = by_length.then_with(|| a.cmp(b));
        if order != Ordering::Equal || a.is_empty() {
            return order;
        }
        (left, right) = (left_rest, right_rest);
    }
}

/// Splits the first run of digits, or of other characters, off a text.
fn chunk(text: &str) -> (&str, &str) {
    let starts_with_digit = text.starts_with(|c: char| c.is_ascii_digit());
    let end = text.find(|c: char| c.is_ascii_digit() != starts_with_digit).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}
