//! Forms of lines: an event begins where a rule says so, and goes on to the next beginning.

use tailwater_forwarder::source::lines::{Lines, Message, Place as LinePlace};
use tailwater_parser::{
    DecodeError, Event, Receive, UnixMillis,
    decode::{More, Part, Utf8, Window},
};

use super::{
    Notes, ScanForm,
    place::{Named, Place},
};

/// A line that begins an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Beginning<'l> {
    pub(super) time: Option<UnixMillis>,
    /// Empty when the line does not tell.
    pub(super) log_stream: &'l str,
    /// The rest of the line, to its end.
    pub(super) message: &'l str,
}

/// How a form of lines tells where events begin.
pub(super) trait Rule {
    /// The event that `line` begins; `None` when it continues the one before.
    fn begins<'l>(&mut self, line: &'l str) -> Option<Beginning<'l>>;
}

/// A form whose every event begins with a prefix, read by this.
#[derive(Clone, Copy, Debug)]
pub(super) struct Prefixed(pub(super) fn(&str) -> Option<Beginning<'_>>);

impl Rule for Prefixed {
    fn begins<'l>(&mut self, line: &'l str) -> Option<Beginning<'l>> {
        (self.0)(line)
    }
}

/// Reads a form of lines.
#[derive(Debug)]
pub(super) struct TextForm<R> {
    rule: R,
    place: Place,
    lines: Lines,
    open: Open,
    message: Message,
    time: Option<UnixMillis>,
}

/// Whether an event has begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    No,
    Yes,
}

impl<R: Rule> TextForm<R> {
    pub(super) fn new(rule: R, place: Place) -> Self {
        let (lines, message) = (Lines::default(), Message::default());
        Self { rule, place, lines, open: Open::No, message, time: None }
    }

    fn line(&mut self, bytes: &[u8], receive: &mut dyn Receive) {
        let text = valid_prefix(bytes);
        let mut skipped = 0;
        if let Some(begins) = self.rule.begins(text) {
            skipped = text.len() - begins.message.len();
            self.release(receive);
            self.begin(begins.time, begins.log_stream, receive);
        } else if self.open == Open::No && !bytes.trim_ascii().is_empty() {
            self.begin(None, "", receive);
        }
        self.message.push(bytes.get(skipped..).unwrap_or_default(), &mut emit(self.time, receive));
    }

    fn begin(&mut self, time: Option<UnixMillis>, log_stream: &str, receive: &mut dyn Receive) {
        self.place.announce(Named { log_stream, ..Named::default() }, receive);
        self.time = time;
        self.open = Open::Yes;
    }
}

impl<R: Rule> ScanForm for TextForm<R> {
    fn scan(
        &mut self,
        window: &mut Window,
        more: More,
        receive: &mut dyn Receive,
        _: &mut Notes,
    ) -> Result<(), DecodeError> {
        while let Some(segment) = self.lines.next(window.unread(), more) {
            match segment.place {
                LinePlace::LineStart => self.line(segment.bytes, receive),
                LinePlace::LineRest => self.message.push(segment.bytes, &mut emit(self.time, receive)),
            }
            let len = segment.bytes.len();
            window.consume(len);
        }
        if more != More::Maybe {
            self.release(receive);
        }
        Ok(())
    }

    fn release(&mut self, receive: &mut dyn Receive) {
        self.message.finish(&mut emit(self.time, receive));
        self.open = Open::No;
    }
}

fn emit(time: Option<UnixMillis>, receive: &mut dyn Receive) -> impl FnMut(&str, Part, Utf8) {
    move |message, part, utf8| receive.event(&Event { id: None, time, message, part, utf8 })
}

/// As much of a line as is UTF-8: times and streams stand at its beginning.
fn valid_prefix(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_else(|error| {
        let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
        std::str::from_utf8(valid).unwrap_or_default()
    })
}
