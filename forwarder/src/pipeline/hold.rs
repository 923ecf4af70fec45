//! Events that are held back, in the order in which they arrived: until the events that are joined with them, and the
//! requests that they belong to, are known.

use std::{ops::Range, sync::Arc};

use tailwater_parser::{
    Event, Origin, UnixMillis,
    decode::{Part, Utf8},
    record::EventId,
};

use crate::{ledger::Tally, rules::Selected};

/// Size in bytes of the messages at which all events that are held are let go. What is not known by then is not waited
/// for: a request that is cut there is kept whole.
const MAX_TEXT: usize = 8 * 1024 * 1024;

/// Number of events at which all events that are held are let go.
const MAX_EVENTS: usize = 64 * 1024;

/// Events that are held back.
#[derive(Debug, Default)]
pub(super) struct Hold {
    text: String,
    events: Vec<Held>,
    /// Batches of the events; an event refers to one of them.
    batches: Vec<Arc<Batch>>,
}

/// Batch of events: their origin, and the rules that can match them.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// Number of the batch; each has another one.
    pub(super) number: u64,
    pub(super) origin: Origin,
    /// Hash of the log stream.
    pub(super) stream: u64,
    pub(super) selected: Arc<Selected>,
}

/// Event that is held back. Its texts are ranges of the text that [`Hold`] keeps.
#[derive(Clone, Debug)]
pub(super) struct Held {
    id: HeldId,
    time: UnixMillis,
    message: Range<usize>,
    part: Part,
    utf8: Utf8,
    batch: usize,
    /// True if the event is within the range of times to keep.
    pub(super) is_in_range: bool,
    pub(super) place: Place,
}

/// Relation of an event to the events that are joined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The event is delivered by itself.
    Alone(Tally),
    /// The event is the first one of several that are joined. `followers` are the positions of the others, relative to
    /// it.
    First { tally: Tally, followers: Vec<u32> },
    /// The event is joined into an earlier one.
    Absorbed,
}

/// Id of an event that is held back.
#[derive(Clone, Debug)]
enum HeldId {
    CloudWatch(Range<usize>),
    Position(u64),
}

/// Event that arrives: with its id, time and size.
#[derive(Clone, Copy)]
pub(super) struct Arrived<'e> {
    pub(super) event: &'e Event<'e>,
    pub(super) id: EventId<'e>,
    pub(super) time: UnixMillis,
    pub(super) is_in_range: bool,
    pub(super) tally: Tally,
}

impl Hold {
    /// True if no event is held.
    pub(super) fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// True if all events have to be let go now.
    pub(super) fn is_full(&self) -> bool {
        self.text.len() >= MAX_TEXT || self.events.len() >= MAX_EVENTS
    }

    /// Adds an event of a batch. Returns its index.
    pub(super) fn push(&mut self, arrived: &Arrived<'_>, batch: &Arc<Batch>) -> usize {
        if self.batches.last().is_none_or(|last| last.number != batch.number) {
            self.batches.push(Arc::clone(batch));
        }
        let id = match arrived.id {
            EventId::CloudWatch(id) => HeldId::CloudWatch(self.keep(id)),
            EventId::Position(hash) => HeldId::Position(hash),
        };
        let message = self.keep(arrived.event.message);
        let index = self.events.len();
        self.events.push(Held {
            id,
            time: arrived.time,
            message,
            part: arrived.event.part,
            utf8: arrived.event.utf8,
            batch: self.batches.len().saturating_sub(1),
            is_in_range: arrived.is_in_range,
            place: Place::Alone(arrived.tally),
        });
        index
    }

    /// Joins an event, which must be the last one, into the earlier event `first`.
    pub(super) fn absorb(&mut self, index: usize, first: usize) {
        let Some(held) = self.events.get_mut(index) else { return };
        let absorbed = std::mem::replace(&mut held.place, Place::Absorbed);
        let Place::Alone(added) = absorbed else { return };
        let after = u32::try_from(index.saturating_sub(first)).unwrap_or(u32::MAX);
        let Some(head) = self.events.get_mut(first) else { return };
        match &mut head.place {
            Place::First { tally, followers } => {
                *tally += added;
                followers.push(after);
            }
            Place::Alone(tally) => {
                let mut sum = *tally;
                sum += added;
                head.place = Place::First { tally: sum, followers: vec![after] };
            }
            Place::Absorbed => {}
        }
    }

    /// Replaces the message of an event by that of all events that were joined into it.
    pub(super) fn set_message(&mut self, index: usize, message: &str) {
        let message = self.keep(message);
        if let Some(held) = self.events.get_mut(index) {
            held.message = message;
        }
    }

    /// Returns all events, each with its batch.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Held, &Arc<Batch>)> {
        self.events.iter().filter_map(|held| Some((held, self.batches.get(held.batch)?)))
    }

    /// Returns the event, with its id and its time.
    pub(super) fn arrived<'h>(&'h self, held: &Held) -> (Event<'h>, EventId<'h>, UnixMillis) {
        let text = |range: &Range<usize>| self.text.get(range.clone()).unwrap_or_default();
        let (id, event_id) = match &held.id {
            HeldId::CloudWatch(range) => (Some(text(range)), EventId::CloudWatch(text(range))),
            HeldId::Position(hash) => (None, EventId::Position(*hash)),
        };
        let message = text(&held.message);
        let event = Event { id, time: Some(held.time), message, part: held.part, utf8: held.utf8 };
        (event, event_id, held.time)
    }

    /// Drops all events.
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.events.clear();
        self.batches.clear();
    }

    fn keep(&mut self, text: &str) -> Range<usize> {
        let start = self.text.len();
        self.text.push_str(text);
        start..self.text.len()
    }
}
