//! A part of a whole, as two counts: exact, and comparable with another share by statistical significance.

/// Share of a part in a whole, as two counts. A whole of 0 means that the share is unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// Numerator; normally at most `whole` (AWS may report memory use one MB above the memory size).
    pub part: u64,
    /// Denominator.
    pub whole: u64,
}

impl Share {
    /// Returns the share as a floating-point percentage, for serialization; `None` if the whole is 0.
    #[must_use]
    #[expect(clippy::cast_precision_loss, clippy::as_conversions, reason = "an encoder's float, 15 digits")]
    pub fn percent(self) -> Option<f64> {
        (self.whole > 0).then(|| self.part as f64 * 100.0 / self.whole as f64)
    }

    /// True if the part is at least `percent` per cent of the whole; false if the whole is 0.
    #[must_use]
    pub fn is_at_least(self, percent: u64) -> bool {
        self.whole > 0 && u128::from(self.part) * 100 >= u128::from(self.whole) * u128::from(percent)
    }

    /// True if this share is at least 20 % above `other` and the difference is statistically significant.
    ///
    /// Both parts are treated as Poisson counts, with variances of one more than observed, so that a count of zero is
    /// not taken as certain. The difference must exceed three standard deviations. Computed with integers, by
    /// multiplying out the denominators.
    #[must_use]
    pub fn is_clearly_above(self, other: Self) -> bool {
        let [part, whole, other_part, other_whole] =
            [self.part, self.whole, other.part, other.whole].map(u128::from);
        let (here, there) = (part * other_whole, other_part * whole);
        let difference = here.saturating_sub(there);
        let variance = (part + 1)
            .saturating_mul(other_whole.saturating_mul(other_whole))
            .saturating_add((other_part + 1).saturating_mul(whole.saturating_mul(whole)));
        let is_material = here.saturating_mul(5) >= there.saturating_mul(6);
        is_material && difference.saturating_mul(difference) > variance.saturating_mul(9)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(part: u64, whole: u64) -> Share {
        Share { part, whole }
    }

    #[test]
    fn share_of_zero_is_unknown() {
        assert_eq!(share(0, 0).percent(), None);
        assert!(!share(0, 0).is_at_least(0));
        assert_eq!(share(1, 4).percent(), Some(25.0));
    }

    #[test]
    fn is_at_least_includes_the_threshold() {
        assert!(share(90, 100).is_at_least(90));
        assert!(!share(899, 1000).is_at_least(90));
    }

    #[test]
    fn few_errors_are_not_significant() {
        assert!(!share(3, 100).is_clearly_above(share(0, 100)));
        assert!(!share(1, 1).is_clearly_above(share(0, 1_000_000)));
    }

    #[test]
    fn many_more_errors_are_significant() {
        assert!(share(39, 1_000).is_clearly_above(share(2, 1_000)));
        assert!(share(39, 1_000).is_clearly_above(share(40, 20_000)));
        assert!(!share(40, 20_000).is_clearly_above(share(39, 1_000)));
    }

    #[test]
    fn small_sample_is_not_significant() {
        assert!(share(40, 1_000).is_clearly_above(share(10, 1_000)));
        assert!(!share(40, 1_000).is_clearly_above(share(0, 50)));
    }

    #[test]
    fn significant_rise_below_a_fifth_is_ignored() {
        assert!(!share(1_100_000, 100_000_000).is_clearly_above(share(1_000_000, 100_000_000)));
    }

    #[test]
    fn largest_counts_do_not_overflow() {
        assert!(!share(u64::MAX, u64::MAX).is_clearly_above(share(u64::MAX, u64::MAX)));
    }
}
