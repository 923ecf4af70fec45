//! Reader of the log events in a delivery, in steps that yield a bounded amount of text each.

use tailwater_parser::{
    ByteSize, Decoder, Origin, Receive,
    decode::{Pushed, push_base64},
};

use super::{
    delivery::{Content, Delivery, DeliveryError},
    scan::DeliveryScan,
};

/// Reads one delivery after the other with the same buffers.
#[derive(Debug)]
pub struct DeliveryReader {
    decoder: Decoder<DeliveryScan>,
    fallback: Origin,
    /// Next bytes of the delivery, decoded from base64.
    input: Vec<u8>,
    /// Number of these bytes that were decompressed.
    used: usize,
    /// True if `input` may contain more text than was read.
    has_unread: bool,
}

impl DeliveryReader {
    /// Creates a reader of deliveries of at most `limit` bytes each, decompressed. `fallback` is the origin of raw lines.
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

    /// Reads a delivery and emits its events. The id of a raw line is the delivery's name and the line's number, its time is the
    /// delivery's.
    ///
    /// # Errors
    /// Returns an error if the delivery has no content or is damaged; events before the damage were emitted.
    pub fn read(&mut self, delivery: &Delivery<'_>, receive: &mut dyn Receive) -> Result<(), DeliveryError> {
        let mut rest = self.begin(delivery)?;
        while self.step(&mut rest, receive)? == Progress::Begun {}
        Ok(())
    }

    /// Begins a delivery whose content is in the event, to be read in [steps](Self::step), between which events can be sent.
    ///
    /// # Errors
    /// Returns an error if the content is missing, or not in the event.
    pub fn begin<'d>(&mut self, delivery: &'d Delivery<'_>) -> Result<Rest<'d>, DeliveryError> {
        self.decoder.reset(DeliveryScan::new(delivery, &self.fallback));
        self.has_unread = false;
        let content = match &delivery.content {
            Content::Missing(name) => return Err(DeliveryError::Missing(name)),
            Content::Object(_) => return Err(DeliveryError::Elsewhere("in S3")),
            Content::Parked(_) => return Err(DeliveryError::Elsewhere("parked")),
            Content::Text(text) => Piece::Text(text),
            Content::Base64(text) => Piece::Base64(text),
        };
        Ok(Rest { content, offset: 0 })
    }

    /// Begins a delivery whose bytes are [pushed](Self::push), such as those of an S3 object. `region` is the region in which it
    /// was received; empty for the region of the function.
    pub fn expect(&mut self, delivery: &Delivery<'_>, region: &str) {
        let mut fallback = self.fallback.clone();
        if !region.is_empty() {
            region.clone_into(&mut fallback.region);
        }
        self.decoder.reset(DeliveryScan::new(delivery, &fallback));
        self.has_unread = false;
    }

    /// Reads the next step of a delivery: a bounded amount of text, even if it is highly compressed.
    ///
    /// # Errors
    /// Returns an error if the delivery is damaged; events before the damage were emitted.
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

    /// Adds the next bytes of a delivery, and reads the first step of them. Call [`Self::read_on`] while
    /// [`Self::has_unread`] is true, and [`Self::finish`] at the end of the delivery.
    ///
    /// # Errors
    /// Returns an error as [`Self::step`] does.
    pub fn push(&mut self, bytes: &[u8], receive: &mut dyn Receive) -> Result<(), DeliveryError> {
        self.input.clear();
        self.input.extend_from_slice(bytes);
        self.read_input(receive)
    }

    /// True if the bytes that were pushed last are not read to their end.
    #[must_use]
    pub fn has_unread(&self) -> bool {
        self.has_unread
    }

    fn read_input(&mut self, receive: &mut dyn Receive) -> Result<(), DeliveryError> {
        self.used = 0;
        self.read_on(receive)
    }

    /// Reads the next step of the bytes that were pushed last.
    ///
    /// # Errors
    /// Returns an error as [`Self::step`] does.
    pub fn read_on(&mut self, receive: &mut dyn Receive) -> Result<(), DeliveryError> {
        let mut unused = self.input.get(self.used..).unwrap_or_default();
        let pushed = self.decoder.push_some(&mut unused, STEP_TEXT, receive)?;
        self.used = self.input.len() - unused.len();
        self.has_unread = pushed == Pushed::Partial;
        Ok(())
    }

    /// Ends a delivery, all bytes of which were pushed.
    ///
    /// # Errors
    /// Returns an error if the delivery is truncated.
    pub fn finish(&mut self, receive: &mut dyn Receive) -> Result<(), DeliveryError> {
        Ok(self.decoder.finish(receive)?)
    }
}

/// Rest of a delivery that is read in steps.
#[derive(Clone, Copy, Debug)]
pub struct Rest<'d> {
    content: Piece<'d>,
    /// Number of bytes of the content that were read.
    offset: usize,
}

/// Content in the event, or a part of it.
#[derive(Clone, Copy, Debug)]
enum Piece<'d> {
    Base64(&'d str),
    Text(&'d str),
}

/// Maximum number of bytes of content that are read in one step; a multiple of 4, the length of a group of base64 digits.
const STEP: usize = 16 * 1024;

/// Number of bytes of decompressed text after which a step ends. A step of compressed bytes can contain a thousand times as much
/// text, and bodies have to be sent in between. The window may add as much again.
const STEP_TEXT: usize = 128 * 1024;

impl<'d> Rest<'d> {
    /// Returns the next piece of the content; `None` at the end.
    fn next(&mut self) -> Option<Piece<'d>> {
        let (Piece::Base64(text) | Piece::Text(text)) = self.content;
        let unread = text.get(self.offset..).filter(|unread| !unread.is_empty())?;
        let len = unread.floor_char_boundary(STEP);
        self.offset += len;
        let next = unread.get(..len)?;
        Some(match self.content {
            Piece::Base64(_) => Piece::Base64(next),
            Piece::Text(_) => Piece::Text(next),
        })
    }
}

/// Progress of reading a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// More of it follows.
    Begun,
    /// It is read to its end.
    Complete,
}
