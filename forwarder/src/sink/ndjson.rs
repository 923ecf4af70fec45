//! Records, invocations and metrics as NDJSON: one object a line, the same on stdout and in files.

use tailwater_parser::{
    Line, Record,
    decode::Part,
    derive::{Invocation, Metric, Outcome, StartKind},
    line::Dialect,
    millis_f64,
    price::Cpu,
    record::EventId,
};

use super::text::ObjectWriter;

/// Appends a log event; its body is the message as it came, or the object it is.
pub fn write_record(record: &Record<'_>, out: &mut Vec<u8>) {
    let origin = record.origin;
    let mut object = ObjectWriter::begin(out);
    object.text("kind", "log");
    object.integer("time", record.time.0);
    match record.event_id {
        EventId::CloudWatch(id) => object.text("event_id", id),
        EventId::Position(hash) => object.text("event_id", &format!("{hash:016x}")),
    }
    object.optional_text("account", Some(&origin.account));
    object.optional_text("region", Some(&origin.region));
    object.optional_text("log_group", Some(origin.log_group()));
    object.optional_text("log_stream", Some(origin.log_stream()));
    object.optional_text("function", Some(origin.function()));
    object.optional_text("version", Some(origin.version()));
    object.text("type", record.line.kind());
    object.optional_text("level", record.level.map(tailwater_parser::Level::name));
    object.optional_text("request_id", record.request_id);
    object.optional_text("trace_id", record.trace_id);
    object.optional_text("tenant", record.tenant);
    match record.part {
        Part::Whole => {}
        Part::Piece(n) | Part::Last(n) => object.integer("part", i64::from(n)),
    }
    if is_json_object(record) {
        object.json("body", record.message);
    } else {
        object.text("body", record.message);
    }
    object.end_line();
}

/// True when the message is one valid JSON object: its parser made sure of it.
fn is_json_object(record: &Record<'_>) -> bool {
    let is_read_as_json = match &record.line {
        Line::App(app) => app.dialect == Dialect::Json,
        Line::Emf(_)
        | Line::InitStart(_)
        | Line::InitReport(_)
        | Line::InitRuntimeDone(_)
        | Line::RestoreStart(_)
        | Line::RestoreReport(_)
        | Line::RestoreRuntimeDone(_)
        | Line::Start(_)
        | Line::RuntimeDone(_)
        | Line::End(_)
        | Line::Report(_)
        | Line::Fault(_)
        | Line::Extension(_)
        | Line::Subscription(_)
        | Line::LogsDropped(_)
        | Line::OtherPlatform(_) => true,
    };
    is_read_as_json && record.message.trim_ascii_start().starts_with('{')
}

/// Appends an invocation, with the architecture it is priced for and its cost where that is known.
pub fn write_invocation(invocation: &Invocation, cpu: Cpu, cost_usd: Option<f64>, out: &mut Vec<u8>) {
    let origin = &invocation.origin;
    let mut object = ObjectWriter::begin(out);
    object.text("kind", "invocation");
    object.integer("time", invocation.time.0);
    object.text("request_id", &invocation.request_id);
    object.optional_text("function", Some(origin.function()));
    object.optional_text("version", Some(origin.version()));
    object.optional_text("account", Some(&origin.account));
    object.optional_text("region", Some(&origin.region));
    object.text("arch", cpu.name());
    object.text("status", status(invocation.outcome));
    object.optional_text("error_type", invocation.error_type.as_deref());
    object.boolean("cold_start", invocation.start != StartKind::Warm);
    object.number("duration_ms", invocation.duration.map(millis_f64));
    object.number("billed_ms", invocation.billed_duration.map(millis_f64));
    object.number("memory_mb", invocation.memory_size.map(|memory| f64::from(memory.0)));
    object.number("max_memory_mb", invocation.max_memory_used.map(|memory| f64::from(memory.0)));
    object.number("init_ms", invocation.init_duration.map(millis_f64));
    object.number("restore_ms", invocation.restore_duration.map(millis_f64));
    object.number("billed_restore_ms", invocation.billed_restore_duration.map(millis_f64));
    object.number("cost_usd", cost_usd);
    object.optional_text("trace_id", invocation.trace_id.as_deref());
    object.optional_text("tenant", invocation.tenant.as_deref());
    object.end_line();
}

/// The contract's word for how an invocation ended.
#[must_use]
pub fn status(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Success => "success",
        Outcome::Error => "error",
        Outcome::Timeout => "timeout",
        Outcome::OutOfMemory => "out_of_memory",
        Outcome::Unknown => "unknown",
    }
}
