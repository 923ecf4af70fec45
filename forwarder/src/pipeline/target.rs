//! Receivers of records: the interface between the pipeline and sinks, store or terminal.

use tailwater_parser::{Origin, Record, derive::Collect};

use crate::{
    ledger::{Disposition, Tally},
    sink::MetricPoint,
};

/// Set of sinks, by their indices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct SinkSet(u64);

impl SinkSet {
    /// Creates the set of the first `count` sinks.
    #[must_use]
    pub fn first(count: usize) -> Self {
        (0..count).fold(Self::default(), Self::with)
    }

    /// Returns the set with one more sink. A set holds only the first 64 sinks.
    #[must_use]
    pub fn with(self, sink: usize) -> Self {
        let bit = u32::try_from(sink).ok().and_then(|sink| 1_u64.checked_shl(sink));
        Self(self.0 | bit.unwrap_or_default())
    }

    /// True if the set contains the sink.
    #[must_use]
    pub fn contains(self, sink: usize) -> bool {
        let bit = u32::try_from(sink).ok().and_then(|sink| 1_u64.checked_shl(sink));
        bit.is_some_and(|bit| self.0 & bit != 0)
    }

    /// True if the set contains no sink.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Returns the set of the sinks from index `first` on, with indices that are `first` lower.
    #[must_use]
    pub fn skip(self, first: u32) -> Self {
        Self(self.0.checked_shr(first).unwrap_or_default())
    }
}

/// Receiver of the pipeline's records and invocations.
///
/// Without rules, each event is one call of [`Self::record`]. With rules, [`Self::begin_event`] begins each event; then
/// follows what each sink gets of it.
pub trait Target: Collect {
    /// Sets the origin (account, log group, log stream) of the following records.
    fn batch(&mut self, _: &Origin) {}

    /// Receives a record, for all sinks: a log event together with its parsed line.
    fn record(&mut self, record: &Record<'_>);

    /// Begins an event to which rules apply. Metrics may be derived from `record`, which is redacted. `tally` counts
    /// all events that were joined into it; `followers` are the positions of the others, relative to the first one.
    fn begin_event(&mut self, _record: &Record<'_>, _tally: Tally, _followers: &[u32]) {}

    /// Receives the record that these sinks get of the event that was begun.
    fn deliver(&mut self, sinks: SinkSet, record: &Record<'_>) {
        if !sinks.is_empty() {
            self.record(record);
        }
    }

    /// Ends the event that was begun for these sinks, which do not get it.
    fn leave_out(&mut self, _: SinkSet, _: Disposition) {}

    /// Receives the position of an event that was joined into an earlier one.
    fn absorb(&mut self) {}

    /// Receives a data point that a rule makes of the event that was begun.
    fn point(&mut self, _: &Record<'_>, _: &MetricPoint<'_>) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn set_holds_the_first_64_sinks() {
        let set = SinkSet::first(3);
        assert!(set.contains(0) && set.contains(2) && !set.contains(3) && !set.contains(64));
        assert_eq!(set.skip(2), SinkSet::default().with(0));
        assert!(SinkSet::default().with(64).is_empty() && set.skip(64).is_empty());
    }
}
