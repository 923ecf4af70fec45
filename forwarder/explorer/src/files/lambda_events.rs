//! Scanner of Lambda events (JSON objects that AWS passes to a function) in files: one event per file, one
//! per line, or concatenated. A broken event does not affect the others.

use tailwater_forwarder::source::{DeliveryReader, members::Nesting, read_event};
use tailwater_parser::{
    ByteSize, DecodeError, Receive,
    decode::{More, Window},
};

use super::{origin::OriginTracker, scan_report::ScanReport, scanner::FormatScanner};

/// Maximum size of a Lambda event in bytes; Lambda's own limit is 6 MB.
const EVENT_LIMIT: usize = 16 * 1024 * 1024;

/// Scanner that finds the end of each Lambda event and then reads the event.
pub(super) struct LambdaEventScanner {
    reader: DeliveryReader,
    event: Vec<u8>,
    search: EventSearch,
    mode: Mode,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Reading,
    /// Skips to the next line, after a broken event.
    Skipping,
}

impl LambdaEventScanner {
    pub(super) fn new(delivery_limit: ByteSize, origins: &OriginTracker) -> Self {
        let reader = DeliveryReader::new(delivery_limit, origins.default_origin().clone());
        Self { reader, event: Vec::new(), search: EventSearch::default(), mode: Mode::Reading }
    }

    fn read(&mut self, offset: u64, receive: &mut dyn Receive, report: &mut ScanReport) {
        let Self { reader, event, .. } = self;
        let opened = match read_event(event) {
            Ok(opened) => opened,
            Err(unknown) => return report.add_rejected(offset, &unknown),
        };
        for delivery in &opened.deliveries {
            if let Err(error) = reader.read(delivery, receive) {
                report.add_rejected(offset, &format_args!("record {}: {error}", delivery.index));
            }
        }
    }

    fn skip_line(&mut self, window: &mut Window) {
        let line_feed = memchr::memchr(b'\n', window.unread());
        window.consume(line_feed.map_or(usize::MAX, |at| at + 1));
        if line_feed.is_some() {
            self.mode = Mode::Reading;
        }
    }

    /// Handles the next Lambda event in the window. Returns `None` if more text has to arrive first.
    fn step(
        &mut self,
        window: &mut Window,
        more: More,
        receive: &mut dyn Receive,
        report: &mut ScanReport,
    ) -> Option<()> {
        match self.search.advance(window.unread()) {
            Lookahead::Event { len } => {
                self.event.clear();
                self.event.extend_from_slice(window.unread().get(..len).unwrap_or_default());
                let offset = window.offset();
                window.consume(len);
                self.read(offset, receive, report);
            }
            Lookahead::Broken { resume, mode } => {
                report.add_rejected(window.offset(), &"invalid Lambda event: not JSON");
                window.consume(resume);
                self.mode = mode;
            }
            Lookahead::Incomplete if window.unread().len() > EVENT_LIMIT => {
                report.add_rejected(
                    window.offset(),
                    &format_args!("Lambda event larger than {}", ByteSize::mib(16)),
                );
                window.consume(usize::MAX);
                self.mode = Mode::Skipping;
            }
            Lookahead::Incomplete if more == More::No => {
                report.add_rejected(window.offset(), &"incomplete Lambda event at the end of the text");
                window.consume(usize::MAX);
            }
            Lookahead::Incomplete => return None,
        }
        self.search = EventSearch::default();
        Some(())
    }
}

impl FormatScanner for LambdaEventScanner {
    fn scan(
        &mut self,
        window: &mut Window,
        more: More,
        receive: &mut dyn Receive,
        report: &mut ScanReport,
    ) -> Result<(), DecodeError> {
        loop {
            if self.mode == Mode::Skipping {
                self.skip_line(window);
            }
            if self.search.at == 0 {
                let text = window.unread();
                let space = text.len() - text.trim_ascii_start().len();
                window.consume(space);
            }
            if window.unread().is_empty() || self.step(window, more, receive, report).is_none() {
                return Ok(());
            }
        }
    }
}

/// Search for the end of a Lambda event. When more text arrives, it continues where it stopped.
#[derive(Clone, Copy, Debug, Default)]
struct EventSearch {
    at: usize,
    nesting: Nesting,
    /// Last byte that was not white space.
    last: u8,
    /// Tells if the search is at the start of a line: `Yes` directly after a line feed.
    line_start: LineStart,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum LineStart {
    #[default]
    No,
    Yes,
}

/// Result of an [`EventSearch`].
enum Lookahead {
    Event {
        len: usize,
    },
    /// The text is not a Lambda event. Reading resumes after `resume` bytes, or at the next line after them.
    Broken {
        resume: usize,
        mode: Mode,
    },
    Incomplete,
}

impl EventSearch {
    fn advance(&mut self, text: &[u8]) -> Lookahead {
        while let Some(&byte) = text.get(self.at) {
            if let Some(found) = self.find_damage(byte) {
                return found;
            }
            self.nesting.step(byte);
            self.at += 1;
            self.line_start = if byte == b'\n' { LineStart::Yes } else { LineStart::No };
            if !byte.is_ascii_whitespace() {
                self.last = byte;
            }
            if self.nesting.is_outside() {
                return Lookahead::Event { len: self.at };
            }
            self.at += self.nesting.plain_len(text.get(self.at..).unwrap_or_default());
        }
        Lookahead::Incomplete
    }

    /// Recognises text that cannot be JSON, so that events after a broken event are not taken as part of it.
    fn find_damage(&self, byte: u8) -> Option<Lookahead> {
        let at = self.at;
        if at == 0 {
            return (byte != b'{').then_some(Lookahead::Broken { resume: 0, mode: Mode::Skipping });
        }
        if self.nesting.in_string() {
            return (byte == b'\n').then_some(Lookahead::Broken { resume: at + 1, mode: Mode::Reading });
        }
        if byte != b'{' || matches!(self.last, b',' | b':' | b'[') {
            return None;
        }
        let mode = if self.line_start == LineStart::Yes { Mode::Reading } else { Mode::Skipping };
        Some(Lookahead::Broken { resume: at, mode })
    }
}
