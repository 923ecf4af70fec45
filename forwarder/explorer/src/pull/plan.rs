//! Plans which times of a log group are read: what an earlier pull has covered is not read again, except its last minutes.

use serde::{Deserialize, Serialize};
use tailwater_parser::UnixMillis;

/// Time before the end of what was covered that is read again. An invocation takes at most 15 minutes, so all lines of one
/// that had not ended are read together; and events may arrive late.
const OVERLAP_MS: i64 = 20 * 60 * 1000;
/// Shortest window.
const MIN_WINDOW_MS: i64 = 60 * 60 * 1000;
/// Stored bytes that a window should have at most.
const WINDOW_BYTES: u64 = 64 * 1024 * 1024;

/// Range of times, from `from` up to but not including `until`, of which all events were stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Covered {
    /// Start in Unix milliseconds.
    pub from: i64,
    /// End in Unix milliseconds, exclusive.
    pub until: i64,
}

/// Times to read in a log group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// Start of the times to read.
    pub(super) start: i64,
    /// End, exclusive.
    until: i64,
    /// Times that are covered before the first window is read.
    covered: Covered,
}

impl Covered {
    /// Reads the value that was kept; `None` if it is unreadable.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// Returns the value to keep.
    #[must_use]
    pub fn to_json(self) -> String {
        format!(r#"{{"from":{},"until":{}}}"#, self.from, self.until)
    }
}

impl Plan {
    /// Plans to read `since..until`, of which an earlier pull may have covered a part.
    pub(super) fn new(since: UnixMillis, until: UnixMillis, covered: Option<Covered>) -> Self {
        let (since, until) = (since.0, until.0);
        match covered.filter(|covered| covered.from <= since && since <= covered.until) {
            Some(covered) => {
                let start = since.max(covered.until.saturating_sub(OVERLAP_MS));
                Self { start: start.min(until), until, covered }
            }
            None => Self { start: since, until, covered: Covered { from: since, until: since } },
        }
    }

    /// Returns the length of the times to read in milliseconds.
    pub(super) fn length(self) -> i64 {
        self.until.saturating_sub(self.start).max(0)
    }

    /// Divides the times into windows of about [`WINDOW_BYTES`], each with what is covered once it was read.
    pub(super) fn windows(self, bytes: u64) -> impl Iterator<Item = (Covered, Covered)> {
        let n = i64::try_from(bytes.div_ceil(WINDOW_BYTES)).unwrap_or(i64::MAX).max(1);
        let step = (self.length() / n).max(MIN_WINDOW_MS);
        let mut at = self.start;
        std::iter::from_fn(move || {
            let from = at;
            let rest = self.until.saturating_sub(from);
            if rest <= 0 {
                return None;
            }
            // The last window takes a short rest with it.
            at = if rest < step.saturating_mul(3) / 2 { self.until } else { from + step };
            let until = at.max(self.covered.until);
            Some((Covered { from, until: at }, Covered { from: self.covered.from, until }))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    fn plan(since: i64, until: i64, covered: Option<(i64, i64)>) -> Plan {
        let covered = covered.map(|(from, until)| Covered { from, until });
        Plan::new(UnixMillis(since), UnixMillis(until), covered)
    }

    fn windows(plan: Plan, bytes: u64) -> Vec<(i64, i64, i64, i64)> {
        plan.windows(bytes).map(|(read, done)| (read.from, read.until, done.from, done.until)).collect()
    }

    #[test]
    fn first_pull_reads_everything() {
        assert_eq!(windows(plan(0, 24 * HOUR, None), 0), [(0, 24 * HOUR, 0, 24 * HOUR)]);
    }

    #[test]
    fn next_pull_continues_before_the_end_of_the_last_one() {
        let next = plan(5 * HOUR, 30 * HOUR, Some((0, 24 * HOUR)));
        assert_eq!(windows(next, 0), [(24 * HOUR - OVERLAP_MS, 30 * HOUR, 0, 30 * HOUR)]);
    }

    #[test]
    fn earlier_times_and_a_gap_are_read_completely() {
        assert_eq!(windows(plan(0, 9 * HOUR, Some((5 * HOUR, 8 * HOUR))), 0), [(0, 9 * HOUR, 0, 9 * HOUR)]);
        let gap = plan(10 * HOUR, 11 * HOUR, Some((5 * HOUR, 8 * HOUR)));
        assert_eq!(windows(gap, 0), [(10 * HOUR, 11 * HOUR, 10 * HOUR, 11 * HOUR)]);
    }

    #[test]
    fn covered_times_are_not_read_again_and_stay_covered() {
        let inside = plan(HOUR, 2 * HOUR, Some((0, 24 * HOUR)));
        assert_eq!((windows(inside, 0), inside.length()), (vec![], 0));
        let end = plan(23 * HOUR, 24 * HOUR, Some((0, 24 * HOUR)));
        assert_eq!(windows(end, 0), [(24 * HOUR - OVERLAP_MS, 24 * HOUR, 0, 24 * HOUR)]);
    }

    #[test]
    fn large_group_is_read_in_windows_that_follow_each_other() {
        let plan = plan(0, 24 * HOUR, None);
        let windows = windows(plan, 5 * WINDOW_BYTES);
        let ends: Vec<_> = windows.iter().map(|(.., until)| *until * 10 / HOUR).collect();
        assert_eq!(ends, [48, 96, 144, 192, 240]);
        assert!(windows.windows(2).all(|pair| pair[0].1 == pair[1].0));
        assert_eq!(Plan::windows(plan, u64::MAX).count(), 24);
    }
}
