//! What functions write: each runtime's prefix, structured logging libraries, and plain text.

pub(super) mod dotnet;
pub(super) mod go;
pub(super) mod java;
pub(super) mod json;
pub(super) mod node;
mod prefix;
pub(super) mod python;
pub(super) mod ruby;

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

impl<'a> App<'a> {
    /// A line of which nothing is known but its form.
    pub(super) fn of(dialect: Dialect, message: &'a str) -> Self {
        Self {
            dialect,
            level: None,
            request_id: None,
            trace_id: None,
            tenant: None,
            timestamp: None,
            message,
            error_type: None,
            sign: None,
        }
    }

    /// A runtime's last words: nothing caught an error of this type.
    fn uncaught(dialect: Dialect, message: &'a str, error_type: &'a str) -> Self {
        Self {
            level: Some(Level::Error),
            error_type: Some(Cow::Borrowed(error_type)),
            sign: Some(FailureSign::of(error_type)),
            ..Self::of(dialect, message)
        }
    }
}

impl FailureSign {
    /// What it means that nothing caught an error of this type.
    fn of(error_type: &str) -> Self {
        // `java.lang.OutOfMemoryError`, `Function<NoMemoryError>`, `MemoryError`: the last name decides.
        match error_type.trim_end_matches('>').rsplit(['.', '<']).next() {
            Some(
                "MemoryError" | "OutOfMemoryError" | "NoMemoryError" | "OutOfMemoryException" | "OutOfMemory",
            ) => Self::OutOfMemory,
            Some(_) | None => Self::Unhandled,
        }
    }
}

/// The trace id in X-Ray's header (`Root=1-…;Parent=…;Sampled=1`) or by itself; `None` for other tracers' ids.
pub(super) fn xray_trace_id(text: &str) -> Option<&str> {
    let root = text.split(';').find_map(|part| part.trim_ascii().strip_prefix("Root="));
    Some(root.unwrap_or(text)).filter(|id| id.starts_with("1-"))
}
