//! A part of a whole, kept as the two counts, so that it is exact and knows how far to be trusted.

/// So many of so many. A whole of 0 means that the share is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// How many, at most `whole` as a rule (memory used may exceed memory by one).
    pub part: u64,
    /// Of how many.
    pub whole: u64,
}

impl Share {
    /// In percent, for encoders; `None` of nothing.
    #[must_use]
    #[expect(clippy::cast_precision_loss, clippy::as_conversions, reason = "an encoder's float, 15 digits")]
    pub fn percent(self) -> Option<f64> {
        (self.whole > 0).then(|| self.part as f64 * 100.0 / self.whole as f64)
    }

    /// Whether this is at least `percent` of the whole; never of nothing.
    #[must_use]
    pub fn is_at_least(self, percent: u64) -> bool {
        self.whole > 0 && u128::from(self.part) * 100 >= u128::from(self.whole) * u128::from(percent)
    }

    /// Whether this share is above `other` by a fifth or more, and by more than chance explains.
    ///
    /// Both parts are taken as Poisson counts, each one larger than seen so that zero is not certainty; three
    /// standard deviations of their difference must lie between them. Multiplied out, so that all is integer.
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
    fn a_share_of_nothing_is_unknown() {
        assert_eq!(share(0, 0).percent(), None);
        assert!(!share(0, 0).is_at_least(0));
        assert_eq!(share(1, 4).percent(), Some(25.0));
    }

    #[test]
    fn the_threshold_itself_counts() {
        assert!(share(90, 100).is_at_least(90));
        assert!(!share(899, 1000).is_at_least(90));
    }

    #[test]
    fn a_few_errors_are_chance() {
        assert!(!share(3, 100).is_clearly_above(share(0, 100)));
        assert!(!share(1, 1).is_clearly_above(share(0, 1_000_000)));
    }

    #[test]
    fn many_more_errors_are_not() {
        assert!(share(39, 1_000).is_clearly_above(share(2, 1_000)));
        assert!(share(39, 1_000).is_clearly_above(share(40, 20_000)));
        assert!(!share(40, 20_000).is_clearly_above(share(39, 1_000)));
    }

    #[test]
    fn a_small_sample_to_compare_with_proves_little() {
        assert!(share(40, 1_000).is_clearly_above(share(10, 1_000)));
        assert!(!share(40, 1_000).is_clearly_above(share(0, 50)));
    }

    #[test]
    fn a_certain_but_small_rise_is_not_worth_a_word() {
        assert!(!share(1_100_000, 100_000_000).is_clearly_above(share(1_000_000, 100_000_000)));
    }

    #[test]
    fn the_largest_counts_do_not_overflow() {
        assert!(!share(u64::MAX, u64::MAX).is_clearly_above(share(u64::MAX, u64::MAX)));
    }
}
