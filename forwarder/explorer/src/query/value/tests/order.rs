//! Order of values in `sort`.

use std::cmp::Ordering;

use super::super::{super::language::tree::Direction, Value, json, order::sort_order};

/// Checks that values are in ascending order, each less than the next.
fn check_order(values: &[Value<'_>]) {
    for (at, left) in values.iter().enumerate() {
        for (other, right) in values.iter().enumerate() {
            let expected = at.cmp(&other);
            assert_eq!(sort_order(left, right, Direction::Ascending), expected, "{left:?} {right:?}");
            assert_eq!(sort_order(left, right, Direction::Descending), expected.reverse());
        }
    }
}

#[test]
fn texts_go_before_numbers() {
    let texts = ["", "-", "A", "a", "a1", "a2", "a2b", "a10", "a10b2", "a10b10", "ab", "z", "é"];
    let numbers = ["-5", "0.5", "1", "9037", "100042"];
    let texts: Vec<_> = texts.iter().chain(&numbers).map(|text| Value::text(*text)).collect();
    check_order(&texts);
}

#[test]
fn digits_go_by_length_then_value() {
    check_order(&["1a", "7-", "01b", "10a", "007x"].map(Value::text));
}

#[test]
fn numbers_and_texts_of_digits_are_one_order() {
    let numbers =
        [Value::Boolean(false), Value::text("9"), Value::float(9.5), Value::integer(10), Value::Time(11)];
    check_order(&numbers);
}

#[test]
fn missing_values_and_lists_go_last_in_both_directions() {
    for direction in [Direction::Ascending, Direction::Descending] {
        for absent in [Value::Missing, json::parse("[1]"), json::parse("{}")] {
            assert_eq!(sort_order(&Value::integer(1), &absent, direction), Ordering::Less);
            assert_eq!(sort_order(&absent, &Value::text("a"), direction), Ordering::Greater);
            assert_eq!(sort_order(&absent, &Value::Missing, direction), Ordering::Equal);
        }
    }
}
