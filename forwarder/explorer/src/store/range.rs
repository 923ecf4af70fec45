//! Reading of the invocations of a time range, and of the ids and resources in their lines.

use std::sync::Arc;

use tailwater_forwarder::pipeline::TimeRange;
use tailwater_parser::{Origin, UnixMillis, derive::Invocation};

use super::{Store, changes, error::StoreError, mentions, mentions::StoredMention};

/// Time before the REPORT of an invocation within which its lines lie: the longest run of a function, its retries by Lambda,
/// whose ids are stored with the time of the first attempt, and what clocks differ.
const BEFORE_REPORT_MS: i64 = 3_600_000;
/// Time after the REPORT within which late lines of the invocation lie.
const AFTER_REPORT_MS: i64 = 60_000;

impl Store {
    /// Passes the invocations whose REPORT lies in `range` to `invocation`, with their row ids, then the ids and resources in
    /// the lines of that time to `mention`, from one consistent snapshot. Reads no others.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read.
    pub fn read_range(
        &self,
        range: TimeRange,
        invocation: &mut dyn FnMut(i64, &Invocation),
        mention: &mut dyn FnMut(&Arc<Origin>, StoredMention<'_>),
    ) -> Result<(), StoreError> {
        let since = range.since.unwrap_or(UnixMillis(i64::MIN));
        let until = range.until.unwrap_or(UnixMillis(i64::MAX));
        let mut read = || {
            let transaction = self.connection.unchecked_transaction()?;
            changes::in_range(&transaction, since, until, invocation)?;
            let first = UnixMillis(since.0.saturating_sub(BEFORE_REPORT_MS));
            let last = UnixMillis(until.0.saturating_add(AFTER_REPORT_MS));
            mentions::in_range(&transaction, first, last, mention)
        };
        self.named(read())
    }
}
