//! A span of time, and how it is cut into buckets whose bounds people would choose.

use tailwater_parser::UnixMillis;

/// A span of time; the default is all of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Between {
    /// From this time.
    pub since: Option<UnixMillis>,
    /// Before this time.
    pub until: Option<UnixMillis>,
}

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Widths of a bucket in milliseconds.
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

/// A span of time in buckets of one width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Buckets {
    /// Where the first begins, in milliseconds of the epoch.
    pub(super) from: i64,
    /// The width of each.
    pub(super) step: i64,
    /// How many there are: at least one.
    pub(super) count: usize,
}

impl Buckets {
    /// The time from `first` up to and including `last` in at most `limit` buckets (at least two).
    pub(super) fn of(first: i64, last: i64, limit: usize) -> Self {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX).max(2);
        let cut = |step: i64| {
            let from = first.div_euclid(step).saturating_mul(step);
            (from, last.saturating_sub(from).max(0) / step + 1)
        };
        let fits = STEPS.into_iter().find(|step| cut(*step).1 <= limit);
        // Beyond all calendars: as wide as it has to be.
        let step = fits.unwrap_or_else(|| (last.saturating_sub(first) / (limit - 1)).saturating_add(1));
        let (from, count) = cut(step);
        Self { from, step, count: usize::try_from(count.min(limit)).unwrap_or(1) }
    }

    /// The bucket of a time, if it is in one.
    pub(super) fn index(&self, time: i64) -> Option<usize> {
        let index = usize::try_from(time.checked_sub(self.from)?.checked_div(self.step)?).ok()?;
        (time >= self.from && index < self.count).then_some(index)
    }
}

/// Midnight (UTC) before a time.
pub(super) fn day_of(time: i64) -> i64 {
    time.div_euclid(DAY).saturating_mul(DAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_cut_into_quarters_of_an_hour() {
        let cut = Buckets::of(DAY + 5, 2 * DAY - 1, 100);
        assert_eq!(cut, Buckets { from: DAY, step: 15 * MINUTE, count: 96 });
        assert_eq!((cut.index(DAY - 1), cut.index(DAY), cut.index(2 * DAY - 1)), (None, Some(0), Some(95)));
        assert_eq!(cut.index(2 * DAY), None);
    }

    #[test]
    fn times_before_the_epoch_and_at_the_extremes_have_buckets() {
        assert_eq!(Buckets::of(-1, -1, 10).from, -SECOND);
        for (first, last) in [(i64::MIN, i64::MAX), (0, i64::MAX), (i64::MAX, i64::MAX), (5, 4)] {
            let cut = Buckets::of(first, last, 120);
            assert!(cut.count >= 1 && cut.count <= 120 && cut.step > 0, "{cut:?}");
        }
    }
}
