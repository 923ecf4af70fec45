//! A mergeable quantile sketch: an exponential histogram, exact in count, sum, least and greatest value.
//!
//! Its geometry is OpenTelemetry's, so it can be sent as it is: at scale *s* the base is 2^(2^-s), and bucket *i*
//! covers the values above base^i up to and including base^(i+1). At scale 7 a quantile is off by 0.28 % at most.
//! Merging only adds integers, so neither order nor grouping changes anything.

mod bytes;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use self::bytes::DamagedSketch;

/// The scale a sketch begins with.
const FINEST: i8 = 7;

/// At this scale two buckets cover every number; OpenTelemetry knows no coarser one.
const COARSEST: i8 = -10;

/// Buckets from one power of two to the next, at the finest scale.
const STEPS: i32 = 1 << FINEST;

/// Weight of the lowest bit of `Sketch::sum`.
const SUM_UNIT: f64 = 1.0 / 18_446_744_073_709_551_616.0;

/// How often which values came. Values are not negative; a unit is up to the user.
///
/// ```
/// use tailwater_parser::sketch::Sketch;
/// let mut sketch = Sketch::default();
/// (1..=100).for_each(|n| sketch.add(f64::from(n)));
/// assert_eq!((sketch.count(), sketch.average()), (100, Some(50.5)));
/// assert!((sketch.quantile(0.95).unwrap() - 95.0).abs() / 95.0 < 0.0028);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Sketch {
    scale: i8,
    count: u64,
    zeros: u64,
    buckets: BTreeMap<i32, u64>,
    /// In units of 2^-64, so that it is exact for all values from 2^-12 to 2^64, and rounded below by less than the
    /// unit.
    sum: u128,
    min: f64,
    max: f64,
}

impl Default for Sketch {
    fn default() -> Self {
        Self {
            scale: FINEST,
            count: 0,
            zeros: 0,
            buckets: BTreeMap::new(),
            sum: 0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
        }
    }
}

impl Sketch {
    /// Counts a value. A negative one counts as zero; one that is not finite is not counted.
    pub fn add(&mut self, value: f64) {
        if !value.is_finite() {
            return;
        }
        let value = value.max(0.0);
        self.count = self.count.saturating_add(1);
        self.sum = self.sum.saturating_add(fixed_point(value));
        self.min = self.min.min(value);
        self.max = self.max.max(value);
        let slot = if value < f64::MIN_POSITIVE {
            &mut self.zeros
        } else {
            self.buckets.entry(finest_index(value) >> (FINEST - self.scale)).or_default()
        };
        *slot = slot.saturating_add(1);
    }

    /// The bucket that [`Sketch::add`] counts a value in at the finest scale; `None` for what has none: zero, what is
    /// less, and what is not finite.
    ///
    /// For who counts many values by bucket first, and puts them into a sketch with [`Sketch::add_bucket`].
    #[must_use]
    pub fn bucket_of(value: f64) -> Option<i32> {
        (value.is_finite() && value >= f64::MIN_POSITIVE).then(|| finest_index(value))
    }

    /// Counts `count` values of the bucket `index` at the finest scale, each as the value in its middle: quantiles are
    /// as close as ever, the sum is no longer exact, and least and greatest value are off by half a bucket.
    pub fn add_bucket(&mut self, index: i32, count: u64) {
        if count == 0 {
            return;
        }
        let value = Self::default().middle(index);
        self.count = self.count.saturating_add(count);
        self.sum = self.sum.saturating_add(fixed_point(value).saturating_mul(u128::from(count)));
        self.min = self.min.min(value);
        self.max = self.max.max(value);
        let slot = self.buckets.entry(index >> (FINEST - self.scale)).or_default();
        *slot = slot.saturating_add(count);
    }

    /// Adds all that `other` counted; the coarser scale of the two prevails.
    pub fn merge(&mut self, other: &Self) {
        self.downscale(self.scale.saturating_sub(other.scale).max(0).unsigned_abs());
        let shift = other.scale.saturating_sub(self.scale);
        for (index, count) in &other.buckets {
            let slot = self.buckets.entry(index >> shift).or_default();
            *slot = slot.saturating_add(*count);
        }
        self.count = self.count.saturating_add(other.count);
        self.zeros = self.zeros.saturating_add(other.zeros);
        self.sum = self.sum.saturating_add(other.sum);
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }

    /// Makes every bucket 2^`steps` times as wide on the scale of logarithms, for a backend that takes fewer.
    pub fn downscale(&mut self, steps: u8) {
        let coarser = self.scale.saturating_sub_unsigned(steps).max(COARSEST);
        let shift = self.scale.saturating_sub(coarser);
        if shift == 0 {
            return;
        }
        self.scale = coarser;
        for (index, count) in std::mem::take(&mut self.buckets) {
            let slot = self.buckets.entry(index >> shift).or_default();
            *slot = slot.saturating_add(count);
        }
    }

    /// Makes it coarser until all buckets from the first to the last are at most `limit`.
    pub fn fit(&mut self, limit: usize) {
        while self.span() > limit && self.scale > COARSEST {
            self.downscale(1);
        }
    }

    /// How many values were counted.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// How many of them were zero (or below the least normal number).
    #[must_use]
    pub fn zeros(&self) -> u64 {
        self.zeros
    }

    /// All values together.
    #[must_use]
    #[expect(clippy::cast_precision_loss, clippy::as_conversions, reason = "rounded once, from an exact sum")]
    pub fn sum(&self) -> f64 {
        self.sum as f64 * SUM_UNIT
    }

    /// Their mean; `None` when there are none.
    #[must_use]
    pub fn average(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum() / float(self.count))
    }

    /// The least value; `None` when there are none.
    #[must_use]
    pub fn min(&self) -> Option<f64> {
        (self.count > 0).then_some(self.min)
    }

    /// The greatest value; `None` when there are none.
    #[must_use]
    pub fn max(&self) -> Option<f64> {
        (self.count > 0).then_some(self.max)
    }

    /// The value that the share `q` (0 to 1) of all values does not exceed: the nearest rank, so always near a value
    /// that came. `None` when there are none.
    #[must_use]
    pub fn quantile(&self, q: f64) -> Option<f64> {
        // Cuts off what multiplication adds to a whole number: 0.07 x 100 is a little more than 7.
        let rank = (q.clamp(0.0, 1.0) * float(self.count) * (1.0 - 1e-12)).ceil().max(1.0);
        if rank >= float(self.count) {
            return self.max();
        }
        let mut passed = self.zeros;
        if float(passed) >= rank {
            return self.min();
        }
        let reached = self.buckets.iter().find(|(_, count)| {
            passed = passed.saturating_add(**count);
            float(passed) >= rank
        });
        let estimate = reached.map_or(self.max, |(index, _)| self.middle(*index));
        (self.count > 0).then(|| estimate.clamp(self.min, self.max))
    }

    /// The exponent of its base: base = 2^(2^-scale).
    #[must_use]
    pub fn scale(&self) -> i8 {
        self.scale
    }

    /// The buckets that are not empty, ascending: index and number of values.
    pub fn buckets(&self) -> impl Iterator<Item = (i32, u64)> + '_ {
        self.buckets.iter().map(|(index, count)| (*index, *count))
    }

    /// How many buckets there are from the first that is not empty to the last: what an encoder of OpenTelemetry's
    /// form has to write.
    #[must_use]
    pub fn span(&self) -> usize {
        let ends = self.buckets.keys().next().zip(self.buckets.keys().next_back());
        ends.map_or(0, |(first, last)| {
            usize::try_from(last.abs_diff(*first)).map_or(usize::MAX, |gap| gap + 1)
        })
    }

    /// The value in a bucket that is off least, relatively, from both ends.
    fn middle(&self, index: i32) -> f64 {
        let width = f64::from(-self.scale).exp2();
        let (low, base) = ((f64::from(index) * width).exp2(), width.exp2());
        if base.is_finite() { low * (2.0 * base / (1.0 + base)) } else { low * 2.0 }
    }
}

/// The bucket of a positive normal number at the finest scale. The binary exponent is taken apart first, so that
/// powers of two, which are bounds, land exactly.
fn finest_index(value: f64) -> i32 {
    const MANTISSA: u64 = (1 << f64::MANTISSA_DIGITS.saturating_sub(1)) - 1;
    let bits = value.to_bits();
    let biased = i32::try_from(bits >> 52).unwrap_or(i32::from(i16::MAX));
    let mantissa = f64::from_bits((bits & MANTISSA) | 1.0_f64.to_bits());
    let steps = (mantissa.log2() * f64::from(STEPS)).ceil();
    #[expect(clippy::cast_possible_truncation, clippy::as_conversions, reason = "from 0 to 128")]
    let steps = steps as i32;
    (biased - 1023) * STEPS + steps - 1
}

/// A value in units of 2^-64; what is too large stops at the end.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::as_conversions,
    reason = "saturates"
)]
fn fixed_point(value: f64) -> u128 {
    (value / SUM_UNIT) as u128
}

#[expect(clippy::cast_precision_loss, clippy::as_conversions, reason = "counts below 2^53 are exact")]
fn float(count: u64) -> f64 {
    count as f64
}
