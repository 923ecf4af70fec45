//! Sums that do not depend on the order of their values.

use crate::query::value::{Number, Value};

/// Sum of numbers: exact for integers, and with twice the precision of a double for all others, so that the result is
/// the same however the values were divided among workers.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::query::exec) struct Sum {
    integers: i128,
    high: f64,
    low: f64,
    pub(super) count: u64,
    has_floats: bool,
}

impl Sum {
    pub(in crate::query::exec) fn add(&mut self, number: Number) {
        self.count += 1;
        match number {
            Number::Integer(number) => self.integers += i128::from(number),
            Number::Float(number) => self.add_float(number, 0.0),
        }
    }

    /// Adds the square of a number.
    pub(super) fn add_square(&mut self, number: Number) {
        self.count += 1;
        match number {
            Number::Integer(number) => {
                self.integers = self.integers.saturating_add(i128::from(number) * i128::from(number));
            }
            Number::Float(number) => {
                let square = number * number;
                self.add_float(square, number.mul_add(number, -square));
            }
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.count += other.count;
        self.integers = self.integers.saturating_add(other.integers);
        if other.has_floats {
            self.add_float(other.high, other.low);
        }
    }

    /// Adds a number given as two parts.
    fn add_float(&mut self, high: f64, low: f64) {
        self.has_floats = true;
        let sum = self.high + high;
        let part = sum - self.high;
        let lost = (self.high - (sum - part)) + (high - part);
        let low = self.low + low + lost;
        self.high = sum + low;
        self.low = low - (self.high - sum);
    }

    /// Sum; missing if there is no number.
    pub(in crate::query::exec) fn total(self) -> Value<'static> {
        if self.count == 0 {
            return Value::Missing;
        }
        match i64::try_from(self.integers) {
            Ok(integers) if !self.has_floats => Value::integer(integers),
            Ok(_) | Err(_) => Value::float(self.to_f64()),
        }
    }

    /// Mean; missing if there is no number.
    pub(super) fn average(self) -> Value<'static> {
        if self.count == 0 {
            return Value::Missing;
        }
        Value::float(self.to_f64() / float(self.count))
    }

    #[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "the nearest double is wanted")]
    pub(super) fn to_f64(self) -> f64 {
        let mut sum = self;
        sum.add_float(self.integers as f64, 0.0);
        sum.high + sum.low
    }
}

/// Variance of the population from the sum of its values and of their squares.
pub(super) fn variance(sums: &[Sum; 2]) -> Option<f64> {
    let [sum, squares] = sums;
    if sum.count == 0 {
        return None;
    }
    let count = float(sum.count);
    if !sum.has_floats && !squares.has_floats {
        // Exact until the last division.
        let n = i128::from(sum.count);
        let scaled = squares.integers.checked_mul(n)?.checked_sub(sum.integers.checked_mul(sum.integers)?)?;
        return Some(exact_f64(scaled) / (count * count));
    }
    let mean = sum.to_f64() / count;
    let mut rest = *squares;
    let total = sum.to_f64();
    let product = mean * total;
    rest.add_float(-product, -mean.mul_add(total, -product));
    Some((rest.to_f64() / count).max(0.0))
}

#[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "the nearest double is wanted")]
fn exact_f64(number: i128) -> f64 {
    number as f64
}

#[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "counts below 2^53 are exact")]
fn float(count: u64) -> f64 {
    count as f64
}
