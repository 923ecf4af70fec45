//! Estimate of what a pull will read, and what that can cost.

use std::fmt;

use tailwater_parser::{ByteSize, UnixMillis, Usd};

use super::discover::Group;
use crate::view::format::{dollars, plural};

/// Size of the stored bytes that a pull reads without asking.
const ASK_ABOVE: u64 = 1024 * 1024 * 1024;
/// List price of data transfer out to the internet in `us-east-1` (November 2026): 0.09 dollars for a GB of 10⁹ bytes, in
/// picodollars for a byte. The first 100 GB a month are free.
const TRANSFER_PICOS_PER_BYTE: u64 = 90;
/// List price of Logs Insights in `us-east-1` (November 2026): 0.005 dollars for a GB of 10⁹ bytes scanned, in picodollars
/// for a byte.
const QUERY_PICOS_PER_BYTE: u64 = 5;

/// Log groups that a pull reads, and their size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// Number of log groups.
    groups: u64,
    /// Stored bytes of all these groups.
    stored: u64,
    /// Estimated part of these bytes that is in the times to read.
    in_range: u64,
}

impl Estimate {
    /// Estimates the size of the events with times from `since` up to `until`. It assumes that each log group has
    /// grown evenly.
    #[must_use]
    pub fn of(groups: &[Group], since: UnixMillis, until: UnixMillis) -> Self {
        let length = until.0.saturating_sub(since.0).max(0);
        let sum = |of: &dyn Fn(&Group) -> u64| groups.iter().map(of).fold(0, u64::saturating_add);
        Self {
            groups: u64::try_from(groups.len()).unwrap_or(u64::MAX),
            stored: sum(&|group| group.stored_bytes),
            in_range: sum(&|group| group.estimated_bytes(length, until)),
        }
    }

    /// True if the user is asked before this is read.
    #[must_use]
    pub fn needs_consent(self) -> bool {
        self.in_range > ASK_ABOVE
    }

    /// Returns the price of a Logs Insights query over all bytes in the time range.
    #[must_use]
    pub fn query(self) -> Usd {
        Usd::from_picos(QUERY_PICOS_PER_BYTE).times(self.in_range)
    }

    /// Price of the data transfer.
    fn transfer(self) -> Usd {
        Usd::from_picos(TRANSFER_PICOS_PER_BYTE).times(self.in_range)
    }
}

impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} with {} stored, about {} in the time range; FilterLogEvents is free, data transfer out of AWS at most {}",
            plural(self.groups, "log group"),
            ByteSize(self.stored),
            ByteSize(self.in_range),
            dollars(self.transfer()),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_and_price_are_those_of_the_time_range() {
        let day = 86_400_000;
        let group = Group { stored_bytes: 20_000_000_000, ..Group::default() };
        let estimate = Estimate::of(&[group.clone(), group], UnixMillis(9 * day), UnixMillis(10 * day));
        // 2 × 20 GB ÷ 10 days = 4 GB, at 0.09 dollars.
        assert_eq!(
            estimate.to_string(),
            "2 log groups with 37.2 GiB stored, about 3.7 GiB in the time range; FilterLogEvents is free, \
             data transfer out of AWS at most $0.360"
        );
        assert!(estimate.needs_consent() && !Estimate::of(&[], UnixMillis(0), UnixMillis(1)).needs_consent());
    }
}
