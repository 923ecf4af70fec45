//! Exponential backoff: the pauses between the attempts of one request.

use std::time::Duration;

/// Pauses between attempts. Each pause is twice as long as the one before, up to a maximum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    first: Duration,
    max: Duration,
}

impl Backoff {
    /// Creates a backoff whose first pause is `first` and whose longest pause is `max`. Returns `None` if `first` is
    /// zero or longer than `max`.
    #[must_use]
    pub const fn new(first: Duration, max: Duration) -> Option<Self> {
        if first.is_zero() || first.as_nanos() > max.as_nanos() { None } else { Some(Self { first, max }) }
    }

    /// Returns a random pause after this number of attempts, between half and all of [`Self::longest_pause`].
    /// `jitter` is a random number; it keeps clients that failed at the same time from retrying at the same time.
    #[must_use]
    pub fn pause(&self, tries: u32, jitter: u64) -> Duration {
        let half = self.longest_pause(tries) / 2;
        let nanos = u64::try_from(half.as_nanos()).unwrap_or(u64::MAX);
        let spread = (u128::from(nanos) * u128::from(jitter)) >> u64::BITS;
        half.saturating_add(Duration::from_nanos(u64::try_from(spread).unwrap_or(nanos)))
    }

    /// Returns the longest possible pause after this number of attempts.
    #[must_use]
    pub fn longest_pause(&self, tries: u32) -> Duration {
        let factor = 1_u32.checked_shl(tries.saturating_sub(1)).unwrap_or(u32::MAX);
        self.first.saturating_mul(factor).min(self.max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BACKOFF: Backoff =
        Backoff::new(Duration::from_millis(200), Duration::from_secs(10)).expect("200 ms are less than 10 s");

    #[test]
    fn pauses_double_up_to_the_maximum() {
        let pauses = [0, 1, 2, 3, 4, 10, 40, u32::MAX].map(|tries| BACKOFF.longest_pause(tries).as_millis());
        assert_eq!(pauses, [200, 200, 400, 800, 1600, 10_000, 10_000, 10_000]);
    }

    #[test]
    fn jitter_spreads_a_pause_over_its_upper_half() {
        let pauses = [0, u64::MAX / 2, u64::MAX].map(|jitter| BACKOFF.pause(3, jitter));
        assert_eq!(pauses.map(|pause| pause.as_micros()), [400_000, 599_999, 799_999]);
    }

    #[test]
    fn invalid_pauses_are_rejected() {
        let second = Duration::from_secs(1);
        assert_eq!(Backoff::new(Duration::ZERO, second), None);
        assert_eq!(Backoff::new(second, second / 2), None);
        assert!(Backoff::new(second, second).is_some());
    }
}
