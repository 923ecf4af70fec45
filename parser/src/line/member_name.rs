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
#[inline]
pub(super) fn meaning(name: &str) -> Meaning {
    match name.len() {
        1..=3 => of_up_to_three(name),
        4 => of_four(name),
        5 => of_five(name),
        6 => of_six(name),
        7 => of_seven(name),
        8 => of_eight(name),
        9 => of_nine(name),
        10 => of_ten(name),
        11 => of_eleven(name),
        12 => of_twelve(name),
        13.. => of_longer(name),
        0 => Meaning::Unknown,
    }
}

#[inline]
fn of_up_to_three(name: &str) -> Meaning {
    match name {
        "msg" => Meaning::Message,
        "ts" | "@t" | "T" => Meaning::Time,
        "err" => Meaning::Error,
        "lvl" | "@l" => Meaning::Level,
        "L" => Meaning::LevelName,
        "log" => Meaning::LevelObject,
        "@m" | "@mt" => Meaning::SerilogMessage,
        "@tr" => Meaning::TraceId,
        "@sp" => Meaning::SpanId,
        "dd" => Meaning::Datadog,
        "mdc" => Meaning::ThreadContext,
        _ => Meaning::Unknown,
    }
}

#[inline]
fn of_four(name: &str) -> Meaning {
    match name {
        "time" | "Time" => Meaning::Time,
        "type" => Meaning::EventType,
        "span" => Meaning::Span,
        "_aws" => Meaning::EmbeddedMetrics,
        _ => Meaning::Unknown,
    }
}

#[inline]
fn of_five(name: &str) -> Meaning {
    match name {
        "level" | "Level" | "LEVEL" => Meaning::Level,
        "error" => Meaning::Error,
        "trace" => Meaning::Trace,
        _ => Meaning::Unknown,
    }
}

#[inline]
fn of_six(name: &str) -> Meaning {
    match name {
        "record" => Meaning::EventRecord,
        "@level" => Meaning::Level,
        "spanId" | "SpanId" | "spanID" => Meaning::SpanId,
        _ => Meaning::Unknown,
    }
}

#[inline]
fn of_seven(name: &str) -> Meaning {
    match name {
        "message" | "Message" => Meaning::Message,
        "levelno" => Meaning::PythonLevel,
        "asctime" | "instant" => Meaning::Time,
        "traceId" | "TraceId" | "traceID" => Meaning::TraceId,
        "span_id" | "span.id" => Meaning::SpanId,
        _ => Meaning::Unknown,
    }
}

#[inline]
fn of_eight(name: &str) -> Meaning {
    match name {
        "severity" | "Severity" | "SEVERITY" | "logLevel" | "LogLevel" | "loglevel" => Meaning::Level,
        "trace_id" | "trace.id" => Meaning::TraceId,
        "tenantId" => Meaning::Tenant,
        "@message" => Meaning::Message,
        "datetime" => Meaning::Time,
        _ => Meaning::Unknown,
    }
}

#[inline]
fn of_nine(name: &str) -> Meaning {
    match name {
        "timestamp" | "Timestamp" => Meaning::Time,
        "requestId" => Meaning::RequestId,
        "errorType" => Meaning::ErrorType,
        "log_level" => Meaning::PythonErrorLevel,
        "levelname" | "levelName" | "log.level" => Meaning::Level,
        "tenant_id" => Meaning::Tenant,
        "exception" | "Exception" => Meaning::Error,
        "_dd.p.tid" => Meaning::DatadogHigh,
        _ => Meaning::Unknown,
    }
}

#[inline]
fn of_ten(name: &str) -> Meaning {
    match name {
        "@timestamp" | "timeMillis" => Meaning::Time,
        "level_name" => Meaning::Level,
        "stackTrace" => Meaning::StackTrace,
        "error.type" => Meaning::ErrorType,
        "traceFlags" | "TraceFlags" => Meaning::TraceFlags,
        "otelSpanID" => Meaning::SpanId,
        "dd.span_id" => Meaning::DatadogSpanId,
        "contextMap" => Meaning::ThreadContext,
        _ => Meaning::Unknown,
    }
}

#[inline]
fn of_eleven(name: &str) -> Meaning {
    match name {
        "xrayTraceId" | "XrayTraceId" => Meaning::XrayTraceId,
        "traceparent" => Meaning::Traceparent,
        "trace_flags" => Meaning::TraceFlags,
        "otelTraceID" => Meaning::TraceId,
        "dd.trace_id" => Meaning::DatadogTraceId,
        "spanContext" => Meaning::ThreadContext,
        _ => Meaning::Unknown,
    }
}

#[inline]
fn of_twelve(name: &str) -> Meaning {
    match name {
        "errorMessage" => Meaning::ErrorMessage,
        "AWSRequestId" | "awsRequestId" => Meaning::LambdaRequestId,
        "timeUnixNano" => Meaning::Time,
        "severityText" | "SeverityText" => Meaning::Level,
        "span_context" => Meaning::ThreadContext,
        _ => Meaning::Unknown,
    }
}

#[inline]
fn of_longer(name: &str) -> Meaning {
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
        _ => Meaning::Unknown,
    }
}
