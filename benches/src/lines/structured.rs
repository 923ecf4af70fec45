//! Lines of libraries that write JSON regardless of the function's log format, and embedded metrics.

use super::{Position, RunContext};
use crate::{
    app_log::{EmbeddedMetrics, Level, Library},
    json_object::JsonObject,
    model::Runtime,
    timestamp::Timestamp,
};

/// Formats a library's line, with fields beside its message.
pub(super) fn line(
    ctx: RunContext<'_>,
    time: Timestamp,
    library: Library,
    (level, message): (Level, &str),
    fields: &JsonObject,
) -> String {
    let line = match library {
        Library::Powertools => match ctx.environment.function.runtime {
            Runtime::Python => powertools_python(ctx, time, level, message).append(fields),
            Runtime::DotNet => powertools_dotnet(ctx, time, level, message).append(fields),
            Runtime::Node | Runtime::Java | Runtime::Ruby | Runtime::Go | Runtime::Rust => {
                powertools(ctx, time, level, message).append(fields)
            }
        },
        Library::Pino => pino(ctx, time, level).append(fields).text("msg", message),
        Library::Generic => JsonObject::new()
            .text("time", &time.iso())
            .text("severity", level.upper())
            .text("aws_request_id", &ctx.run.request_id)
            .append(fields)
            .text("message", message),
    };
    format!("{line}\n")
}

/// Formats a line of Powertools for TypeScript and Java.
fn powertools(ctx: RunContext<'_>, time: Timestamp, level: Level, message: &str) -> JsonObject {
    JsonObject::new()
        .text("level", level.upper())
        .text("message", message)
        .text("timestamp", &time.iso())
        .text("service", &ctx.environment.function.name)
        .append(&invocation_context(ctx))
        .optional_text("xray_trace_id", trace_id(ctx))
        .optional_text("tenant_id", ctx.run.tenant)
}

fn powertools_python(ctx: RunContext<'_>, time: Timestamp, level: Level, message: &str) -> JsonObject {
    JsonObject::new()
        .text("level", level.python())
        .text("location", "handler:48")
        .text("message", message)
        .text("timestamp", &format!("{}+0000", time.with_comma()))
        .text("service", &ctx.environment.function.name)
        .append(&invocation_context(ctx))
        .optional_text("xray_trace_id", trace_id(ctx))
}

fn powertools_dotnet(ctx: RunContext<'_>, time: Timestamp, level: Level, message: &str) -> JsonObject {
    let function = &ctx.environment.function;
    JsonObject::new()
        .json("cold_start", ctx.position == Position::First)
        .optional_text("xray_trace_id", trace_id(ctx))
        .text("function_name", &function.name)
        .text("function_version", &ctx.environment.version)
        .json("function_memory_size", function.memory_mib)
        .text("function_arn", &function.arn(&ctx.environment.version))
        .text("function_request_id", &ctx.run.request_id)
        .text("timestamp", &time.iso())
        .text("level", level.dotnet())
        .text("service", &function.name)
        .text("name", "AWS.Lambda.Powertools.Logging.Logger")
        .text("message", message)
}

/// Members about the run that the Powertools loggers share.
fn invocation_context(ctx: RunContext<'_>) -> JsonObject {
    let function = &ctx.environment.function;
    JsonObject::new()
        .json("cold_start", ctx.position == Position::First)
        .text("function_name", &function.name)
        .json("function_memory_size", function.memory_mib)
        .text("function_arn", &function.arn(&ctx.environment.version))
        .text("function_request_id", &ctx.run.request_id)
}

fn trace_id(ctx: RunContext<'_>) -> Option<&str> {
    ctx.run.trace.as_ref().map(|trace| trace.id.as_str())
}

fn pino(ctx: RunContext<'_>, time: Timestamp, level: Level) -> JsonObject {
    let number = match level {
        Level::Debug => 20,
        Level::Info => 30,
        Level::Warn => 40,
        Level::Error => 50,
    };
    JsonObject::new()
        .json("level", number)
        .json("time", time.0)
        .json("pid", 8)
        .text("hostname", "169.254.12.61")
        .text("requestId", &ctx.run.request_id)
}

/// Formats a line in CloudWatch's embedded metric format.
pub(super) fn metrics(ctx: RunContext<'_>, time: Timestamp, metrics: &EmbeddedMetrics) -> String {
    let (dimension, name) = &metrics.dimension;
    let definitions: Vec<_> = metrics
        .values
        .iter()
        .map(|(name, unit, _)| JsonObject::new().text("Name", name).text("Unit", unit).to_string())
        .collect();
    let directive = JsonObject::new()
        .text("Namespace", metrics.namespace)
        .json("Dimensions", format!("[[\"{dimension}\"]]"))
        .json("Metrics", format!("[{}]", definitions.join(",")));
    let aws = JsonObject::new().json("Timestamp", time.0).json("CloudWatchMetrics", format!("[{directive}]"));
    let line = metrics.values.iter().fold(
        JsonObject::new().object("_aws", &aws).text(dimension, name).text("requestId", &ctx.run.request_id),
        |line, (name, _, value)| line.json(name, value),
    );
    format!("{line}\n")
}
