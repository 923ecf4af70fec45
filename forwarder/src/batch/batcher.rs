//! Batcher: encodes and compresses one sink's log records into request bodies.

use std::collections::VecDeque;

use bytes::Bytes;
use tailwater_parser::{Record, UnixMillis, decode::Part};

use super::{
    body::{Body, History, SinkIndex},
    compress::{Compressor, Level},
    parts,
    ranges::RangeSet,
};
use crate::sink::{AddError, Limits, LogsBody, Signal, Sink};

/// Maximum number of parts into which the text of an event is split.
const MAX_PARTS: u32 = 64;

/// Minimum average size of an event's parts, in bytes. If a backend says that an even smaller part is too large, its
/// size is not the reason.
const MIN_PART_SIZE: usize = 1024;

/// Maximum number of compressed bytes that a compressor holds back. A body is closed this far below the limit of its
/// compressed size.
pub(crate) const COMPRESSOR_SLACK: usize = 256 * 1024;

/// Events that are sent together in bodies of their own, after a larger body was not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventGroup {
    /// Numbers of the events.
    pub events: RangeSet,
    /// Attempts to send the larger body.
    pub history: History,
}

/// Selection of the events that a [`Batcher`] takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// All events.
    Everything,
    /// Events of these groups; each group goes into bodies of its own. The groups are in the order of their first
    /// event, and do not overlap.
    Groups(VecDeque<EventGroup>),
}

impl Selection {
    /// Selects no event.
    #[must_use]
    pub fn nothing() -> Self {
        Self::Groups(VecDeque::new())
    }

    /// Selects the events of these groups, which may be given in any order.
    #[must_use]
    pub fn of(mut groups: Vec<EventGroup>) -> Self {
        groups.sort_by_key(|group| group.events.iter().next().map(|range| range.start));
        Self::Groups(groups.into())
    }
}

/// Encodes and compresses one sink's log records into bodies, and closes each body at the sink's limits.
#[derive(Debug)]
pub struct Batcher {
    sink: SinkIndex,
    limits: Limits,
    body: Box<dyn LogsBody>,
    compressor: Compressor,
    scratch: Vec<u8>,
    selection: Selection,
    covers: RangeSet,
    /// Number of whole events and of parts of events in the open body.
    count: u64,
    history: History,
    closed: VecDeque<Body>,
    unfit: RangeSet,
}

/// Packing of an event's parts into bodies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PartPacking {
    /// Each body takes as many parts as its limits allow.
    Full,
    /// Each body takes one part, because the backend accepts less than its limits say.
    Single,
}

/// Error for an event that is too large for any body, however many parts it is split into.
struct Unfit;

impl Batcher {
    /// Creates a batcher for `sink`. It takes no event before [`Self::select`] is called.
    #[must_use]
    pub fn new(index: SinkIndex, sink: &dyn Sink, level: Level) -> Self {
        let encoding = sink.endpoint(Signal::Logs).map_or(crate::sink::Encoding::Identity, |at| at.encoding);
        Self {
            sink: index,
            limits: sink.limits(Signal::Logs),
            body: sink.logs(),
            compressor: Compressor::new(encoding, level),
            scratch: Vec::new(),
            selection: Selection::nothing(),
            covers: RangeSet::default(),
            count: 0,
            history: History::default(),
            closed: VecDeque::new(),
            unfit: RangeSet::default(),
        }
    }

    /// Sets the events to take from now on, and closes the open body.
    pub fn select(&mut self, selection: Selection) {
        self.close();
        self.selection = selection;
        self.history = History::default();
    }

    /// Adds the event with this number, if it is selected.
    pub fn add(&mut self, number: u32, record: &Record<'_>, now: UnixMillis) {
        let Some(history) = self.admit(number) else { return };
        if self.count >= self.limits.events {
            self.close();
        }
        if history.parts == 1 && self.put(record, now).is_ok() {
            self.covers.insert(number..number.saturating_add(1));
            self.compress();
        } else {
            self.add_in_parts(number, record, history, now);
        }
    }

    /// Returns the next finished body.
    pub fn pop(&mut self) -> Option<Body> {
        self.closed.pop_front()
    }

    /// Finishes the open body, unless it is empty.
    pub fn close(&mut self) {
        if self.count == 0 {
            return;
        }
        self.body.finish(&mut self.scratch);
        self.compressor.write(&self.scratch);
        self.scratch.clear();
        self.count = 0;
        self.closed.push_back(Body {
            sink: self.sink,
            signal: Signal::Logs,
            bytes: Bytes::from(self.compressor.finish()),
            covers: std::mem::take(&mut self.covers),
            part_of: None,
            history: self.history,
        });
    }

    /// Takes the events that were too large for any body, however many parts they are split into.
    pub fn take_unfit(&mut self) -> RangeSet {
        std::mem::take(&mut self.unfit)
    }

    /// Returns the [`History`] of the group that contains the event; `None` if the event is not selected. Closes the
    /// open body at the end of a group.
    fn admit(&mut self, number: u32) -> Option<History> {
        let Selection::Groups(groups) = &mut self.selection else {
            return Some(self.history);
        };
        let mut has_left_group = false;
        while groups.front().is_some_and(|group| group.events.end() <= number) {
            groups.pop_front();
            has_left_group = true;
        }
        let history = groups.front().filter(|group| group.events.contains(number)).map(|group| group.history);
        if has_left_group {
            self.close();
        }
        if let Some(history) = history {
            self.history = history;
        }
        history
    }

    /// Puts a record into the open body, or into the next one if it is full.
    fn put(&mut self, record: &Record<'_>, now: UnixMillis) -> Result<(), AddError> {
        let added = match self.body.add(record, now) {
            Err(AddError::BodyFull) => {
                self.close();
                self.body.add(record, now)
            }
            added => added,
        };
        added.map(|()| self.count += 1)
    }

    /// Puts the parts of one event into bodies that contain no other event. Only the last of these bodies covers the
    /// event.
    fn add_in_parts(&mut self, number: u32, record: &Record<'_>, history: History, now: UnixMillis) {
        self.close();
        let event = number..number.saturating_add(1);
        let before = self.closed.len();
        let packing = if history.parts > 1 { PartPacking::Single } else { PartPacking::Full };
        let parts = self.parts_that_fit(record, history.parts.max(2), now);
        self.history.parts = parts;
        if self.put_parts(record, parts, packing, now).is_ok() {
            self.closed.iter_mut().skip(before).for_each(|body| body.part_of = Some(number));
            self.covers.insert(event);
            self.close();
        } else {
            self.closed.truncate(before);
            self.discard();
            self.unfit.insert(event);
        }
        self.history = history;
    }

    /// Returns a number of parts, at least `parts`, so that the first part fits into an empty body. All parts have
    /// about the same size. Returns at least [`MAX_PARTS`] if no part is small enough.
    fn parts_that_fit(&mut self, record: &Record<'_>, mut parts: u32, now: UnixMillis) -> u32 {
        while parts < MAX_PARTS {
            let first = parts::split(record.message, parts).next().unwrap_or_default();
            let fits = self.body.add(&Record { message: first, ..record.clone() }, now).is_ok();
            self.discard();
            if fits {
                break;
            }
            parts *= 2;
        }
        parts
    }

    fn put_parts(
        &mut self,
        record: &Record<'_>,
        n: u32,
        packing: PartPacking,
        now: UnixMillis,
    ) -> Result<(), Unfit> {
        let (first, is_last_piece) = match record.part {
            Part::Whole => (0, true),
            Part::Piece(piece) => (piece.saturating_mul(MAX_PARTS), false),
            Part::Last(piece) => (piece.saturating_mul(MAX_PARTS), true),
        };
        if record.message.len() / MIN_PART_SIZE < usize::try_from(n).unwrap_or(usize::MAX) {
            return Err(Unfit);
        }
        let texts: Vec<_> = parts::split(record.message, n).collect();
        let last = texts.len().saturating_sub(1);
        for (at, message) in texts.into_iter().enumerate() {
            if packing == PartPacking::Single {
                self.close();
            }
            let part = first.saturating_add(u32::try_from(at).unwrap_or(u32::MAX));
            let part = if at == last && is_last_piece { Part::Last(part) } else { Part::Piece(part) };
            self.put(&Record { message, part, ..record.clone() }, now).map_err(|_| Unfit)?;
        }
        Ok(())
    }

    /// Drops the content of the open body, which was only added to see if it fits.
    fn discard(&mut self) {
        self.body.finish(&mut self.scratch);
        self.scratch.clear();
        self.count = 0;
    }

    /// Compresses the encoded records, and closes the body when it reaches the limit on its compressed size.
    fn compress(&mut self) {
        self.body.take(&mut self.scratch);
        if self.scratch.is_empty() {
            return;
        }
        self.compressor.write(&self.scratch);
        self.scratch.clear();
        if self.compressor.compressed_len() + COMPRESSOR_SLACK >= self.limits.compressed {
            self.close();
        }
    }
}
