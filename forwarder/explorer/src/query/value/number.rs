//! Numbers of a query: integers are exact up to 64 bits, everything else is a double.

use std::{cmp::Ordering, fmt};

/// Number of a query.
#[derive(Clone, Copy, Debug)]
pub enum Number {
    /// Integer of 64 bits.
    Integer(i64),
    /// Any other number; always finite.
    Float(f64),
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.compare(*other) == Ordering::Equal
    }
}

/// Greatest double that is smaller than 2^63.
const INTEGER_LIMIT: f64 = 9_223_372_036_854_774_784.0;

impl Number {
    /// Parses a decimal number that fills the text: an optional sign, digits, a fraction and an exponent.
    ///
    /// White space, `inf`, `nan`, hexadecimal digits and a number beyond the range of a double are no numbers.
    pub fn from_text(text: &str) -> Option<Self> {
        let (first, last) = (text.bytes().next()?, text.bytes().next_back()?);
        let is_start = first.is_ascii_digit() || matches!(first, b'-' | b'+' | b'.');
        if !is_start || !(last.is_ascii_digit() || last == b'.') {
            return None;
        }
        if let Ok(number) = text.parse() {
            return Some(Self::Integer(number));
        }
        let is_decimal = |b: u8| b.is_ascii_digit() || matches!(b, b'-' | b'+' | b'.' | b'e' | b'E');
        let number = text.bytes().all(is_decimal).then(|| text.parse().ok()).flatten()?;
        Self::from_f64(number)
    }

    /// Creates a number from a double, or nothing if it is infinite or no number.
    pub fn from_f64(number: f64) -> Option<Self> {
        number.is_finite().then_some(Self::Float(number))
    }

    /// Returns the nearest double.
    #[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "the nearest double is wanted")]
    pub fn to_f64(self) -> f64 {
        match self {
            Self::Integer(number) => number as f64,
            Self::Float(number) => number,
        }
    }

    /// Returns the integer part, if it has 64 bits.
    #[expect(clippy::as_conversions, clippy::cast_possible_truncation, reason = "checked against the limit")]
    pub fn to_integer(self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(number),
            Self::Float(number) => (number.abs() <= INTEGER_LIMIT).then_some(number as i64),
        }
    }

    /// Compares two numbers by their exact value, so that this is a total order.
    pub fn compare(self, other: Self) -> Ordering {
        match (self, other) {
            (Self::Integer(left), Self::Integer(right)) => left.cmp(&right),
            (Self::Float(left), Self::Float(right)) => left.partial_cmp(&right).unwrap_or(Ordering::Equal),
            (Self::Integer(left), Self::Float(right)) => compare_with_float(left, right),
            (Self::Float(left), Self::Integer(right)) => compare_with_float(right, left).reverse(),
        }
    }

    /// Returns an integer instead of a double without a fraction, so that equal numbers have one form.
    pub fn normal(self) -> Self {
        match self {
            Self::Float(number) if number.fract() == 0.0 => self.to_integer().map_or(self, Self::Integer),
            Self::Integer(_) | Self::Float(_) => self,
        }
    }
}

/// Compares an integer with a finite double.
fn compare_with_float(integer: i64, float: f64) -> Ordering {
    match Number::Float(float).to_integer() {
        Some(whole) => {
            let by_fraction = || 0.0.partial_cmp(&float.fract()).unwrap_or(Ordering::Equal);
            integer.cmp(&whole).then_with(by_fraction)
        }
        // The double is beyond all integers of 64 bits, or the smallest of them.
        None => 0.0.partial_cmp(&float).unwrap_or(Ordering::Equal),
    }
}

impl fmt::Display for Number {
    /// Writes the shortest decimal form that reads as the same number: `128000000`, `0.1`, never `1.28E8`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.normal() {
            Self::Integer(number) => number.fmt(f),
            Self::Float(number) => number.fmt(f),
        }
    }
}
