//! Tests of the store through its public API.

mod block;
mod changes;
mod damage;
mod forget;
mod invocations;
mod killed;
mod learned_names;
mod mentions;
mod migrations;
mod replaying;
mod search;
mod search_terms;

use std::{path::PathBuf, sync::Arc, time::Duration};

use tailwater_parser::{
    ByteSize, Level, Line, MemoryMib, Origin, Record, UnixMillis,
    decode::{Part, Utf8},
    derive::{Details, Evidence, EvidenceKind, Invocation, Outcome, StartKind},
    line::{self, Status},
    record::EventId,
};
use tempfile::TempDir;

use super::*;

/// Store in a temporary folder.
struct Scratch {
    _folder: TempDir,
    path: PathBuf,
}

impl Scratch {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tailwater.db");
        Self { _folder: folder, path }
    }

    fn store(&self) -> Store {
        Store::open(&self.path).unwrap()
    }

    /// Stores `events` in one run.
    fn log(&self, events: &[Event]) -> WriteCounts {
        let writer = self.store().writer().unwrap();
        let mut builder = BlockBuilder::new(writer.handle());
        events.iter().for_each(|event| event.push_to(&mut builder));
        builder.finish().unwrap();
        writer.finish().unwrap()
    }

    /// Stores invocations and evidence in one run.
    fn run(&self, invocations: &[Invocation], evidence: &[Evidence]) {
        let writer = self.store().writer().unwrap();
        let handle = writer.handle();
        invocations.iter().for_each(|invocation| handle.invocation(invocation.clone()).unwrap());
        evidence.iter().for_each(|evidence| handle.evidence(evidence.clone()).unwrap());
        drop(handle);
        writer.finish().unwrap();
    }

    fn invocations(&self) -> Vec<Invocation> {
        let mut all = Vec::new();
        self.store().for_each_invocation(TimeRange::default(), |invocation| all.push(invocation)).unwrap();
        all.sort_by_key(|invocation| invocation.time);
        all
    }

    /// Returns the messages of a search, newest first.
    fn found(&self, query: &Query<'_>) -> Vec<String> {
        messages(&self.store().search(query, 1000).unwrap())
    }
}

fn messages(events: &[LogEvent]) -> Vec<String> {
    events.iter().map(|event| event.message.to_string()).collect()
}

/// Log event of a test.
#[derive(Clone)]
struct Event {
    stream: &'static str,
    id: u64,
    time: i64,
    message: String,
    level: Option<Level>,
    request_id: Option<&'static str>,
    part: Part,
    /// Parsed line; `None` to parse the message.
    line: Option<Line<'static>>,
}

/// Creates an event of stream `a` whose id is its time.
fn event(time: i64, message: &str) -> Event {
    let (id, message) = (time.unsigned_abs(), message.to_owned());
    Event { stream: "a", id, time, message, level: None, request_id: None, part: Part::Whole, line: None }
}

fn origin(stream: &str) -> Origin {
    let mut origin = Origin::default();
    origin.account.push_str("123456789012");
    origin.set_names("/aws/lambda/checkout", stream);
    origin
}

impl Event {
    fn push_to(&self, builder: &mut BlockBuilder) {
        let (origin, id) = (origin(self.stream), self.id.to_string());
        builder
            .push(&Record {
                origin: &origin,
                event_id: EventId::CloudWatch(&id),
                time: UnixMillis(self.time),
                message: &self.message,
                line: self.line.clone().unwrap_or_else(|| line::parse(&self.message)),
                level: self.level,
                request_id: self.request_id,
                trace_id: None,
                invocation_segment: None,
                trace_context: None,
                tenant: None,
                part: self.part,
                utf8: Utf8::Valid,
                additions: None,
            })
            .unwrap();
    }
}

/// Creates an invocation with only the fields that every REPORT has.
fn invocation(event_id: &str, time: i64) -> Invocation {
    Invocation {
        origin: Arc::new(origin("a")),
        event_id: event_id.into(),
        time: UnixMillis(time),
        start_time: None,
        init_start_time: None,
        request_id: "r-1".into(),
        outcome: Outcome::Success,
        reported: None,
        error_type: None,
        start: StartKind::Warm,
        duration: Some(Duration::from_nanos(1_234_567)),
        billed_duration: None,
        memory_size: None,
        max_memory_used: None,
        init_duration: None,
        restore_duration: None,
        billed_restore_duration: None,
        produced_bytes: None,
        response_latency: None,
        trace_id: None,
        segment: None,
        spans: Vec::new(),
        tenant: None,
        at_edge: true,
    }
}

/// Creates an invocation with all fields.
fn complete(event_id: &str, time: i64) -> Invocation {
    let mut origin = origin("a");
    origin.region = "eu-west-1".to_owned();
    origin.set_version("41");
    Invocation {
        origin: Arc::new(origin),
        outcome: Outcome::Error,
        reported: Some(Status::Failure),
        error_type: Some("TypeError".into()),
        start: StartKind::Cold,
        billed_duration: Some(Duration::from_millis(2)),
        memory_size: Some(MemoryMib(256)),
        max_memory_used: Some(MemoryMib(187)),
        init_duration: Some(Duration::from_micros(412_330)),
        restore_duration: Some(Duration::from_millis(7)),
        billed_restore_duration: Some(Duration::from_millis(3)),
        produced_bytes: Some(ByteSize(4096)),
        response_latency: Some(Duration::from_micros(900)),
        trace_id: Some("1-5d8bba5a-dc2932496a65bab91d2d42d4".into()),
        tenant: Some("blue".into()),
        at_edge: false,
        ..invocation(event_id, time)
    }
}

fn evidence(time: i64, kind: EvidenceKind) -> Evidence {
    Evidence {
        origin: Arc::new(origin("a")),
        request_id: "r-1".into(),
        time: UnixMillis(time),
        kind,
        error_type: None,
        details: Details::default(),
    }
}
