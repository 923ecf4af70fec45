//! What functions write: each runtime's prefix, structured logging libraries, and plain text.

use std::borrow::Cow;

use crate::level::Level;

/// A line written by the function, its runtime or an extension.
#[derive(Clone, Debug, PartialEq)]
pub struct App<'a> {
    /// The form it was recognised by.
    pub dialect: Dialect,
    /// How serious it says it is.
    pub level: Option<Level>,
    /// Of the invocation, where the line names one.
    pub request_id: Option<Cow<'a, str>>,
    /// X-Ray trace id without `Root=`, where the line names one.
    pub trace_id: Option<Cow<'a, str>>,
    /// Tenant, where the line names one.
    pub tenant: Option<Cow<'a, str>>,
    /// The time the line itself gives, as written.
    pub timestamp: Option<&'a str>,
    /// What it says without the runtime's prefix; all of it for JSON lines.
    pub message: &'a str,
    /// Type of the error it logs.
    pub error_type: Option<Cow<'a, str>>,
    /// That the invocation failed, when the runtime itself wrote the line.
    pub sign: Option<FailureSign>,
}

/// A way of logging.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Node.js text: time, request id, level.
    Node,
    /// Python text: level in brackets, time, request id.
    Python,
    /// Java's LambdaLogger with a level.
    Java,
    /// .NET text: time, request id, four-letter level.
    DotNet,
    /// Ruby's Logger.
    Ruby,
    /// Go's standard logger or a panic.
    Go,
    /// One valid JSON object.
    Json,
    /// Anything else.
    Text,
}

/// A runtime's own words that an invocation failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureSign {
    /// The handler ended with an error that nothing caught.
    Unhandled,
    /// It ran out of memory.
    OutOfMemory,
}
