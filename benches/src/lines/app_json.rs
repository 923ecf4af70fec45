//! Lines of each runtime's own logger in JSON format.

use super::RunContext;
use crate::{app_log::Level, json_object::JsonObject, model::Runtime, timestamp::Timestamp};

/// Formats a line of the runtime's own logger.
pub(super) fn format_line(ctx: RunContext<'_>, time: Timestamp, level: Level, message: &str) -> String {
    let id = &ctx.run.request_id;
    let tenant = ctx.run.tenant;
    let line = match ctx.environment.function.runtime {
        Runtime::Node | Runtime::Ruby => JsonObject::new()
            .text("timestamp", &time.iso())
            .text("level", level.upper())
            .text("requestId", id)
            .optional_text("tenantId", tenant)
            .text("message", message),
        Runtime::Python => JsonObject::new()
            .text("timestamp", &format!("{}Z", time.iso_second()))
            .text("level", level.python())
            .text("message", message)
            .text("logger", "root")
            .text("requestId", id)
            .optional_text("tenantId", tenant),
        Runtime::Java => JsonObject::new()
            .text("timestamp", &time.iso())
            .text("message", message)
            .text("level", level.upper())
            .text("AWSRequestId", id)
            .optional_text("tenantId", tenant),
        Runtime::DotNet => JsonObject::new()
            .text("timestamp", &time.iso())
            .text("level", level.dotnet())
            .text("requestId", id)
            .text("traceId", ctx.run.trace.as_ref().map_or("", |trace| trace.id.as_str()))
            .text("message", message),
        Runtime::Go => JsonObject::new()
            .text("timestamp", &time.iso())
            .text("level", level.upper())
            .text("message", message)
            .text("requestId", id),
        Runtime::Rust => rust(ctx, time, level, message),
    };
    format!("{line}\n")
}

/// Formats an event of the `tracing` crate with its span.
fn rust(ctx: RunContext<'_>, time: Timestamp, level: Level, message: &str) -> JsonObject {
    let span = JsonObject::new()
        .text("requestId", &ctx.run.request_id)
        .optional_text("xrayTraceId", ctx.run.trace.as_ref().map(|trace| trace.id.as_str()))
        .text("name", "Lambda runtime invoke");
    JsonObject::new()
        .text("timestamp", &time.iso())
        .text("level", level.upper())
        .object("fields", &JsonObject::new().text("message", message))
        .text("target", "bootstrap")
        .object("span", &span)
}
