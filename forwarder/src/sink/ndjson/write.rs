//! Appends records, invocations and metrics as lines of NDJSON.

use tailwater_parser::{
    Line, Record, UnixMillis,
    decode::Part,
    derive::{DERIVATIONS, Invocation, MetricKind, StartKind, Terms},
    line::{Dialect, Emf},
    millis_f64,
    record::Additions,
};

use crate::{
    rules::{MetricKind as PointKind, MetricPoint},
    sink::text::ObjectWriter,
};

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
    write_trace(record, &mut object);
    object.optional_text("tenant", record.tenant);
    match record.part {
        Part::Whole => {}
        Part::Piece(n) | Part::Last(n) => object.integer("part", i64::from(n)),
    }
    if let Some(additions) = record.additions {
        write_additions(additions, &mut object);
    }
    if is_json_object(record) {
        object.json("body", record.message);
    } else {
        object.text("body", record.message);
    }
    object.end_line();
}

/// Appends what the user's rules add, as one JSON object.
pub fn write_additions_object(additions: &Additions<'_>, out: &mut Vec<u8>) {
    let mut object = ObjectWriter::begin(out);
    write_additions(additions, &mut object);
    object.end();
}

/// Appends what the user's rules add, as members of their own; members that would be empty are left out.
fn write_additions(additions: &Additions<'_>, object: &mut ObjectWriter<'_>) {
    if let Some(service) = additions.service {
        object.text("service", service);
    }
    if !additions.tags.is_empty() {
        object.list("tags", additions.tags.iter().copied());
    }
    if !additions.attributes.is_empty() {
        object.texts("attributes", additions.attributes.iter().copied());
    }
    if additions.joined > 0 {
        object.integer("joined", i64::from(additions.joined));
    }
    if let Some(one_in) = additions.sampling_one_in {
        object.integer("sampling_one_in", i64::from(one_in));
    }
}

/// Appends the trace id, X-Ray's if it is known, and the span id.
fn write_trace(record: &Record<'_>, object: &mut ObjectWriter<'_>) {
    let context = record.trace_context;
    let own = context.filter(|_| record.trace_id.is_none());
    let own = own.map(|context| format!("{:032x}", u128::from_be_bytes(context.trace_id)));
    object.optional_text("trace_id", record.trace_id.or(own.as_deref()));
    let span_id = context.and_then(|context| context.span_id);
    let span_id = span_id.map(|span_id| format!("{:016x}", u64::from_be_bytes(span_id)));
    object.optional_text("span_id", span_id.as_deref());
}

/// True if the message of the record is a valid JSON object, according to the parser.
fn is_json_object(record: &Record<'_>) -> bool {
    let is_other_text = matches!(&record.line, Line::App(app) if app.dialect != Dialect::Json);
    !is_other_text && record.message.trim_ascii_start().starts_with('{')
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
            let mut object = begin_metric(metric.name, unit, "distribution", emf.time(record.time), out);
            object.number("value", Some(*value));
            let of_function = [("namespace", metric.namespace), ("function", record.origin.function())];
            let tags = of_function.into_iter().chain(metric.dimensions.iter().copied());
            object.texts("tags", tags.filter(|(_, value)| !value.is_empty()));
            object.end_line();
        }
    }
}

/// Appends a data point that a rule makes of an event, as a line.
pub fn write_point(record: &Record<'_>, point: &MetricPoint<'_>, out: &mut Vec<u8>) {
    let mut object = begin_metric(point.name, "None", point_kind(point.kind), record.time, out);
    object.number("value", Some(point.value));
    let of_function = [("function", record.origin.function())];
    let tags =
        of_function.into_iter().chain(point.tags.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    object.texts("tags", tags.filter(|(_, value)| !value.is_empty()));
    object.end_line();
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

fn point_kind(kind: PointKind) -> &'static str {
    match kind {
        PointKind::Count | PointKind::Sum => "count",
        PointKind::Distribution => "distribution",
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Sinks;
    use tailwater_parser::{Origin, decode::Utf8, line, record::EventId};

    const TIME: UnixMillis = UnixMillis(1_772_618_400_123);

    fn record<'a>(origin: &'a Origin, message: &'a str) -> Record<'a> {
        let line = line::parse(message);
        Record {
            origin,
            event_id: EventId::CloudWatch("1"),
            time: TIME,
            message,
            level: line.level(),
            request_id: None,
            trace_id: None,
            invocation_segment: None,
            trace_context: line.trace_context(),
            tenant: None,
            line,
            part: Part::Whole,
            utf8: Utf8::Valid,
            additions: None,
        }
    }

    /// Members `trace_id` and `span_id` of the record of `message`.
    fn trace(message: &str, xray: Option<&str>) -> String {
        let (origin, mut out) = (Origin::default(), Vec::new());
        write_record(&Record { trace_id: xray, ..record(&origin, message) }, &mut out);
        let json: serde_json::Value = serde_json::from_slice(&out).unwrap();
        format!("{} {}", json["trace_id"], json["span_id"])
    }

    #[test]
    fn trace_id_is_that_of_x_ray_or_else_of_the_line() {
        let line = r#"{"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"00f067aa0ba902b7"}"#;
        assert_eq!(trace(line, None), r#""4bf92f3577b34da6a3ce929d0e0e4736" "00f067aa0ba902b7""#);
        assert_eq!(trace(line, Some("1-5d-dc")), r#""1-5d-dc" "00f067aa0ba902b7""#);
        assert_eq!(trace("x", Some("1-5d-dc")), r#""1-5d-dc" null"#);
        assert_eq!(trace("x", None), "null null");
    }

    #[test]
    fn additions_are_members_beside_the_body() {
        let additions = Additions {
            service: Some("shop"),
            tags: vec!["team:a"],
            attributes: vec![("env", "prod")],
            joined: 3,
            sampling_one_in: Some(20),
        };
        let (origin, mut out) = (Origin::default(), Vec::new());
        write_record(&Record { additions: Some(&additions), ..record(&origin, "x") }, &mut out);
        let json: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!((&json["service"], &json["tags"]), (&"shop".into(), &serde_json::json!(["team:a"])));
        assert_eq!(json["attributes"], serde_json::json!({"env": "prod"}));
        assert_eq!((&json["joined"], &json["sampling_one_in"]), (&3.into(), &20.into()));
        assert_eq!(json["body"], "x");
    }

    #[test]
    fn point_of_a_rule_is_a_metric() {
        let (origin, mut out) = (Origin::default(), Vec::new());
        let tags = [("currency".to_owned(), "EUR".to_owned())];
        let point = MetricPoint {
            name: "shop.orders",
            kind: PointKind::Sum,
            value: 2.5,
            tags: &tags,
            sinks: Sinks::ALL,
        };
        write_point(&record(&origin, "x"), &point, &mut out);
        let json: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!((&json["kind"], &json["name"]), (&"metric".into(), &"shop.orders".into()));
        assert_eq!((&json["type"], &json["value"]), (&"count".into(), &2.5.into()));
        assert_eq!(json["tags"], serde_json::json!({"currency": "EUR"}));
    }

    #[test]
    fn declared_metrics_have_their_own_time() {
        let minute_ago = TIME.0 - 60_000;
        let message = format!(
            r#"{{"_aws":{{"Timestamp":{minute_ago},"CloudWatchMetrics":[{{"Namespace":"n","Dimensions":[[]],"Metrics":[{{"Name":"m"}}]}}]}},"m":[1,2]}}"#
        );
        let (origin, mut out) = (Origin::default(), Vec::new());
        let record = record(&origin, &message);
        let Line::Emf(emf) = &record.line else { panic!("{message}") };
        write_emf(&record, emf, &mut out);
        for line in out.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let json: serde_json::Value = serde_json::from_slice(line).unwrap();
            assert_eq!(json["time"], minute_ago);
        }
        assert_eq!(out.iter().filter(|byte| **byte == b'\n').count(), 2);
    }
}
