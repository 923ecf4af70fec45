//! Pipeline from log events to a [`Target`]: parses each line into a record, derives Lambda invocations from the lines
//! of a log stream, and passes both to the target.

mod audit;
mod hold;
mod redaction;
mod stage;
mod system_line;
mod target;
#[cfg(test)]
mod tests;
mod view;

use tailwater_parser::{
    Event, Origin, Receive, Record, UnixMillis,
    derive::{Collect, Evidence, Invocation, Streams},
    line,
    record::{Additions, EventId},
};
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

pub use self::{
    audit::{Audit, Audited, Example},
    stage::RuleConfig,
    target::Target,
    view::RuledLedgers,
};
use self::{hold::Arrived, stage::RuleStage, view::Counting};
use crate::{
    ledger::{Disposition, Ledger, Tally},
    rules::Sinks,
};

/// Maximum number of log streams of one input whose state is kept. Beyond that, the streams that were not used for the
/// longest time are finished.
const MAX_STREAMS: usize = 4096;

/// Number of bytes at the start of an input that identify it. They are few, so that the ids of events in a short file
/// stay the same when the file grows.
const IDENTITY_LEN: usize = 256;

/// Range of times of the events to keep: from `since` up to but not including `until`.
#[derive(Clone, Copy, Debug, Default)]
pub struct TimeRange {
    /// Start of the range; `None` if it has no start.
    pub since: Option<UnixMillis>,
    /// End of the range, exclusive; `None` if it has no end.
    pub until: Option<UnixMillis>,
}

impl TimeRange {
    /// True if the range contains `time`.
    #[must_use]
    pub fn contains(self, time: UnixMillis) -> bool {
        self.since.is_none_or(|since| since <= time) && self.until.is_none_or(|until| time < until)
    }

    fn begins_after(self, time: UnixMillis) -> bool {
        self.since.is_some_and(|since| time < since)
    }
}

/// Pipeline of one worker, which reads one input (a delivery or a file) after the other.
#[derive(Debug)]
pub struct Pipeline<T> {
    /// Hash of the input and of its events so far, from which ids are made for events without an id of their own.
    position: u64,
    /// Time of the last event that had a time; `None` if no event of the input had one so far.
    last_time: Option<UnixMillis>,
    /// Time of events without a time before which the input has no event with one.
    default_time: UnixMillis,
    /// Application of the user's rules; `None` without rules.
    stage: Option<Box<RuleStage>>,
    output: Output<T>,
}

/// Receiver of the events that the rules let through: derives invocations, counts the ledger and feeds the target.
#[derive(Debug)]
struct Output<T> {
    streams: Streams,
    range: TimeRange,
    ledger: Ledger,
    target: T,
}

impl<T: Target> Output<T> {
    /// Begins a batch of this origin.
    fn enter(&mut self, origin: &Origin) {
        self.streams.enter(origin, &mut InRange { range: self.range, target: &mut self.target });
        self.target.batch(origin);
    }
}

impl<T: Target> Pipeline<T> {
    /// Creates a pipeline that passes the events within `range` to `target`.
    pub fn new(range: TimeRange, target: T) -> Self {
        Self {
            position: 0,
            last_time: None,
            default_time: UnixMillis::default(),
            stage: None,
            output: Output { streams: Streams::new(MAX_STREAMS), range, ledger: Ledger::default(), target },
        }
    }

    /// Sets the rules that are applied to the inputs that follow; `None` for none.
    pub fn set_rules(&mut self, rules: Option<&RuleConfig>) {
        self.stage =
            rules.filter(|rules| !rules.rules.is_empty()).map(|rules| Box::new(RuleStage::new(rules)));
    }

    /// Returns the ledgers of the events that rules decided about; `None` without rules.
    pub fn ruled(&self) -> Option<&RuledLedgers> {
        self.stage.as_ref().map(|stage| stage.ledgers())
    }

    /// Begins to count the work of each rule, which takes more time.
    pub fn start_audit(&mut self) {
        if let Some(stage) = &mut self.stage {
            stage.start_audit();
        }
    }

    /// Returns the counts of the work of each rule; `None` without rules or without [`Self::start_audit`].
    pub fn audit(&self) -> Option<&Audit> {
        self.stage.as_ref().and_then(|stage| stage.audit())
    }

    /// Begins an input. `head` is the start of it, or a name, and identifies the input: ids are made of it for events
    /// without an id.
    pub fn begin_input(&mut self, head: &[u8]) {
        self.position = xxh3_64(head.get(..IDENTITY_LEN).unwrap_or(head));
        self.last_time = None;
        if let Some(stage) = &mut self.stage {
            stage.begin_input();
        }
    }

    /// Stops counting in [`Self::ruled`], while an input is read again.
    pub fn pause_ruled(&mut self) {
        if let Some(stage) = &mut self.stage {
            stage.set_counting(Counting::Paused);
        }
    }

    /// Counts in [`Self::ruled`] again.
    pub fn resume_ruled(&mut self) {
        if let Some(stage) = &mut self.stage {
            stage.set_counting(Counting::Running);
        }
    }

    /// Drops the events that rules hold back, because the rest of the input cannot be read now. They count as not read.
    pub fn abandon_held(&mut self) {
        if let Some(stage) = &mut self.stage {
            stage.abandon();
        }
    }

    fn release_held(&mut self) {
        if let Some(stage) = &mut self.stage {
            stage.flush(&mut self.output);
        }
    }

    /// Sets the time of events without a time, until the input has an event with one. It is an assumption of the
    /// caller, so the ids of events do not depend on it.
    pub fn set_default_time(&mut self, time: UnixMillis) {
        self.default_time = time;
    }

    /// Begins a batch of events that are [restored](Self::restore_event).
    pub fn restore_batch(&mut self, origin: &Origin) {
        self.output.enter(origin);
    }

    /// Passes on an event to which the rules were applied before, such as one of a parked object. Of the rules, only those
    /// that make metrics are applied. `additions` are what rules have added; `tally` and `followers` are as in
    /// [`Target::begin_event`].
    pub fn restore_event(
        &mut self,
        event: &Event<'_>,
        id: EventId<'_>,
        tally: Tally,
        followers: &[u32],
        additions: &Additions<'_>,
    ) {
        let time = event.time.unwrap_or(self.default_time);
        let Output { streams, range, ledger, target } = &mut self.output;
        let in_range = &mut InRange { range: *range, target };
        let record = streams.record(event, id, time, line::parse(event.message), in_range);
        target.begin_event(&record, tally, followers);
        if let Some(stage) = &mut self.stage {
            stage.measure(&record, target);
        }
        let additions = (!additions.is_empty()).then_some(additions);
        target.deliver(Sinks::ALL, &Record { additions, ..record });
        ledger.receive_and_end(Disposition::Delivered, tally);
    }

    /// Ends the input. Passes on all invocations, also those whose REPORT line was not read.
    pub fn end_input(&mut self) {
        self.release_held();
        let Output { streams, range, target, .. } = &mut self.output;
        streams.finish(&mut InRange { range: *range, target });
    }

    /// Passes on the invocations whose REPORT line was read, and keeps the others until more of the input is available.
    pub fn pause(&mut self) {
        self.release_held();
        let Output { streams, range, target, .. } = &mut self.output;
        streams.flush(&mut InRange { range: *range, target });
    }

    /// Returns the ledger of all inputs so far.
    pub fn ledger(&self) -> &Ledger {
        &self.output.ledger
    }

    /// Returns the mutable ledger, to record inputs from which no event could be read.
    pub fn ledger_mut(&mut self) -> &mut Ledger {
        &mut self.output.ledger
    }

    /// Returns the target.
    pub fn target(&self) -> &T {
        &self.output.target
    }

    /// Returns the mutable target, for calls that do not go through the pipeline.
    pub fn target_mut(&mut self) -> &mut T {
        &mut self.output.target
    }

    /// Ends the input, and returns the target and the ledger.
    pub fn finish(mut self) -> (T, Ledger) {
        self.end_input();
        (self.output.target, self.output.ledger)
    }

    /// Returns the id of an event. It depends only on the input's start, the event and the events before it, so that
    /// reading an input again, or a longer version of it, gives the same ids.
    fn identify<'a>(&mut self, event: &Event<'a>) -> EventId<'a> {
        match event.id {
            Some(id) => EventId::CloudWatch(id),
            None => {
                let time = self.last_time.unwrap_or_default();
                let timed = xxh3_64_with_seed(&time.0.to_le_bytes(), self.position);
                self.position = xxh3_64_with_seed(event.message.as_bytes(), timed);
                EventId::Position(self.position)
            }
        }
    }
}

impl<T: Target> Receive for Pipeline<T> {
    fn batch(&mut self, origin: &Origin) {
        if let Some(stage) = &mut self.stage {
            stage.batch(origin, &mut self.output);
            return;
        }
        self.output.enter(origin);
    }

    fn event(&mut self, event: &Event<'_>) {
        let tally = Tally::new(u64::from(event.part.is_first()), event.message.len());
        self.last_time = event.time.or(self.last_time);
        let time = self.last_time.unwrap_or(self.default_time);
        let event_id = self.identify(event);
        let is_in_range = self.output.range.contains(time);
        if let Some(stage) = &mut self.stage
            && (is_in_range || self.output.range.begins_after(time))
        {
            let arrived = Arrived { event, id: event_id, time, is_in_range, tally };
            stage.event(&arrived, &mut self.output);
            return;
        }
        let Output { streams, range, ledger, target } = &mut self.output;
        if !is_in_range {
            ledger.receive_and_end(Disposition::Filtered, tally);
            if !range.begins_after(time) {
                return;
            }
        }
        // Events before the range are parsed too: START and INIT tell the request id, the cold start and the version of
        // events within the range.
        let line = line::parse(event.message);
        let record = streams.record(event, event_id, time, line, &mut InRange { range: *range, target });
        if is_in_range {
            target.record(&record);
            ledger.receive_and_end(Disposition::Delivered, tally);
        }
    }
}

/// Collector that passes on the invocations and the evidence whose time is in a range.
struct InRange<'t, T> {
    range: TimeRange,
    target: &'t mut T,
}

impl<T: Collect> Collect for InRange<'_, T> {
    fn invocation(&mut self, invocation: Invocation) {
        if self.range.contains(invocation.time) {
            self.target.invocation(invocation);
        }
    }

    fn evidence(&mut self, evidence: Evidence) {
        if self.range.contains(evidence.time) {
            self.target.evidence(evidence);
        }
    }
}
