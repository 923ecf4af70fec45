//! Pipeline from log events to a [`Target`]: parses each line into a record, derives Lambda invocations from the lines
//! of a log stream, and passes both to the target.

use tailwater_parser::{
    Event, Origin, Receive, Record, UnixMillis,
    derive::{Collect, Streams},
    line,
    record::EventId,
};
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use crate::ledger::{Disposition, Ledger, Tally};

/// Maximum number of log streams of one input whose state is kept. Beyond that, the streams that were not used for the
/// longest time are finished.
const MAX_STREAMS: usize = 4096;

/// Number of bytes at the start of an input that identify it. They are few, so that the ids of events in a short file
/// stay the same when the file grows.
const IDENTITY_LEN: usize = 256;

/// Receiver of the pipeline's records and invocations.
pub trait Target: Collect {
    /// Sets the origin (account, log group, log stream) of the following records.
    fn batch(&mut self, _: &Origin) {}

    /// Receives a record: a log event together with its parsed line.
    fn record(&mut self, record: &Record<'_>);
}

/// Range of times of the events to keep: from `since` up to but not including `until`.
#[derive(Clone, Copy, Debug, Default)]
pub struct TimeRange {
    /// Start of the range; `None` if it has no start.
    pub since: Option<UnixMillis>,
    /// End of the range, exclusive; `None` if it has no end.
    pub until: Option<UnixMillis>,
}

impl TimeRange {
    fn contains(self, time: UnixMillis) -> bool {
        self.since.is_none_or(|since| since <= time) && self.until.is_none_or(|until| time < until)
    }
}

/// Pipeline of one worker, which reads one input (a delivery or a file) after the other.
#[derive(Debug)]
pub struct Pipeline<T> {
    streams: Streams,
    range: TimeRange,
    ledger: Ledger,
    /// Hash of the input and of its events so far, from which ids are made for events without an id of their own.
    position: u64,
    /// Time of the last event that had a time.
    last_time: UnixMillis,
    target: T,
}

impl<T: Target> Pipeline<T> {
    /// Creates a pipeline that passes the events within `range` to `target`.
    pub fn new(range: TimeRange, target: T) -> Self {
        Self {
            streams: Streams::new(MAX_STREAMS),
            range,
            ledger: Ledger::default(),
            position: 0,
            last_time: UnixMillis::default(),
            target,
        }
    }

    /// Begins an input. `head` is the start of it, or a name, and identifies the input: ids are made of it for events
    /// without an id.
    pub fn begin_input(&mut self, head: &[u8]) {
        self.position = xxh3_64(head.get(..IDENTITY_LEN).unwrap_or(head));
        self.last_time = UnixMillis::default();
    }

    /// Ends the input. Passes on all invocations, also those whose REPORT line was not read.
    pub fn end_input(&mut self) {
        self.streams.finish(&mut self.target);
    }

    /// Passes on the invocations whose REPORT line was read, and keeps the others until more of the input is available.
    pub fn pause(&mut self) {
        self.streams.flush(&mut self.target);
    }

    /// Returns the ledger of all inputs so far.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Returns the mutable ledger, to record inputs from which no event could be read.
    pub fn ledger_mut(&mut self) -> &mut Ledger {
        &mut self.ledger
    }

    /// Returns the target.
    pub fn target(&self) -> &T {
        &self.target
    }

    /// Returns the mutable target, for calls that do not go through the pipeline.
    pub fn target_mut(&mut self) -> &mut T {
        &mut self.target
    }

    /// Ends the input, and returns the target and the ledger.
    pub fn finish(mut self) -> (T, Ledger) {
        self.end_input();
        (self.target, self.ledger)
    }

    /// Returns the id of an event. It depends only on the input's start, the event and the events before it, so that
    /// reading an input again, or a longer version of it, gives the same ids.
    fn identify<'a>(&mut self, event: &Event<'a>, time: UnixMillis) -> EventId<'a> {
        match event.id {
            Some(id) => EventId::CloudWatch(id),
            None => {
                let timed = xxh3_64_with_seed(&time.0.to_le_bytes(), self.position);
                self.position = xxh3_64_with_seed(event.message.as_bytes(), timed);
                EventId::Position(self.position)
            }
        }
    }
}

impl<T: Target> Receive for Pipeline<T> {
    fn batch(&mut self, origin: &Origin) {
        self.streams.enter(origin, &mut self.target);
        self.target.batch(origin);
    }

    fn event(&mut self, event: &Event<'_>) {
        let tally = Tally::new(u64::from(event.part.is_first()), event.message.len());
        let time = event.time.unwrap_or(self.last_time);
        self.last_time = time;
        let event_id = self.identify(event, time);
        if !self.range.contains(time) {
            self.ledger.receive_and_end(Disposition::Filtered, tally);
            return;
        }
        let line = line::parse(event.message);
        let record = self.streams.record(event, event_id, time, line, &mut self.target);
        self.target.record(&record);
        self.ledger.receive_and_end(Disposition::Delivered, tally);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tailwater_parser::{
        decode::{Part, Utf8},
        derive::{Evidence, Invocation},
    };

    /// Target that collects the ids of records.
    #[derive(Default)]
    struct Ids(Vec<String>);

    impl Collect for Ids {
        fn invocation(&mut self, _: Invocation) {}

        fn evidence(&mut self, _: Evidence) {}
    }

    impl Target for Ids {
        fn record(&mut self, record: &Record<'_>) {
            self.0.push(record.event_id.to_string());
        }
    }

    fn ids(lines: &[String]) -> Vec<String> {
        let mut pipeline = Pipeline::new(TimeRange::default(), Ids::default());
        pipeline.begin_input(lines.concat().as_bytes());
        for message in lines {
            let part = Part::Whole;
            pipeline.event(&Event { id: None, time: None, message, part, utf8: Utf8::Valid });
        }
        pipeline.finish().0.0
    }

    #[test]
    fn ids_stay_the_same_when_a_file_grows() {
        let lines: Vec<_> = (0..40).map(|n| format!("line {n} of some length\n")).collect();
        let (before, after) = (ids(&lines[..20]), ids(&lines));
        assert_eq!(before, after[..20]);
    }

    #[test]
    fn equal_lines_have_different_ids() {
        let same = |first: &str| vec![first.to_owned(), "again\n".to_owned(), "again\n".to_owned()];
        let mut all = [ids(&same("a\n")), ids(&same("b\n"))].concat();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 6);
    }
}
