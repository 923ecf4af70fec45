//! Parser for platform events in JSON, which have the form of the Telemetry API.
//!
//! There are three envelopes: `time`, `type` and `record`; the same with fewer metrics on Managed Instances; and one
//! with `timestamp`, `level` and `region` for Web Functions. AWS adds members to records without notice. So all
//! members known from any event are read leniently into one struct, and each event type uses those it needs.

use std::{borrow::Cow, time::Duration};

use super::{
    End, Extension, InitReport, InitStart, Initialization, LogsDropped, OtherPlatform, Phase, Report,
    RestoreReport, RuntimeDone, Start, Status, Subscription, fault, span::response_latency,
};
use crate::{
    json::{self, Kind, Value},
    line::{Line, Segment, app::xray_trace_id, field, segment::Tracing},
    units::{ByteSize, MemoryMib},
};

/// Builds the line of an event of type `event`, such as `platform.report`.
pub(in crate::line) fn read<'a>(event: &'a str, record: Value<'a>) -> Line<'a> {
    if record.kind != Kind::Object {
        return string_record(event, record);
    }
    let record = EventRecord::of(record.raw);
    record.named_line(event).unwrap_or_else(|| other(event, &record))
}

/// Builds the line of an event whose record is not an object. A `platform.fault` of the older Logs API contains the
/// text of the line.
fn string_record<'a>(event: &'a str, record: Value<'a>) -> Line<'a> {
    let is_fault = event == "platform.fault" && matches!(record.kind, Kind::String { .. });
    let fault = if is_fault { fault::escaped(record.raw) } else { None };
    fault.unwrap_or(Line::OtherPlatform(OtherPlatform { event, request_id: None }))
}

fn other<'a>(event: &'a str, record: &EventRecord<'a>) -> Line<'a> {
    Line::OtherPlatform(OtherPlatform { event, request_id: record.request_id })
}

/// All members that records of any event type have.
#[derive(Debug, Default)]
struct EventRecord<'a> {
    request_id: Option<&'a str>,
    status: Option<&'a str>,
    error_type: Option<Value<'a>>,
    tenant: Option<&'a str>,
    trace_id: Option<&'a str>,
    segment: Option<Segment>,
    metrics: Metrics,
    response_latency: Option<Duration>,
    spans: Option<&'a str>,
    version: Option<&'a str>,
    function_arn: Option<&'a str>,
    function_name: Option<&'a str>,
    function_version: Option<&'a str>,
    initialization: Option<&'a str>,
    phase: Option<&'a str>,
    runtime_version: Option<&'a str>,
    runtime_version_arn: Option<&'a str>,
    memory: Option<u64>,
    name: Option<&'a str>,
    state: Option<&'a str>,
    list: Option<&'a str>,
    dropped_bytes: Option<u64>,
    dropped_records: Option<u64>,
    reason: Option<Cow<'a, str>>,
    unknown_fields: u32,
}

/// Measurements in an event: its member `metrics`.
#[derive(Debug, Default)]
struct Metrics {
    duration: Option<Duration>,
    billed_duration: Option<Duration>,
    memory_size: Option<MemoryMib>,
    max_memory_used: Option<MemoryMib>,
    init_duration: Option<Duration>,
    restore_duration: Option<Duration>,
    billed_restore_duration: Option<Duration>,
    produced_bytes: Option<u64>,
    unknown_fields: u32,
}

impl<'a> EventRecord<'a> {
    fn of(raw: &'a str) -> Self {
        let mut record = Self::default();
        // The record is valid JSON, because the whole line is.
        let _ = json::members(raw, |name, value| record.take(name, value));
        record
    }

    fn take(&mut self, name: &str, value: Value<'a>) {
        match name {
            "requestId" => self.request_id = value.plain(),
            "status" => self.status = value.plain(),
            "errorType" => self.error_type = Some(value),
            "tenantId" => self.tenant = value.plain(),
            "tracing" => self.take_tracing(Tracing::of(value)),
            "metrics" => self.metrics = Metrics::of(value.raw),
            "spans" => self.take_spans(value),
            "version" => self.version = value.plain(),
            "functionArn" => self.function_arn = value.plain(),
            "functionName" => self.function_name = value.plain(),
            "functionVersion" => self.function_version = value.plain(),
            "initializationType" => self.initialization = value.plain(),
            "phase" => self.phase = value.plain(),
            "runtimeVersion" => self.runtime_version = value.plain(),
            "runtimeVersionArn" => self.runtime_version_arn = value.plain(),
            "instanceMaxMemory" => self.memory = whole(value),
            "name" => self.name = value.plain(),
            "state" => self.state = value.plain(),
            "events" | "types" => self.list = Some(value.raw.trim_matches(['[', ']'])),
            "droppedBytes" => self.dropped_bytes = whole(value),
            "droppedRecords" => self.dropped_records = whole(value),
            "reason" => self.reason = value.text(),
            _ => self.unknown_fields += 1,
        }
    }

    fn take_spans(&mut self, spans: Value<'a>) {
        self.response_latency = response_latency(spans);
        self.spans = Some(spans.raw).filter(|_| spans.kind == Kind::Array);
    }

    fn take_tracing(&mut self, tracing: Tracing<'a>) {
        self.trace_id = tracing.header.and_then(xray_trace_id);
        self.segment = tracing.segment.known();
    }

    /// Builds the line; `None` for an unknown event type, and for an event that lacks a required member.
    fn named_line(&self, event: &str) -> Option<Line<'a>> {
        Some(match event {
            "platform.initStart" => Line::InitStart(self.init_start()),
            "platform.initReport" => Line::InitReport(self.init_report()),
            "platform.initRuntimeDone" => Line::InitRuntimeDone(self.init_report()),
            "platform.restoreStart" => Line::RestoreStart(self.init_start()),
            "platform.restoreReport" => Line::RestoreReport(self.restore_report()),
            "platform.restoreRuntimeDone" => Line::RestoreRuntimeDone(self.restore_report()),
            "platform.start" => Line::Start(self.start()?),
            "platform.runtimeDone" => Line::RuntimeDone(self.runtime_done()?),
            "platform.end" => Line::End(End { request_id: self.request_id? }),
            "platform.report" => Line::Report(self.report()?),
            "platform.extension" => Line::Extension(self.extension()?),
            "platform.telemetrySubscription" | "platform.logsSubscription" => {
                Line::Subscription(self.subscription()?)
            }
            "platform.logsDropped" => Line::LogsDropped(self.logs_dropped()),
            _ => return None,
        })
    }

    fn init_start(&self) -> InitStart<'a> {
        InitStart {
            runtime_version: self.runtime_version,
            runtime_version_arn: self.runtime_version_arn,
            initialization: self.initialization.and_then(Initialization::read),
            phase: self.phase.and_then(Phase::read),
            function: self.function_name,
            version: self.function_version,
            function_arn: self.function_arn,
            memory: self.memory.map(ByteSize),
        }
    }

    fn init_report(&self) -> InitReport<'a> {
        InitReport {
            duration: self.metrics.duration,
            phase: self.phase.and_then(Phase::read),
            status: self.status.map(Status::read),
            error_type: self.error_name(),
            initialization: self.initialization.and_then(Initialization::read),
        }
    }

    fn restore_report(&self) -> RestoreReport<'a> {
        RestoreReport {
            duration: self.metrics.duration,
            status: self.status.map(Status::read),
            error_type: self.error_name(),
        }
    }

    fn start(&self) -> Option<Start<'a>> {
        Some(Start {
            request_id: self.request_id?,
            version: self.version,
            function_arn: self.function_arn,
            tenant: self.tenant,
            trace_id: self.trace_id,
            segment: self.segment,
        })
    }

    fn runtime_done(&self) -> Option<RuntimeDone<'a>> {
        Some(RuntimeDone {
            request_id: self.request_id?,
            status: self.status.map(Status::read),
            error_type: self.error_type.and_then(|value| value.text()),
            duration: self.metrics.duration,
            produced_bytes: self.metrics.produced_bytes.map(ByteSize),
            response_latency: self.response_latency,
            spans: self.spans,
            tenant: self.tenant,
            trace_id: self.trace_id,
            segment: self.segment,
        })
    }

    fn report(&self) -> Option<Report<'a>> {
        let metrics = &self.metrics;
        Some(Report {
            request_id: self.request_id?,
            status: self.status.map(Status::read),
            error_type: self.error_type.and_then(|value| value.text()),
            duration: metrics.duration,
            billed_duration: metrics.billed_duration,
            memory_size: metrics.memory_size,
            max_memory_used: metrics.max_memory_used,
            init_duration: metrics.init_duration,
            restore_duration: metrics.restore_duration,
            billed_restore_duration: metrics.billed_restore_duration,
            response_latency: self.response_latency,
            spans: self.spans,
            produced_bytes: metrics.produced_bytes.map(ByteSize),
            tenant: self.tenant,
            trace_id: self.trace_id,
            segment_id: None,
            segment: self.segment,
            unknown_fields: self.unknown_fields + metrics.unknown_fields,
        })
    }

    fn extension(&self) -> Option<Extension<'a>> {
        Some(Extension {
            name: self.name?,
            state: self.state.unwrap_or_default(),
            events: self.list.unwrap_or_default(),
            error_type: self.error_name(),
        })
    }

    fn subscription(&self) -> Option<Subscription<'a>> {
        Some(Subscription {
            name: self.name?,
            state: self.state.unwrap_or_default(),
            types: self.list.unwrap_or_default(),
        })
    }

    fn logs_dropped(&self) -> LogsDropped<'a> {
        LogsDropped {
            records: self.dropped_records.unwrap_or_default(),
            bytes: ByteSize(self.dropped_bytes.unwrap_or_default()),
            reason: self.reason.clone().unwrap_or_default(),
        }
    }

    fn error_name(&self) -> Option<&'a str> {
        self.error_type.and_then(|value| value.plain())
    }
}

impl Metrics {
    fn of(raw: &str) -> Self {
        let mut metrics = Self::default();
        let _ = json::members(raw, |name, value| metrics.take(name, value));
        metrics
    }

    fn take(&mut self, name: &str, value: Value<'_>) {
        match name {
            "durationMs" => self.duration = millis(value),
            "billedDurationMs" => self.billed_duration = millis(value),
            "memorySizeMB" => self.memory_size = field::memory(value.raw),
            "maxMemoryUsedMB" => self.max_memory_used = field::memory(value.raw),
            "initDurationMs" => self.init_duration = millis(value),
            "restoreDurationMs" => self.restore_duration = millis(value),
            "billedRestoreDurationMs" => self.billed_restore_duration = millis(value),
            "producedBytes" => self.produced_bytes = whole(value),
            _ => self.unknown_fields += 1,
        }
    }
}

/// Parses milliseconds exactly; a number with an exponent is parsed as a float.
pub(super) fn millis(value: Value<'_>) -> Option<Duration> {
    let from_float = || Duration::try_from_secs_f64(value.number()? / 1e3).ok();
    field::millis(value.raw).or_else(from_float)
}

fn whole(value: Value<'_>) -> Option<u64> {
    field::whole(value.raw)
}
