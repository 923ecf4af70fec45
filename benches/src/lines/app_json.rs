//! How each runtime's logger spells a line in JSON format.

use super::Scene;
use crate::{model::Runtime, moment::Moment, object::Object, words::Level};

/// A line of the runtime's own logger.
pub(super) fn logged(scene: Scene<'_>, time: Moment, level: Level, message: &str) -> String {
    let id = &scene.run.request_id;
    let tenant = scene.run.tenant;
    let line = match scene.environment.function.runtime {
        Runtime::Node | Runtime::Ruby => Object::new()
            .text("timestamp", &time.iso())
            .text("level", level.upper())
            .text("requestId", id)
            .maybe("tenantId", tenant)
            .text("message", message),
        Runtime::Python => Object::new()
            .text("timestamp", &format!("{}Z", time.iso_second()))
            .text("level", level.python())
            .text("message", message)
            .text("logger", "root")
            .text("requestId", id)
            .maybe("tenantId", tenant),
        Runtime::Java => Object::new()
            .text("timestamp", &time.iso())
            .text("message", message)
            .text("level", level.upper())
            .text("AWSRequestId", id)
            .maybe("tenantId", tenant),
        Runtime::DotNet => Object::new()
            .text("timestamp", &time.iso())
            .text("level", level.dotnet())
            .text("requestId", id)
            .text("traceId", scene.run.trace.as_ref().map_or("", |trace| trace.id.as_str()))
            .text("message", message),
        Runtime::Go => Object::new()
            .text("timestamp", &time.iso())
            .text("level", level.upper())
            .text("message", message)
            .text("requestId", id),
        Runtime::Rust => rust(scene, time, level, message),
    };
    format!("{line}\n")
}

/// As `tracing` writes an event with its span.
fn rust(scene: Scene<'_>, time: Moment, level: Level, message: &str) -> Object {
    let span = Object::new()
        .text("requestId", &scene.run.request_id)
        .maybe("xrayTraceId", scene.run.trace.as_ref().map(|trace| trace.id.as_str()))
        .text("name", "Lambda runtime invoke");
    Object::new()
        .text("timestamp", &time.iso())
        .text("level", level.upper())
        .object("fields", &Object::new().text("message", message))
        .text("target", "bootstrap")
        .object("span", &span)
}
