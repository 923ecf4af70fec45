//! Division of a time range into buckets of a round width, aligned to UTC.

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Possible widths of a bucket in milliseconds.
const STEPS: [i64; 24] = [
    SECOND,
    2 * SECOND,
    5 * SECOND,
    10 * SECOND,
    15 * SECOND,
    30 * SECOND,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    7 * DAY,
    14 * DAY,
    28 * DAY,
    91 * DAY,
    364 * DAY,
];

/// Consecutive time buckets of the same width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Buckets {
    /// Start of the first bucket in milliseconds since the Unix epoch.
    pub from: i64,
    /// Width of a bucket in milliseconds.
    pub step: i64,
    /// Number of buckets, at least one.
    pub count: usize,
}

impl Buckets {
    /// Divides the time from `first` up to and including `last` (both in milliseconds since the Unix epoch)
    /// into at most `limit` buckets. A `limit` below two is taken as two.
    #[must_use]
    pub fn new(first: i64, last: i64, limit: usize) -> Self {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX).max(2);
        let divide = |step: i64| {
            let from = first.div_euclid(step).saturating_mul(step);
            (from, last.saturating_sub(from).max(0) / step + 1)
        };
        let fits = STEPS.into_iter().find(|step| divide(*step).1 <= limit);
        // The widest step is too small: divide evenly instead.
        let step = fits.unwrap_or_else(|| (last.saturating_sub(first) / (limit - 1)).saturating_add(1));
        let (from, count) = divide(step);
        Self { from, step, count: usize::try_from(count.min(limit)).unwrap_or(1) }
    }

    /// Index of the bucket that contains a time; `None` outside of all buckets.
    pub(super) fn index(&self, time: i64) -> Option<usize> {
        let index = usize::try_from(time.checked_sub(self.from)?.checked_div(self.step)?).ok()?;
        (time >= self.from && index < self.count).then_some(index)
    }
}

/// Start of the day (UTC) that contains a time.
pub(super) fn start_of_day(time: i64) -> i64 {
    time.div_euclid(DAY).saturating_mul(DAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn day_is_divided_into_quarters_of_an_hour() {
        let buckets = Buckets::new(DAY + 5, 2 * DAY - 1, 100);
        assert_eq!(buckets, Buckets { from: DAY, step: 15 * MINUTE, count: 96 });
        assert_eq!(
            (buckets.index(DAY - 1), buckets.index(DAY), buckets.index(2 * DAY - 1)),
            (None, Some(0), Some(95))
        );
        assert_eq!(buckets.index(2 * DAY), None);
    }

    #[test]
    fn negative_and_extreme_times_have_buckets() {
        assert_eq!(Buckets::new(-1, -1, 10).from, -SECOND);
        for (first, last) in [(i64::MIN, i64::MAX), (0, i64::MAX), (i64::MAX, i64::MAX), (5, 4)] {
            let buckets = Buckets::new(first, last, 120);
            assert!(buckets.count >= 1 && buckets.count <= 120 && buckets.step > 0, "{buckets:?}");
        }
    }
}
