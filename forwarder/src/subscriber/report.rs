//! What a run of the subscriber came to.

use std::collections::BTreeMap;

use serde::Serialize;

use super::rules::Skip;

/// What a run came to: every log group that was found is in exactly one of its numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Log groups found, besides those that were never listed because of their names.
    pub found: u64,
    /// Subscribed now.
    pub subscribed: u64,
    /// Subscribed before, otherwise.
    pub updated: u64,
    /// Subscribed before, as they should be.
    pub unchanged: u64,
    /// Not to be subscribed, by the reason.
    pub skipped: BTreeMap<&'static str, u64>,
    /// Others' subscriptions take all places.
    pub taken: Named,
    /// Deleted in the meantime.
    pub gone: u64,
    /// AWS refused.
    pub failed: Named,
    /// Not looked at: the time was up, or AWS refused too much.
    pub remaining: u64,
    /// Whether nothing was changed, only looked at.
    pub dry_run: bool,
}

/// Log groups by number, and the first of them by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Named {
    /// All of them.
    pub count: u64,
    /// The first ones.
    pub names: Vec<String>,
}

/// More names than this make a line that nobody reads.
const NAMES: usize = 20;

/// What became of a log group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Subscribed,
    Updated,
    Unchanged,
    Skipped(Skip),
    Taken,
    Gone,
    Failed,
}

impl Report {
    pub(super) fn note(&mut self, group: &str, fate: Fate) {
        match fate {
            Fate::Subscribed => self.subscribed += 1,
            Fate::Updated => self.updated += 1,
            Fate::Unchanged => self.unchanged += 1,
            Fate::Skipped(skip) => *self.skipped.entry(skip.name()).or_default() += 1,
            Fate::Taken => self.taken.note(group),
            Fate::Gone => self.gone += 1,
            Fate::Failed => self.failed.note(group),
        }
    }

    /// What was found and is in none of the other numbers was not looked at.
    pub(super) fn close(&mut self) {
        let skipped: u64 = self.skipped.values().sum();
        let looked_at = [
            self.subscribed,
            self.updated,
            self.unchanged,
            skipped,
            self.taken.count,
            self.gone,
            self.failed.count,
        ];
        self.remaining = self.found.saturating_sub(looked_at.iter().sum());
    }
}

impl Named {
    fn note(&mut self, name: &str) {
        self.count += 1;
        if self.names.len() < NAMES {
            self.names.push(name.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_group_is_in_one_number() {
        let mut report = Report { found: 40, ..Report::default() };
        for fate in [Fate::Subscribed, Fate::Updated, Fate::Unchanged, Fate::Gone, Fate::Skipped(Skip::Tags)]
        {
            report.note("a", fate);
        }
        for n in 0..25 {
            report.note(&format!("g{n}"), Fate::Taken);
        }
        report.note("f", Fate::Failed);
        report.close();
        assert_eq!((report.remaining, report.taken.count, report.taken.names.len()), (9, 25, NAMES));
        assert_eq!(report.failed, Named { count: 1, names: vec!["f".to_owned()] });
        assert_eq!(report.skipped, BTreeMap::from([("tags", 1)]));
    }
}
