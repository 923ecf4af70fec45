//! Body of a request to `/v1/traces`: a server span for each invocation, with internal spans for its INIT or restore and
//! for the parts that the platform measured.

use std::{sync::Arc, time::Duration};

use tailwater_parser::{
    MemoryMib, Origin, UnixMillis,
    derive::{Invocation, StartKind},
};

use super::{
    additions::ResourceAdditions,
    attribute::{self, Value},
    chunks::ChunkWriter,
    resource::{self, Enrichment},
    span_ids::{SpanIds, part_id},
    time,
    wire::{Field, Message},
};
use crate::sink::{Chunk, SpanScope, SpansBody};

/// Fields of `Span`.
const TRACE_ID: Field = 1;
const SPAN_ID: Field = 2;
const PARENT_SPAN_ID: Field = 4;
const NAME: Field = 5;
const KIND: Field = 6;
const START_TIME: Field = 7;
const END_TIME: Field = 8;
const ATTRIBUTES: Field = 9;
const STATUS: Field = 15;
const FLAGS: Field = 16;

/// Field of `Status`, and its value for a failure.
const CODE: Field = 3;
const ERROR: u64 = 2;

/// Values of `kind`.
const INTERNAL: u64 = 1;
const SERVER: u64 = 2;

/// Spans of many invocations, encoded as they are added.
#[derive(Debug)]
pub struct SpansBatch {
    enrichment: Enrichment,
    scope: SpanScope,
    chunks: ChunkWriter,
    /// Origin and memory size of the open chunk; `None` before the first invocation.
    resource: Option<(Arc<Origin>, Option<MemoryMib>)>,
}

/// Name, ids and times of a span.
struct SpanHead<'a> {
    name: &'a str,
    kind: u64,
    ids: SpanIds,
    start: Option<u64>,
    end: Option<u64>,
}

impl SpansBatch {
    /// Creates an empty batch of the spans that `scope` includes.
    #[must_use]
    pub fn new(enrichment: Enrichment, scope: SpanScope) -> Self {
        Self { enrichment, scope, chunks: ChunkWriter::new(), resource: None }
    }

    /// Begins a chunk for the environment of an invocation, unless the open chunk is for it.
    fn enter(&mut self, invocation: &Invocation) {
        let (origin, memory) = (&invocation.origin, invocation.memory_size);
        let is_open = self.resource.as_ref().is_some_and(|(open, size)| open == origin && *size == memory);
        if is_open {
            return;
        }
        self.resource = Some((Arc::clone(origin), memory));
        let max_memory = memory.map(|size| ("faas.max_memory", Value::Integer(bytes(size))));
        self.chunks.begin(|out, field| {
            let additions = ResourceAdditions::default();
            resource::write_origin(origin, max_memory, &additions, &self.enrichment, out, field);
        });
    }

    fn write(&mut self, invocation: &Invocation) {
        let origin = &invocation.origin;
        let region = resource::region(origin, &self.enrichment);
        let ids = SpanIds::of(invocation, region);
        let arn = resource::arn(origin, region);
        let start = start_of(invocation);
        let end = end_of(invocation, start);
        let head = SpanHead { name: name(origin), kind: SERVER, ids, start: nanos(start), end };
        self.chunks.add(1, |span| {
            head.write(span);
            write_attributes(invocation, &arn, span);
            if invocation.outcome.is_failure() {
                span.nested(STATUS, |status| status.varint(CODE, ERROR));
            }
        });
        for (part, start, end) in parts(invocation, start) {
            let own =
                SpanIds { span_id: part_id(invocation, part), parent_span_id: Some(ids.span_id), ..ids };
            let head = SpanHead { name: part, kind: INTERNAL, ids: own, start: nanos(start), end };
            self.chunks.add(1, |span| head.write(span));
        }
    }
}

impl SpansBody for SpansBatch {
    fn add(&mut self, invocation: &Invocation) -> bool {
        let is_included = self.scope.includes(invocation.segment.as_ref());
        if is_included {
            self.enter(invocation);
            self.write(invocation);
        }
        is_included
    }

    fn weight(&self) -> usize {
        self.chunks.weight()
    }

    fn finish(&mut self) -> Vec<Chunk> {
        self.resource = None;
        self.chunks.finish()
    }
}

impl SpanHead<'_> {
    /// Appends the fields that every span has.
    fn write(&self, span: &mut Message<'_>) {
        span.bytes(TRACE_ID, &self.ids.trace_id);
        span.bytes(SPAN_ID, &self.ids.span_id);
        if let Some(parent) = &self.ids.parent_span_id {
            span.bytes(PARENT_SPAN_ID, parent);
        }
        span.bytes(NAME, self.name.as_bytes());
        span.varint(KIND, self.kind);
        for (field, time) in [(START_TIME, self.start), (END_TIME, self.end)] {
            if let Some(time) = time {
                span.fixed64(field, time);
            }
        }
        span.fixed32(FLAGS, self.ids.flags);
    }
}

/// Returns the name of the span of an invocation: the function, or what stands for it.
fn name(origin: &Origin) -> &str {
    super::identity::service_name(origin)
}

/// Returns the time at which the handler of an invocation started.
fn start_of(invocation: &Invocation) -> UnixMillis {
    let from_end = || invocation.time.before(invocation.duration.unwrap_or_default());
    invocation.start_time.unwrap_or_else(from_end)
}

/// Returns the end of an invocation in nanoseconds: its start and its duration, or the time of its REPORT.
fn end_of(invocation: &Invocation, start: UnixMillis) -> Option<u64> {
    match invocation.duration {
        Some(duration) => after(start, duration),
        None => nanos(invocation.time.max(start)),
    }
}

/// Returns the parts of an invocation that started at `start`: name, start, and end in nanoseconds.
fn parts(
    invocation: &Invocation,
    start: UnixMillis,
) -> impl Iterator<Item = (&'static str, UnixMillis, Option<u64>)> + '_ {
    let before = [
        ("init", StartKind::Cold, invocation.init_duration),
        ("restore", StartKind::Restored, invocation.restore_duration),
    ];
    let before = before.into_iter().filter_map(move |(name, kind, duration)| {
        let begun = invocation.init_start_time.filter(|_| invocation.start == kind);
        let begin = begun.unwrap_or_else(|| start.before(duration.unwrap_or_default())).min(start);
        duration.map(|_| (name, begin, nanos(start)))
    });
    let measured = invocation.spans.iter();
    before.chain(measured.map(|span| (span.name.name(), span.start, after(span.start, span.duration))))
}

/// Appends the attributes of the span of an invocation.
fn write_attributes(invocation: &Invocation, arn: &str, span: &mut Message<'_>) {
    let origin = &invocation.origin;
    let is_failed = invocation.outcome.is_failure();
    let error = invocation.error_type.as_deref().unwrap_or(invocation.outcome.name());
    let is_cold = invocation.start != StartKind::Warm;
    let known = [
        ("faas.invocation_id", Value::Text(&invocation.request_id)),
        ("faas.coldstart", Value::Bool(is_cold)),
        ("faas.version", Value::Text(origin.version())),
        ("cloud.account.id", Value::Text(&origin.account)),
        ("cloud.resource_id", Value::Text(arn)),
        ("error.type", Value::Text(if is_failed { error } else { "" })),
        ("aws.lambda.tenant", Value::Text(invocation.tenant.as_deref().unwrap_or_default())),
    ];
    let billed = invocation.billed_duration.map(|time| Value::Real(time.as_secs_f64()));
    let used = invocation.max_memory_used.map(|used| Value::Integer(bytes(used)));
    let measured = [("aws.lambda.billed_duration", billed), ("aws.lambda.max_memory_used", used)];
    let measured = measured.into_iter().filter_map(|(key, value)| Some((key, value?)));
    for (key, value) in known.into_iter().filter(|(_, value)| !value.is_empty()).chain(measured) {
        attribute::write(span, ATTRIBUTES, key, value);
    }
}

fn bytes(MemoryMib(size): MemoryMib) -> i64 {
    i64::from(size) << 20
}

fn nanos(time: UnixMillis) -> Option<u64> {
    time::nearest_nanos(time)
}

/// Returns the time `duration` after `start`, in nanoseconds.
fn after(start: UnixMillis, duration: Duration) -> Option<u64> {
    let duration = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
    nanos(start).map(|start| start.saturating_add(duration).min(i64::MAX.unsigned_abs()))
}
