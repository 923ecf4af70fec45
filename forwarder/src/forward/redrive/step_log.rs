//! Log of the parked objects that stay after a scheduled redrive, which has no terminal to name them on.

use super::{RedriveStep, RedriveSummary};

/// Maximum number of objects that one redrive names.
const MAX_NAMED: u32 = 100;

/// Log of one redrive.
#[derive(Debug, Default)]
pub(super) struct StepLog {
    named: u32,
}

impl StepLog {
    /// Logs the key of an object that stays, and the reason.
    pub(super) fn add(&mut self, key: &str, step: &RedriveStep) {
        let reason = match step {
            RedriveStep::Settled | RedriveStep::Skipped => return,
            RedriveStep::Reduced => "a part is delivered",
            RedriveStep::Kept => "its sink did not accept it",
            RedriveStep::Left(reason) | RedriveStep::Unreadable(reason) => reason,
        };
        self.named = self.named.saturating_add(1);
        if self.named <= MAX_NAMED {
            tracing::warn!(key, reason, "a parked object stays parked");
        }
    }

    /// Logs the totals, if an object stays.
    pub(super) fn finish(self, summary: &RedriveSummary) {
        let RedriveSummary { settled, left, unreadable, .. } = summary;
        if self.named > 0 {
            let unnamed = self.named.saturating_sub(MAX_NAMED);
            tracing::warn!(settled, left, unreadable, unnamed, "some parked objects stay parked");
        }
    }
}
