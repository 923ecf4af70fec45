//! A line with where it came from: the one event type that stores and sinks see.

use crate::{
    decode::{Part, Text},
    level::Level,
    line::Line,
    origin::Origin,
    units::UnixMillis,
};

/// One log event, read.
#[derive(Clone, Debug)]
pub struct Record<'a> {
    /// Where it came from.
    pub origin: &'a Origin,
    /// Stable identity of the event.
    pub event_id: EventId<'a>,
    /// When it was logged.
    pub time: UnixMillis,
    /// The message as it came, prefix and all.
    pub message: &'a str,
    /// What it says.
    pub line: Line<'a>,
    /// How serious it is; platform lines have levels of their own.
    pub level: Option<Level>,
    /// Of the invocation: named by the line, or carried from the START it stands behind.
    pub request_id: Option<&'a str>,
    /// X-Ray trace id.
    pub trace_id: Option<&'a str>,
    /// Tenant.
    pub tenant: Option<&'a str>,
    /// Whether `message` is all of it.
    pub part: Part,
    /// Whether `message` is as it was written.
    pub text: Text,
}

/// What makes an event the same event when it comes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventId<'a> {
    /// CloudWatch's own id, unique in its log group.
    CloudWatch(&'a str),
    /// Where the input has none: a hash of everything read from it up to and including this event, so that the same
    /// file, or one that has grown since, gives the same ids.
    Position(u64),
}
