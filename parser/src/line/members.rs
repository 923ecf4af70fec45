//! Top-level members of a JSON line, collected in one pass.

use super::{
    member_name::{Meaning, meaning},
    trace_context::FoundIds,
};
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
    level: Option<Level>,
    /// Level of a member that counts only if no other member states the level.
    implied_level: ImpliedLevel,
    /// True if the level is in `log_level`. Only Python's runtime writes that, for the error that ended the handler.
    pub(super) has_log_level: bool,
    pub(super) has_error_message: bool,
    pub(super) has_stack_trace: bool,
    /// Time of the line, as written: text, a number, or Log4j's object `instant`.
    pub(super) timestamp: Option<&'a str>,
    pub(super) request_id: Option<Value<'a>>,
    pub(super) trace_id: Option<Value<'a>>,
    pub(super) ids: FoundIds,
    pub(super) tenant: Option<Value<'a>>,
    pub(super) error_type: Option<Value<'a>>,
    /// An error that is logged as a JSON object.
    pub(super) error: Option<Value<'a>>,
    /// The member `span`, in which Rust's tracing writes the ids of the invocation.
    pub(super) span: Option<Value<'a>>,
    pub(super) message: Option<Value<'a>>,
}

/// Level in a form that is ambiguous on its own.
#[derive(Clone, Copy, Debug, Default)]
struct ImpliedLevel {
    /// Level in a number of OpenTelemetry's scale or of Python's.
    numeric: Option<Level>,
    /// Number in `level` that is a severity of syslog if the line is a GELF message.
    syslog: Option<u8>,
    is_gelf: bool,
    /// True if the line is an event of Serilog, which leaves out the level Information.
    is_serilog: bool,
}

impl<'a> Members<'a> {
    /// Collects the members; `None` unless the whole `text` is one valid JSON object.
    #[inline]
    pub(super) fn of(text: &'a str) -> Option<Self> {
        let mut members = Self::default();
        json::members(text, |name, value| members.take(name, value))?;
        Some(members)
    }

    fn take(&mut self, name: &str, value: Value<'a>) {
        match meaning(name) {
            Meaning::Level => self.take_level(value),
            Meaning::LevelName if value.kind == Kind::Number => {}
            Meaning::LevelName => self.take_level(value),
            Meaning::PythonErrorLevel => {
                self.has_log_level = true;
                self.take_level(value);
            }
            Meaning::LevelObject => self.take_level_object(value),
            Meaning::SeverityNumber => self.take_numeric_level(value, Level::of_severity_number),
            Meaning::PythonLevel => self.take_numeric_level(value, Level::of_python),
            Meaning::GelfMessage => self.implied_level.is_gelf = true,
            Meaning::SerilogMessage => self.implied_level.is_serilog = true,
            Meaning::Message => self.message = Some(value),
            Meaning::Time => self.take_timestamp(value),
            Meaning::RequestId => self.request_id = self.request_id.or(Some(value)),
            Meaning::LambdaRequestId => self.request_id = Some(value),
            Meaning::XrayTraceId => {
                self.trace_id = Some(value);
                self.ids.take_trace_id(value);
            }
            Meaning::TraceId => {
                self.trace_id = self.trace_id.or(Some(value));
                self.ids.take_trace_id(value);
            }
            Meaning::SpanId => self.ids.take_span_id(value),
            Meaning::TraceFlags => self.ids.take_flags(value),
            Meaning::Traceparent => self.ids.take_traceparent(value),
            Meaning::DatadogTraceId => self.ids.take_datadog_trace_id(value),
            Meaning::DatadogSpanId => self.ids.take_datadog_span_id(value),
            Meaning::DatadogHigh => self.ids.take_datadog_high(value),
            Meaning::Datadog => self.ids.take_datadog(value),
            Meaning::Trace => self.ids.take_trace(value),
            Meaning::Span => self.span = Some(value),
            Meaning::ThreadContext => self.ids.take_context(value),
            Meaning::Tenant => self.tenant = Some(value),
            Meaning::ErrorType => self.error_type = Some(value),
            Meaning::Error => self.error = self.error.or((value.kind == Kind::Object).then_some(value)),
            Meaning::ErrorMessage => self.has_error_message = true,
            Meaning::StackTrace => self.has_stack_trace = true,
            Meaning::EventType => self.event = value.plain(),
            Meaning::EventRecord => self.record = Some(value),
            Meaning::EmbeddedMetrics => self.metrics = Some(value),
            Meaning::Unknown => {}
        }
    }

    /// Takes `value` as the log level if it is one and none was found before. Levels of pino, bunyan and Monolog are
    /// numbers.
    fn take_level(&mut self, value: Value<'a>) {
        let is_scalar = matches!(value.kind, Kind::Number | Kind::String { escaped: false });
        if self.level.is_some() || !is_scalar {
            return;
        }
        self.level = Level::read(value.raw);
        if self.level.is_none() {
            self.implied_level.syslog = value.raw.parse().ok();
        }
    }

    /// Takes the level in an object: ECS's `"log":{"level":…}`.
    fn take_level_object(&mut self, value: Value<'a>) {
        if value.kind == Kind::Object {
            // The object is valid JSON, because the whole line is.
            let _ = json::members(value.raw, |name, value| {
                if name == "level" {
                    self.take_level(value);
                }
            });
        }
    }

    fn take_numeric_level(&mut self, value: Value<'a>, read: fn(u8) -> Option<Level>) {
        let number = if value.kind == Kind::Number { value.raw.parse().ok() } else { None };
        self.implied_level.numeric = self.implied_level.numeric.or_else(|| read(number?));
    }

    /// Takes `value` as the timestamp, as written, if none was found before. A number with fewer digits than Unix
    /// seconds is not a timestamp: a member `time` can also be a duration.
    fn take_timestamp(&mut self, value: Value<'a>) {
        let is_time = match value.kind {
            Kind::Number => value.raw.len() >= 10,
            Kind::String { escaped } => {
                !escaped && value.raw.as_bytes().first().is_some_and(u8::is_ascii_digit)
            }
            Kind::Object => value.raw.contains("\"epochSecond\""),
            Kind::Array | Kind::True | Kind::False | Kind::Null => false,
        };
        self.timestamp = self.timestamp.or(is_time.then_some(value.raw));
    }

    /// Log level: the one that a member states, else the one that other members imply.
    pub(super) fn level(&self) -> Option<Level> {
        let ImpliedLevel { numeric, syslog, is_gelf, is_serilog } = self.implied_level;
        let of_syslog = || syslog.filter(|_| is_gelf).and_then(Level::of_syslog);
        let of_serilog = || (is_serilog && self.timestamp.is_some()).then_some(Level::Info);
        self.level.or(numeric).or_else(of_syslog).or_else(of_serilog)
    }

    /// Type and record of a platform event. Both members are required: a line with only one of them is a function's.
    pub(super) fn platform_event(&self) -> Option<(&'a str, Value<'a>)> {
        self.event.filter(|event| event.starts_with("platform.")).zip(self.record)
    }
}
