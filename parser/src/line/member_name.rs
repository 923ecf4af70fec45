//! Names of the members by which logging libraries state the level, the time, and the ids of a line.

/// Meaning of a member of a JSON line, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Log level: a name, or a number of pino, bunyan or Monolog.
    Level,
    /// Log level: a name only, because other lines have numbers in this member.
    LevelName,
    /// Log level of the error that ended a Python handler.
    PythonErrorLevel,
    /// Object that contains the log level.
    LevelObject,
    /// Severity number of OpenTelemetry.
    SeverityNumber,
    /// Numeric level of Python's `logging`.
    PythonLevel,
    /// Message of a GELF line.
    GelfMessage,
    /// Message of a Serilog event.
    SerilogMessage,
    /// Message.
    Message,
    /// Time.
    Time,
    /// Request id. It may be the id of another request that the function handles.
    RequestId,
    /// Request id of the Lambda invocation.
    LambdaRequestId,
    /// X-Ray trace id.
    XrayTraceId,
    /// Trace id of X-Ray, or of OpenTelemetry.
    TraceId,
    /// Span id of OpenTelemetry.
    SpanId,
    /// W3C trace flags.
    TraceFlags,
    /// W3C `traceparent`.
    Traceparent,
    /// Trace id of Datadog.
    DatadogTraceId,
    /// Span id of Datadog.
    DatadogSpanId,
    /// First half of Datadog's trace id.
    DatadogHigh,
    /// Object with Datadog's ids.
    Datadog,
    /// Object with a trace id.
    Trace,
    /// Object with a span id, or with the ids of the invocation.
    Span,
    /// Object with the context of a thread.
    ThreadContext,
    /// Tenant id.
    Tenant,
    /// Error type.
    ErrorType,
    /// Error as an object.
    Error,
    /// Error message.
    ErrorMessage,
    /// Stack trace.
    StackTrace,
    /// Type of a platform event.
    EventType,
    /// Record of a platform event.
    EventRecord,
    /// Declaration of embedded metrics.
    EmbeddedMetrics,
    /// None that the parser uses.
    Unknown,
}

/// Returns the meaning of a member's name. The names are grouped by length, so that a name is compared only with the
/// few that have its length.
pub(super) fn meaning(name: &str) -> Meaning {
    match name.len() {
        1..=5 => of_short(name),
        6..=8 => of_medium(name),
        9 => of_nine(name),
        10..=12 => of_long(name),
        13.. => of_longest(name),
        0 => Meaning::Unknown,
    }
}

fn of_short(name: &str) -> Meaning {
    match name {
        "time" | "Time" | "ts" | "@t" | "T" => Meaning::Time,
        "level" | "Level" | "LEVEL" | "lvl" | "@l" => Meaning::Level,
        "L" => Meaning::LevelName,
        "msg" => Meaning::Message,
        "type" => Meaning::EventType,
        "error" | "err" => Meaning::Error,
        "span" => Meaning::Span,
        "_aws" => Meaning::EmbeddedMetrics,
        "log" => Meaning::LevelObject,
        "@m" | "@mt" => Meaning::SerilogMessage,
        "@tr" => Meaning::TraceId,
        "@sp" => Meaning::SpanId,
        "trace" => Meaning::Trace,
        "dd" => Meaning::Datadog,
        "mdc" => Meaning::ThreadContext,
        _ => Meaning::Unknown,
    }
}

fn of_medium(name: &str) -> Meaning {
    match name {
        "message" | "Message" | "@message" => Meaning::Message,
        "record" => Meaning::EventRecord,
        "severity" | "Severity" | "SEVERITY" | "logLevel" | "LogLevel" | "loglevel" | "@level" => {
            Meaning::Level
        }
        "levelno" => Meaning::PythonLevel,
        "asctime" | "datetime" | "instant" => Meaning::Time,
        "traceId" | "TraceId" | "trace_id" | "trace.id" | "traceID" => Meaning::TraceId,
        "span_id" | "spanId" | "SpanId" | "span.id" | "spanID" => Meaning::SpanId,
        "tenantId" => Meaning::Tenant,
        _ => Meaning::Unknown,
    }
}

fn of_nine(name: &str) -> Meaning {
    match name {
        "timestamp" | "Timestamp" => Meaning::Time,
        "requestId" => Meaning::RequestId,
        "errorType" => Meaning::ErrorType,
        "log_level" => Meaning::PythonErrorLevel,
        "levelname" | "levelName" | "log.level" => Meaning::Level,
        "tenant_id" => Meaning::Tenant,
        "_dd.p.tid" => Meaning::DatadogHigh,
        "exception" | "Exception" => Meaning::Error,
        _ => Meaning::Unknown,
    }
}

fn of_long(name: &str) -> Meaning {
    match name {
        "@timestamp" | "timeMillis" | "timeUnixNano" => Meaning::Time,
        "level_name" | "severityText" | "SeverityText" => Meaning::Level,
        "stackTrace" => Meaning::StackTrace,
        "error.type" => Meaning::ErrorType,
        "errorMessage" => Meaning::ErrorMessage,
        "AWSRequestId" | "awsRequestId" => Meaning::LambdaRequestId,
        "xrayTraceId" | "XrayTraceId" => Meaning::XrayTraceId,
        "traceparent" => Meaning::Traceparent,
        "trace_flags" | "traceFlags" | "TraceFlags" => Meaning::TraceFlags,
        "otelTraceID" => Meaning::TraceId,
        "otelSpanID" => Meaning::SpanId,
        "dd.trace_id" => Meaning::DatadogTraceId,
        "dd.span_id" => Meaning::DatadogSpanId,
        "contextMap" | "spanContext" => Meaning::ThreadContext,
        _ => Meaning::Unknown,
    }
}

fn of_longest(name: &str) -> Meaning {
    match name {
        "xray_trace_id" | "X-Amzn-Trace-Id" | "x-amzn-trace-id" => Meaning::XrayTraceId,
        // `requestId` may be the id of another request that the function handles; these names mean Lambda's.
        "function_request_id" | "aws_request_id" | "functionRequestId" | "FunctionRequestId" => {
            Meaning::LambdaRequestId
        }
        "exception_name" => Meaning::ErrorType,
        "severity_text" => Meaning::Level,
        "severity_number" | "severityNumber" | "SeverityNumber" => Meaning::SeverityNumber,
        "short_message" => Meaning::GelfMessage,
        "trace_sampled" | "otelTraceSampled" => Meaning::TraceFlags,
        "span_context" => Meaning::ThreadContext,
        _ => Meaning::Unknown,
    }
}
