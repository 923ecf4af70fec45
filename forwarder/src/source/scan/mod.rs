//! Scanner of a delivery's text, which finds the log events: in CloudWatch envelopes, in the documents and files that AWS
//! services write to S3, or in raw lines.

mod cloudtrail;
mod export_lines;
mod format;
mod preamble;
mod raw_lines;
#[cfg(test)]
mod tests;

use tailwater_parser::{
    DecodeError, Event, Origin, Receive, UnixMillis,
    decode::{Envelope, Keys, More, Part, Scan, Shape, Utf8, Window},
};

use self::{cloudtrail::CloudTrail, export_lines::ExportLines, format::Format, raw_lines::RawLines};
use super::delivery::Delivery;

/// Name, time and origin of a delivery, which its log events get if they have none of their own.
#[derive(Clone, Debug, Default)]
pub(super) struct About {
    /// Name of the delivery.
    pub(super) name: String,
    pub(super) time: Option<UnixMillis>,
    pub(super) origin: Origin,
    /// Region of log events in an envelope that names none. The stream or bucket that it came through may be in another
    /// region than its log group.
    envelope_region: String,
}

impl About {
    /// Describes a delivery. `fallback` supplies what the Lambda event does not name.
    pub(super) fn new(delivery: &Delivery<'_>, fallback: &Origin) -> Self {
        let origin = delivery.origin.over(fallback);
        Self {
            name: delivery.name.clone().into_owned(),
            time: delivery.time,
            origin,
            envelope_region: fallback.region.clone(),
        }
    }

    /// Describes the record with this index in an aggregated record.
    pub(super) fn of_record(&self, index: u64) -> Self {
        let name = if self.name.is_empty() { String::new() } else { format!("{}/{index}", self.name) };
        Self { name, ..self.clone() }
    }

    /// Returns the key of the S3 object that is the delivery; empty for other deliveries.
    fn key(&self) -> &str {
        self.origin.arrival.as_ref().map_or("", |arrival| &arrival.key)
    }

    /// Returns the id of the event with this index; `None` if the delivery has no name.
    fn id(&self, index: u64) -> Option<String> {
        (!self.name.is_empty()).then(|| format!("{}/{index}", self.name))
    }
}

/// Scanner of a delivery's text, whose format is recognised by its first bytes.
#[derive(Debug)]
pub(super) enum DeliveryScan {
    /// The format is not recognised yet.
    Undecided {
        /// Boxed, since most deliveries are envelopes.
        about: Box<About>,
        /// Length of the text in which it was not recognised.
        tried: usize,
    },
    Envelope(Box<Envelope>),
    CloudTrail(Box<CloudTrail>),
    Export(Box<ExportLines>),
    Lines(Box<RawLines>),
}

impl Default for DeliveryScan {
    fn default() -> Self {
        Self::new(About::default())
    }
}

impl DeliveryScan {
    pub(super) fn new(about: About) -> Self {
        Self::Undecided { about: Box::new(about), tried: 0 }
    }

    /// Returns the description of the delivery; `None` if its format is recognised already.
    pub(super) fn about(&self) -> Option<&About> {
        match self {
            Self::Undecided { about, .. } => Some(about),
            Self::Envelope(_) | Self::CloudTrail(_) | Self::Export(_) | Self::Lines(_) => None,
        }
    }

    /// Recognises the format, if the text is long enough.
    fn decide(&mut self, text: &[u8], more: More) {
        let Self::Undecided { about, tried } = self else { return };
        // Text that arrives in small pieces is not searched again each time.
        if more == More::Maybe && text.len() < tried.saturating_mul(2) {
            return;
        }
        let Some(format) = Format::detect(text, more, about.key()) else {
            *tried = text.len();
            return;
        };
        let about = std::mem::take(&mut **about);
        *self = match format {
            Format::Envelope => {
                let mut origin = about.origin;
                origin.region = about.envelope_region;
                Self::Envelope(Box::new(Envelope::new(Shape::Documents, Keys::CloudWatch, origin)))
            }
            Format::CloudTrail => Self::CloudTrail(Box::new(CloudTrail::new(about))),
            Format::Export => Self::Export(Box::new(ExportLines::new(about))),
            Format::Lines => Self::Lines(Box::new(RawLines::new(about))),
        };
    }
}

impl Scan for DeliveryScan {
    fn scan(
        &mut self,
        window: &mut Window,
        more: More,
        receive: &mut dyn Receive,
    ) -> Result<(), DecodeError> {
        self.decide(window.unread(), more);
        match self {
            Self::Undecided { .. } => Ok(()),
            Self::Envelope(envelope) => envelope.scan(window, more, receive),
            Self::CloudTrail(records) => records.scan(window, more, receive),
            Self::Export(lines) => lines.scan(window, more, receive),
            Self::Lines(lines) => lines.scan(window, more, receive),
        }
    }
}

/// Returns a receiver of messages, or of their parts, that emits them as log events with this id and time.
fn emit<'r>(
    id: Option<String>,
    time: Option<UnixMillis>,
    receive: &'r mut dyn Receive,
) -> impl FnMut(&str, Part, Utf8) + use<'r> {
    move |message, part, utf8| receive.event(&Event { id: id.as_deref(), time, message, part, utf8 })
}

/// Checks that a part of a text is not binary data.
fn check_text(bytes: &[u8], offset: u64) -> Result<(), DecodeError> {
    if memchr::memchr(0, bytes).is_some() {
        return Err(DecodeError::Envelope { offset, reason: "binary data" });
    }
    Ok(())
}
