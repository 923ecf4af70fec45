//! Scanner of text in no other format: each line is a log event.

use tailwater_parser::{
    DecodeError, Receive,
    decode::{More, Scan, Window},
};

use super::{About, check_text, emit, preamble::Preamble};
use crate::source::lines::{Lines, Message, SegmentStart};

/// Scanner that emits each line as a log event. Its id is made of the delivery's name and the number of the line.
#[derive(Debug)]
pub(in crate::source) struct RawLines {
    about: About,
    lines: Lines,
    message: Message,
    preamble: Preamble,
    /// Number of events so far.
    count: u64,
}

impl RawLines {
    pub(super) fn new(about: About) -> Self {
        let preamble = if about.key().is_empty() { Preamble::Over } else { Preamble::Possible };
        Self { about, lines: Lines::default(), message: Message::default(), preamble, count: 0 }
    }

    fn begin_line(&mut self, receive: &mut dyn Receive) {
        if self.count == 0 {
            receive.batch(&self.about.origin);
        }
        self.count += 1;
    }

    fn emit<'r>(
        &self,
        receive: &'r mut dyn Receive,
    ) -> impl FnMut(&str, tailwater_parser::decode::Part, tailwater_parser::decode::Utf8) + use<'r> {
        emit(self.about.id(self.count.saturating_sub(1)), self.about.time, receive)
    }

    fn end_line(&mut self, receive: &mut dyn Receive) {
        let mut emit = self.emit(receive);
        self.message.finish(&mut emit);
    }
}

impl Scan for RawLines {
    fn scan(
        &mut self,
        window: &mut Window,
        more: More,
        receive: &mut dyn Receive,
    ) -> Result<(), DecodeError> {
        while let Some(segment) = self.lines.next(window.unread(), more) {
            check_text(segment.bytes, window.offset())?;
            let len = segment.bytes.len();
            if self.preamble.skips(&segment, self.about.key()) {
                window.consume(len);
                continue;
            }
            if segment.start == SegmentStart::Line {
                self.begin_line(receive);
            }
            let mut emit = self.emit(receive);
            self.message.push(segment.bytes, &mut emit);
            drop(emit);
            if segment.bytes.ends_with(b"\n") {
                self.end_line(receive);
            }
            window.consume(len);
        }
        if more == More::No {
            self.end_line(receive);
        }
        Ok(())
    }
}
