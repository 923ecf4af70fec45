//! Reader of the log events in a delivery. It works in steps that yield a limited amount of text each.

use tailwater_parser::{
    ByteSize, DecodeError, Decoder, Origin, Receive,
    decode::{Pushed, push_base64},
};

use super::{
    aggregate::{self, AggregatedRecord},
    delivery::{Content, Delivery, DeliveryError},
    scan::{About, DeliveryScan},
};

/// Reads one delivery after the other, and reuses its buffers.
#[derive(Debug)]
pub struct DeliveryReader {
    decoder: Decoder<DeliveryScan>,
    fallback: Origin,
    limit: ByteSize,
    packing: Packing,
    /// Next bytes of the delivery, decoded from base64.
    input: Vec<u8>,
    /// Number of bytes of `input` that were decompressed.
    used: usize,
    /// True if `input` may contain text that was not read yet.
    has_unread: bool,
}

/// Way in which the log events are packed in the bytes of a delivery.
#[derive(Debug)]
enum Packing {
    /// Not known yet; holds the first bytes, if they are too few to know.
    Unknown(Vec<u8>),
    /// The bytes are the log events, encoded.
    Single,
    /// The bytes are an aggregated record.
    Aggregated(Box<Records>),
}

/// Aggregated record that is read.
#[derive(Debug)]
struct Records {
    about: About,
    aggregated: AggregatedRecord,
    /// Number of its records that were begun.
    count: u64,
    current: Current,
    /// Size of the text of all records before the current one.
    inflated: u64,
    /// First damage in one of the records. The others are read in spite of it.
    damage: Option<DeliveryError>,
}

/// Reading of a record in an aggregated record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Current {
    None,
    Begun,
}

impl DeliveryReader {
    /// Creates a reader of deliveries of at most `limit` decompressed bytes each. `fallback` is the origin (account,
    /// log group, log stream) of raw log lines.
    #[must_use]
    pub fn new(limit: ByteSize, fallback: Origin) -> Self {
        Self {
            decoder: Decoder::new(DeliveryScan::default(), limit),
            fallback,
            limit,
            packing: Packing::Unknown(Vec::new()),
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
        self.reset(About::new(delivery, &self.fallback));
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
    /// which the delivery was received, for a delivery that names none; empty for the region of the function.
    pub fn expect(&mut self, delivery: &Delivery<'_>, region: &str) {
        let mut fallback = self.fallback.clone();
        if !region.is_empty() {
            region.clone_into(&mut fallback.region);
        }
        self.reset(About::new(delivery, &fallback));
    }

    fn reset(&mut self, about: About) {
        self.decoder.reset(DeliveryScan::new(about));
        self.packing = Packing::Unknown(Vec::new());
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
                self.accept(receive)?;
            }
            Some(Piece::Text(text)) => self.push(text.as_bytes(), receive)?,
            None => return self.finish(receive),
        }
        Ok(Progress::Begun)
    }

    /// Adds the next bytes of a delivery, and reads the first step of them. Call [`Self::read_on`] while
    /// [`Self::has_unread`] is true, and [`Self::finish`] at the end of the delivery until it is complete.
    ///
    /// # Errors
    /// Returns an error as [`Self::step`] does.
    pub fn push(&mut self, bytes: &[u8], receive: &mut dyn Receive) -> Result<(), DeliveryError> {
        self.input.clear();
        self.input.extend_from_slice(bytes);
        self.accept(receive)
    }

    /// True if the bytes that were pushed last have not been read to their end.
    #[must_use]
    pub fn has_unread(&self) -> bool {
        self.has_unread
    }

    /// Reads the first step of `input`, or collects it if it is a part of an aggregated record.
    fn accept(&mut self, receive: &mut dyn Receive) -> Result<(), DeliveryError> {
        if let Packing::Unknown(held) = &mut self.packing {
            if !held.is_empty() {
                held.append(&mut self.input);
                std::mem::swap(held, &mut self.input);
            }
            self.detect_packing();
        }
        match &mut self.packing {
            Packing::Unknown(_) => Ok(()),
            Packing::Single => self.read_input(receive),
            Packing::Aggregated(records) => records.aggregated.push(&self.input),
        }
    }

    /// Detects the packing by the first bytes of a delivery, which are in `input`. Keeps them if they are too few.
    fn detect_packing(&mut self) {
        let first = self.input.get(..aggregate::MAGIC.len()).unwrap_or(&self.input);
        if first.len() < aggregate::MAGIC.len() && aggregate::MAGIC.starts_with(first) {
            self.packing = Packing::Unknown(std::mem::take(&mut self.input));
        } else if first == aggregate::MAGIC {
            let about = self.decoder.scan_mut().about().cloned().unwrap_or_default();
            self.packing = Packing::Aggregated(Box::new(Records::new(about)));
        } else {
            self.packing = Packing::Single;
        }
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
        let pushed = self.decoder.push_some(&mut unused, STEP_TEXT, receive);
        self.used = self.input.len() - unused.len();
        match pushed {
            Ok(pushed) => self.has_unread = pushed == Pushed::Partial,
            Err(error) => self.end_record(error)?,
        }
        Ok(())
    }

    /// Reads the end of a delivery, all bytes of which were pushed. Call it again until the delivery is complete: the
    /// records in an aggregated record are read now, in steps.
    ///
    /// # Errors
    /// Returns an error if the delivery is truncated, or if an aggregated record is damaged.
    pub fn finish(&mut self, receive: &mut dyn Receive) -> Result<Progress, DeliveryError> {
        if let Packing::Unknown(held) = &mut self.packing {
            self.input = std::mem::take(held);
            self.packing = Packing::Single;
            self.read_input(receive)?;
        }
        if let Packing::Single = self.packing {
            self.decoder.finish(receive)?;
            return Ok(Progress::Complete);
        }
        let mut read = 0;
        while read < STEP_TEXT && !self.has_unread {
            if self.next_record(receive)? == Progress::Complete {
                return Ok(Progress::Complete);
            }
            read += self.input.len();
        }
        Ok(Progress::Begun)
    }

    /// Ends the current record of an aggregated record, and begins the next one.
    fn next_record(&mut self, receive: &mut dyn Receive) -> Result<Progress, DeliveryError> {
        let Packing::Aggregated(records) = &mut self.packing else { return Ok(Progress::Complete) };
        if records.current == Current::Begun {
            let ended = self.decoder.finish(receive);
            records.end(self.decoder.inflated(), self.limit, ended.err())?;
        }
        if !records.aggregated.next(&mut self.input)? {
            return records.damage.take().map_or(Ok(Progress::Complete), Err);
        }
        self.decoder.reset(DeliveryScan::new(records.begin()));
        self.read_input(receive)?;
        Ok(Progress::Begun)
    }

    /// Ends a record of an aggregated record that is damaged; the others can be read nevertheless.
    ///
    /// # Errors
    /// Returns the error if the delivery is not an aggregated record.
    fn end_record(&mut self, error: DecodeError) -> Result<(), DeliveryError> {
        self.has_unread = false;
        match &mut self.packing {
            Packing::Aggregated(records) => records.end(self.decoder.inflated(), self.limit, Some(error)),
            Packing::Unknown(_) | Packing::Single => Err(error.into()),
        }
    }
}

impl Records {
    fn new(about: About) -> Self {
        let aggregated = AggregatedRecord::default();
        Self { about, aggregated, count: 0, current: Current::None, inflated: 0, damage: None }
    }

    /// Begins the next record. Returns its description.
    fn begin(&mut self) -> About {
        let about = self.about.of_record(self.count);
        self.count += 1;
        self.current = Current::Begun;
        about
    }

    /// Ends the current record, which has `inflated` bytes of text.
    ///
    /// # Errors
    /// Returns an error if the records together are larger than `limit`.
    fn end(
        &mut self,
        inflated: ByteSize,
        limit: ByteSize,
        error: Option<DecodeError>,
    ) -> Result<(), DeliveryError> {
        self.current = Current::None;
        self.inflated = self.inflated.saturating_add(inflated.0);
        if self.inflated > limit.0 {
            return Err(DecodeError::InflatedLimit { limit }.into());
        }
        self.damage = self.damage.take().or(error.map(DeliveryError::Decode));
        Ok(())
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
