//! One item of a Lambda event, and how its events are read: an envelope, or raw lines.

use std::borrow::Cow;

use tailwater_parser::{
    ByteSize, DecodeError, Decoder, Event, Origin, Receive, UnixMillis,
    decode::{Envelope, Keys, More, Part, Pushed, Scan, Shape, Utf8, Window, push_base64},
};

use super::{
    lines::{Lines, Message, Place},
    members::{Members, value_len},
    object::ObjectRef,
};

/// One item of a Lambda event, or one of several in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery<'e> {
    /// What AWS calls the item: sequence number, message id or record id; empty when it has no name. Several
    /// deliveries that came in one message have the same.
    pub id: Cow<'e, str>,
    /// What it is called itself, wherever it was found: the same whether it came directly, through a queue or out of a
    /// dead-letter queue. Events without ids are named by it.
    pub name: Cow<'e, str>,
    /// The item's place in the Lambda event, counted from 0.
    pub index: usize,
    /// When the stream, queue or topic took it.
    pub time: Option<UnixMillis>,
    /// What it carries.
    pub content: Content<'e>,
}

/// What a delivery carries. Borrowed from the event but for what was inside a message of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content<'e> {
    /// Base64 of an envelope or of raw lines, compressed or not.
    Base64(Cow<'e, str>),
    /// An envelope or raw lines.
    Text(Cow<'e, str>),
    /// Envelopes or raw lines, compressed or not, which have to be fetched.
    Object(Box<ObjectRef>),
    /// One of our own parked objects, with what it owes to whom: `deliver::park` reads it.
    Parked(Cow<'e, [u8]>),
    /// Nothing: the item lacks the member of this name, or it is no string.
    Missing(&'static str),
}

impl Delivery<'_> {
    /// Its content in base64, where it came so; a Firehose wants it back.
    #[must_use]
    pub fn base64(&self) -> &str {
        match &self.content {
            Content::Base64(text) => text,
            Content::Text(_) | Content::Object(_) | Content::Parked(_) | Content::Missing(_) => "",
        }
    }

    /// The same, independent of the event's text.
    pub(super) fn into_owned(self) -> Delivery<'static> {
        let owned = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        let content = match self.content {
            Content::Base64(text) => Content::Base64(owned(text)),
            Content::Text(text) => Content::Text(owned(text)),
            Content::Object(object) => Content::Object(object),
            Content::Parked(bytes) => Content::Parked(Cow::Owned(bytes.into_owned())),
            Content::Missing(name) => Content::Missing(name),
        };
        Delivery { id: owned(self.id), name: owned(self.name), index: self.index, time: self.time, content }
    }
}

/// Why a delivery could not be read to its end. What was read before is real and was handed on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeliveryError {
    /// The item has no content.
    #[error("no text {0} in the record")]
    Missing(&'static str),
    /// Its content is not in the event: it has to be fetched, or read as a parked object.
    #[error("the content is not in the event, but {0}")]
    Elsewhere(&'static str),
    /// The object that holds it is gone, or another was written in its place.
    #[error("the object is not there any more")]
    Gone,
    /// Its content is damaged.
    #[error(transparent)]
    Decode(#[from] DecodeError),
}

/// Reads one delivery after the other through the same buffers.
#[derive(Debug)]
pub struct DeliveryReader {
    decoder: Decoder<DeliveryScan>,
    fallback: Origin,
    /// Bytes of the delivery as they came, base64 undone.
    input: Vec<u8>,
    /// How many of these were used.
    used: usize,
    /// Whether there may be more text in what was used than was read.
    has_unread: bool,
}

impl DeliveryReader {
    /// A reader of deliveries that may inflate to `limit` each; `fallback` is where raw lines come from.
    #[must_use]
    pub fn new(limit: ByteSize, fallback: Origin) -> Self {
        Self {
            decoder: Decoder::new(DeliveryScan::default(), limit),
            fallback,
            input: Vec::new(),
            used: 0,
            has_unread: false,
        }
    }

    /// Hands on the events of one delivery. Those of raw lines have the delivery's name and their line's number as id,
    /// and the delivery's time.
    ///
    /// # Errors
    /// The delivery has no content, or is damaged; events before the damage were handed on.
    pub fn read(&mut self, delivery: &Delivery<'_>, receive: &mut dyn Receive) -> Result<(), DeliveryError> {
        let mut rest = self.begin(delivery)?;
        while self.step(&mut rest, receive)? == Progress::Begun {}
        Ok(())
    }

    /// Begins a delivery that is read in steps, so that what was found can be sent meanwhile.
    ///
    /// # Errors
    /// The delivery has no content.
    pub fn begin<'d>(&mut self, delivery: &'d Delivery<'_>) -> Result<Rest<'d>, DeliveryError> {
        self.decoder.reset(DeliveryScan::of(delivery, &self.fallback));
        self.has_unread = false;
        let rest = match &delivery.content {
            Content::Missing(name) => return Err(DeliveryError::Missing(name)),
            Content::Object(_) => return Err(DeliveryError::Elsewhere("in S3")),
            Content::Parked(_) => return Err(DeliveryError::Elsewhere("parked")),
            Content::Text(text) => Piece::Text(text),
            Content::Base64(text) => Piece::Base64(text),
        };
        Ok(Rest { rest, offset: 0 })
    }

    /// Makes it ready for a delivery that arrives by itself, as an object does, and is [pushed](Self::push). AWS handed it
    /// over in `region`, or here where that is empty.
    pub fn expect(&mut self, delivery: &Delivery<'_>, region: &str) {
        let mut fallback = self.fallback.clone();
        if !region.is_empty() {
            region.clone_into(&mut fallback.region);
        }
        self.decoder.reset(DeliveryScan::of(delivery, &fallback));
        self.has_unread = false;
    }

    /// Reads on, but not far, however much may be packed into the next bytes.
    ///
    /// # Errors
    /// The delivery is damaged; events before the damage were handed on.
    pub fn step(
        &mut self,
        rest: &mut Rest<'_>,
        receive: &mut dyn Receive,
    ) -> Result<Progress, DeliveryError> {
        if self.has_unread() {
            self.read_on(receive)?;
            return Ok(Progress::Begun);
        }
        match rest.next() {
            Some(Piece::Base64(text)) => {
                let before = rest.offset - text.len();
                self.input.clear();
                push_base64(text.as_bytes(), |bytes| {
                    self.input.extend_from_slice(bytes);
                    Ok(())
                })
                .map_err(|error| error.offset_by(before))?;
                self.read_input(receive)?;
            }
            Some(Piece::Text(text)) => self.push(text.as_bytes(), receive)?,
            None => {
                self.finish(receive)?;
                return Ok(Progress::Complete);
            }
        }
        Ok(Progress::Begun)
    }

    /// Takes the next bytes of a delivery that arrives by itself, as an object does, and begins to read them;
    /// [`Self::read_on`] goes on while it [has unread ones](Self::has_unread), [`Self::finish`] ends it.
    ///
    /// # Errors
    /// As [`Self::step`].
    pub fn push(&mut self, bytes: &[u8], receive: &mut dyn Receive) -> Result<(), DeliveryError> {
        self.input.clear();
        self.input.extend_from_slice(bytes);
        self.read_input(receive)
    }

    /// Whether what was taken last is not read to its end.
    #[must_use]
    pub fn has_unread(&self) -> bool {
        self.has_unread
    }

    fn read_input(&mut self, receive: &mut dyn Receive) -> Result<(), DeliveryError> {
        self.used = 0;
        self.read_on(receive)
    }

    /// Reads what was taken last a little further.
    ///
    /// # Errors
    /// As [`Self::step`].
    pub fn read_on(&mut self, receive: &mut dyn Receive) -> Result<(), DeliveryError> {
        let mut unused = self.input.get(self.used..).unwrap_or_default();
        let pushed = self.decoder.push_some(&mut unused, STEP_TEXT, receive)?;
        self.used = self.input.len() - unused.len();
        self.has_unread = pushed == Pushed::Partial;
        Ok(())
    }

    /// All of the delivery was pushed.
    ///
    /// # Errors
    /// It ends inside something.
    pub fn finish(&mut self, receive: &mut dyn Receive) -> Result<(), DeliveryError> {
        Ok(self.decoder.finish(receive)?)
    }
}

/// What of a delivery is still to be read.
#[derive(Clone, Copy, Debug)]
pub struct Rest<'d> {
    rest: Piece<'d>,
    /// Bytes of the content that were read.
    offset: usize,
}

/// Content, or a part of it.
#[derive(Clone, Copy, Debug)]
enum Piece<'d> {
    Base64(&'d str),
    Text(&'d str),
}

/// Bytes of content that are taken in one step. A multiple of what base64 is made of.
const STEP: usize = 16 * 1024;

/// Once so many bytes of text came out of them a step is over: packed, they may be a thousand times as many, and what is
/// made of them has to go out in between. The window may add as much again.
const STEP_TEXT: usize = 128 * 1024;

impl<'d> Rest<'d> {
    /// The content's next piece; `None` when all was handed out.
    fn next(&mut self) -> Option<Piece<'d>> {
        let (Piece::Base64(text) | Piece::Text(text)) = self.rest;
        let unread = text.get(self.offset..).filter(|unread| !unread.is_empty())?;
        let len = unread.floor_char_boundary(STEP);
        self.offset += len;
        let next = unread.get(..len)?;
        Some(match self.rest {
            Piece::Base64(_) => Piece::Base64(next),
            Piece::Text(_) => Piece::Text(next),
        })
    }
}

/// How far a delivery is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// More of it follows.
    Begun,
    /// To its end.
    Complete,
}

/// Scans a delivery's text as what its first bytes show it to be.
#[derive(Debug)]
enum DeliveryScan {
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
    fn of(delivery: &Delivery<'_>, fallback: &Origin) -> Self {
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
            *self = match Kind::of(window.unread(), more) {
                None => return Ok(()),
                Some(Kind::Envelope) => {
                    let fallback = std::mem::take(&mut lines.origin);
                    Self::Envelope(Box::new(Envelope::new(Shape::Documents, Keys::CloudWatch, fallback)))
                }
                Some(Kind::Lines) => Self::Lines(std::mem::take(lines)),
            };
        }
        match self {
            Self::Undecided(_) => Ok(()),
            Self::Envelope(envelope) => envelope.scan(window, more, receive),
            Self::Lines(lines) => lines.scan(window, more, receive),
        }
    }
}

enum Kind {
    Envelope,
    Lines,
}

/// An object that shows none of an envelope's members in this much text is none.
const HEAD: usize = 64 * 1024;

impl Kind {
    /// `None` when more text has to arrive to tell.
    fn of(head: &[u8], more: More) -> Option<Self> {
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

/// Text that is no envelope: each line an event.
#[derive(Debug, Default)]
struct RawLines {
    id: String,
    time: Option<UnixMillis>,
    origin: Origin,
    lines: Lines,
    message: Message,
    /// Lines begun so far.
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
            if segment.place == Place::LineStart {
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

/// Hands on messages as events of the line of this number, counted from 1, of the delivery `id`.
fn emit<'r>(
    id: &str,
    line: u64,
    time: Option<UnixMillis>,
    receive: &'r mut dyn Receive,
) -> impl FnMut(&str, Part, Utf8) + use<'r> {
    let id = (!id.is_empty()).then(|| format!("{id}/{}", line.saturating_sub(1)));
    move |message, part, utf8| receive.event(&Event { id: id.as_deref(), time, message, part, utf8 })
}
