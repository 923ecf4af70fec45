//! Sorts the rows of a query result, which come newest first by default, into the order in which they were logged.
//!
//! A block of rows is buffered and sorted by stream and time. Logs Insights returns at most 10,000 rows, so a block is
//! nearly always the whole result. A larger result is sorted block by block: a stream's REPORT may then come before its
//! START, which the derivation of invocations tolerates.

use std::{cmp::Reverse, ops::Range};

use tailwater_parser::{
    DecodeError, Event, Origin, Receive, UnixMillis,
    decode::{More, Part, Utf8, Window},
};

use super::{scan_report::ScanReport, scanner::FormatScanner};

/// Maximum size of the buffered text in bytes.
const BLOCK_LIMIT: usize = 32 * 1024 * 1024;

/// Wrapper around the scanner of a format whose rows are not sorted by time; sorts the events of the scanner.
pub(super) struct TimeSorter<S> {
    scanner: S,
    block: Block,
}

impl<S> TimeSorter<S> {
    pub(super) fn new(scanner: S) -> Self {
        Self { scanner, block: Block::default() }
    }
}

impl<S: FormatScanner> FormatScanner for TimeSorter<S> {
    fn scan(
        &mut self,
        window: &mut Window,
        more: More,
        receive: &mut dyn Receive,
        report: &mut ScanReport,
    ) -> Result<(), DecodeError> {
        let scanned =
            self.scanner.scan(window, more, &mut BlockReceiver { block: &mut self.block, receive }, report);
        if more != More::Maybe || scanned.is_err() {
            self.block.flush(receive);
        }
        scanned
    }

    fn flush(&mut self, receive: &mut dyn Receive) {
        self.scanner.flush(&mut BlockReceiver { block: &mut self.block, receive });
        self.block.flush(receive);
    }
}

/// Receiver that buffers events in a block and flushes the block when it is full.
struct BlockReceiver<'h> {
    block: &'h mut Block,
    receive: &'h mut dyn Receive,
}

impl Receive for BlockReceiver<'_> {
    fn batch(&mut self, origin: &Origin) {
        self.block.set_origin(origin);
    }

    fn event(&mut self, event: &Event<'_>) {
        if self.block.text.len() > BLOCK_LIMIT && event.part.is_first() {
            self.block.flush(self.receive);
        }
        self.block.push(event);
    }

    fn control_message(&mut self) {
        self.receive.control_message();
    }
}

/// Buffered events, with their text in one allocation.
#[derive(Default)]
struct Block {
    text: String,
    origins: Vec<Origin>,
    /// Index in `origins` of the origin of the next event.
    origin: usize,
    events: Vec<BufferedEvent>,
    /// Number of events so far, where a split event counts once. It is the number of the next part, so that
    /// all parts of an event share one number.
    count: u64,
}

struct BufferedEvent {
    origin: usize,
    number: u64,
    time: Option<UnixMillis>,
    id: Option<Range<usize>>,
    message: Range<usize>,
    part: Part,
    utf8: Utf8,
}

impl Block {
    fn set_origin(&mut self, origin: &Origin) {
        let known = self.origins.iter().position(|known| known == origin);
        self.origin = known.unwrap_or_else(|| {
            self.origins.push(origin.clone());
            self.origins.len() - 1
        });
    }

    fn push(&mut self, event: &Event<'_>) {
        self.count += u64::from(event.part.is_first());
        let id = event.id.map(|id| self.store_text(id));
        let message = self.store_text(event.message);
        let (origin, number) = (self.origin, self.count);
        let Event { time, part, utf8, .. } = *event;
        self.events.push(BufferedEvent { origin, number, time, id, message, part, utf8 });
    }

    fn store_text(&mut self, text: &str) -> Range<usize> {
        let start = self.text.len();
        self.text.push_str(text);
        start..self.text.len()
    }

    fn flush(&mut self, receive: &mut dyn Receive) {
        self.sort();
        let mut announced = None;
        for event in &self.events {
            if announced != Some(event.origin) {
                announced = Some(event.origin);
                self.origins.get(event.origin).inspect(|origin| receive.batch(origin));
            }
            let text = |range: &Range<usize>| self.text.get(range.clone()).unwrap_or_default();
            let (id, message) = (event.id.as_ref().map(text), text(&event.message));
            receive.event(&Event { id, time: event.time, message, part: event.part, utf8: event.utf8 });
        }
        self.clear();
    }

    /// Sorts by stream and time. Events of the same time keep the order of the rows, reversed if the newest row came first.
    fn sort(&mut self) {
        let first = self.events.first().and_then(|event| event.time);
        let last = self.events.last().and_then(|event| event.time);
        if first > last {
            self.events.sort_by_key(|event| (event.origin, event.time, Reverse(event.number)));
        } else {
            self.events.sort_by_key(|event| (event.origin, event.time, event.number));
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
