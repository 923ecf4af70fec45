//! The forms in which people hold these logs on disk, told apart by content and read in bounded memory.
//!
//! [`walk::inputs`] finds what to read, [`detect`] tells its form, [`Reader`] drives it through that form's scanner
//! into an [`Intake`].

mod csv;
mod detect;
mod events;
mod export;
mod form;
mod ndjson;
mod notes;
mod order;
mod place;
mod plain;
mod read;
mod tail;
mod text;
pub mod walk;

pub use self::{
    detect::{Trust, Unrecognised, detect},
    form::Form,
    place::Fallback,
    read::{About, Ended, Proceed, Reader},
};

use std::fmt;

use tailwater_parser::{
    ByteSize, DecodeError, Receive, UnixMillis,
    decode::{Envelope, Keys, More, Scan, Shape, Window},
};

use self::{notes::Notes, place::Place};

/// Takes what reading an input finds: its events, and what was none.
pub trait Intake: Receive {
    /// An input of this form begins, and its text begins so: what tells it from others whose events have no ids.
    fn begins(&mut self, form: Form, head: &[u8]);

    /// An input, or records of it, that could not be read.
    fn rejected(&mut self, rejected: &Rejected);

    /// Records that are set aside on purpose: metrics and invocations of our own, which are computed again.
    fn filtered(&mut self, records: u64);

    /// This many more bytes of the input were read, as they came; says whether to go on.
    fn proceed(&mut self, read: ByteSize) -> Proceed;

    /// Nothing follows for now; says whether anything may, once this has returned.
    fn at_end(&mut self) -> AtEnd {
        AtEnd::Finish
    }
}

/// What to do where an input ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtEnd {
    /// This is its end.
    Finish,
    /// Look again whether it has grown.
    Wait,
    /// The same; but what is held back, because it could go on, has waited long enough and is handed on.
    Release,
}

/// What could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// Name of the input, as the user knows it.
    pub input: String,
    /// How many records this stands for; 1 for an input as a whole.
    pub records: u64,
    /// Where in the inflated text.
    pub offset: Option<u64>,
    /// Why, in words that hold nothing of the input's content.
    pub reason: String,
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.input)?;
        if let Some(offset) = self.offset {
            write!(f, ", byte {offset}")?;
        }
        write!(f, ": {}", self.reason)
    }
}

/// Finds the events of one form in a window; like [`Scan`], but a bad record is noted and reading goes on.
trait ScanForm {
    /// Reads what it can from `window` and consumes it; what is incomplete is left for the next call, unless `more`
    /// says that nothing will follow.
    fn scan(
        &mut self,
        window: &mut Window,
        more: More,
        receive: &mut dyn Receive,
        notes: &mut Notes,
    ) -> Result<(), DecodeError>;

    /// Hands on what it holds back: nothing more comes, though the input did not reach its end.
    fn release(&mut self, receive: &mut dyn Receive) {
        let _ = receive;
    }
}

/// Documents need no more than the parser's own scanner.
impl ScanForm for Envelope {
    fn scan(
        &mut self,
        window: &mut Window,
        more: More,
        receive: &mut dyn Receive,
        _: &mut Notes,
    ) -> Result<(), DecodeError> {
        Scan::scan(self, window, more, receive)
    }
}

/// What a scanner needs to know beside the bytes.
struct Surroundings {
    place: Place,
    modified: Option<UnixMillis>,
    delivery_limit: ByteSize,
}

impl Form {
    /// The scanner of this form.
    fn scanner(self, around: Surroundings) -> Box<dyn ScanForm> {
        let Surroundings { place, modified, delivery_limit } = around;
        let envelope = |shape| Envelope::new(shape, Keys::CloudWatch, place.fallback().clone());
        match self {
            Self::LambdaEvents => Box::new(events::LambdaEvents::new(delivery_limit, &place)),
            Self::Documents => Box::new(envelope(Shape::Documents)),
            Self::QueryResults => Box::new(order::InTimeOrder::new(envelope(Shape::Documents))),
            Self::EventRows => Box::new(order::InTimeOrder::new(envelope(Shape::Events))),
            Self::DocumentLines => {
                Box::new(ndjson::ObjectLines::new(Shape::Documents, Keys::CloudWatch, place))
            }
            Self::EventLines => Box::new(ndjson::ObjectLines::new(Shape::Events, Keys::CloudWatch, place)),
            Self::Records => Box::new(ndjson::ObjectLines::new(Shape::Events, Keys::Records, place)),
            Self::ConsoleCsv => Box::new(csv::Csv::new(place)),
            Self::InsightsCsv => Box::new(order::InTimeOrder::new(csv::Csv::new(place))),
            Self::TailDetailed => Box::new(text::TextForm::new(text::Prefixed(tail::detailed), place)),
            Self::TailShort => Box::new(text::TextForm::new(text::Prefixed(tail::short), place)),
            Self::SamLogs => Box::new(text::TextForm::new(text::Prefixed(tail::sam), place)),
            Self::Export => Box::new(text::TextForm::new(text::Prefixed(export::line), place)),
            Self::Plain => Box::new(text::TextForm::new(plain::Plain::new(modified), place)),
        }
    }
}

#[cfg(test)]
mod tests;
