//! Scanner of formats that consist of text lines, in which an event may span several lines.

use tailwater_forwarder::source::lines::{Lines, Message, SegmentStart, valid_prefix};
use tailwater_parser::{
    DecodeError, Event, Receive, UnixMillis,
    decode::{More, Part, Utf8, Window},
};

use super::{
    boundary::{EventBoundary, EventStart},
    origin::{OriginTracker, RowOrigin},
    scan_report::ScanReport,
    scanner::FormatScanner,
};

/// Scanner that joins lines to events: an event ends where the boundary (an `EventBoundary`) finds the start
/// of the next event.
#[derive(Debug)]
pub(super) struct MultilineScanner<B> {
    boundary: B,
    origins: OriginTracker,
    lines: Lines,
    state: State,
    message: Message,
    time: Option<UnixMillis>,
}

/// State between lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// No event has started yet.
    NoEvent,
    /// The current event may continue in the next line.
    InEvent,
}

impl<B: EventBoundary> MultilineScanner<B> {
    pub(super) fn new(boundary: B, origins: OriginTracker) -> Self {
        let (lines, message) = (Lines::default(), Message::default());
        Self { boundary, origins, lines, state: State::NoEvent, message, time: None }
    }

    fn push_line(&mut self, bytes: &[u8], receive: &mut dyn Receive) {
        let text = valid_prefix(bytes);
        let mut own = text;
        if let Some(start) = self.boundary.event_start(text) {
            own = start.message;
            self.flush(receive);
            self.start_event(&start, receive);
        } else if self.state == State::InEvent {
            own = self.boundary.continuation(text);
        } else if !bytes.trim_ascii().is_empty() {
            self.start_event(&EventStart::default(), receive);
        }
        let skipped = text.len() - own.len();
        self.push(bytes.get(skipped..).unwrap_or_default(), receive);
    }

    fn start_event(&mut self, start: &EventStart<'_>, receive: &mut dyn Receive) {
        let EventStart { time, log_group, log_stream, .. } = *start;
        self.origins.announce(RowOrigin { log_group, log_stream, ..RowOrigin::default() }, receive);
        self.time = time;
        self.state = State::InEvent;
    }

    fn push(&mut self, bytes: &[u8], receive: &mut dyn Receive) {
        self.message.push(bytes, &mut emit(self.time, &self.boundary, receive));
    }
}

impl<B: EventBoundary> FormatScanner for MultilineScanner<B> {
    fn scan(
        &mut self,
        window: &mut Window,
        more: More,
        receive: &mut dyn Receive,
        _: &mut ScanReport,
    ) -> Result<(), DecodeError> {
        while let Some(segment) = self.lines.next(window.unread(), more) {
            match segment.start {
                SegmentStart::Line => self.push_line(segment.bytes, receive),
                SegmentStart::Continuation => self.push(segment.bytes, receive),
            }
            let len = segment.bytes.len();
            window.consume(len);
        }
        if more != More::Maybe {
            self.flush(receive);
        }
        Ok(())
    }

    fn flush(&mut self, receive: &mut dyn Receive) {
        self.message.finish(&mut emit(self.time, &self.boundary, receive));
        self.state = State::NoEvent;
    }
}

fn emit<B: EventBoundary>(
    time: Option<UnixMillis>,
    boundary: &B,
    receive: &mut dyn Receive,
) -> impl FnMut(&str, Part, Utf8) {
    move |message, part, utf8| {
        let time = time.or_else(|| boundary.message_time(message));
        receive.event(&Event { id: None, time, message, part, utf8 });
    }
}
