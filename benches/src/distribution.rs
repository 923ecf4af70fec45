//! Random values with given quantiles, in integer arithmetic so that every machine draws the same.

use std::time::Duration;

use crate::rng::Rng;

/// Quantiles `(permille, value)` in ascending order from 0 to 1,000; values between two of them are equally
/// likely.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Distribution(pub(crate) &'static [(u64, u64)]);

impl Distribution {
    /// Draws one value.
    pub(crate) fn sample(self, rng: &mut Rng) -> u64 {
        let at = rng.below(1_000_000);
        let mut below = (0, self.0.first().map_or(0, |first| first.1));
        for (permille, value) in self.0.iter().map(|(permille, value)| (permille * 1000, *value)) {
            if at < permille {
                return below.1 + value.saturating_sub(below.1) * (at - below.0) / (permille - below.0);
            }
            below = (permille, value);
        }
        below.1
    }

    /// Draws a duration from values in microseconds, rounded down to 10 µs: REPORT lines have two decimals of a
    /// millisecond.
    pub(crate) fn duration(self, rng: &mut Rng) -> Duration {
        Duration::from_micros(self.sample(rng) / 10 * 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_have_the_given_quantiles() {
        let distribution = Distribution(&[(0, 10), (500, 100), (950, 400), (1000, 1000)]);
        let mut rng = Rng::new(5);
        let mut samples: Vec<_> = (0..20_000).map(|_| distribution.sample(&mut rng)).collect();
        samples.sort_unstable();
        assert!(samples[0] >= 10 && samples[19_999] <= 1000);
        assert!(samples[10_000].abs_diff(100) < 5, "{}", samples[10_000]);
        assert!(samples[19_000].abs_diff(400) < 20, "{}", samples[19_000]);
    }

    #[test]
    fn durations_are_multiples_of_10_microseconds() {
        let mut rng = Rng::new(6);
        let distribution = Distribution(&[(0, 1), (1000, 99_999)]);
        assert!((0..100).all(|_| distribution.duration(&mut rng).as_micros().is_multiple_of(10)));
    }
}
