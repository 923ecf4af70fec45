//! Reader of the log events in a delivery. It works in steps that yield a limited amount of text each.

use tailwater_parser::{
    ByteSize, Decoder, Origin, Receive,
    decode::{Pushed, push_base64},
};

use super::{
    delivery::{Content, Delivery, DeliveryError},
    scan::DeliveryScan,
};

/// Reads one delivery after the other, and reuses its buffers.
#[derive(Debug)]
pub struct DeliveryReader {
    decoder: Decoder<DeliveryScan>,
    fallback: Origin,
    /// Next bytes of the delivery, decoded from base64.
    input: Vec<u8>,
    /// Number of bytes of `input` that were decompressed.
    used: usize,
    /// True if `input` may contain text that was not read yet.
    has_unread: bool,
}

impl DeliveryReader {
    /// Creates a reader of deliveries of at most `limit` decompressed bytes each. `fallback` is the origin (account,
    /// log group, log stream) of raw log lines.
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

    /// Reads a delivery and emits its log events. A raw log line gets an id made of the delivery's name and the line's
    /// number, and the time of the delivery.
    ///
    /// # Errors
    /// Returns an error if the delivery has no content or is damaged. Log events before the damage were emitted.
    pub fn read(&mut self, delivery: &Delivery<'_>, receive: &mut dyn Receive) -> Result<(), DeliveryError> {
        let mut rest = self.begin(delivery)?;
        while self.step(&mut rest, receive)? == Progress::Begun {}
        Ok(())
    }

    /// Begins a delivery whose content is in the Lambda event. It is read in [steps](Self::step), so that its log
    /// events can be sent in between.
    ///
    /// # Errors
    /// Returns an error if the content is missing, or is not in the Lambda event.
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

    /// Begins a delivery whose bytes are [pushed](Self::push), such as those of an S3 object. `region` is the region in
    /// which the delivery was received; empty for the region of the function.
    pub fn expect(&mut self, delivery: &Delivery<'_>, region: &str) {
        let mut fallback = self.fallback.clone();
        if !region.is_empty() {
            region.clone_into(&mut fallback.region);
        }
        self.decoder.reset(DeliveryScan::new(delivery, &fallback));
        self.has_unread = false;
    }

    /// Reads the next step of a delivery: a limited amount of text, even if it is highly compressed.
    ///
    /// # Errors
    /// Returns an error if the delivery is damaged. Log events before the damage were emitted.
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

    /// True if the bytes that were pushed last have not been read to their end.
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

/// Rest of a delivery that is read in steps, from [`DeliveryReader::begin`].
#[derive(Clone, Copy, Debug)]
pub struct Rest<'d> {
    content: Piece<'d>,
    /// Number of bytes of the content that were read.
    offset: usize,
}

/// Content of a delivery in the Lambda event, or a piece of it.
#[derive(Clone, Copy, Debug)]
enum Piece<'d> {
    Base64(&'d str),
    Text(&'d str),
}

/// Maximum number of bytes of content that are read in one step; a multiple of 4, the length of a group of base64 digits.
const STEP: usize = 16 * 1024;

/// Number of bytes of decompressed text after which a step ends. Compressed bytes can contain a thousand times as much
/// text, and request bodies have to be sent in between. The decoder's buffer may add as much text again.
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

/// Progress of reading a delivery in steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// More of the delivery follows.
    Begun,
    /// The delivery was read to its end.
    Complete,
}
