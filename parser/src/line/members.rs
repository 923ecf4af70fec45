//! Top-level members of a JSON line, collected in one pass.

use crate::{
    json::{self, Kind, Value},
    level::Level,
};

/// Top-level members of a JSON line, independent of the names that different libraries use.
#[derive(Clone, Debug, Default)]
pub(super) struct Members<'a> {
    /// The member `type`, which is the type of a platform event.
    pub(super) event: Option<&'a str>,
    pub(super) record: Option<Value<'a>>,
    /// The member `_aws`, which declares embedded metrics.
    pub(super) metrics: Option<Value<'a>>,
    pub(super) level: Option<Level>,
    /// True if the level is in `log_level`. Only Python's runtime writes that, for the error that ended the handler.
    pub(super) has_log_level: bool,
    pub(super) has_error_message: bool,
    pub(super) has_stack_trace: bool,
    pub(super) timestamp: Option<&'a str>,
    pub(super) request_id: Option<Value<'a>>,
    pub(super) trace_id: Option<Value<'a>>,
    pub(super) tenant: Option<Value<'a>>,
    pub(super) error_type: Option<Value<'a>>,
    /// An error that is logged as a JSON object.
    pub(super) error: Option<Value<'a>>,
    /// The member `span`, in which Rust's tracing writes the ids of the invocation.
    pub(super) span: Option<Value<'a>>,
    pub(super) message: Option<Value<'a>>,
}

impl<'a> Members<'a> {
    /// Collects the members; `None` unless the whole `text` is one valid JSON object.
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
            // `requestId` may be the id of another request that the function handles; these names mean Lambda's.
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

    /// Takes `value` as the log level if it is one and none was found before. Levels of pino and bunyan are numbers.
    fn take_level(&mut self, value: Value<'a>) {
        let is_scalar = matches!(value.kind, Kind::Number | Kind::String { escaped: false });
        self.level = self.level.or_else(|| Level::read(value.raw).filter(|_| is_scalar));
    }

    /// Takes `value` as the timestamp, as written, if none was found before. A number with fewer digits than Unix
    /// seconds is not a timestamp: a member `time` can also be a duration.
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

    /// Type and record of a platform event. Both members are required: a line with only one of them is a function's.
    pub(super) fn platform_event(&self) -> Option<(&'a str, Value<'a>)> {
        self.event.filter(|event| event.starts_with("platform.")).zip(self.record)
    }
}
