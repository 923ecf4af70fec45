//! Lines of libraries that log in JSON whatever the function's log format, and metrics in JSON.

use super::{Position, Scene};
use crate::{
    model::Runtime,
    moment::Moment,
    object::Object,
    words::{Level, Library, Metrics},
};

/// A line of a library, with fields beside its message.
pub(super) fn line(
    scene: Scene<'_>,
    time: Moment,
    library: Library,
    (level, message): (Level, &str),
    fields: &Object,
) -> String {
    let line = match library {
        Library::Powertools => match scene.environment.function.runtime {
            Runtime::Python => powertools_python(scene, time, level, message).and(fields),
            Runtime::DotNet => powertools_dotnet(scene, time, level, message).and(fields),
            Runtime::Node | Runtime::Java | Runtime::Ruby | Runtime::Go | Runtime::Rust => {
                powertools(scene, time, level, message).and(fields)
            }
        },
        Library::Pino => pino(scene, time, level).and(fields).text("msg", message),
        Library::Bare => Object::new()
            .text("time", &time.iso())
            .text("severity", level.upper())
            .text("aws_request_id", &scene.run.request_id)
            .and(fields)
            .text("message", message),
    };
    format!("{line}\n")
}

/// TypeScript and Java.
fn powertools(scene: Scene<'_>, time: Moment, level: Level, message: &str) -> Object {
    Object::new()
        .text("level", level.upper())
        .text("message", message)
        .text("timestamp", &time.iso())
        .text("service", &scene.environment.function.name)
        .and(&context(scene))
        .maybe("xray_trace_id", trace_id(scene))
        .maybe("tenant_id", scene.run.tenant)
}

fn powertools_python(scene: Scene<'_>, time: Moment, level: Level, message: &str) -> Object {
    Object::new()
        .text("level", level.python())
        .text("location", "handler:48")
        .text("message", message)
        .text("timestamp", &format!("{}+0000", time.with_comma()))
        .text("service", &scene.environment.function.name)
        .and(&context(scene))
        .maybe("xray_trace_id", trace_id(scene))
}

fn powertools_dotnet(scene: Scene<'_>, time: Moment, level: Level, message: &str) -> Object {
    let function = &scene.environment.function;
    Object::new()
        .json("cold_start", scene.position == Position::First)
        .maybe("xray_trace_id", trace_id(scene))
        .text("function_name", &function.name)
        .text("function_version", &scene.environment.version)
        .json("function_memory_size", function.memory_mib)
        .text("function_arn", &function.arn(&scene.environment.version))
        .text("function_request_id", &scene.run.request_id)
        .text("timestamp", &time.iso())
        .text("level", level.dotnet())
        .text("service", &function.name)
        .text("name", "AWS.Lambda.Powertools.Logging.Logger")
        .text("message", message)
}

/// What every Powertools logger says about the run.
fn context(scene: Scene<'_>) -> Object {
    let function = &scene.environment.function;
    Object::new()
        .json("cold_start", scene.position == Position::First)
        .text("function_name", &function.name)
        .json("function_memory_size", function.memory_mib)
        .text("function_arn", &function.arn(&scene.environment.version))
        .text("function_request_id", &scene.run.request_id)
}

fn trace_id(scene: Scene<'_>) -> Option<&str> {
    scene.run.trace.as_ref().map(|trace| trace.id.as_str())
}

fn pino(scene: Scene<'_>, time: Moment, level: Level) -> Object {
    let number = match level {
        Level::Debug => 20,
        Level::Info => 30,
        Level::Warn => 40,
        Level::Error => 50,
    };
    Object::new()
        .json("level", number)
        .json("time", time.0)
        .json("pid", 8)
        .text("hostname", "169.254.12.61")
        .text("requestId", &scene.run.request_id)
}

/// Metrics in CloudWatch's embedded metric format.
pub(super) fn metrics(scene: Scene<'_>, time: Moment, metrics: &Metrics) -> String {
    let (dimension, name) = &metrics.dimension;
    let definitions: Vec<_> = metrics
        .values
        .iter()
        .map(|(name, unit, _)| Object::new().text("Name", name).text("Unit", unit).to_string())
        .collect();
    let directive = Object::new()
        .text("Namespace", metrics.namespace)
        .json("Dimensions", format!("[[\"{dimension}\"]]"))
        .json("Metrics", format!("[{}]", definitions.join(",")));
    let aws = Object::new().json("Timestamp", time.0).json("CloudWatchMetrics", format!("[{directive}]"));
    let line = metrics.values.iter().fold(
        Object::new().object("_aws", &aws).text(dimension, name).text("requestId", &scene.run.request_id),
        |line, (name, _, value)| line.json(name, value),
    );
    format!("{line}\n")
}
