//! Keys of values: two values have the same key if a query takes them as equal when it groups rows, removes duplicates,
//! joins or looks for a value in a list.
//!
//! A text that is the usual form of an integer has the key of the integer, because log lines do not tell them apart.

use std::collections::HashSet;

use foldhash::fast::RandomState;

use super::value::{Number, Value};

/// Appends the key of a value to `out`. Lists and maps count as missing.
pub(super) fn write(value: &Value<'_>, out: &mut Vec<u8>) {
    match value {
        Value::Missing | Value::List(_) | Value::Map(_) => out.push(0),
        Value::Boolean(truth) => integer(i64::from(*truth), out),
        Value::Time(millis) => integer(*millis, out),
        Value::Number(number) => self::number(*number, out),
        Value::Text(text) => match usual_integer(text) {
            Some(number) => integer(number, out),
            None => self::text(text, out),
        },
    }
}

/// Returns the key of a value that stands alone; `None` if it is missing.
pub(super) fn of(value: &Value<'_>) -> Option<Box<[u8]>> {
    let mut key = Vec::new();
    write(value, &mut key);
    (key.first() != Some(&0)).then(|| key.into_boxed_slice())
}

fn number(number: Number, out: &mut Vec<u8>) {
    match number.normal() {
        Number::Integer(number) => integer(number, out),
        Number::Float(number) => {
            out.push(2);
            out.extend_from_slice(&number.to_bits().to_le_bytes());
        }
    }
}

fn integer(number: i64, out: &mut Vec<u8>) {
    out.push(1);
    out.extend_from_slice(&number.to_le_bytes());
}

fn text(text: &str, out: &mut Vec<u8>) {
    if text.bytes().next().is_some_and(|first| first.is_ascii_digit() || first == b'-')
        && let Some(parsed) = Number::from_text(text)
        && parsed.to_string() == text
    {
        return number(parsed, out);
    }
    out.push(3);
    out.extend_from_slice(&text.len().to_le_bytes());
    out.extend_from_slice(text.as_bytes());
}

/// Reads an integer without a sign `+`, leading zeros and `-0`.
fn usual_integer(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let first = *digits.as_bytes().first()?;
    let is_usual = first.is_ascii_digit() && (first != b'0' || text == "0") && text.len() < 20;
    is_usual.then(|| text.parse().ok()).flatten()
}

/// Set of values.
#[derive(Clone, Debug, Default)]
pub(super) struct ValueSet {
    keys: HashSet<Box<[u8]>, RandomState>,
}

impl ValueSet {
    /// Adds a value; a missing one is left out.
    pub(super) fn insert(&mut self, value: &Value<'_>) {
        self.keys.extend(of(value));
    }

    pub(super) fn contains(&self, value: &Value<'_>) -> bool {
        of(value).is_some_and(|key| self.keys.contains(&key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_of_different_types_have_one_key() {
        let same = [Value::integer(200), Value::float(200.0), Value::text("200")];
        assert!(same.iter().all(|value| of(value) == of(&same[0])));
        assert_eq!(of(&Value::Boolean(true)), of(&Value::text("1")));
        assert_eq!(of(&Value::text("0.5")), of(&Value::float(0.5)));
    }

    #[test]
    fn different_texts_have_different_keys() {
        for (a, b) in [("007", "7"), ("1.0", "1"), ("", "0"), ("a", "A"), ("-0", "0"), ("+1", "1")] {
            assert_ne!(of(&Value::text(a)), of(&Value::text(b)), "{a} {b}");
        }
        assert_eq!(of(&Value::Missing), None);
    }
}
