//! Times of events that have none, at the beginning of an input: the time of the first event that has one.
//!
//! Events without a time are held back until an event with a time follows, then passed on with that time. Later events
//! without a time are passed on as they are: they have the time of the event before, which the receiver knows. If no
//! event has a time, they are passed on without one at the end.

use std::ops::Range;

use tailwater_parser::{
    DecodeError, Event, Origin, Receive, UnixMillis,
    decode::{More, Part, Utf8, Window},
};

use super::{scan_report::ScanReport, scanner::FormatScanner};

/// Maximum size in bytes of the messages that are held back. After that, events without a time are passed on.
const HELD_BACK_LIMIT: usize = 16 * 1024 * 1024;

/// Wrapper around a scanner that completes the times of the first events.
pub(super) struct TimeCompleter {
    scanner: Box<dyn FormatScanner>,
    held: HeldEvents,
    state: State,
}

/// Progress in an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// No event had a time yet: events are held back.
    Holding,
    /// Every event is passed on at once.
    Passing,
}

impl TimeCompleter {
    pub(super) fn new(scanner: Box<dyn FormatScanner>) -> Self {
        Self { scanner, held: HeldEvents::default(), state: State::Holding }
    }

    fn release(&mut self, receive: &mut dyn Receive) {
        self.held.release(None, receive);
    }
}

impl FormatScanner for TimeCompleter {
    fn scan(
        &mut self,
        window: &mut Window,
        more: More,
        receive: &mut dyn Receive,
        report: &mut ScanReport,
    ) -> Result<(), DecodeError> {
        if self.state == State::Passing {
            return self.scanner.scan(window, more, receive, report);
        }
        let mut holding = HoldingReceiver { held: &mut self.held, state: &mut self.state, receive };
        let scanned = self.scanner.scan(window, more, &mut holding, report);
        if more != More::Maybe || scanned.is_err() {
            self.release(receive);
        }
        scanned
    }

    fn flush(&mut self, receive: &mut dyn Receive) {
        let mut holding = HoldingReceiver { held: &mut self.held, state: &mut self.state, receive };
        self.scanner.flush(&mut holding);
        self.release(receive);
    }
}

/// Receiver that holds events back until one has a time.
struct HoldingReceiver<'h> {
    held: &'h mut HeldEvents,
    state: &'h mut State,
    receive: &'h mut dyn Receive,
}

impl Receive for HoldingReceiver<'_> {
    fn batch(&mut self, origin: &Origin) {
        match self.state {
            State::Holding => self.held.origins.push((self.held.events.len(), origin.clone())),
            State::Passing => self.receive.batch(origin),
        }
    }

    fn event(&mut self, event: &Event<'_>) {
        if *self.state == State::Holding {
            let is_full = self.held.text.len() > HELD_BACK_LIMIT;
            if event.time.is_none() && !is_full {
                return self.held.push(event);
            }
            self.held.release(event.time, self.receive);
            *self.state = State::Passing;
        }
        self.receive.event(event);
    }

    fn control_message(&mut self) {
        self.receive.control_message();
    }
}

/// Events that are held back, with their text in one allocation.
#[derive(Default)]
struct HeldEvents {
    text: String,
    events: Vec<HeldEvent>,
    /// Origins, each with the number of events before it.
    origins: Vec<(usize, Origin)>,
}

struct HeldEvent {
    id: Option<Range<usize>>,
    message: Range<usize>,
    part: Part,
    utf8: Utf8,
}

impl HeldEvents {
    fn push(&mut self, event: &Event<'_>) {
        let id = event.id.map(|id| self.store_text(id));
        let message = self.store_text(event.message);
        let Event { part, utf8, .. } = *event;
        self.events.push(HeldEvent { id, message, part, utf8 });
    }

    fn store_text(&mut self, text: &str) -> Range<usize> {
        let start = self.text.len();
        self.text.push_str(text);
        start..self.text.len()
    }

    /// Passes on all events with this time, and their origins.
    fn release(&mut self, time: Option<UnixMillis>, receive: &mut dyn Receive) {
        let mut origins = self.origins.drain(..).peekable();
        for (number, event) in self.events.drain(..).enumerate() {
            while let Some((_, origin)) = origins.next_if(|(before, _)| *before <= number) {
                receive.batch(&origin);
            }
            let text = |range: &Range<usize>| self.text.get(range.clone()).unwrap_or_default();
            let (id, message) = (event.id.as_ref().map(text), text(&event.message));
            receive.event(&Event { id, time, message, part: event.part, utf8: event.utf8 });
        }
        origins.for_each(|(_, origin)| receive.batch(&origin));
        self.text = String::new();
    }
}
