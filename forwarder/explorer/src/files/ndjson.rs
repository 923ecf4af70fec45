//! Scanner of JSON objects, one per line. A bad line does not affect the others.

use tailwater_forwarder::source::{
    lines::{Lines, SegmentStart},
    members::Members,
};
use tailwater_parser::{
    DecodeError, Receive,
    decode::{Envelope, Keys, More, Scan, Shape, Window},
};

use super::{origin::OriginTracker, scan_report::ScanReport, scanner::FormatScanner};

/// Scanner that reads one JSON object per line. Each line has its own window, so that an error does not
/// affect the next line.
pub(super) struct NdjsonScanner {
    lines: Lines,
    line: Window,
    /// Byte offset of the current line in the inflated text.
    offset: u64,
    mode: Mode,
    envelope: Envelope,
    new_envelope: Box<dyn Fn() -> Envelope>,
    keys: Keys,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Reading,
    /// Skips to the end of a line that was rejected or filtered.
    Skipping,
}

impl NdjsonScanner {
    pub(super) fn new(shape: Shape, keys: Keys, origins: OriginTracker) -> Self {
        let new_envelope = Box::new(move || Envelope::new(shape, keys, origins.default_origin().clone()));
        let (lines, line) = (Lines::default(), Window::default());
        Self { lines, line, offset: 0, mode: Mode::Reading, envelope: new_envelope(), new_envelope, keys }
    }

    fn begin_line(&mut self, line: &[u8], offset: u64, report: &mut ScanReport) {
        self.offset = offset;
        self.mode = Mode::Reading;
        match LineKind::of(line, self.keys) {
            LineKind::Event => {}
            LineKind::Derived => {
                report.add_filtered();
                self.mode = Mode::Skipping;
            }
            LineKind::Other => self.reject_line("neither a Tailwater record nor a summary", report),
        }
    }

    fn feed(&mut self, mut bytes: &[u8], receive: &mut dyn Receive, report: &mut ScanReport) {
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
                self.reject_line(rejection_reason(&error), report);
            }
        }
    }

    fn end_line(&mut self, report: &mut ScanReport) {
        if self.mode == Mode::Reading && !self.line.unread().trim_ascii().is_empty() {
            self.reject_line("incomplete JSON object at the end of the line", report);
        }
        self.mode = Mode::Skipping;
    }

    fn reject_line(&mut self, reason: &str, report: &mut ScanReport) {
        report.add_rejected(self.offset, &reason);
        self.mode = Mode::Skipping;
        self.line.reset();
        self.envelope = (self.new_envelope)();
    }
}

/// Kind of the JSON object in a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LineKind {
    /// Log event, or not yet known to be something else.
    Event,
    /// Invocation, metric or summary record of Tailwater. It is skipped, because it is computed again from
    /// the logs.
    Derived,
    /// JSON object of unknown kind among Tailwater's records.
    Other,
}

impl LineKind {
    fn of(line: &[u8], keys: Keys) -> Self {
        let members = || Members::of(line).filter(|_| keys == Keys::Records);
        let Some(mut members_of_record) = members() else { return Self::Event };
        match members_of_record.find(|member| member.name == b"kind").and_then(|kind| kind.string()) {
            Some("log") => Self::Event,
            Some("invocation" | "metric") => Self::Derived,
            None if members().is_some_and(|mut all| all.any(|it| it.name == b"ledger")) => Self::Derived,
            Some(_) | None => Self::Other,
        }
    }
}

/// Returns the reason of an error without its offset, which counts from the start of the line. The rejection
/// has the offset in the whole text instead.
fn rejection_reason(error: &DecodeError) -> &'static str {
    match error {
        DecodeError::Envelope { reason, .. } => reason,
        DecodeError::IncompleteDocument { .. }
        | DecodeError::Base64 { .. }
        | DecodeError::Damaged { .. }
        | DecodeError::Truncated { .. }
        | DecodeError::TrailingGarbage { .. }
        | DecodeError::InflatedLimit { .. }
        | DecodeError::TooManyLayers { .. } => "invalid log event object",
    }
}

impl FormatScanner for NdjsonScanner {
    fn scan(
        &mut self,
        window: &mut Window,
        more: More,
        receive: &mut dyn Receive,
        report: &mut ScanReport,
    ) -> Result<(), DecodeError> {
        while let Some(segment) = self.lines.next(window.unread(), more) {
            if segment.start == SegmentStart::Line {
                self.begin_line(segment.bytes, window.offset(), report);
            }
            self.feed(segment.bytes, receive, report);
            if segment.bytes.ends_with(b"\n") {
                self.end_line(report);
            }
            let len = segment.bytes.len();
            window.consume(len);
        }
        if more == More::No {
            self.end_line(report);
        }
        Ok(())
    }
}
