//! Lines of functions: the prefixes of the runtimes, structured logging libraries, and plain text.

pub(super) mod dotnet;
pub(super) mod go;
mod inner;
pub(super) mod java;
pub(super) mod json;
pub(super) mod layout;
pub(super) mod legacy;
pub(super) mod node;
mod prefix;
pub(super) mod python;
pub(super) mod ruby;
pub(super) mod rust;
pub(super) mod stack;

use std::borrow::Cow;

use super::trace_context::TraceContext;
use crate::level::Level;

/// Line of the function, its runtime or an extension.
#[derive(Clone, Debug, PartialEq)]
pub struct App<'a> {
    /// Format of the line.
    pub dialect: Dialect,
    /// Log level in the line.
    pub level: Option<Level>,
    /// Request id in the line.
    pub request_id: Option<Cow<'a, str>>,
    /// X-Ray trace id in the line, without `Root=`.
    pub trace_id: Option<Cow<'a, str>>,
    /// Ids of the trace and span in the line, if it states a trace id other than X-Ray's, or a span id.
    pub trace_context: Option<TraceContext>,
    /// Tenant id in the line.
    pub tenant: Option<Cow<'a, str>>,
    /// Time in the line, as written.
    pub timestamp: Option<&'a str>,
    /// Message without the runtime's prefix; the whole line if it is JSON.
    pub message: &'a str,
    /// Type of the logged error.
    pub error_type: Option<Cow<'a, str>>,
    /// Failure of the invocation, if the language runtime itself reports it with this line.
    pub failure: Option<RuntimeFailure>,
}

/// Format of a function's line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Text of the Node.js runtime: time, request id, level.
    Node,
    /// Text of the Python runtime: level in brackets, time, request id.
    Python,
    /// Text of Java's `LambdaLogger` with a level.
    Java,
    /// Text of the .NET runtime: time, request id, four-letter level.
    DotNet,
    /// Text of Ruby's `Logger`.
    Ruby,
    /// Text of Go's standard logger, or a panic.
    Go,
    /// One valid JSON object.
    Json,
    /// Text in none of the other formats.
    Text,
}

/// Failure of an invocation that the language runtime reports in the function's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuntimeFailure {
    /// The handler ended with an uncaught error.
    Unhandled,
    /// An error in words that a function can write too. It ended the handler only if the function writes nothing after
    /// it.
    UnhandledIfLast,
    /// Memory ran out.
    OutOfMemory,
}

impl<'a> App<'a> {
    /// Creates a line with only its format and message known.
    pub(super) fn of(dialect: Dialect, message: &'a str) -> Self {
        Self {
            dialect,
            level: None,
            request_id: None,
            trace_id: None,
            trace_context: None,
            tenant: None,
            timestamp: None,
            message,
            error_type: None,
            failure: None,
        }
    }

    /// Creates a line by which the runtime reports an uncaught error of this type.
    fn uncaught(dialect: Dialect, message: &'a str, error_type: &'a str) -> Self {
        Self {
            level: Some(Level::Error),
            error_type: Some(Cow::Borrowed(error_type)),
            failure: Some(RuntimeFailure::of(error_type)),
            ..Self::of(dialect, message)
        }
    }
}

impl RuntimeFailure {
    /// Kind of failure that an uncaught error of this type proves.
    pub(crate) fn of(error_type: &str) -> Self {
        // The last part of the name decides: `java.lang.OutOfMemoryError`, `Function<NoMemoryError>`, `MemoryError`.
        match error_type.trim_end_matches('>').rsplit(['.', '<']).next() {
            Some(
                "MemoryError" | "OutOfMemoryError" | "NoMemoryError" | "OutOfMemoryException" | "OutOfMemory",
            ) => Self::OutOfMemory,
            Some(_) | None => Self::Unhandled,
        }
    }

    /// Kind of failure of an error in words that a function can write too.
    fn of_unconfirmed(error_type: Option<&str>) -> Self {
        match error_type.map(Self::of) {
            Some(Self::OutOfMemory) => Self::OutOfMemory,
            Some(Self::Unhandled | Self::UnhandledIfLast) | None => Self::UnhandledIfLast,
        }
    }
}

/// X-Ray trace id in a tracing header (`Root=1-…;Parent=…;Sampled=1`) or alone; `None` for ids of other tracers.
pub(super) fn xray_trace_id(text: &str) -> Option<&str> {
    let root = text.split(';').find_map(|part| part.trim_ascii().strip_prefix("Root="));
    Some(root.unwrap_or(text)).filter(|id| id.starts_with("1-"))
}
