//! Comparison of values in conditions.

use std::cmp::Ordering;

use tailwater_parser::timestamp;

use super::super::language::expression::CompareOp;
use super::Value;

/// Computes a comparison. It does not hold if a side is missing, a list or a map.
///
/// Two values that are numbers, or read as numbers, compare as numbers; so do times, and texts that are a time beside
/// one. Two texts are equal only if they are the same. Otherwise texts compare by code point, and between a number and a
/// text that is none only `!=` holds. A truth value equals the text `true` or `false`.
pub fn compare(op: CompareOp, left: &Value<'_>, right: &Value<'_>) -> bool {
    if left.is_absent() || right.is_absent() {
        return false;
    }
    match op {
        CompareOp::Equal => equal(left, right),
        CompareOp::NotEqual => !equal(left, right),
        CompareOp::Less => order(left, right).is_some_and(Ordering::is_lt),
        CompareOp::LessOrEqual => order(left, right).is_some_and(Ordering::is_le),
        CompareOp::Greater => order(left, right).is_some_and(Ordering::is_gt),
        CompareOp::GreaterOrEqual => order(left, right).is_some_and(Ordering::is_ge),
    }
}

/// Returns true if two values are equal. Missing values, lists and maps equal nothing.
pub fn equal(left: &Value<'_>, right: &Value<'_>) -> bool {
    match (left, right) {
        (Value::Text(left), Value::Text(right)) => left == right,
        (Value::Boolean(truth), Value::Text(text)) | (Value::Text(text), Value::Boolean(truth)) => {
            text == if *truth { "true" } else { "false" } || numbers(left, right).is_some_and(Ordering::is_eq)
        }
        _ => numbers(left, right).is_some_and(Ordering::is_eq),
    }
}

fn order(left: &Value<'_>, right: &Value<'_>) -> Option<Ordering> {
    let texts = || match (left, right) {
        (Value::Text(left), Value::Text(right)) => Some(left.cmp(right)),
        _ => None,
    };
    numbers(left, right).or_else(texts)
}

/// Compares two values as numbers or times, if both are or hold one.
fn numbers(left: &Value<'_>, right: &Value<'_>) -> Option<Ordering> {
    if let (Some(left), Some(right)) = (left.to_number(), right.to_number()) {
        return Some(left.compare(right));
    }
    let time_of = |text: &str| timestamp::read_all(text.trim()).map(|time| time.0);
    match (left, right) {
        (Value::Time(left), Value::Text(right)) => Some(left.cmp(&time_of(right)?)),
        (Value::Text(left), Value::Time(right)) => Some(time_of(left)?.cmp(right)),
        _ => None,
    }
}
