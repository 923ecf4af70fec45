//! Time span of the runs, and the extrapolation of its amounts to a month.

use std::time::Duration;

use tailwater_parser::{UnixMillis, Usd};

/// Length of a month for `..._per_month`: 730 hours.
pub(in crate::view) const MONTH: Duration = Duration::from_secs(730 * 3_600);

const HOUR_MS: u64 = 3_600_000;

/// Time span from the first start to the last end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::view) struct Window {
    pub(in crate::view) from: UnixMillis,
    pub(in crate::view) to: UnixMillis,
}

impl Window {
    /// Length in milliseconds.
    pub(super) fn millis(self) -> u64 {
        self.to.distance(self.from)
    }

    /// Half of the time span that a time is in: 0 or 1.
    pub(in crate::view) fn half_of(self, time: UnixMillis) -> usize {
        usize::from(
            time.0.saturating_sub(self.from.0) >= i64::try_from(self.millis() / 2).unwrap_or(i64::MAX),
        )
    }

    /// Amount of a month at the rate of this window. A window of less than an hour is taken as an hour.
    pub(in crate::view) fn per_month(self, amount: Usd) -> Usd {
        amount.scaled(month_ms(), self.millis().max(HOUR_MS))
    }

    /// Count of a month at the rate of this window.
    pub(in crate::view) fn count_per_month(self, count: u64) -> u64 {
        let product = u128::from(count) * u128::from(month_ms());
        u64::try_from(product / u128::from(self.millis().max(HOUR_MS))).unwrap_or(u64::MAX)
    }
}

fn month_ms() -> u64 {
    u64::try_from(MONTH.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn day_is_extrapolated_to_730_hours() {
        let day = Window { from: UnixMillis(0), to: UnixMillis(86_400_000) };
        assert_eq!(day.per_month(Usd::from_picos(240)), Usd::from_picos(7_300));
        assert_eq!(day.count_per_month(24), 730);
    }

    #[test]
    fn short_window_counts_as_an_hour() {
        let second = Window { from: UnixMillis(0), to: UnixMillis(1_000) };
        assert_eq!(second.per_month(Usd::from_picos(1)), Usd::from_picos(730));
    }
}
