//! Exact quantiles of durations, and medians.

use std::time::Duration;

/// The smallest duration that at least `percent` per cent do not exceed. Changes the order of `durations`.
pub(super) fn nearest_rank(durations: &mut [Duration], percent: usize) -> Option<Duration> {
    let rank = durations.len().saturating_mul(percent).div_ceil(100);
    at_rank(durations, rank)
}

/// Lower median; `None` without values.
pub(super) fn lower_median<T: Copy + Ord>(mut values: Vec<T>) -> Option<T> {
    values.sort_unstable();
    middle(&values).copied()
}

/// Lower median of values in order.
pub(super) fn middle<T>(sorted: &[T]) -> Option<&T> {
    sorted.get(sorted.len().saturating_sub(1) / 2)
}

/// Median of some durations with its 95 % confidence interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Median {
    pub(super) low: Duration,
    pub(super) middle: Duration,
    pub(super) high: Duration,
}

impl Median {
    /// The lower median, and the order statistics at 0.98 times the square root of the number on either side; `None`
    /// without durations. Changes the order of `durations`.
    pub(super) fn of(durations: &mut [Duration]) -> Option<Self> {
        let n = durations.len();
        // 0.98 √n, rounded up, in integers: 0.9604 n under the root.
        let spread = n.saturating_mul(9_604).div_ceil(10_000).isqrt() + 1;
        let middle = n.div_ceil(2);
        Some(Self {
            low: at_rank(durations, middle.saturating_sub(spread))?,
            middle: at_rank(durations, middle)?,
            high: at_rank(durations, (middle + spread + 1).min(n))?,
        })
    }
}

/// The duration at a rank from 1; a rank of 0 is taken as 1.
fn at_rank(durations: &mut [Duration], rank: usize) -> Option<Duration> {
    let index = rank.saturating_sub(1);
    if index >= durations.len() {
        return None;
    }
    Some(*durations.select_nth_unstable(index).1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(values: impl IntoIterator<Item = u64>) -> Vec<Duration> {
        values.into_iter().map(Duration::from_millis).collect()
    }

    #[test]
    fn percentile_is_by_nearest_rank() {
        assert_eq!(nearest_rank(&mut millis((1..=200).rev()), 99), Some(Duration::from_millis(198)));
        assert_eq!(nearest_rank(&mut millis([7]), 99), Some(Duration::from_millis(7)));
        assert_eq!(nearest_rank(&mut [], 99), None);
    }

    #[test]
    fn interval_of_the_median_of_100_is_from_rank_40_to_61() {
        let median = Median::of(&mut millis(1..=100)).unwrap();
        assert_eq!([median.low, median.middle, median.high].map(|time| time.as_millis()), [40, 50, 61]);
        assert_eq!(Median::of(&mut []), None);
    }
}
