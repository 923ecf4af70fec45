//! Time ranges of a query.

use tailwater_forwarder::pipeline::TimeRange;
use tailwater_parser::UnixMillis;

use crate::query::plan::Earlier;

/// Queried range and an earlier one of the same length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::query) struct Ranges {
    since: i64,
    until: i64,
    shift: i64,
}

impl Ranges {
    /// Creates the ranges of a `diff` or `logcompare`. Where the query has no range, it is the last day, week or month of the
    /// log, the last part of the log as long as the shift, or the second half of the log.
    pub(in crate::query) fn new(
        earlier: Earlier,
        range: TimeRange,
        first_and_last: Option<(i64, i64)>,
    ) -> Self {
        let (first, last) = first_and_last.unwrap_or((0, 0));
        let until = range.until.map_or(last.saturating_add(1), |until| until.0);
        let shift = match earlier {
            Earlier::Adjacent => None,
            Earlier::Millis(shift) => Some(shift),
        };
        let length = shift.unwrap_or(until.saturating_sub(first).saturating_add(1) / 2);
        let since = range.since.map_or(until.saturating_sub(length), |since| since.0);
        Self { since, until, shift: shift.unwrap_or(until.saturating_sub(since)) }
    }

    /// Queried range.
    pub(in crate::query) fn queried(self) -> TimeRange {
        TimeRange { since: Some(UnixMillis(self.since)), until: Some(UnixMillis(self.until)) }
    }

    /// Tells if a time is in the queried range, and if it is in the earlier one.
    pub(super) fn contain(self, time: i64) -> (bool, bool) {
        let is_in = |time: i64| self.since <= time && time < self.until;
        (is_in(time), is_in(time.saturating_add(self.shift)))
    }

    /// Range that covers both.
    pub(super) fn whole(self) -> TimeRange {
        TimeRange {
            since: Some(UnixMillis(self.since.saturating_sub(self.shift))),
            until: Some(UnixMillis(self.until)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400_000;

    #[test]
    fn earlier_range_is_as_long_as_the_queried_one() {
        let range = TimeRange { since: Some(UnixMillis(2 * DAY)), until: Some(UnixMillis(2 * DAY + 10)) };
        let ranges = Ranges::new(Earlier::Millis(DAY), range, None);
        assert_eq!(ranges.contain(2 * DAY + 9), (true, false));
        assert_eq!(ranges.contain(DAY + 9), (false, true));
        assert_eq!(ranges.contain(DAY + 10), (false, false));
    }

    #[test]
    fn without_a_range_the_second_half_is_compared_with_the_first() {
        let ranges = Ranges::new(Earlier::Adjacent, TimeRange::default(), Some((0, 99)));
        assert_eq!(
            [0, 49, 50, 99].map(|time| ranges.contain(time)),
            [(false, true), (false, true), (true, false), (true, false)]
        );
    }
}
