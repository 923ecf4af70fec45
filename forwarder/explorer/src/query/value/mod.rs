//! Values of a query: numbers, texts, lists and maps, and how they compare, sort and compute.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "an operation is about a few of the many functions and kinds of values"
)]

pub mod arithmetic;
pub mod compare;
pub mod function;
pub mod json;
pub mod number;
pub mod order;
pub mod search;
pub mod time;

#[cfg(test)]
mod tests;

use std::{borrow::Cow, sync::Arc};

pub use self::number::Number;

/// Value of a field or expression in one row. Texts are borrowed from the row where possible.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value<'a> {
    /// No value: the field does not exist, is JSON `null`, or could not be computed.
    #[default]
    Missing,
    /// Truth value: the number 1 or 0 everywhere but beside `true` and `"true"`.
    Boolean(bool),
    /// Number.
    Number(Number),
    /// Time in Unix milliseconds: `@timestamp`, `bin`, `datefloor`, `dateceil`, `fromMillis`. It computes and compares as
    /// this number, and prints as `YYYY-MM-DD HH:MM:SS.mmm`.
    Time(i64),
    /// Text, also an empty one. A text that reads as a number compares as one.
    Text(Cow<'a, str>),
    /// JSON array, from `jsonParse`, `split` or `values`.
    List(Arc<[Value<'static>]>),
    /// JSON object, from `jsonParse` or `parse … logfmt`.
    Map(Arc<Map>),
}

/// JSON object with its keys in the order of the text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Map {
    /// Keys and values. Of equal keys the first one counts.
    pub entries: Vec<(String, Value<'static>)>,
}

impl Map {
    /// Returns the value of a key.
    pub fn find(&self, key: &str) -> Option<&Value<'static>> {
        self.entries.iter().find(|(known, _)| known == key).map(|(_, value)| value)
    }
}

impl<'a> Value<'a> {
    /// Creates a text value.
    pub fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Text(text.into())
    }

    /// Creates an integer value.
    pub fn integer(number: i64) -> Self {
        Self::Number(Number::Integer(number))
    }

    /// Creates a number, or a missing value if it is infinite or no number.
    pub fn float(number: f64) -> Self {
        if number.is_finite() { Self::Number(Number::Float(number)) } else { Self::Missing }
    }

    /// Returns false for a missing value.
    pub fn is_present(&self) -> bool {
        !matches!(self, Self::Missing)
    }

    /// Returns the estimated memory of this value in bytes.
    pub fn size(&self) -> usize {
        const CELL: usize = 32;
        CELL + match self {
            Self::Text(text) => text.len(),
            Self::List(list) => list.iter().map(Value::size).sum(),
            Self::Map(map) => map.entries.iter().map(|(key, value)| key.len() + 24 + value.size()).sum(),
            Self::Missing | Self::Boolean(_) | Self::Number(_) | Self::Time(_) => 0,
        }
    }

    /// Returns true for a list or a map. Sorting, grouping and comparing treat them as missing.
    pub fn is_structure(&self) -> bool {
        matches!(self, Self::List(_) | Self::Map(_))
    }

    /// Returns true for what comparing, sorting and grouping take as missing: no value, a list or a map.
    pub fn is_absent(&self) -> bool {
        !self.is_present() || self.is_structure()
    }

    /// Returns a copy that borrows nothing.
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Self::Missing => Value::Missing,
            Self::Boolean(truth) => Value::Boolean(truth),
            Self::Number(number) => Value::Number(number),
            Self::Time(millis) => Value::Time(millis),
            Self::Text(text) => Value::Text(Cow::Owned(text.into_owned())),
            Self::List(list) => Value::List(list),
            Self::Map(map) => Value::Map(map),
        }
    }

    /// Returns the same value, with its text borrowed.
    pub fn borrowed(&self) -> Value<'_> {
        match self {
            Self::Missing => Value::Missing,
            Self::Boolean(truth) => Value::Boolean(*truth),
            Self::Number(number) => Value::Number(*number),
            Self::Time(millis) => Value::Time(*millis),
            Self::Text(text) => Value::Text(Cow::Borrowed(text)),
            Self::List(list) => Value::List(Arc::clone(list)),
            Self::Map(map) => Value::Map(Arc::clone(map)),
        }
    }

    /// Returns the number that this value is or holds: of a truth value 1 or 0, of a text the number it reads as.
    pub fn to_number(&self) -> Option<Number> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Time(millis) => Some(Number::Integer(*millis)),
            Self::Boolean(truth) => Some(Number::Integer(i64::from(*truth))),
            Self::Text(text) => Number::from_text(text),
            Self::Missing | Self::List(_) | Self::Map(_) => None,
        }
    }

    /// Returns the text of this value: of a number its shortest decimal form, of a truth value `1` or `0`.
    ///
    /// Missing values, lists and maps have none.
    pub fn to_text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Text(text) => Some(Cow::Borrowed(text)),
            Self::Number(number) => Some(Cow::Owned(number.to_string())),
            Self::Time(millis) => Some(Cow::Owned(time::print(*millis))),
            Self::Boolean(truth) => Some(Cow::Borrowed(if *truth { "1" } else { "0" })),
            Self::Missing | Self::List(_) | Self::Map(_) => None,
        }
    }

    /// Returns true for a condition that holds: a number other than 0, also as text, or the text `true`.
    pub fn is_true(&self) -> bool {
        match self {
            Self::Boolean(truth) => *truth,
            Self::Number(number) => number.to_f64() != 0.0,
            Self::Time(_) => true,
            Self::Text(text) => text == "true" || Number::from_text(text).is_some_and(|n| n.to_f64() != 0.0),
            Self::Missing | Self::List(_) | Self::Map(_) => false,
        }
    }
}
