//! From events to where they go: each line read, joined with its stream, derived from, handed to the target.

use tailwater_parser::{
    Event, Origin, Receive, Record, UnixMillis,
    derive::{Collect, Streams},
    line,
    record::EventId,
};
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use crate::ledger::{Disposition, Ledger, Tally};

/// Streams of one input that are followed at once; one more and the longest unused is let go.
const STREAMS: usize = 4096;

/// Bytes of an input's beginning that tell it from others: few, so that a short file may grow and stay the same.
const TELLING: usize = 256;

/// Takes what the pipeline makes of events.
pub trait Target: Collect {
    /// The following records come from here.
    fn batch(&mut self, _: &Origin) {}

    /// A log event, read.
    fn record(&mut self, record: &Record<'_>);
}

/// The times to keep: from `since` up to but not including `until`.
#[derive(Clone, Copy, Debug, Default)]
pub struct TimeRange {
    /// The first time to keep.
    pub since: Option<UnixMillis>,
    /// The first time not to keep.
    pub until: Option<UnixMillis>,
}

impl TimeRange {
    fn contains(self, time: UnixMillis) -> bool {
        self.since.is_none_or(|since| since <= time) && self.until.is_none_or(|until| time < until)
    }
}

/// One worker's way from events to a target. It is given one input after the other.
#[derive(Debug)]
pub struct Pipeline<T> {
    streams: Streams,
    range: TimeRange,
    ledger: Ledger,
    /// Identity of the events read so far from an input whose events have none of their own.
    position: u64,
    /// Time of the last event that had one.
    last_time: UnixMillis,
    target: T,
}

impl<T: Target> Pipeline<T> {
    /// Everything within `range` goes to `target`.
    pub fn new(range: TimeRange, target: T) -> Self {
        Self {
            streams: Streams::new(STREAMS),
            range,
            ledger: Ledger::default(),
            position: 0,
            last_time: UnixMillis::default(),
            target,
        }
    }

    /// An input begins; `head`, its beginning, tells it from others whose events have no ids.
    pub fn begin_input(&mut self, head: &[u8]) {
        self.position = xxh3_64(head.get(..TELLING).unwrap_or(head));
        self.last_time = UnixMillis::default();
    }

    /// The input ended, or cannot be read further: invocations still held are complete as they are.
    pub fn end_input(&mut self) {
        self.streams.finish(&mut self.target);
    }

    /// Nothing comes for now, though the input may go on: what is complete is handed on, what still runs remembered.
    pub fn pause(&mut self) {
        self.streams.flush(&mut self.target);
    }

    /// The account so far.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The account so far, for what never was an event.
    pub fn ledger_mut(&mut self) -> &mut Ledger {
        &mut self.ledger
    }

    /// Where everything goes.
    pub fn target(&self) -> &T {
        &self.target
    }

    /// Where everything goes, for what it is told beside events.
    pub fn target_mut(&mut self) -> &mut T {
        &mut self.target
    }

    /// What everything went to, and the account of it.
    pub fn finish(mut self) -> (T, Ledger) {
        self.end_input();
        (self.target, self.ledger)
    }

    /// The same input gives the same ids, and so does one that has grown since.
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

    /// Keeps the ids of records.
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
    fn a_file_that_grew_keeps_its_ids() {
        let lines: Vec<_> = (0..40).map(|n| format!("line {n} of some length\n")).collect();
        let (before, after) = (ids(&lines[..20]), ids(&lines));
        assert_eq!(before, after[..20]);
    }

    #[test]
    fn equal_lines_of_one_file_and_of_another_have_ids_of_their_own() {
        let same = |first: &str| vec![first.to_owned(), "again\n".to_owned(), "again\n".to_owned()];
        let mut all = [ids(&same("a\n")), ids(&same("b\n"))].concat();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 6);
    }
}
