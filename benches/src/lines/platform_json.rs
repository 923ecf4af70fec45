//! Platform records around a run in JSON format: those of the Telemetry API, filtered by level.

use std::time::Duration;

use super::{LogEvent, Position, RunContext, json_ms};
use crate::{
    json_object::JsonObject,
    model::{InitializationType, Outcome, StartType, SystemLogLevel},
    timestamp::Timestamp,
};

/// Writes the records before the handler.
pub(super) fn before_handler(ctx: RunContext<'_>, level: SystemLogLevel, out: &mut Vec<LogEvent>) {
    let mut output = LevelFilter { level, out };
    if ctx.position == Position::First {
        environment_start(ctx, &mut output);
    }
    output.write(SystemLogLevel::Info, ctx.run.started, "platform.start", &start(ctx));
}

/// Writes the records after the handler.
pub(super) fn after_handler(ctx: RunContext<'_>, level: SystemLogLevel, out: &mut Vec<LogEvent>) {
    let mut output = LevelFilter { level, out };
    let run = ctx.run;
    let failed = run.outcome != Outcome::Success;
    if ctx.environment.function.initialization_type != InitializationType::ManagedInstances {
        let at = if failed { SystemLogLevel::Warn } else { SystemLogLevel::Debug };
        output.write(at, run.ended(), "platform.runtimeDone", &runtime_done(ctx));
    }
    let at = if failed { SystemLogLevel::Warn } else { SystemLogLevel::Info };
    output.write(at, run.ended(), "platform.report", &report(ctx));
}

/// Output that drops records below the function's system log level.
struct LevelFilter<'a> {
    level: SystemLogLevel,
    out: &'a mut Vec<LogEvent>,
}

impl LevelFilter<'_> {
    fn write(&mut self, level: SystemLogLevel, time: Timestamp, event: &str, record: &JsonObject) {
        if level >= self.level {
            let line =
                JsonObject::new().text("time", &time.iso()).text("type", event).object("record", record);
            self.out.push(LogEvent { time, message: line.to_string() });
        }
    }
}

fn environment_start(ctx: RunContext<'_>, output: &mut LevelFilter<'_>) {
    let started = ctx.run.started;
    match ctx.run.start_type {
        StartType::Warm => {}
        StartType::Cold(init) | StartType::Provisioned(init) => {
            output.write(SystemLogLevel::Info, started.before(init), "platform.initStart", &init_start(ctx));
            init_records(ctx, output, started, &InitEnd { duration: init, phase: "init", failure: None });
        }
        StartType::InitRetried(init) => {
            let failure = Some("Runtime.ImportModuleError");
            output.write(
                SystemLogLevel::Info,
                started.before(init * 2),
                "platform.initStart",
                &init_start(ctx),
            );
            init_records(
                ctx,
                output,
                started.before(init),
                &InitEnd { duration: init, phase: "init", failure },
            );
            init_records(ctx, output, started, &InitEnd { duration: init, phase: "invoke", failure });
        }
        StartType::Restored { restore, .. } => restore_records(ctx, output, restore),
    }
    extension_records(ctx, output);
}

/// End of one INIT phase.
struct InitEnd {
    duration: Duration,
    phase: &'static str,
    failure: Option<&'static str>,
}

fn init_records(ctx: RunContext<'_>, output: &mut LevelFilter<'_>, time: Timestamp, end: &InitEnd) {
    let initialization_type = ctx.environment.function.initialization_type;
    let done = JsonObject::new()
        .text("initializationType", initialization_type_name(initialization_type))
        .text("phase", end.phase)
        .text("status", if end.failure.is_some() { "error" } else { "success" })
        .optional_text("errorType", end.failure);
    let level = match (end.failure, initialization_type) {
        (Some(_), _) => SystemLogLevel::Warn,
        (None, InitializationType::OnDemand) => SystemLogLevel::Debug,
        (
            None,
            InitializationType::Provisioned
            | InitializationType::SnapStart
            | InitializationType::ManagedInstances,
        ) => SystemLogLevel::Info,
    };
    let report = done.clone().object("metrics", &JsonObject::new().json("durationMs", json_ms(end.duration)));
    let done_level = if end.failure.is_some() { SystemLogLevel::Warn } else { SystemLogLevel::Debug };
    output.write(done_level, time, "platform.initRuntimeDone", &done);
    output.write(level, time, "platform.initReport", &report);
}

fn restore_records(ctx: RunContext<'_>, output: &mut LevelFilter<'_>, restore: Duration) {
    let started = ctx.run.started;
    let metrics = JsonObject::new().json("durationMs", json_ms(restore));
    let done = JsonObject::new().text("status", "success");
    output.write(SystemLogLevel::Info, started.before(restore), "platform.restoreStart", &environment(ctx));
    output.write(SystemLogLevel::Debug, started, "platform.restoreRuntimeDone", &done);
    output.write(SystemLogLevel::Info, started, "platform.restoreReport", &done.object("metrics", &metrics));
}

fn extension_records(ctx: RunContext<'_>, output: &mut LevelFilter<'_>) {
    let Some(name) = ctx.environment.function.extension else {
        return;
    };
    let subscription = JsonObject::new()
        .text("name", name)
        .text("state", "Subscribed")
        .text_array("types", &["platform", "function", "extension"]);
    let ready = JsonObject::new()
        .text("name", name)
        .text("state", "Ready")
        .text_array("events", &["INVOKE", "SHUTDOWN"]);
    output.write(SystemLogLevel::Debug, ctx.run.started, "platform.telemetrySubscription", &subscription);
    output.write(SystemLogLevel::Debug, ctx.run.started, "platform.extension", &ready);
}

fn init_start(ctx: RunContext<'_>) -> JsonObject {
    JsonObject::new()
        .text("initializationType", initialization_type_name(ctx.environment.function.initialization_type))
        .text("phase", "init")
        .append(&environment(ctx))
}

/// Members that describe the environment in its first record. Only here, memory is in bytes.
fn environment(ctx: RunContext<'_>) -> JsonObject {
    let function = &ctx.environment.function;
    JsonObject::new()
        .text("runtimeVersion", function.runtime.version())
        .text("runtimeVersionArn", &function.runtime_version_arn())
        .text("functionName", &function.name)
        .text("functionVersion", &ctx.environment.version)
        .text("instanceId", &ctx.environment.stream)
        .json("instanceMaxMemory", u64::from(function.memory_mib) * 1024 * 1024)
}

fn start(ctx: RunContext<'_>) -> JsonObject {
    let RunContext { environment, run, .. } = ctx;
    let start = JsonObject::new()
        .text("requestId", &run.request_id)
        .text("functionArn", &environment.function.arn(&environment.version))
        .text("version", &environment.version)
        .optional_text("tenantId", run.tenant);
    with_tracing(start, ctx)
}

fn runtime_done(ctx: RunContext<'_>) -> JsonObject {
    let run = ctx.run;
    let latency = run.duration * 9 / 10;
    let metrics =
        JsonObject::new().json("durationMs", json_ms(run.duration)).json("producedBytes", run.produced_bytes);
    let done = run_status(ctx)
        .object("metrics", &metrics)
        .json("spans", format!("[{}]", span("responseLatency", run.started, latency)));
    with_tracing(done, ctx)
}

fn report(ctx: RunContext<'_>) -> JsonObject {
    let RunContext { environment, run, .. } = ctx;
    let report = match environment.function.initialization_type {
        InitializationType::ManagedInstances => {
            let span = span("responseLatency", run.started, run.duration * 9 / 10);
            let metrics = JsonObject::new().json("durationMs", json_ms(run.duration));
            run_status(ctx).object("metrics", &metrics).json("spans", format!("[{span}]"))
        }
        InitializationType::OnDemand | InitializationType::Provisioned | InitializationType::SnapStart => {
            run_status(ctx).object("metrics", &report_metrics(ctx))
        }
    };
    with_tracing(report, ctx)
}

fn report_metrics(ctx: RunContext<'_>) -> JsonObject {
    let RunContext { environment, run, .. } = ctx;
    let metrics = JsonObject::new()
        .json("durationMs", json_ms(run.duration))
        .json("billedDurationMs", run.billed_ms())
        .json("memorySizeMB", environment.function.memory_mib)
        .json("maxMemoryUsedMB", run.max_memory_mib);
    match run.start_type {
        StartType::Warm | StartType::InitRetried(_) | StartType::Provisioned(_) => metrics,
        StartType::Cold(init) => metrics.json("initDurationMs", json_ms(init)),
        StartType::Restored { restore, .. } => metrics.json("restoreDurationMs", json_ms(restore)),
    }
}

/// Members for the request id and the status of a run.
fn run_status(ctx: RunContext<'_>) -> JsonObject {
    let run = ctx.run;
    let (status, error_type) = match &run.outcome {
        Outcome::Success => ("success", None),
        Outcome::UnhandledError(_) if matches!(run.start_type, StartType::InitRetried(_)) => {
            ("error", Some("Runtime.ImportModuleError"))
        }
        Outcome::UnhandledError(_) => ("error", None),
        Outcome::TimedOut => ("timeout", None),
        Outcome::OutOfMemory => ("error", Some("Runtime.OutOfMemory")),
        Outcome::Panicked(_) | Outcome::Exited => ("error", Some("Runtime.ExitError")),
    };
    JsonObject::new()
        .text("requestId", &run.request_id)
        .text("status", status)
        .optional_text("errorType", error_type)
        .optional_text("tenantId", run.tenant)
}

fn span(name: &str, start: Timestamp, duration: Duration) -> JsonObject {
    JsonObject::new().text("name", name).text("start", &start.iso()).json("durationMs", json_ms(duration))
}

fn with_tracing(record: JsonObject, ctx: RunContext<'_>) -> JsonObject {
    let Some(trace) = &ctx.run.trace else {
        return record;
    };
    let value = format!("Root={};Parent={};Sampled=1", trace.id, trace.segment);
    let tracing = JsonObject::new()
        .text("spanId", &trace.segment)
        .text("type", "X-Amzn-Trace-Id")
        .text("value", &value);
    record.object("tracing", &tracing)
}

fn initialization_type_name(initialization_type: InitializationType) -> &'static str {
    match initialization_type {
        InitializationType::OnDemand => "on-demand",
        InitializationType::Provisioned => "provisioned-concurrency",
        InitializationType::SnapStart => "snap-start",
        InitializationType::ManagedInstances => "lambda-managed-instances",
    }
}
