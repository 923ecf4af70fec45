//! Scanner of an object of CloudWatch's export to S3: a line with a time begins a log event, other lines continue it.

use tailwater_parser::{
    DecodeError, Receive, UnixMillis,
    decode::{More, Scan, Window},
};

use super::{About, check_text, emit};
use crate::source::{
    export::{ExportKey, event_start},
    lines::{Lines, Message, Segment, SegmentStart, valid_prefix},
};

/// Scanner that joins lines to log events. The id of an event is made of the delivery's name and the number of the event.
#[derive(Debug)]
pub(in crate::source) struct ExportLines {
    about: About,
    lines: Lines,
    message: Message,
    /// Time of the current event.
    time: Option<UnixMillis>,
    /// Number of events so far.
    count: u64,
}

impl ExportLines {
    /// Creates the scanner of an object. Its key names the log stream.
    pub(super) fn new(mut about: About) -> Self {
        if let Some(ExportKey { log_stream, prefix }) = ExportKey::parse(about.key()) {
            let origin = &mut about.origin;
            origin.set_names("", &log_stream);
            // Only streams of Lambda functions name a version.
            let is_function = !origin.version().is_empty() && prefix != ExportKey::DEFAULT_PREFIX;
            if origin.function().is_empty() && is_function {
                origin.set_function(&prefix);
            }
        }
        let time = about.time;
        Self { about, lines: Lines::default(), message: Message::default(), time, count: 0 }
    }

    fn push(&mut self, segment: &Segment<'_>, receive: &mut dyn Receive) {
        let mut bytes = segment.bytes;
        if segment.start == SegmentStart::Line {
            let text = valid_prefix(bytes);
            if let Some((time, message)) = event_start(text) {
                bytes = bytes.get(text.len() - message.len()..).unwrap_or_default();
                self.end_event(receive);
                self.begin_event(Some(time), receive);
            } else if self.count == 0 && !bytes.trim_ascii().is_empty() {
                // The event began in the object before.
                self.begin_event(self.about.time, receive);
            }
        }
        let id = self.id();
        self.message.push(bytes, &mut emit(id, self.time, receive));
    }

    fn begin_event(&mut self, time: Option<UnixMillis>, receive: &mut dyn Receive) {
        if self.count == 0 {
            receive.batch(&self.about.origin);
        }
        self.count += 1;
        self.time = time;
    }

    fn end_event(&mut self, receive: &mut dyn Receive) {
        let id = self.id();
        self.message.finish(&mut emit(id, self.time, receive));
    }

    fn id(&self) -> Option<String> {
        self.about.id(self.count.saturating_sub(1))
    }
}

impl Scan for ExportLines {
    fn scan(
        &mut self,
        window: &mut Window,
        more: More,
        receive: &mut dyn Receive,
    ) -> Result<(), DecodeError> {
        while let Some(segment) = self.lines.next(window.unread(), more) {
            if let Err(error) = check_text(segment.bytes, window.offset()) {
                self.end_event(receive);
                return Err(error);
            }
            self.push(&segment, receive);
            let len = segment.bytes.len();
            window.consume(len);
        }
        if more != More::Maybe {
            self.end_event(receive);
        }
        Ok(())
    }
}
