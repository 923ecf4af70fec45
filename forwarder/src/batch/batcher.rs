//! One sink's way from records to bodies.

use std::collections::VecDeque;

use bytes::Bytes;
use tailwater_parser::{Record, UnixMillis, decode::Part};

use super::{Body, Compressor, History, Level, RangeSet, SinkIndex, parts};
use crate::sink::{Limits, LogsBody, NoRoom, Signal, Sink};

/// An event is split into this many parts at most.
const PARTS: u32 = 64;

/// No text is split into parts of less than this on average, in bytes: where so few are too many, it is not for their number.
const SMALLEST_PART: usize = 1024;

/// A compressor holds back this much at most, so that a limit on compressed bytes needs it as distance.
pub(crate) const COMPRESSOR_SLACK: usize = 256 * 1024;

/// Events that belong into the same body, because a larger one was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventGroup {
    /// By number.
    pub events: RangeSet,
    /// Of the larger one.
    pub history: History,
}

/// Which events a lane takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// All of them.
    Everything,
    /// Those of these groups, each into bodies of its own; in the order of their first event, and none inside another.
    Groups(VecDeque<EventGroup>),
}

impl Selection {
    /// No event at all.
    #[must_use]
    pub fn nothing() -> Self {
        Self::Groups(VecDeque::new())
    }

    /// These groups, in any order.
    #[must_use]
    pub fn of(mut groups: Vec<EventGroup>) -> Self {
        groups.sort_by_key(|group| group.events.iter().next().map(|range| range.start));
        Self::Groups(groups.into())
    }
}

/// One sink's open body, and what is to be put into it.
#[derive(Debug)]
pub struct Batcher {
    sink: SinkIndex,
    limits: Limits,
    body: Box<dyn LogsBody>,
    compressor: Compressor,
    scratch: Vec<u8>,
    selection: Selection,
    covers: RangeSet,
    /// Parts and events in the open body.
    count: u64,
    history: History,
    closed: VecDeque<Body>,
    unfit: RangeSet,
}

/// What the parts of an event are put into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bodies {
    /// As few as hold them.
    Few,
    /// One for each: the backend takes less than its limits say.
    Each,
}

/// An event whose smallest part is larger than a body, or would be too small to be the reason.
struct Unfit;

impl Batcher {
    /// A lane to `sink`; it takes nothing until it has a plan.
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

    /// What it takes from now on.
    pub fn select(&mut self, selection: Selection) {
        self.close();
        self.selection = selection;
        self.history = History::default();
    }

    /// Takes the event of this number, if the plan says so.
    pub fn add(&mut self, number: u32, record: &Record<'_>, now: UnixMillis) {
        let Some(history) = self.admit(number) else { return };
        if self.count >= self.limits.events {
            self.close();
        }
        if history.parts == 1 && self.put(record, now).is_ok() {
            self.covers.insert(number..number.saturating_add(1));
            self.compress();
        } else {
            self.divide(number, record, history, now);
        }
    }

    /// Takes the next finished body.
    pub fn pop(&mut self) -> Option<Body> {
        self.closed.pop_front()
    }

    /// Ends the open body, if anything is in it.
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

    /// The events that fit into no body, however small their parts; they are forgotten here.
    pub fn take_unfit(&mut self) -> RangeSet {
        std::mem::take(&mut self.unfit)
    }

    /// Whether the plan wants this event; where it begins a group, the open body is closed.
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

    /// Puts a record into the open body or the next one.
    fn put(&mut self, record: &Record<'_>, now: UnixMillis) -> Result<(), NoRoom> {
        let added = match self.body.add(record, now) {
            Err(NoRoom::Body) => {
                self.close();
                self.body.add(record, now)
            }
            added => added,
        };
        added.map(|()| self.count += 1)
    }

    /// Puts an event in parts into bodies that hold nothing else: all but the last only begin it.
    fn divide(&mut self, number: u32, record: &Record<'_>, history: History, now: UnixMillis) {
        self.close();
        let event = number..number.saturating_add(1);
        let before = self.closed.len();
        let bodies = if history.parts > 1 { Bodies::Each } else { Bodies::Few };
        let parts = self.parts_with_room(record, history.parts.max(2), now);
        self.history.parts = parts;
        if self.put_parts(record, parts, bodies, now).is_ok() {
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

    /// In how many parts, at least `parts`, a fresh body takes the first: all are of about one size.
    fn parts_with_room(&mut self, record: &Record<'_>, mut parts: u32, now: UnixMillis) -> u32 {
        while parts < PARTS {
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
        bodies: Bodies,
        now: UnixMillis,
    ) -> Result<(), Unfit> {
        let (first, is_last_piece) = match record.part {
            Part::Whole => (0, true),
            Part::Piece(piece) => (piece.saturating_mul(PARTS), false),
            Part::Last(piece) => (piece.saturating_mul(PARTS), true),
        };
        if record.message.len() / SMALLEST_PART < usize::try_from(n).unwrap_or(usize::MAX) {
            return Err(Unfit);
        }
        let texts: Vec<_> = parts::split(record.message, n).collect();
        let last = texts.len().saturating_sub(1);
        for (at, message) in texts.into_iter().enumerate() {
            if bodies == Bodies::Each {
                self.close();
            }
            let part = first.saturating_add(u32::try_from(at).unwrap_or(u32::MAX));
            let part = if at == last && is_last_piece { Part::Last(part) } else { Part::Piece(part) };
            self.put(&Record { message, part, ..record.clone() }, now).map_err(|_| Unfit)?;
        }
        Ok(())
    }

    /// Empties the open body of what was only a trial.
    fn discard(&mut self) {
        self.body.finish(&mut self.scratch);
        self.scratch.clear();
        self.count = 0;
    }

    /// Hands what is complete to the compressor, and closes a body that its output fills.
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
