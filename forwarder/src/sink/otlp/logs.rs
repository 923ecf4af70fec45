//! Body of a request to `/v1/logs`: one `ResourceLogs` for each run of consecutive records of the same log stream.

use std::fmt::Write;

use tailwater_parser::{
    Arrival, Level, Origin, Record, UnixMillis,
    decode::Part,
    line::{Emf, Line, TraceContext},
    record::EventId,
};

use super::{
    additions::{self, ResourceAdditions},
    attribute::{self, Value},
    resource::{self, Enrichment, scope},
    span_ids::DerivedTraceIds,
    time,
    wire::{Field, Message, field_len},
};

/// Field of `ExportLogsServiceRequest`.
const RESOURCE_LOGS: Field = 1;

/// Fields of `ResourceLogs` and of `ScopeLogs`.
const RESOURCE: Field = 1;
const SCOPE_LOGS: Field = 2;
const SCOPE: Field = 1;
const LOG_RECORDS: Field = 2;

/// Fields of `LogRecord`.
const TIME: Field = 1;
const SEVERITY_NUMBER: Field = 2;
const SEVERITY_TEXT: Field = 3;
const BODY: Field = 5;
const ATTRIBUTES: Field = 6;
const FLAGS: Field = 8;
const TRACE_ID: Field = 9;
const SPAN_ID: Field = 10;
const OBSERVED_TIME: Field = 11;

/// Size in bytes at which a group (`ResourceLogs`) is closed. An open group of this size stays in the processor's
/// cache, and a closed group can be compressed while the next one is encoded.
const GROUP_LIMIT: usize = 64 * 1024;

/// Maximum size in bytes of an encoded record without its variable texts: names, tags, lengths and times.
const RECORD_OVERHEAD: usize = 512;

/// Maximum size in bytes of a group (`ResourceLogs`) without its records and variable texts.
const GROUP_OVERHEAD: usize = 2048;

/// Encoder of records in the body of a request to `/v1/logs`. It is reused for the next body.
///
/// An `ExportLogsServiceRequest` is a sequence of `ResourceLogs`, called groups here. So closed groups can be
/// compressed at any time, and concatenated bodies are one body.
#[derive(Debug)]
pub struct LogsEncoder {
    enrichment: Enrichment,
    observed: Option<u64>,
    /// Origin of the open group.
    origin: Origin,
    /// Attributes that the user's rules add to the resource of the open group; empty without rules.
    additions: ResourceAdditions,
    /// Encoded resource of the open group.
    resource: Vec<u8>,
    /// Encoded instrumentation scope.
    scope: Vec<u8>,
    /// Encoded records of the open group.
    records: Vec<u8>,
    /// Closed groups that [`Self::take_closed`] did not take yet.
    closed: Vec<u8>,
    /// Number of bytes of this body that [`Self::take_closed`] took.
    taken: usize,
    /// Number of records in this body.
    count: u64,
    /// Derivation of trace ids; `None` if records without one get none.
    derived: Option<DerivedTraceIds>,
    /// Buffer for the ids of events, if they must be composed of several texts.
    id: String,
}

impl LogsEncoder {
    /// Creates an empty body.
    #[must_use]
    pub fn new(enrichment: Enrichment) -> Self {
        Self {
            enrichment,
            observed: None,
            origin: Origin::default(),
            additions: ResourceAdditions::default(),
            resource: Vec::new(),
            scope: scope(SCOPE),
            records: Vec::new(),
            closed: Vec::new(),
            taken: 0,
            count: 0,
            derived: None,
            id: String::new(),
        }
    }

    /// Gives records of invocations without X-Ray the trace id of the invocation's span.
    #[must_use]
    pub fn with_derived_trace_ids(self) -> Self {
        Self { derived: Some(DerivedTraceIds::default()), ..self }
    }

    /// Sets the `observed_time_unix_nano` of all records that are added later. It is left out if this is never called.
    pub fn observe(&mut self, now: UnixMillis) {
        self.observed = time::nanos(now);
    }

    /// Appends a record. Does not allocate once the buffers have grown.
    pub fn add(&mut self, record: &Record<'_>) {
        if self.resource.is_empty()
            || self.origin != *record.origin
            || !self.additions.are_of(record.additions)
        {
            self.enter(record);
        }
        let region = resource::region(record.origin, &self.enrichment);
        let derived = self.derived.as_mut().and_then(|derived| derived.of(record, region));
        let (observed, id) = (self.observed, &mut self.id);
        Message::on(&mut self.records)
            .nested(LOG_RECORDS, |message| write_record(record, derived, observed, id, message));
        self.count += 1;
        if self.records.len() >= GROUP_LIMIT {
            self.close();
        }
    }

    /// Returns an upper limit of the number of bytes that [`Self::add`] would add to the body for this record.
    #[must_use]
    pub fn most_added(&self, record: &Record<'_>) -> usize {
        let origin = record.origin;
        let own = [&origin.account, &origin.region, &self.enrichment.region];
        let names =
            origin.function().len() * 3 + origin.log_stream().len() * 2 + origin.log_group().len() * 3;
        let extra = self.enrichment.attributes.iter().map(|(key, value)| key.len() + value.len() + 24);
        let group = names
            + origin.version().len()
            + own.map(|text| text.len() * 3).iter().sum::<usize>()
            + origin.arrival.as_deref().map_or(0, longest_attributes)
            + extra.sum::<usize>()
            + record.additions.map_or(0, additions::longest);
        let ids = [record.request_id, record.trace_id, record.tenant, error_type(&record.line)];
        let event_id = match record.event_id {
            EventId::CloudWatch(id) => id.len(),
            EventId::Position(_) => 16,
        };
        let texts = record.message.len() + event_id + ids.into_iter().flatten().map(str::len).sum::<usize>();
        texts + RECORD_OVERHEAD + group + GROUP_OVERHEAD
    }

    /// Returns the exact size of the body in bytes, including the bytes that [`Self::take_closed`] took.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        self.taken + self.closed.len() + self.open_len()
    }

    /// Returns the number of records in the body, including those that were taken.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Moves the closed groups to the end of `out`.
    pub fn take_closed(&mut self, out: &mut Vec<u8>) {
        self.taken += self.closed.len();
        out.append(&mut self.closed);
    }

    /// Appends the rest of the body to `out`. Afterwards, this encoder has an empty body.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        self.close();
        self.take_closed(out);
        (self.taken, self.count) = (0, 0);
    }

    /// Closes the open group and opens a group for records with the origin and the additions of this one.
    fn enter(&mut self, record: &Record<'_>) {
        self.close();
        self.origin.copy_from(record.origin);
        self.additions = ResourceAdditions::of(record.additions);
        self.resource.clear();
        let mut out = Message::on(&mut self.resource);
        resource::write_origin(record.origin, None, &self.additions, &self.enrichment, &mut out, RESOURCE);
    }

    /// Closes the open group, unless it has no records.
    fn close(&mut self) {
        if self.records.is_empty() {
            return;
        }
        let scope_logs = self.scope.len() + self.records.len();
        let mut out = Message::on(&mut self.closed);
        out.head(RESOURCE_LOGS, self.resource.len() + field_len(scope_logs));
        out.encoded(&self.resource);
        out.head(SCOPE_LOGS, scope_logs);
        out.encoded(&self.scope);
        out.encoded(&self.records);
        self.records.clear();
    }

    /// Returns the number of bytes that the open group will have once it is closed.
    fn open_len(&self) -> usize {
        if self.records.is_empty() {
            return 0;
        }
        field_len(self.resource.len() + field_len(self.scope.len() + self.records.len()))
    }
}

/// Returns an upper limit of the length of all values of attributes that are made of an arrival.
fn longest_attributes(arrival: &Arrival) -> usize {
    let Arrival {
        bucket,
        key,
        topic_arn,
        subject,
        queue_arn,
        stream_arn,
        delivery_stream_arn,
        event_source,
        detail_type,
    } = arrival;
    let origins = [bucket, key, topic_arn, queue_arn, stream_arn, delivery_stream_arn];
    let texts = origins.into_iter().chain([subject, event_source, detail_type]);
    texts.map(|text| text.len() * 2).sum()
}

/// Appends the fields of a `LogRecord`.
fn write_record(
    record: &Record<'_>,
    derived: Option<TraceContext>,
    observed: Option<u64>,
    id: &mut String,
    out: &mut Message<'_>,
) {
    if let Some(time) = time::nearest_nanos(record.time) {
        out.fixed64(TIME, time);
    }
    if let Some(observed) = observed {
        out.fixed64(OBSERVED_TIME, observed);
    }
    if let Some(level) = record.level {
        out.varint(SEVERITY_NUMBER, severity(level));
        out.bytes(SEVERITY_TEXT, level.name().as_bytes());
    }
    attribute::write_any_text(out, BODY, body(record));
    let xray = xray_context(record);
    let context = record.trace_context.or(xray).or(derived);
    if let Some(TraceContext { trace_id, span_id, flags }) = context {
        if let Some(flags) = flags.filter(|flags| *flags != 0) {
            out.fixed32(FLAGS, flags.into());
        }
        out.bytes(TRACE_ID, &trace_id);
        if let Some(span_id) = span_id {
            out.bytes(SPAN_ID, &span_id);
        }
    }
    // An X-Ray trace id is an attribute if the field has another id, or if it is invalid.
    let is_in_field = xray.is_some_and(|xray| context.is_some_and(|it| it.trace_id == xray.trace_id));
    write_attributes(record, record.trace_id.filter(|_| !is_in_field), id, out);
}

/// Returns the X-Ray ids of a record's invocation; `None` without a valid trace id.
fn xray_context(record: &Record<'_>) -> Option<TraceContext> {
    let context = TraceContext::of_xray(record.trace_id?)?;
    let segment = record.segment().unwrap_or_default();
    Some(TraceContext { span_id: segment.span_id, flags: segment.recorded.map(u8::from), ..context })
}

/// Appends the attributes of a `LogRecord`.
fn write_attributes(
    record: &Record<'_>,
    other_trace_id: Option<&str>,
    id: &mut String,
    out: &mut Message<'_>,
) {
    attribute::write_text(out, ATTRIBUTES, "log.record.uid", event_id(record, id));
    attribute::write_text(out, ATTRIBUTES, "tailwater.type", record.line.kind());
    let texts = [
        ("faas.invocation_id", record.request_id),
        ("aws.lambda.tenant_id", record.tenant),
        ("exception.type", error_type(&record.line)),
        ("aws.xray.trace_id", other_trace_id),
    ];
    for (key, text) in texts {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            attribute::write_text(out, ATTRIBUTES, key, text);
        }
    }
    if let Some(additions) = record.additions {
        let joined = Some(additions.joined).filter(|joined| *joined > 0);
        let counts = [("log.joined", joined), ("sampling.one_in", additions.sampling_one_in)];
        for (key, count) in counts.into_iter().filter_map(|(key, count)| Some((key, count?))) {
            attribute::write(out, ATTRIBUTES, key, Value::Integer(count.into()));
        }
    }
    if time::nanos(record.time).is_none() {
        let original = Value::Integer(record.time.0);
        attribute::write(out, ATTRIBUTES, "tailwater.original_time_ms", original);
    }
}

/// Returns the message without the line break at its end. If a message is split into parts, only the last part loses
/// its line break, because all parts together are the message.
fn body<'a>(record: &Record<'a>) -> &'a str {
    match record.part {
        Part::Piece(_) => record.message,
        Part::Whole | Part::Last(_) => record.message.trim_end_matches(['\n', '\r']),
    }
}

/// Returns the id of the event. Each part of a split message has its own id, so that a backend does not treat the
/// parts as duplicates.
fn event_id<'a>(record: &Record<'a>, buffer: &'a mut String) -> &'a str {
    let part = match record.part {
        Part::Whole => None,
        Part::Piece(n) | Part::Last(n) => Some(n),
    };
    match (record.event_id, part) {
        (EventId::CloudWatch(id), None) => id,
        (id @ (EventId::CloudWatch(_) | EventId::Position(_)), part) => {
            buffer.clear();
            write!(buffer, "{id}").expect("writing to a String cannot fail");
            if let Some(part) = part {
                write!(buffer, "/{part}").expect("writing to a String cannot fail");
            }
            buffer
        }
    }
}

/// Returns the `SeverityNumber` of a level: the first number of the range that OpenTelemetry defines for the level.
fn severity(level: Level) -> u64 {
    match level {
        Level::Trace => 1,
        Level::Debug => 5,
        Level::Info => 9,
        Level::Warn => 13,
        Level::Error => 17,
        Level::Fatal => 21,
    }
}

/// Returns the type of the error that a log line reports; `None` if it reports none.
fn error_type<'l>(line: &'l Line<'_>) -> Option<&'l str> {
    match line {
        Line::App(app) | Line::Emf(Emf { app, .. }) => app.error_type.as_deref(),
        Line::RuntimeDone(done) => done.error_type.as_deref(),
        Line::Report(report) => report.error_type.as_deref(),
        Line::Fault(fault) => fault.error_type,
        Line::Extension(extension) => extension.error_type,
        Line::InitReport(report) | Line::InitRuntimeDone(report) => report.error_type,
        Line::RestoreReport(report) | Line::RestoreRuntimeDone(report) => report.error_type,
        Line::InitStart(_)
        | Line::RestoreStart(_)
        | Line::Start(_)
        | Line::End(_)
        | Line::Subscription(_)
        | Line::LogsDropped(_)
        | Line::OtherPlatform(_) => None,
    }
}
