//! A Lambda event, taken apart: who sent it, its deliveries, and what it asks for.

use super::{Delivery, RedriveFilter};

/// Who invoked, as far as the event tells: decides what the answer has to look like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trigger {
    /// CloudWatch Logs, SNS, S3, EventBridge, a person: an error has the event sent again.
    #[default]
    Asynchronous,
    /// A Kinesis stream.
    Kinesis,
    /// A queue without an order.
    Sqs,
    /// A queue with an order.
    SqsFifo,
    /// A Firehose transformation.
    Firehose,
}

/// A Lambda event, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParsedEvent<'e> {
    /// Who sent it.
    pub trigger: Trigger,
    /// What it carries, in its order. An event may carry nothing: a queue's message that says what needs no log.
    pub deliveries: Vec<Delivery<'e>>,
    /// What it wants to be delivered again.
    pub redrives: Vec<RedriveFilter>,
    /// Notifications that were understood and need nothing done: tests of S3, objects removed.
    pub ignored: u64,
    /// How many messages this one is inside of.
    depth: u8,
}

/// Messages in messages in messages: no real sender nests deeper, and an invented event must not use up the stack.
const DEEPEST: u8 = 6;

impl<'e> ParsedEvent<'e> {
    /// Nothing yet of what is inside a message of this event; `None` where that would be too deep.
    pub(super) fn inside<'i>(&self) -> Option<ParsedEvent<'i>> {
        let depth = self.depth.checked_add(1).filter(|depth| *depth <= DEEPEST)?;
        Some(ParsedEvent { depth, ..ParsedEvent::default() })
    }

    /// Adds what is inside a message of this event.
    pub(super) fn add(&mut self, inside: ParsedEvent<'e>) {
        self.deliveries.extend(inside.deliveries);
        self.redrives.extend(inside.redrives);
        self.ignored = self.ignored.saturating_add(inside.ignored);
    }

    /// The same with each delivery made another.
    pub(super) fn map(mut self, change: impl FnMut(Delivery<'e>) -> Delivery<'e>) -> Self {
        self.deliveries = self.deliveries.into_iter().map(change).collect();
        self
    }

    /// The same, independent of the text it was read from.
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
