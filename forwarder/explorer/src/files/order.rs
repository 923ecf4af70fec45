//! Puts the rows of a query result, newest first by default, into the order in which they were logged.
//!
//! A block of rows is held and sorted by stream and time. Insights returns at most 10,000 rows, so a block is nearly
//! always the whole result; a larger one is sorted block by block, each before the newer one in front of it was: a
//! stream's REPORT may then come before its START, which deriving invocations tolerates.

use std::{cmp::Reverse, ops::Range};

use tailwater_parser::{
    DecodeError, Event, Origin, Receive, UnixMillis,
    decode::{More, Part, Utf8, Window},
};

use super::{Notes, ScanForm};

/// How much text is held at most.
const BLOCK: usize = 32 * 1024 * 1024;

/// Reads a form whose rows come in an order of their own.
pub(super) struct InTimeOrder<F> {
    form: F,
    block: Block,
}

impl<F> InTimeOrder<F> {
    pub(super) fn new(form: F) -> Self {
        Self { form, block: Block::default() }
    }
}

impl<F: ScanForm> ScanForm for InTimeOrder<F> {
    fn scan(
        &mut self,
        window: &mut Window,
        more: More,
        receive: &mut dyn Receive,
        notes: &mut Notes,
    ) -> Result<(), DecodeError> {
        let scanned = self.form.scan(window, more, &mut Holding { block: &mut self.block, receive }, notes);
        if more != More::Maybe || scanned.is_err() {
            self.block.hand_on(receive);
        }
        scanned
    }

    fn release(&mut self, receive: &mut dyn Receive) {
        self.form.release(&mut Holding { block: &mut self.block, receive });
        self.block.hand_on(receive);
    }
}

/// Takes events into a block, and hands them on when it is full.
struct Holding<'h> {
    block: &'h mut Block,
    receive: &'h mut dyn Receive,
}

impl Receive for Holding<'_> {
    fn batch(&mut self, origin: &Origin) {
        self.block.begin(origin);
    }

    fn event(&mut self, event: &Event<'_>) {
        if self.block.text.len() > BLOCK && event.part.is_first() {
            self.block.hand_on(self.receive);
        }
        self.block.hold(event);
    }

    fn control_message(&mut self) {
        self.receive.control_message();
    }
}

/// Events held back.
#[derive(Default)]
struct Block {
    text: String,
    origins: Vec<Origin>,
    /// Index of the current origin.
    origin: usize,
    events: Vec<Held>,
    /// Events begun so far; the parts of one share its number.
    count: u64,
}

struct Held {
    origin: usize,
    number: u64,
    time: Option<UnixMillis>,
    id: Option<Range<usize>>,
    message: Range<usize>,
    part: Part,
    utf8: Utf8,
}

impl Block {
    fn begin(&mut self, origin: &Origin) {
        let known = self.origins.iter().position(|known| known == origin);
        self.origin = known.unwrap_or_else(|| {
            self.origins.push(origin.clone());
            self.origins.len() - 1
        });
    }

    fn hold(&mut self, event: &Event<'_>) {
        self.count += u64::from(event.part.is_first());
        let id = event.id.map(|id| self.keep(id));
        let message = self.keep(event.message);
        let (origin, number) = (self.origin, self.count);
        let Event { time, part, utf8, .. } = *event;
        self.events.push(Held { origin, number, time, id, message, part, utf8 });
    }

    fn keep(&mut self, text: &str) -> Range<usize> {
        let start = self.text.len();
        self.text.push_str(text);
        start..self.text.len()
    }

    fn hand_on(&mut self, receive: &mut dyn Receive) {
        self.sort();
        let mut announced = None;
        for held in &self.events {
            if announced != Some(held.origin) {
                announced = Some(held.origin);
                self.origins.get(held.origin).inspect(|origin| receive.batch(origin));
            }
            let text = |range: &Range<usize>| self.text.get(range.clone()).unwrap_or_default();
            let (id, message) = (held.id.as_ref().map(text), text(&held.message));
            receive.event(&Event { id, time: held.time, message, part: held.part, utf8: held.utf8 });
        }
        self.clear();
    }

    /// By stream and time; what has one time in the order of the rows, turned round when the newest came first.
    fn sort(&mut self) {
        let first = self.events.first().and_then(|held| held.time);
        let last = self.events.last().and_then(|held| held.time);
        if first > last {
            self.events.sort_by_key(|held| (held.origin, held.time, Reverse(held.number)));
        } else {
            self.events.sort_by_key(|held| (held.origin, held.time, held.number));
        }
    }

    fn clear(&mut self) {
        let current = self.origins.get(self.origin).cloned();
        self.origins.clear();
        self.origins.extend(current);
        self.origin = 0;
        self.text.clear();
        self.events.clear();
    }
}
