//! Percentiles.

use tailwater_parser::sketch::Sketch;

use crate::query::value::{Number, Value};

/// Greatest number of values that are kept as they are.
const EXACT: usize = 128;

/// Distribution of numbers: the numbers themselves while they are few, else a sketch of each sign.
#[derive(Clone, Debug, Default)]
pub(in crate::query::exec) struct Quantiles {
    exact: Vec<f64>,
    positive: Sketch,
    negative: Sketch,
    is_sketched: bool,
}

impl Quantiles {
    pub(super) fn add(&mut self, number: f64) {
        if self.is_sketched {
            return self.sketch(number);
        }
        self.exact.push(number);
        if self.exact.len() > EXACT {
            self.make_sketch();
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        if other.is_sketched {
            self.make_sketch();
            self.positive.merge(&other.positive);
            self.negative.merge(&other.negative);
        }
        other.exact.iter().for_each(|number| self.add(*number));
    }

    fn make_sketch(&mut self) {
        self.is_sketched = true;
        for number in std::mem::take(&mut self.exact) {
            self.sketch(number);
        }
    }

    fn sketch(&mut self, number: f64) {
        if number < 0.0 { self.negative.add(-number) } else { self.positive.add(number) }
    }

    /// Percentile by the nearest rank.
    pub(super) fn at(mut self, percent: f64) -> Value<'static> {
        let share = (percent / 100.0).clamp(0.0, 1.0);
        if !self.is_sketched {
            self.exact.sort_by(f64::total_cmp);
            let rank = (share * float(self.exact.len()) * (1.0 - 1e-12)).ceil().max(1.0);
            let rank = Number::Float(rank).to_integer().and_then(|rank| usize::try_from(rank).ok());
            let number = rank.and_then(|rank| self.exact.get(rank - 1));
            return number.map_or(Value::Missing, |number| Value::Number(Number::Float(*number).normal()));
        }
        let negatives = count(&self.negative);
        let all = negatives + count(&self.positive);
        let rank = (share * all * (1.0 - 1e-12)).ceil().max(1.0);
        let quantile = if rank <= negatives {
            // The largest of the absolute values is the first.
            self.negative.quantile((negatives - rank + 1.0) / negatives).map(|number| -number)
        } else {
            self.positive.quantile((rank - negatives) / (all - negatives))
        };
        quantile.map_or(Value::Missing, Value::float)
    }
}

#[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "counts below 2^53 are exact")]
fn count(sketch: &Sketch) -> f64 {
    sketch.count() as f64
}

#[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "at most a few")]
fn float(count: usize) -> f64 {
    count as f64
}
