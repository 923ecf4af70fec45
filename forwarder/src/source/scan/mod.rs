//! Scanner of a delivery's text: finds the log events in CloudWatch envelopes, or in raw lines.

use tailwater_parser::{
    DecodeError, Event, Origin, Receive, UnixMillis,
    decode::{Envelope, Keys, More, Part, Scan, Shape, Utf8, Window},
};

use super::{
    delivery::Delivery,
    lines::{Lines, Message, SegmentStart},
    members::{Members, value_len},
};

/// Scanner of a delivery's text, whose format is recognised by its first bytes.
#[derive(Debug)]
pub(super) enum DeliveryScan {
    Undecided(RawLines),
    Envelope(Box<Envelope>),
    Lines(RawLines),
}

impl Default for DeliveryScan {
    fn default() -> Self {
        Self::Undecided(RawLines::default())
    }
}

impl DeliveryScan {
    /// Creates the scanner of a delivery. `fallback` is the origin (account, log group, log stream) of raw lines.
    pub(super) fn new(delivery: &Delivery<'_>, fallback: &Origin) -> Self {
        Self::Undecided(RawLines {
            id: delivery.name.clone().into_owned(),
            time: delivery.time,
            origin: fallback.clone(),
            ..RawLines::default()
        })
    }
}

impl Scan for DeliveryScan {
    fn scan(
        &mut self,
        window: &mut Window,
        more: More,
        receive: &mut dyn Receive,
    ) -> Result<(), DecodeError> {
        if let Self::Undecided(lines) = self {
            *self = match Format::detect(window.unread(), more) {
                None => return Ok(()),
                Some(Format::Envelope) => {
                    let fallback = std::mem::take(&mut lines.origin);
                    Self::Envelope(Box::new(Envelope::new(Shape::Documents, Keys::CloudWatch, fallback)))
                }
                Some(Format::Lines) => Self::Lines(std::mem::take(lines)),
            };
        }
        match self {
            Self::Undecided(_) => Ok(()),
            Self::Envelope(envelope) => envelope.scan(window, more, receive),
            Self::Lines(lines) => lines.scan(window, more, receive),
        }
    }
}

/// Format of a delivery's text.
enum Format {
    Envelope,
    Lines,
}

/// Number of bytes at the start of a JSON object in which a member of an envelope has to be found.
const HEAD: usize = 64 * 1024;

impl Format {
    /// Detects the format of a text that starts with `head`; `None` if more text has to arrive first.
    fn detect(head: &[u8], more: More) -> Option<Self> {
        let all = head.len() >= HEAD || more == More::No;
        let Some(mut members) = Members::of(head) else {
            let is_blank = head.trim_ascii_start().is_empty();
            return (all || !is_blank).then_some(Self::Lines);
        };
        if members.any(|member| matches!(member.name, b"logEvents" | b"messageType")) {
            return Some(Self::Envelope);
        }
        (all || value_len(head.trim_ascii_start()).is_some()).then_some(Self::Lines)
    }
}

/// Scanner of text that is not an envelope: each line is a log event.
#[derive(Debug, Default)]
pub(super) struct RawLines {
    id: String,
    time: Option<UnixMillis>,
    origin: Origin,
    lines: Lines,
    message: Message,
    /// Number of lines of the delivery so far.
    count: u64,
}

impl Scan for RawLines {
    fn scan(
        &mut self,
        window: &mut Window,
        more: More,
        receive: &mut dyn Receive,
    ) -> Result<(), DecodeError> {
        while let Some(segment) = self.lines.next(window.unread(), more) {
            if memchr::memchr(0, segment.bytes).is_some() {
                return Err(DecodeError::Envelope { offset: window.offset(), reason: "binary data" });
            }
            if segment.start == SegmentStart::Line {
                self.begin_line(receive);
            }
            let len = segment.bytes.len();
            self.message.push(segment.bytes, &mut emit(&self.id, self.count, self.time, receive));
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

impl RawLines {
    fn begin_line(&mut self, receive: &mut dyn Receive) {
        if self.count == 0 {
            receive.batch(&self.origin);
        }
        self.count += 1;
    }

    fn end_line(&mut self, receive: &mut dyn Receive) {
        self.message.finish(&mut emit(&self.id, self.count, self.time, receive));
    }
}

/// Returns a receiver of messages that emits them as log events of a raw line. `line` is counted from 1, but from 0 in
/// the id of the log event.
fn emit<'r>(
    id: &str,
    line: u64,
    time: Option<UnixMillis>,
    receive: &'r mut dyn Receive,
) -> impl FnMut(&str, Part, Utf8) + use<'r> {
    let id = (!id.is_empty()).then(|| format!("{id}/{}", line.saturating_sub(1)));
    move |message, part, utf8| receive.event(&Event { id: id.as_deref(), time, message, part, utf8 })
}
