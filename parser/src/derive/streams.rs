//! The log streams of an input, with the state of each between batches.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::{
    Collect,
    event_meta::{EventMeta, LogFormat},
    open_invocation::OpenInvocation,
    stream::{Stream, is_named},
};
use crate::{
    decode::Event,
    line::Line,
    origin::Origin,
    record::{EventId, Ids, Record, UnescapedIds, plain_text},
    units::UnixMillis,
};

/// State of all log streams of an input: a file, a folder, or all deliveries that one Lambda execution environment
/// receives.
///
/// For each batch, call [`Streams::enter`] with its origin and then [`Streams::record`] with each of its events.
///
/// ```
/// use tailwater_parser::{
///     Event, Line, Origin, UnixMillis,
///     decode::{Part, Utf8},
///     derive::{Collect, Evidence, Invocation, Outcome, Streams},
///     line::{Report, Start},
///     record::EventId,
/// };
///
/// #[derive(Default)]
/// struct Invocations(Vec<Invocation>);
/// impl Collect for Invocations {
///     fn invocation(&mut self, invocation: Invocation) {
///         self.0.push(invocation);
///     }
///     fn evidence(&mut self, _: Evidence) {}
/// }
///
/// let (mut streams, mut out) = (Streams::new(1000), Invocations::default());
/// streams.enter(&Origin::default(), &mut out);
/// let start = Line::Start(Start { request_id: "8edab1f8", ..Start::default() });
/// let text = tailwater_parser::line::parse("hello");
/// let report = Line::Report(Report { request_id: "8edab1f8", ..Report::default() });
/// for (position, line) in (0..).zip([start, text, report]) {
///     let event = Event { id: None, time: None, message: "unused here", part: Part::Whole, utf8: Utf8::Valid };
///     let record = streams.record(&event, EventId::Position(position), UnixMillis(0), line, &mut out);
///     assert_eq!(record.request_id, Some("8edab1f8"));
/// }
/// streams.finish(&mut out);
/// assert_eq!(out.0[0].outcome, Outcome::Success);
/// ```
#[derive(Debug)]
pub struct Streams {
    capacity: usize,
    /// Stream of the current batch; it is not in `others`.
    selected: Stream,
    selected_key: u64,
    /// The other streams by the hash of their identity. Each has the value that `turn` had when the stream was last
    /// selected.
    others: HashMap<u64, (u64, Stream), FixedState>,
    turn: u64,
    unescaped_ids: UnescapedIds,
}

impl Streams {
    /// Creates the state for at most `capacity` streams. If there are more, the least recently used half is finished
    /// and dropped.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        let unknown = Origin::default();
        Self {
            capacity: capacity.max(1),
            selected_key: key(&unknown),
            selected: Stream::new(&unknown),
            others: HashMap::default(),
            turn: 0,
            unescaped_ids: UnescapedIds::default(),
        }
    }

    /// Selects the stream of the events that follow. Cheap if it is already selected.
    pub fn enter(&mut self, origin: &Origin, out: &mut dyn Collect) {
        if self.selected.is_from(origin) {
            self.selected.update_origin(origin);
            return;
        }
        let wanted_key = key(origin);
        let mut wanted = match self.others.remove(&wanted_key) {
            Some((_, known)) if known.is_from(origin) => known,
            missing_or_collision => {
                if let Some((_, stream)) = missing_or_collision {
                    stream.finish(out);
                }
                Stream::new(origin)
            }
        };
        wanted.update_origin(origin);
        let left = std::mem::replace(&mut self.selected, wanted);
        let left_key = std::mem::replace(&mut self.selected_key, wanted_key);
        self.turn += 1;
        self.others.insert(left_key, (self.turn, left));
        if self.others.len() >= self.capacity {
            self.drop_oldest_half(out);
        }
    }

    /// Builds the record of an event: a line without a request id gets that of the current invocation, and every line
    /// gets the origin, completed with what earlier lines of its stream contain. Invocations that the line proves to be
    /// complete go to `out`, as does evidence whose invocation is not in this input.
    ///
    /// Does not allocate for lines that functions write.
    pub fn record<'a>(
        &'a mut self,
        event: &Event<'a>,
        event_id: EventId<'a>,
        time: UnixMillis,
        mut line: Line<'a>,
        out: &mut dyn Collect,
    ) -> Record<'a> {
        if !event.part.is_first() {
            line = plain_text(event.message); // The middle of a message can look like a platform line.
        }
        self.selected.attribute(&mut line);
        let meta = EventMeta { event_id, time, format: LogFormat::detect(event.message) };
        self.selected.process(&meta, &line, out);
        let current = self.selected.current();
        let context = Ids {
            request_id: current.map(|invocation| &*invocation.request_id),
            trace_id: current.and_then(|invocation| invocation.trace_id()),
            segment: current.and_then(OpenInvocation::segment),
            tenant: current.and_then(|invocation| invocation.tenant()),
        };
        Record::new(self.selected.origin(), context, event, event_id, time, line, &mut self.unescaped_ids)
    }

    /// Emits every invocation whose REPORT was read, and keeps the open ones: for the end of a delivery
    /// that will be followed by further deliveries.
    pub fn flush(&mut self, out: &mut dyn Collect) {
        self.selected.flush(out);
        for (_, stream) in self.others.values_mut() {
            stream.flush(out);
        }
    }

    /// Emits all invocations and evidence that are still held, and drops all streams: for the end of the input.
    pub fn finish(&mut self, out: &mut dyn Collect) {
        std::mem::take(&mut self.selected).finish(out);
        self.selected_key = key(&Origin::default());
        for (_, (_, stream)) in self.others.drain() {
            stream.finish(out);
        }
    }

    /// Finishes and drops the least recently used half of the streams. Dropping half of them at once, instead of one at
    /// a time, makes the search for the oldest cheap.
    fn drop_oldest_half(&mut self, out: &mut dyn Collect) {
        let mut turns: Vec<u64> = self.others.values().map(|(turn, _)| *turn).collect();
        let middle = turns.len().saturating_sub(1) / 2;
        let (_, newest_dropped, _) = turns.select_nth_unstable(middle);
        let is_old = |_: &u64, (turn, _): &mut (u64, Stream)| *turn <= *newest_dropped;
        for (_, (_, stream)) in self.others.extract_if(is_old) {
            stream.finish(out);
        }
    }
}

/// Hash of a stream's identity. Two streams with the same hash replace each other, which is to be expected once in 2^32
/// streams.
fn key(origin: &Origin) -> u64 {
    use std::hash::BuildHasher;
    FixedState::default().hash_one((
        origin.batch_account(),
        origin.log_group(),
        origin.log_stream(),
        origin.batch_function(),
        origin.arrival.as_deref().filter(|_| !is_named(origin)),
    ))
}
