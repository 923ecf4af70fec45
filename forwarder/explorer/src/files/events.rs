//! Lambda events on disk: one a file, one a line, or one after the other. A broken one costs only itself.

use tailwater_forwarder::source::{DeliveryReader, members::Nesting, read_event};
use tailwater_parser::{
    ByteSize, DecodeError, Receive,
    decode::{More, Window},
};

use super::{Notes, ScanForm, place::Place};

/// Larger than any event of Lambda's (6 MB).
const EVENT_LIMIT: usize = 16 * 1024 * 1024;

/// Finds where events end, and reads each.
pub(super) struct LambdaEvents {
    reader: DeliveryReader,
    event: Vec<u8>,
    search: Search,
    mode: Mode,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Reading,
    /// To the next line, behind something broken.
    Skipping,
}

impl LambdaEvents {
    pub(super) fn new(delivery_limit: ByteSize, place: &Place) -> Self {
        let reader = DeliveryReader::new(delivery_limit, place.fallback().clone());
        Self { reader, event: Vec::new(), search: Search::default(), mode: Mode::Reading }
    }

    fn read(&mut self, offset: u64, receive: &mut dyn Receive, notes: &mut Notes) {
        let Self { reader, event, .. } = self;
        let opened = match read_event(event) {
            Ok(opened) => opened,
            Err(unknown) => return notes.reject(offset, &unknown),
        };
        for delivery in &opened.deliveries {
            if let Err(error) = reader.read(delivery, receive) {
                notes.reject(offset, &format_args!("record {}: {error}", delivery.index));
            }
        }
    }

    fn skip(&mut self, window: &mut Window) {
        let line_feed = memchr::memchr(b'\n', window.unread());
        window.consume(line_feed.map_or(usize::MAX, |at| at + 1));
        if line_feed.is_some() {
            self.mode = Mode::Reading;
        }
    }

    /// What to do with the text that is there; `None` when more has to arrive.
    fn step(
        &mut self,
        window: &mut Window,
        more: More,
        receive: &mut dyn Receive,
        notes: &mut Notes,
    ) -> Option<()> {
        match self.search.go_on(window.unread()) {
            Ahead::Event { len } => {
                self.event.clear();
                self.event.extend_from_slice(window.unread().get(..len).unwrap_or_default());
                let offset = window.offset();
                window.consume(len);
                self.read(offset, receive, notes);
            }
            Ahead::Broken { resume, mode } => {
                notes.reject(window.offset(), &"a broken event: not JSON");
                window.consume(resume);
                self.mode = mode;
            }
            Ahead::Open if window.unread().len() > EVENT_LIMIT => {
                notes.reject(window.offset(), &format_args!("an event of more than {}", ByteSize::mib(16)));
                window.consume(usize::MAX);
                self.mode = Mode::Skipping;
            }
            Ahead::Open if more == More::No => {
                notes.reject(window.offset(), &"the text ends inside an event");
                window.consume(usize::MAX);
            }
            Ahead::Open => return None,
        }
        self.search = Search::default();
        Some(())
    }
}

impl ScanForm for LambdaEvents {
    fn scan(
        &mut self,
        window: &mut Window,
        more: More,
        receive: &mut dyn Receive,
        notes: &mut Notes,
    ) -> Result<(), DecodeError> {
        loop {
            if self.mode == Mode::Skipping {
                self.skip(window);
            }
            if self.search.at == 0 {
                let text = window.unread();
                let space = text.len() - text.trim_ascii_start().len();
                window.consume(space);
            }
            if window.unread().is_empty() || self.step(window, more, receive, notes).is_none() {
                return Ok(());
            }
        }
    }
}

/// The search for the end of an event, which goes on where it stopped for want of text.
#[derive(Clone, Copy, Debug, Default)]
struct Search {
    at: usize,
    nesting: Nesting,
    /// The last byte that was no space.
    last: u8,
    /// Whether only spaces stand between the last line feed and here.
    line: LineStart,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum LineStart {
    #[default]
    No,
    Yes,
}

/// What the text ahead is.
enum Ahead {
    Event {
        len: usize,
    },
    /// No event; reading resumes behind `resume` bytes, or at the next line after them.
    Broken {
        resume: usize,
        mode: Mode,
    },
    Open,
}

impl Search {
    fn go_on(&mut self, text: &[u8]) -> Ahead {
        while let Some(&byte) = text.get(self.at) {
            if let Some(ahead) = self.check(byte) {
                return ahead;
            }
            self.nesting.step(byte);
            self.at += 1;
            self.line = if byte == b'\n' { LineStart::Yes } else { LineStart::No };
            if !byte.is_ascii_whitespace() {
                self.last = byte;
            }
            if self.nesting.is_outside() {
                return Ahead::Event { len: self.at };
            }
            self.at += self.nesting.plain_len(text.get(self.at..).unwrap_or_default());
        }
        Ahead::Open
    }

    /// What shows that this is no JSON: an event must not swallow those behind it.
    fn check(&self, byte: u8) -> Option<Ahead> {
        let at = self.at;
        if at == 0 {
            return (byte != b'{').then_some(Ahead::Broken { resume: 0, mode: Mode::Skipping });
        }
        if self.nesting.in_string() {
            return (byte == b'\n').then_some(Ahead::Broken { resume: at + 1, mode: Mode::Reading });
        }
        if byte != b'{' || matches!(self.last, b',' | b':' | b'[') {
            return None;
        }
        let mode = if self.line == LineStart::Yes { Mode::Reading } else { Mode::Skipping };
        Some(Ahead::Broken { resume: at, mode })
    }
}
