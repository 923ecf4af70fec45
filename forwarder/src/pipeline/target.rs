//! Receivers of records: the interface between the pipeline and sinks, store or terminal.

use tailwater_parser::{Origin, Record, derive::Collect};

use super::audit::Audited;
use crate::{
    ledger::{Disposition, Tally},
    rules::{MetricPoint, Sinks},
};

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
    fn deliver(&mut self, sinks: Sinks, record: &Record<'_>) {
        if sinks != Sinks::NONE {
            self.record(record);
        }
    }

    /// Ends the event that was begun for these sinks, which do not get it.
    fn leave_out(&mut self, _: Sinks, _: Disposition) {}

    /// Receives the position of an event that was joined into an earlier one.
    fn absorb(&mut self) {}

    /// True if [`Self::point`] has to be called.
    fn wants_points(&self) -> bool {
        true
    }

    /// Receives a data point that a rule makes of the event that was begun.
    fn point(&mut self, _: &Record<'_>, _: &MetricPoint<'_>) {}

    /// Receives what became of an event at each sink, if the work of the rules is counted.
    fn audit(&mut self, _: &Audited<'_, '_>) {}
}
