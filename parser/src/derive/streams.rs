//! The log streams of an input, each with what is remembered of it from batch to batch.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::{
    Collect,
    stream::{Form, Mark, Stream},
};
use crate::{
    decode::Event,
    line::Line,
    origin::Origin,
    record::{EventId, Ids, Record, Unescaped, plain_text},
    units::UnixMillis,
};

/// All streams of an input (a file, a folder, what one Lambda instance is handed).
///
/// A batch is named with [`Streams::enter`], then every event of it is handed to [`Streams::record`].
///
/// ```
/// use tailwater_parser::{
///     Event, Line, Origin, UnixMillis,
///     decode::{Part, Text},
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
///     let event = Event { id: None, time: None, message: "as it came", part: Part::Whole, text: Text::Utf8 };
///     let record = streams.record(&event, EventId::Position(position), UnixMillis(0), line, &mut out);
///     assert_eq!(record.request_id, Some("8edab1f8"));
/// }
/// streams.finish(&mut out);
/// assert_eq!(out.0[0].outcome, Outcome::Success);
/// ```
#[derive(Debug)]
pub struct Streams {
    capacity: usize,
    /// The stream that the batch is of; not among the others.
    selected: Stream,
    selected_key: u64,
    /// By hash of their names, each with the turn in which it was left.
    others: HashMap<u64, (u64, Stream), FixedState>,
    turn: u64,
    unescaped: Unescaped,
}

impl Streams {
    /// Remembers at most `capacity` streams; when there are more, the half that was left longest ago is let go.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        let nowhere = Origin::default();
        Self {
            capacity: capacity.max(1),
            selected_key: key(&nowhere),
            selected: Stream::new(&nowhere),
            others: HashMap::default(),
            turn: 0,
            unescaped: Unescaped::default(),
        }
    }

    /// Selects the stream that the following events are of. Cheap when it is the one already selected.
    pub fn enter(&mut self, origin: &Origin, out: &mut dyn Collect) {
        if self.selected.is_of(origin) {
            return;
        }
        let wanted_key = key(origin);
        let wanted = match self.others.remove(&wanted_key) {
            Some((_, known)) if known.is_of(origin) => known,
            collision_or_none => {
                if let Some((_, stream)) = collision_or_none {
                    stream.finish(out);
                }
                Stream::new(origin)
            }
        };
        let left = std::mem::replace(&mut self.selected, wanted);
        let left_key = std::mem::replace(&mut self.selected_key, wanted_key);
        self.turn += 1;
        self.others.insert(left_key, (self.turn, left));
        if self.others.len() >= self.capacity {
            self.forget_half(out);
        }
    }

    /// Joins an event and what it says with its stream: to a line without a request id that of the invocation it
    /// stands in, to every line what the stream told about its function. What the line proves goes to `out`.
    ///
    /// Allocates nothing for what functions write.
    pub fn record<'a>(
        &'a mut self,
        event: &Event<'a>,
        event_id: EventId<'a>,
        time: UnixMillis,
        mut line: Line<'a>,
        out: &mut dyn Collect,
    ) -> Record<'a> {
        if !event.part.is_first() {
            line = plain_text(event.message); // The middle of a message may look like anything.
        }
        let mark = Mark { event_id, time, form: Form::of(event.message) };
        self.selected.observe(&mark, &line, out);
        let bracket = self.selected.bracket();
        let around = Ids {
            request_id: bracket.map(|run| &*run.request_id),
            trace_id: bracket.and_then(|run| run.trace_id()),
            tenant: bracket.and_then(|run| run.tenant()),
        };
        Record::join(self.selected.origin(), around, event, (event_id, time), line, &mut self.unescaped)
    }

    /// Hands on every invocation that is reported, and remembers what still runs: the end of a delivery that others
    /// will follow.
    pub fn flush(&mut self, out: &mut dyn Collect) {
        self.selected.flush(out);
        for (_, stream) in self.others.values_mut() {
            stream.flush(out);
        }
    }

    /// Hands on all that is held and forgets every stream: the end of the input.
    pub fn finish(&mut self, out: &mut dyn Collect) {
        std::mem::take(&mut self.selected).finish(out);
        self.selected_key = key(&Origin::default());
        for (_, (_, stream)) in self.others.drain() {
            stream.finish(out);
        }
    }

    /// Half at once, so that finding the oldest costs next to nothing a stream.
    fn forget_half(&mut self, out: &mut dyn Collect) {
        let mut turns: Vec<u64> = self.others.values().map(|(turn, _)| *turn).collect();
        let middle = turns.len().saturating_sub(1) / 2;
        let (_, newest_forgotten, _) = turns.select_nth_unstable(middle);
        let is_old = |_: &u64, (turn, _): &mut (u64, Stream)| *turn <= *newest_forgotten;
        for (_, (_, stream)) in self.others.extract_if(is_old) {
            stream.finish(out);
        }
    }
}

/// Identity of a stream. Two streams of one hash would push each other out, once in 2^32 streams.
fn key(origin: &Origin) -> u64 {
    use std::hash::BuildHasher;
    FixedState::default().hash_one((
        origin.named_account(),
        origin.log_group(),
        origin.log_stream(),
        origin.named_function(),
    ))
}
