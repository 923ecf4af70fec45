//! What the platform writes around a run in JSON format: the Telemetry API's records, each at its level.

use std::time::Duration;

use super::{LogEvent, Position, Scene, number};
use crate::{
    model::{Birth, Ending, Launch, SystemLevel},
    moment::Moment,
    object::Object,
};

/// What precedes the handler.
pub(super) fn before(scene: Scene<'_>, level: SystemLevel, out: &mut Vec<LogEvent>) {
    let mut page = Page { level, out };
    if scene.position == Position::First {
        beginning(scene, &mut page);
    }
    page.write(SystemLevel::Info, scene.run.started, "platform.start", &start(scene));
}

/// What follows it.
pub(super) fn after(scene: Scene<'_>, level: SystemLevel, out: &mut Vec<LogEvent>) {
    let mut page = Page { level, out };
    let run = scene.run;
    let failed = run.ending != Ending::Success;
    if scene.environment.function.launch != Launch::ManagedInstances {
        let at = if failed { SystemLevel::Warn } else { SystemLevel::Debug };
        page.write(at, run.ended(), "platform.runtimeDone", &runtime_done(scene));
    }
    let at = if failed { SystemLevel::Warn } else { SystemLevel::Info };
    page.write(at, run.ended(), "platform.report", &report(scene));
}

/// Where records go that are serious enough.
struct Page<'a> {
    level: SystemLevel,
    out: &'a mut Vec<LogEvent>,
}

impl Page<'_> {
    fn write(&mut self, level: SystemLevel, time: Moment, event: &str, record: &Object) {
        if level >= self.level {
            let line = Object::new().text("time", &time.iso()).text("type", event).object("record", record);
            self.out.push(LogEvent { time, message: line.to_string() });
        }
    }
}

fn beginning(scene: Scene<'_>, page: &mut Page<'_>) {
    let started = scene.run.started;
    match scene.run.birth {
        Birth::Warm => {}
        Birth::Cold(init) | Birth::Provisioned(init) => {
            page.write(SystemLevel::Info, started.before(init), "platform.initStart", &init_start(scene));
            init_done(scene, page, started, &InitEnd { took: init, phase: "init", failure: None });
        }
        Birth::ColdTwice(init) => {
            let failure = Some("Runtime.ImportModuleError");
            page.write(SystemLevel::Info, started.before(init * 2), "platform.initStart", &init_start(scene));
            init_done(scene, page, started.before(init), &InitEnd { took: init, phase: "init", failure });
            init_done(scene, page, started, &InitEnd { took: init, phase: "invoke", failure });
        }
        Birth::Restored { restore, .. } => restored(scene, page, restore),
    }
    extension(scene, page);
}

/// How one phase of INIT ended.
struct InitEnd {
    took: Duration,
    phase: &'static str,
    failure: Option<&'static str>,
}

fn init_done(scene: Scene<'_>, page: &mut Page<'_>, time: Moment, end: &InitEnd) {
    let launch = scene.environment.function.launch;
    let done = Object::new()
        .text("initializationType", launch_name(launch))
        .text("phase", end.phase)
        .text("status", if end.failure.is_some() { "error" } else { "success" })
        .maybe("errorType", end.failure);
    let level = match (end.failure, launch) {
        (Some(_), _) => SystemLevel::Warn,
        (None, Launch::OnDemand) => SystemLevel::Debug,
        (None, Launch::Provisioned | Launch::SnapStart | Launch::ManagedInstances) => SystemLevel::Info,
    };
    let report = done.clone().object("metrics", &Object::new().json("durationMs", number(end.took)));
    let done_level = if end.failure.is_some() { SystemLevel::Warn } else { SystemLevel::Debug };
    page.write(done_level, time, "platform.initRuntimeDone", &done);
    page.write(level, time, "platform.initReport", &report);
}

fn restored(scene: Scene<'_>, page: &mut Page<'_>, restore: Duration) {
    let started = scene.run.started;
    let metrics = Object::new().json("durationMs", number(restore));
    let done = Object::new().text("status", "success");
    page.write(SystemLevel::Info, started.before(restore), "platform.restoreStart", &environment(scene));
    page.write(SystemLevel::Debug, started, "platform.restoreRuntimeDone", &done);
    page.write(SystemLevel::Info, started, "platform.restoreReport", &done.object("metrics", &metrics));
}

fn extension(scene: Scene<'_>, page: &mut Page<'_>) {
    let Some(name) = scene.environment.function.extension else {
        return;
    };
    let subscription = Object::new()
        .text("name", name)
        .text("state", "Subscribed")
        .texts("types", &["platform", "function", "extension"]);
    let ready =
        Object::new().text("name", name).text("state", "Ready").texts("events", &["INVOKE", "SHUTDOWN"]);
    page.write(SystemLevel::Debug, scene.run.started, "platform.telemetrySubscription", &subscription);
    page.write(SystemLevel::Debug, scene.run.started, "platform.extension", &ready);
}

fn init_start(scene: Scene<'_>) -> Object {
    Object::new()
        .text("initializationType", launch_name(scene.environment.function.launch))
        .text("phase", "init")
        .and(&environment(scene))
}

/// What the first record of an environment says about it; memory is in bytes here, and only here.
fn environment(scene: Scene<'_>) -> Object {
    let function = &scene.environment.function;
    Object::new()
        .text("runtimeVersion", function.runtime.version())
        .text("runtimeVersionArn", &function.runtime_version_arn())
        .text("functionName", &function.name)
        .text("functionVersion", &scene.environment.version)
        .text("instanceId", &scene.environment.stream)
        .json("instanceMaxMemory", u64::from(function.memory_mib) * 1024 * 1024)
}

fn start(scene: Scene<'_>) -> Object {
    let Scene { environment, run, .. } = scene;
    let start = Object::new()
        .text("requestId", &run.request_id)
        .text("functionArn", &environment.function.arn(&environment.version))
        .text("version", &environment.version)
        .maybe("tenantId", run.tenant);
    traced(start, scene)
}

fn runtime_done(scene: Scene<'_>) -> Object {
    let run = scene.run;
    let latency = run.duration * 9 / 10;
    let metrics =
        Object::new().json("durationMs", number(run.duration)).json("producedBytes", run.produced_bytes);
    let done = ended(scene)
        .object("metrics", &metrics)
        .json("spans", format!("[{}]", span("responseLatency", run.started, latency)));
    traced(done, scene)
}

fn report(scene: Scene<'_>) -> Object {
    let Scene { environment, run, .. } = scene;
    let report = match environment.function.launch {
        Launch::ManagedInstances => {
            let span = span("responseLatency", run.started, run.duration * 9 / 10);
            let metrics = Object::new().json("durationMs", number(run.duration));
            ended(scene).object("metrics", &metrics).json("spans", format!("[{span}]"))
        }
        Launch::OnDemand | Launch::Provisioned | Launch::SnapStart => {
            ended(scene).object("metrics", &report_metrics(scene))
        }
    };
    traced(report, scene)
}

fn report_metrics(scene: Scene<'_>) -> Object {
    let Scene { environment, run, .. } = scene;
    let metrics = Object::new()
        .json("durationMs", number(run.duration))
        .json("billedDurationMs", run.billed_ms())
        .json("memorySizeMB", environment.function.memory_mib)
        .json("maxMemoryUsedMB", run.max_memory_mib);
    match run.birth {
        Birth::Warm | Birth::ColdTwice(_) | Birth::Provisioned(_) => metrics,
        Birth::Cold(init) => metrics.json("initDurationMs", number(init)),
        Birth::Restored { restore, .. } => metrics.json("restoreDurationMs", number(restore)),
    }
}

/// Which run, and how it ended.
fn ended(scene: Scene<'_>) -> Object {
    let run = scene.run;
    let (status, error_type) = match &run.ending {
        Ending::Success => ("success", None),
        Ending::Thrown(_) if matches!(run.birth, Birth::ColdTwice(_)) => {
            ("error", Some("Runtime.ImportModuleError"))
        }
        Ending::Thrown(_) => ("error", None),
        Ending::TimedOut => ("timeout", None),
        Ending::OutOfMemory => ("error", Some("Runtime.OutOfMemory")),
        Ending::Exited => ("error", Some("Runtime.ExitError")),
    };
    Object::new()
        .text("requestId", &run.request_id)
        .text("status", status)
        .maybe("errorType", error_type)
        .maybe("tenantId", run.tenant)
}

fn span(name: &str, start: Moment, took: Duration) -> Object {
    Object::new().text("name", name).text("start", &start.iso()).json("durationMs", number(took))
}

fn traced(record: Object, scene: Scene<'_>) -> Object {
    let Some(trace) = &scene.run.trace else {
        return record;
    };
    let value = format!("Root={};Parent={};Sampled=1", trace.id, trace.segment);
    let tracing =
        Object::new().text("spanId", &trace.segment).text("type", "X-Amzn-Trace-Id").text("value", &value);
    record.object("tracing", &tracing)
}

fn launch_name(launch: Launch) -> &'static str {
    match launch {
        Launch::OnDemand => "on-demand",
        Launch::Provisioned => "provisioned-concurrency",
        Launch::SnapStart => "snap-start",
        Launch::ManagedInstances => "lambda-managed-instances",
    }
}
