//! Parsed Lambda event: its trigger, its deliveries, and its requests to redrive.

use super::{delivery::Delivery, redrive::RedriveFilter};

/// Kind of event source that invoked the function; it determines the format of the answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trigger {
    /// CloudWatch Logs, SNS, S3, EventBridge, or a person: after an error AWS sends the event again.
    #[default]
    Asynchronous,
    /// Kinesis data stream.
    Kinesis,
    /// Standard queue of SQS.
    Sqs,
    /// FIFO queue of SQS.
    SqsFifo,
    /// Firehose data transformation.
    Firehose,
}

/// Parsed Lambda event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParsedEvent<'e> {
    /// Kind of event source that sent the event.
    pub trigger: Trigger,
    /// Deliveries in the order of the event. May be empty, for instance if all notifications in the event are ignored.
    pub deliveries: Vec<Delivery<'e>>,
    /// Requests in the event to redrive parked objects.
    pub redrives: Vec<RedriveFilter>,
    /// Number of S3 notifications that need no action: tests, and deleted objects.
    pub ignored: u64,
    /// Number of messages that this event is nested in, one inside the other.
    depth: u8,
}

/// Maximum depth to which events are nested in messages: more than any real sender uses, and few enough for the stack.
const MAX_DEPTH: u8 = 6;

impl<'e> ParsedEvent<'e> {
    /// Creates an empty event for one that is nested in a message of this event; `None` if that is nested too deeply.
    pub(super) fn nested<'i>(&self) -> Option<ParsedEvent<'i>> {
        let depth = self.depth.checked_add(1).filter(|depth| *depth <= MAX_DEPTH)?;
        Some(ParsedEvent { depth, ..ParsedEvent::default() })
    }

    /// Adds the content of an event that is nested in a message of this event.
    pub(super) fn add(&mut self, nested: ParsedEvent<'e>) {
        self.deliveries.extend(nested.deliveries);
        self.redrives.extend(nested.redrives);
        self.ignored = self.ignored.saturating_add(nested.ignored);
    }

    /// Replaces each delivery by the result of `change`.
    pub(super) fn map(mut self, change: impl FnMut(Delivery<'e>) -> Delivery<'e>) -> Self {
        self.deliveries = self.deliveries.into_iter().map(change).collect();
        self
    }

    /// Copies everything that is borrowed from the text of the Lambda event.
    pub(super) fn into_owned(self) -> ParsedEvent<'static> {
        ParsedEvent {
            deliveries: self.deliveries.into_iter().map(Delivery::into_owned).collect(),
            trigger: self.trigger,
            redrives: self.redrives,
            ignored: self.ignored,
            depth: self.depth,
        }
    }
}
