//! Report of a run of the subscriber.

use std::collections::BTreeMap;

use serde::Serialize;

use super::rules::SkipReason;

/// Report of a run, which the Lambda function returns as JSON. Every log group in `found` is counted in exactly one
/// of the numbers after it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Log groups found. If their names match no pattern, they may not be listed, and so are not counted.
    pub found: u64,
    /// Log groups that did not have the subscriber's filter and got it.
    pub subscribed: u64,
    /// Log groups that had the subscriber's filter, which was updated.
    pub updated: u64,
    /// Log groups that already had the right filter.
    pub unchanged: u64,
    /// Numbers of log groups that must not be subscribed, by the name of the reason.
    pub skipped: BTreeMap<&'static str, u64>,
    /// Log groups that could not be subscribed, because filters of others use up their quota.
    pub taken: GroupList,
    /// Log groups that were deleted during the run.
    pub gone: u64,
    /// Log groups that could not be subscribed because of an error.
    pub failed: GroupList,
    /// Log groups that were not checked, because the time was over or too many log groups had failed.
    pub remaining: u64,
    /// True if needed changes were only logged.
    pub dry_run: bool,
}

/// Number of log groups, and the names of some of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct GroupList {
    /// Number of log groups.
    pub count: u64,
    /// Names of the first 20 log groups.
    pub names: Vec<String>,
}

/// Maximum number of names in a [`GroupList`], so that the log line stays readable.
const MAX_NAMES: usize = 20;

/// Result of checking one log group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GroupResult {
    Subscribed,
    Updated,
    Unchanged,
    Skipped(SkipReason),
    Taken,
    Gone,
    Failed,
}

impl Report {
    /// Counts a log group by its result.
    pub(super) fn add(&mut self, group: &str, result: GroupResult) {
        match result {
            GroupResult::Subscribed => self.subscribed += 1,
            GroupResult::Updated => self.updated += 1,
            GroupResult::Unchanged => self.unchanged += 1,
            GroupResult::Skipped(reason) => *self.skipped.entry(reason.name()).or_default() += 1,
            GroupResult::Taken => self.taken.add(group),
            GroupResult::Gone => self.gone += 1,
            GroupResult::Failed => self.failed.add(group),
        }
    }

    /// Computes [`Self::remaining`]. Called at the end of a run.
    pub(super) fn finish(&mut self) {
        let skipped: u64 = self.skipped.values().sum();
        let checked = [
            self.subscribed,
            self.updated,
            self.unchanged,
            skipped,
            self.taken.count,
            self.gone,
            self.failed.count,
        ];
        self.remaining = self.found.saturating_sub(checked.iter().sum());
    }
}

impl GroupList {
    fn add(&mut self, name: &str) {
        self.count += 1;
        if self.names.len() < MAX_NAMES {
            self.names.push(name.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_group_is_counted_once() {
        let mut report = Report { found: 40, ..Report::default() };
        for result in [
            GroupResult::Subscribed,
            GroupResult::Updated,
            GroupResult::Unchanged,
            GroupResult::Gone,
            GroupResult::Skipped(SkipReason::Tags),
        ] {
            report.add("a", result);
        }
        for n in 0..25 {
            report.add(&format!("g{n}"), GroupResult::Taken);
        }
        report.add("f", GroupResult::Failed);
        report.finish();
        assert_eq!((report.remaining, report.taken.count, report.taken.names.len()), (9, 25, MAX_NAMES));
        assert_eq!(report.failed, GroupList { count: 1, names: vec!["f".to_owned()] });
        assert_eq!(report.skipped, BTreeMap::from([("tags", 1)]));
    }
}
