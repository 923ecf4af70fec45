//! One-line summary of a parsed line: its kind, and every field that has a value.

use std::fmt::Debug;

use crate::{
    line::{
        App, EmfMetric, Extension, Fault, InitReport, InitStart, Line, Report, RestoreReport, RuntimeDone,
        Start, TraceContext, parse,
    },
    units::{ByteSize, MemoryMib},
};

/// Parses `text` and summarises the result.
pub(super) fn summary(text: &str) -> String {
    match parse(text) {
        Line::InitStart(start) => init_start("init_start", &start),
        Line::RestoreStart(start) => init_start("restore_start", &start),
        Line::InitReport(report) => init_report("init_report", &report),
        Line::InitRuntimeDone(report) => init_report("init_runtime_done", &report),
        Line::RestoreReport(report) => restore_report("restore_report", &report),
        Line::RestoreRuntimeDone(report) => restore_report("restore_runtime_done", &report),
        Line::Start(start) => invocation_start(&start),
        Line::RuntimeDone(done) => runtime_done(&done),
        Line::End(end) => format!("end id={}", end.request_id),
        Line::Report(report) => report_summary(&report),
        Line::Fault(fault) => fault_summary(&fault),
        Line::Extension(extension) => extension_summary(&extension),
        Line::Subscription(it) => {
            format!("subscription name={} state={} types=[{}]", it.name, it.state, it.types)
        }
        Line::LogsDropped(it) => format!("logs_dropped {} {}B {:?}", it.records, it.bytes.0, it.reason),
        Line::OtherPlatform(other) => Summary::of(other.event).text("id", other.request_id).0,
        Line::Emf(emf) => emf.metrics.iter().fold(app("emf", text, &emf.app), |all, one| all + &metric(one)),
        Line::App(line) => app(&format!("{:?}", line.dialect).to_lowercase(), text, &line),
    }
}

/// Summary under construction; fields without a value are omitted.
struct Summary(String);

impl Summary {
    fn of(first: &str) -> Self {
        Self(first.to_owned())
    }

    fn text(self, name: &str, value: Option<impl AsRef<str>>) -> Self {
        match value {
            Some(value) => Self(format!("{} {name}={}", self.0, value.as_ref())),
            None => self,
        }
    }

    fn debug(self, name: &str, value: Option<impl Debug>) -> Self {
        let value = value.map(|value| format!("{value:?}"));
        self.text(name, value)
    }

    fn memory(self, name: &str, value: Option<MemoryMib>) -> Self {
        self.text(name, value.map(|memory| format!("{}MB", memory.0)))
    }

    fn bytes(self, name: &str, value: Option<ByteSize>) -> Self {
        self.text(name, value.map(|size| format!("{}B", size.0)))
    }
}

fn init_start(kind: &str, start: &InitStart<'_>) -> String {
    Summary::of(kind)
        .text("runtime", start.runtime_version)
        .text("arn", start.runtime_version_arn)
        .debug("by", start.initialization)
        .debug("phase", start.phase)
        .text("function", start.function)
        .text("version", start.version)
        .text("function_arn", start.function_arn)
        .bytes("memory", start.memory)
        .0
}

fn init_report(kind: &str, report: &InitReport<'_>) -> String {
    Summary::of(kind)
        .debug("duration", report.duration)
        .debug("phase", report.phase)
        .debug("status", report.status)
        .text("error", report.error_type)
        .debug("by", report.initialization)
        .0
}

fn restore_report(kind: &str, report: &RestoreReport<'_>) -> String {
    Summary::of(kind)
        .debug("duration", report.duration)
        .debug("status", report.status)
        .text("error", report.error_type)
        .0
}

fn invocation_start(start: &Start<'_>) -> String {
    Summary::of("start")
        .text("id", Some(start.request_id))
        .text("version", start.version)
        .text("function_arn", start.function_arn)
        .text("tenant", start.tenant)
        .text("trace", start.trace_id)
        .0
}

fn runtime_done(done: &RuntimeDone<'_>) -> String {
    Summary::of("runtime_done")
        .text("id", Some(done.request_id))
        .debug("status", done.status)
        .text("error", done.error_type.as_ref())
        .debug("duration", done.duration)
        .bytes("produced", done.produced_bytes)
        .debug("latency", done.response_latency)
        .text("tenant", done.tenant)
        .text("trace", done.trace_id)
        .0
}

fn report_summary(report: &Report<'_>) -> String {
    Summary::of("report")
        .text("id", Some(report.request_id))
        .debug("status", report.status)
        .text("error", report.error_type.as_ref())
        .debug("duration", report.duration)
        .debug("billed", report.billed_duration)
        .memory("size", report.memory_size)
        .memory("used", report.max_memory_used)
        .debug("init", report.init_duration)
        .debug("restore", report.restore_duration)
        .debug("billed_restore", report.billed_restore_duration)
        .debug("latency", report.response_latency)
        .bytes("produced", report.produced_bytes)
        .text("tenant", report.tenant)
        .text("trace", report.trace_id)
        .text("segment", report.segment_id)
        .debug("unknown", Some(report.unknown_fields).filter(|n| *n > 0))
        .0
}

fn fault_summary(fault: &Fault<'_>) -> String {
    Summary::of("fault")
        .debug("kind", Some(fault.kind))
        .text("id", fault.request_id)
        .text("error", fault.error_type)
        .debug("message", Some(fault.message))
        .0
}

fn extension_summary(extension: &Extension<'_>) -> String {
    Summary::of("extension")
        .text("name", Some(extension.name))
        .text("state", Some(extension.state))
        .text("events", Some(format!("[{}]", extension.events)))
        .text("error", extension.error_type)
        .0
}

/// Summary of a function's line. The message is included if it is not the whole line.
fn app(kind: &str, text: &str, line: &App<'_>) -> String {
    Summary::of(kind)
        .text("level", line.level.map(|level| level.name()))
        .text("id", line.request_id.as_ref())
        .text("trace", line.trace_id.as_ref())
        .text("context", line.trace_context.map(context))
        .text("tenant", line.tenant.as_ref())
        .text("at", line.timestamp)
        .text("error", line.error_type.as_ref())
        .debug("failure", line.failure)
        .debug("message", Some(line.message).filter(|message| *message != text))
        .0
}

/// Trace id, span id and flags in hexadecimal digits, without leading zeros.
fn context(context: TraceContext) -> String {
    let TraceContext { trace_id, span_id, flags } = context;
    let span_id = span_id.map(|id| format!("/{:x}", u64::from_be_bytes(id))).unwrap_or_default();
    let flags = flags.map(|flags| format!("/{flags}")).unwrap_or_default();
    format!("{:x}{span_id}{flags}", u128::from_be_bytes(trace_id))
}

fn metric(metric: &EmfMetric<'_>) -> String {
    let EmfMetric { namespace, name, values, .. } = metric;
    let unit = metric.unit.map(|unit| format!(" {unit}")).unwrap_or_default();
    let set: Vec<_> = metric.dimensions.iter().map(|(key, value)| format!("{key}={value}")).collect();
    format!(" | {namespace} {name}={values:?}{unit} {{{}}}", set.join(","))
}
