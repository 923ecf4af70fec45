//! Objects one a line: a line that is none costs only itself.

use tailwater_forwarder::source::{
    lines::{Lines, Place as LinePlace},
    members::Members,
};
use tailwater_parser::{
    DecodeError, Receive,
    decode::{Envelope, Keys, More, Scan, Shape, Window},
};

use super::{Notes, ScanForm, place::Place};

/// Reads lines of one object each, every line through a window of its own.
pub(super) struct ObjectLines {
    lines: Lines,
    line: Window,
    /// Where in the text the line begins.
    offset: u64,
    mode: Mode,
    envelope: Envelope,
    make: Box<dyn Fn() -> Envelope>,
    keys: Keys,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Reading,
    /// To the end of a line that was refused or filtered.
    Skipping,
}

impl ObjectLines {
    pub(super) fn new(shape: Shape, keys: Keys, place: Place) -> Self {
        let make = Box::new(move || Envelope::new(shape, keys, place.fallback().clone()));
        let (lines, line) = (Lines::default(), Window::default());
        Self { lines, line, offset: 0, mode: Mode::Reading, envelope: make(), make, keys }
    }

    fn begin(&mut self, line: &[u8], offset: u64, notes: &mut Notes) {
        self.offset = offset;
        self.mode = Mode::Reading;
        match Content::of(line, self.keys) {
            Content::Event => {}
            Content::Derived => {
                notes.filter();
                self.mode = Mode::Skipping;
            }
            Content::Other => self.refuse("neither a record nor a summary", notes),
        }
    }

    fn feed(&mut self, mut bytes: &[u8], receive: &mut dyn Receive, notes: &mut Notes) {
        while self.mode == Mode::Reading && !bytes.is_empty() {
            let room = self.line.spare();
            let n = room.len().min(bytes.len());
            let (now, later) = bytes.split_at_checked(n).unwrap_or((bytes, &[]));
            if let Some(room) = room.get_mut(..n) {
                room.copy_from_slice(now);
            }
            self.line.filled(n);
            bytes = later;
            if let Err(error) = Scan::scan(&mut self.envelope, &mut self.line, More::Maybe, receive) {
                self.refuse(reason(&error), notes);
            }
        }
    }

    fn end(&mut self, notes: &mut Notes) {
        if self.mode == Mode::Reading && !self.line.unread().trim_ascii().is_empty() {
            self.refuse("the line ends inside an object", notes);
        }
        self.mode = Mode::Skipping;
    }

    fn refuse(&mut self, reason: &str, notes: &mut Notes) {
        notes.reject(self.offset, &reason);
        self.mode = Mode::Skipping;
        self.line.reset();
        self.envelope = (self.make)();
    }
}

/// What a line holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Content {
    /// An event, or what will turn out to be none.
    Event,
    /// An invocation, a metric or a summary of our own: computed again from the logs.
    Derived,
    /// Something else among our own records.
    Other,
}

impl Content {
    fn of(line: &[u8], keys: Keys) -> Self {
        let members = || Members::of(line).filter(|_| keys == Keys::Records);
        let Some(mut of_record) = members() else { return Self::Event };
        match of_record.find(|member| member.name == b"kind").and_then(|kind| kind.string()) {
            Some("log") => Self::Event,
            Some("invocation" | "metric") => Self::Derived,
            None if members().is_some_and(|mut all| all.any(|it| it.name == b"ledger")) => Self::Derived,
            Some(_) | None => Self::Other,
        }
    }
}

/// Without the place, which would be one in the line's window.
fn reason(error: &DecodeError) -> &'static str {
    match error {
        DecodeError::Envelope { reason, .. } => reason,
        DecodeError::IncompleteDocument { .. }
        | DecodeError::Base64 { .. }
        | DecodeError::Damaged { .. }
        | DecodeError::Truncated { .. }
        | DecodeError::TrailingGarbage { .. }
        | DecodeError::InflatedLimit { .. } => "not an object of log events",
    }
}

impl ScanForm for ObjectLines {
    fn scan(
        &mut self,
        window: &mut Window,
        more: More,
        receive: &mut dyn Receive,
        notes: &mut Notes,
    ) -> Result<(), DecodeError> {
        while let Some(segment) = self.lines.next(window.unread(), more) {
            if segment.place == LinePlace::LineStart {
                self.begin(segment.bytes, window.offset(), notes);
            }
            self.feed(segment.bytes, receive, notes);
            if segment.bytes.ends_with(b"\n") {
                self.end(notes);
            }
            let len = segment.bytes.len();
            window.consume(len);
        }
        if more == More::No {
            self.end(notes);
        }
        Ok(())
    }
}
