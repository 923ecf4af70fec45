//! Appends records, invocations and metrics as lines of NDJSON.

use tailwater_parser::{
    Line, Record, UnixMillis,
    decode::Part,
    derive::{DERIVATIONS, Invocation, MetricKind, StartKind, Terms},
    line::{Dialect, Emf},
    millis_f64,
};

use crate::sink::text::ObjectWriter;

/// Appends a log event as a line. Its member `body` is the message: a JSON object if the message is one, else a string.
pub fn write_record(record: &Record<'_>, out: &mut Vec<u8>) {
    let origin = record.origin;
    let mut object = ObjectWriter::begin(out);
    object.text("kind", "log");
    object.integer("time", record.time.0);
    object.event_id("event_id", record.event_id);
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

/// True if the message of the record is a valid JSON object, according to the parser.
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

/// Appends an invocation as a line, with its cost, which depends on `terms`, if a price is known.
pub fn write_invocation(invocation: &Invocation, terms: &Terms<'_>, out: &mut Vec<u8>) {
    let origin = &invocation.origin;
    let priced = invocation.cost(terms);
    let mut object = ObjectWriter::begin(out);
    object.text("kind", "invocation");
    object.integer("time", invocation.time.0);
    object.optional_text("request_id", Some(&*invocation.request_id).filter(|id| !id.is_empty()));
    object.optional_text("function", Some(origin.function()));
    object.optional_text("version", Some(origin.version()));
    object.optional_text("account", Some(&origin.account));
    let region = if origin.region.is_empty() { terms.region } else { &origin.region };
    object.optional_text("region", Some(region));
    object.text("arch", terms.cpu.name());
    object.text("status", invocation.outcome.name());
    object.optional_text("error_type", invocation.error_type.as_deref());
    object.boolean("cold_start", invocation.start != StartKind::Warm);
    object.number("duration_ms", invocation.duration.map(millis_f64));
    object.number("billed_ms", invocation.billed_duration.map(millis_f64));
    object.number("memory_mb", invocation.memory_size.map(|memory| f64::from(memory.0)));
    object.number("max_memory_mb", invocation.max_memory_used.map(|memory| f64::from(memory.0)));
    object.number("init_ms", invocation.init_duration.map(millis_f64));
    object.number("restore_ms", invocation.restore_duration.map(millis_f64));
    object.number("billed_restore_ms", invocation.billed_restore_duration.map(millis_f64));
    object.number("cost_usd", priced.ok().map(|cost| cost.total.dollars()));
    object.optional_text("trace_id", invocation.trace_id.as_deref());
    object.optional_text("tenant", invocation.tenant.as_deref());
    object.end_line();
}

/// Appends the metrics of an invocation, one per line, each with the tags of its function.
pub fn write_metrics(invocation: &Invocation, terms: &Terms<'_>, out: &mut Vec<u8>) {
    let priced = invocation.cost(terms);
    for metric in DERIVATIONS.iter().filter_map(|derive| derive(invocation, &priced)) {
        let mut object =
            begin_metric(metric.name, metric.unit.name(), kind(metric.kind), invocation.time, out);
        object.number("value", Some(metric.value));
        object.texts("tags", tags(invocation, terms).into_iter().filter(|(_, value)| !value.is_empty()));
        object.end_line();
    }
}

/// Appends the metrics that a log line in the embedded metric format (EMF) declares, one line per value.
pub fn write_emf(record: &Record<'_>, emf: &Emf<'_>, out: &mut Vec<u8>) {
    for metric in &emf.metrics {
        for value in &metric.values {
            let unit = metric.unit.unwrap_or("None");
            let mut object = begin_metric(metric.name, unit, "distribution", record.time, out);
            object.number("value", Some(*value));
            let of_function = [("namespace", metric.namespace), ("function", record.origin.function())];
            let tags = of_function.into_iter().chain(metric.dimensions.iter().copied());
            object.texts("tags", tags.filter(|(_, value)| !value.is_empty()));
            object.end_line();
        }
    }
}

/// Begins the line of a metric: appends its first members, and leaves the JSON object open.
fn begin_metric<'b>(
    name: &str,
    unit: &str,
    kind: &str,
    time: UnixMillis,
    out: &'b mut Vec<u8>,
) -> ObjectWriter<'b> {
    let mut object = ObjectWriter::begin(out);
    object.text("kind", "metric");
    object.integer("time", time.0);
    object.text("name", name);
    object.text("unit", unit);
    object.text("type", kind);
    object
}

fn kind(kind: MetricKind) -> &'static str {
    match kind {
        MetricKind::Count => "count",
        MetricKind::Distribution => "distribution",
        MetricKind::Gauge => "gauge",
    }
}

fn tags<'t>(invocation: &'t Invocation, terms: &Terms<'t>) -> [(&'static str, &'t str); 6] {
    let origin = &invocation.origin;
    let region = if origin.region.is_empty() { terms.region } else { &origin.region };
    [
        ("function", origin.function()),
        ("version", origin.version()),
        ("account", &origin.account),
        ("region", region),
        ("arch", terms.cpu.name()),
        ("cold_start", if invocation.start == StartKind::Warm { "false" } else { "true" }),
    ]
}
