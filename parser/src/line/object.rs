//! A line that is one JSON object, read in one pass over its members: whose it is decides what becomes of them.

use super::{Line, app, emf, platform};
use crate::{
    json::{self, Kind, Value},
    level::Level,
};

/// What the top-level members of a JSON line say, under whatever name each library gives them.
#[derive(Clone, Debug, Default)]
pub(super) struct Members<'a> {
    /// Type of a platform event.
    pub(super) event: Option<&'a str>,
    pub(super) record: Option<Value<'a>>,
    /// Declaration of embedded metrics.
    pub(super) metrics: Option<Value<'a>>,
    pub(super) level: Option<Level>,
    /// Python's runtime, and nobody else, writes `log_level` beside the error that ended the handler.
    pub(super) has_log_level: bool,
    pub(super) has_error_message: bool,
    pub(super) has_stack_trace: bool,
    pub(super) timestamp: Option<&'a str>,
    pub(super) request_id: Option<Value<'a>>,
    pub(super) trace_id: Option<Value<'a>>,
    pub(super) tenant: Option<Value<'a>>,
    pub(super) error_type: Option<Value<'a>>,
    /// The error as an object of its own.
    pub(super) error: Option<Value<'a>>,
    /// Rust's tracing keeps the ids of an invocation in its span.
    pub(super) span: Option<Value<'a>>,
    pub(super) message: Option<Value<'a>>,
}

/// Reads a line that is one valid JSON object.
pub(super) fn read(text: &str) -> Option<Line<'_>> {
    let members = Members::of(text)?;
    if let Some((event, record)) = members.platform_event() {
        return Some(platform::json::read(event, record));
    }
    let app = app::json::read(text, &members);
    let metrics = members.metrics.and_then(|declaration| emf::read(text, declaration));
    Some(match metrics {
        Some(metrics) => Line::Emf(emf::Emf { app, metrics }),
        None => Line::App(app),
    })
}

impl<'a> Members<'a> {
    /// `None` unless all of `text` is one valid JSON object.
    pub(super) fn of(text: &'a str) -> Option<Self> {
        let mut members = Self::default();
        json::members(text, |name, value| members.take(name, value))?;
        Some(members)
    }

    fn take(&mut self, name: &str, value: Value<'a>) {
        match name {
            "level" | "Level" | "severity" | "logLevel" => self.take_level(value),
            "log_level" => {
                self.has_log_level = true;
                self.take_level(value);
            }
            "message" | "Message" | "msg" => self.message = Some(value),
            "timestamp" | "time" | "Timestamp" | "@timestamp" => self.take_timestamp(value),
            "requestId" => self.request_id = self.request_id.or(Some(value)),
            // A function may call the id of a request of its own `requestId`; these names mean Lambda's.
            "AWSRequestId"
            | "aws_request_id"
            | "function_request_id"
            | "functionRequestId"
            | "FunctionRequestId" => {
                self.request_id = Some(value);
            }
            "xray_trace_id" | "xrayTraceId" | "XrayTraceId" | "traceId" => self.trace_id = Some(value),
            "tenantId" | "tenant_id" => self.tenant = Some(value),
            "errorType" | "exception_name" | "error.type" => self.error_type = Some(value),
            "error" | "err" | "exception" | "Exception" => self.take_error(value),
            "errorMessage" => self.has_error_message = true,
            "stackTrace" => self.has_stack_trace = true,
            "span" => self.span = Some(value),
            "type" => self.event = value.plain(),
            "record" => self.record = Some(value),
            "_aws" => self.metrics = Some(value),
            _ => {}
        }
    }

    /// The first level that is one counts: pino and bunyan write theirs as a number.
    fn take_level(&mut self, value: Value<'a>) {
        let is_scalar = matches!(value.kind, Kind::Number | Kind::String { escaped: false });
        self.level = self.level.or_else(|| Level::read(value.raw).filter(|_| is_scalar));
    }

    /// As written. A number of fewer digits than Unix seconds have is a function's own measure of `time`.
    fn take_timestamp(&mut self, value: Value<'a>) {
        let is_time = match value.kind {
            Kind::Number => value.raw.len() >= 10,
            Kind::String { escaped } => !escaped,
            Kind::Object | Kind::Array | Kind::True | Kind::False | Kind::Null => false,
        };
        self.timestamp = self.timestamp.or(is_time.then_some(value.raw));
    }

    fn take_error(&mut self, value: Value<'a>) {
        self.error = self.error.or((value.kind == Kind::Object).then_some(value));
    }

    /// An event's name begins with `platform.` and it has a record: a function that logs only the one is not the
    /// platform.
    fn platform_event(&self) -> Option<(&'a str, Value<'a>)> {
        self.event.filter(|event| event.starts_with("platform.")).zip(self.record)
    }
}
