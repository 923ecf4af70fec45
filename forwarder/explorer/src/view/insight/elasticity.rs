//! Elasticity: how the duration depends on the memory size, and the saving that follows.

use std::time::Duration;

use tailwater_parser::Usd;

use super::{memory_sizes::SizeRuns, statistics::Median};

/// Elasticity between two sizes a < b: ln(duration at a / duration at b) / ln(b / a), by the medians, and the range of it
/// by the confidence intervals of the medians.
#[derive(Clone, Copy, Debug)]
pub(super) struct Elasticity {
    pub(super) low: f64,
    pub(super) middle: f64,
    pub(super) high: f64,
}

/// Saving of a change of size, in per cent of the cost of the handler.
#[derive(Clone, Copy, Debug)]
pub(super) struct Saving {
    pub(super) low_pct: f64,
    pub(super) high_pct: f64,
}

impl Elasticity {
    /// Elasticity between a smaller and a larger measured size; `None` if one is not measured or has no duration.
    pub(super) fn between(small: &SizeRuns<'_>, large: &SizeRuns<'_>) -> Option<Self> {
        let (Median { low, middle, high }, other) = (small.median?, large.median?);
        let sizes = (f64::from(large.memory_mb) / f64::from(small.memory_mb)).ln();
        let of = |small: Duration, large: Duration| (small.as_secs_f64() / large.as_secs_f64()).ln() / sizes;
        let found =
            Self { low: of(low, other.high), middle: of(middle, other.middle), high: of(high, other.low) };
        [found.low, found.middle, found.high].into_iter().all(f64::is_finite).then_some(found)
    }

    /// Elasticity between the current and another size, whichever is larger.
    pub(super) fn of_change(current: &SizeRuns<'_>, other: &SizeRuns<'_>) -> Option<Self> {
        if current.memory_mb < other.memory_mb {
            Self::between(current, other)
        } else {
            Self::between(other, current)
        }
    }

    /// Saving by a change to `other`. The cost of the handler changes by (size / current size) to the power of
    /// 1 - elasticity.
    pub(super) fn saving(&self, current: &SizeRuns<'_>, other: &SizeRuns<'_>) -> Saving {
        let sizes = f64::from(other.memory_mb) / f64::from(current.memory_mb);
        let pct = |elasticity: f64| 100.0 * (1.0 - sizes.powf(1.0 - elasticity));
        let (one, two) = (pct(self.low), pct(self.high));
        Saving { low_pct: one.min(two), high_pct: one.max(two) }
    }

    /// Highest factor by which the duration grows with a change to `other`; 1 for a larger size.
    pub(super) fn slowdown(&self, current: &SizeRuns<'_>, other: &SizeRuns<'_>) -> f64 {
        (f64::from(current.memory_mb) / f64::from(other.memory_mb)).powf(self.high).max(1.0)
    }
}

impl Saving {
    /// A percentage of an amount, to a ten-thousandth of a per cent.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::as_conversions,
        reason = "0 to 10^6"
    )]
    pub(super) fn of(amount: Usd, pct: f64) -> Usd {
        const PARTS: u64 = 1_000_000;
        let parts = (pct.clamp(0.0, 100.0) * 10_000.0).round() as u64;
        amount.scaled(parts, PARTS)
    }
}
