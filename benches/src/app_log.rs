//! Log statements of a function, independent of the spelling that its runtime and libraries use.

use std::time::Duration;

use crate::json_object::JsonObject;

/// Log statement and when it is made.
#[derive(Clone, Debug)]
pub(crate) struct TimedStatement {
    /// Time since the handler began.
    pub(crate) offset: Duration,
    pub(crate) statement: Statement,
}

/// Log statement of a function, before it is formatted as a line.
#[derive(Clone, Debug)]
pub(crate) enum Statement {
    /// Call of the runtime's own logger: `console.log`, `logging`, `LambdaLogger`.
    Logged(Level, String),
    /// Line printed to stdout unchanged.
    Printed(String),
    /// Call of a library that writes JSON, with fields beside the message.
    Structured(Library, Level, String, JsonObject),
    /// JSON line of a library, printed through the runtime's JSON logger: JSON inside a JSON string.
    DoubleEncoded(Library, Level, String, JsonObject),
    /// Metrics in CloudWatch's embedded metric format (EMF).
    Metrics(EmbeddedMetrics),
}

/// Log level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    Debug,
    Info,
    Warn,
    Error,
}

/// Libraries that log in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Library {
    /// Powertools for AWS Lambda, in the function's language.
    Powertools,
    /// Pino for Node.js: levels are numbers.
    Pino,
    /// Unnamed library: time, severity, request id and message.
    Generic,
}

/// Metrics of one EMF line.
#[derive(Clone, Debug)]
pub(crate) struct EmbeddedMetrics {
    /// CloudWatch namespace.
    pub(crate) namespace: &'static str,
    /// Name and value of the only dimension.
    pub(crate) dimension: (&'static str, String),
    /// Name, unit and value of each metric.
    pub(crate) values: Vec<(&'static str, &'static str, u64)>,
}

impl Level {
    /// Spelling of Lambda and most libraries: `WARN`.
    pub(crate) fn upper(self) -> &'static str {
        match self {
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
        }
    }

    /// Spelling of .NET in JSON: `Warning`.
    pub(crate) fn dotnet(self) -> &'static str {
        match self {
            Self::Debug => "Debug",
            Self::Info => "Information",
            Self::Warn => "Warning",
            Self::Error => "Error",
        }
    }

    /// Spelling of Python: `WARNING`.
    pub(crate) fn python(self) -> &'static str {
        match self {
            Self::Warn => "WARNING",
            Self::Debug | Self::Info | Self::Error => self.upper(),
        }
    }
}

/// Log statements of one run, in order of time.
#[derive(Clone, Debug, Default)]
pub(crate) struct AppLog(pub(crate) Vec<TimedStatement>);

impl AppLog {
    /// Adds a statement made `offset_us` microseconds after the handler began.
    pub(crate) fn push(&mut self, offset_us: u64, statement: Statement) {
        self.0.push(TimedStatement { offset: Duration::from_micros(offset_us), statement });
    }
}
