//! Destinations of the records that one worker of `replay` reads: the view, the store, standard output and backends.

use std::io::{self, IsTerminal as _, Write as _};

use tailwater_forwarder::{
    forward::replay::{ReplaySender, ReplaySinks},
    ledger::{Disposition, Tally},
    pipeline::Target,
    rules::{MetricPoint, Sinks},
    sink::{EmfScope, ndjson},
    telemetry::escape::escape_json,
};
use tailwater_parser::{
    Line, Origin, Record,
    derive::{Collect, Evidence, Invocation, Joiner},
};

use crate::{
    errors::LogLine,
    store::{EventKey, StoreTarget},
    view::{
        Catalog, CollectedInvocations,
        lines::{LineCollector, SeenLine},
    },
};

/// Size in bytes at which buffered lines are written to standard output.
const STDOUT_CHUNK: usize = 64 * 1024;

/// Destinations of one worker.
pub(super) struct Targets<'r> {
    /// Statistics of the invocations of this run; `None` if no summary of the run itself is needed.
    pub(super) view: Option<RunView>,
    pub(super) stdout: Option<StdoutWriter<'r>>,
    pub(super) store: Option<StoreTarget>,
    /// Sender to the backends; `None` if no backend is a destination.
    pub(super) relay: Option<ReplaySender<'r>>,
    pub(super) relays: Option<&'r ReplaySinks>,
    /// Store and standard output, as the rules know them.
    pub(super) sinks: LocalSinks,
    /// True while an input is read a second time to send its events to backends again. The other destinations
    /// then ignore the events.
    pub(super) is_again: bool,
}

/// Store and standard output as sinks of rules.
#[derive(Clone, Copy, Debug)]
pub(super) struct LocalSinks {
    pub(super) store: Sinks,
    pub(super) stdout: Sinks,
}

impl Targets<'_> {
    /// True once a destination has failed and accepts no more records.
    pub(super) fn has_failed(&self) -> bool {
        self.stdout.as_ref().is_some_and(|stdout| stdout.error.is_some())
            || self.store.as_ref().is_some_and(|store| store.has_stopped())
    }

    /// Adds a log event to the collection of lines of the view.
    fn collect_line(&mut self, record: &Record<'_>, tally: Tally) {
        let Some(lines) = self.view.as_mut().and_then(|view| view.invocations.lines_mut()) else { return };
        let seen = SeenLine {
            origin: record.origin,
            time: record.time,
            kind: record.line.kind(),
            level: record.level,
            request_id: record.request_id,
            message: record.message,
            events: tally.events,
            bytes: tally.bytes.0,
        };
        lines.add(&seen, &record.line);
    }
}

impl Collect for Targets<'_> {
    fn invocation(&mut self, invocation: Invocation) {
        if self.is_again {
            return;
        }
        if let Some(store) = &mut self.store {
            store.invocation(invocation.clone());
        }
        let complete = self.view.as_mut().and_then(|view| view.add_invocation(invocation));
        if let (Some(stdout), Some(complete)) = (&mut self.stdout, &complete) {
            stdout.invocation(complete);
        }
        if let (Some(relays), Some(complete)) = (self.relays, &complete) {
            relays.measure(complete);
        }
    }

    fn evidence(&mut self, evidence: Evidence) {
        if self.is_again {
            return;
        }
        if let Some(store) = &mut self.store {
            store.evidence(evidence.clone());
        }
        if let Some(view) = &mut self.view {
            view.add_evidence(evidence);
        }
    }
}

impl Target for Targets<'_> {
    fn batch(&mut self, origin: &Origin) {
        if let Some(relay) = &mut self.relay {
            relay.batch(origin);
        }
        if let Some(view) = self.view.as_mut().filter(|_| !self.is_again) {
            view.invocations.begin_batch();
        }
    }

    fn record(&mut self, record: &Record<'_>) {
        if let Some(relay) = &mut self.relay {
            relay.record(record);
        }
        if self.is_again {
            return;
        }
        self.collect_line(record, Tally::new(u64::from(record.part.is_first()), record.message.len()));
        if let (Some(relay), Line::Emf(emf)) = (&self.relay, &record.line) {
            relay.declared(record, emf);
        }
        if let Some(stdout) = &mut self.stdout {
            stdout.record(record);
            stdout.declared(record);
        }
        if let Some(store) = &mut self.store {
            store.record(record);
        }
        if let Some(view) = &mut self.view {
            view.add_line(record);
        }
    }

    fn begin_event(&mut self, record: &Record<'_>, tally: Tally, followers: &[u32]) {
        if let Some(relay) = &mut self.relay {
            relay.begin_event(record, tally, followers);
        }
        if self.is_again {
            return;
        }
        self.collect_line(record, tally);
        if let (Some(relay), Line::Emf(emf)) = (&self.relay, &record.line) {
            relay.declared(record, emf);
        }
        if let Some(stdout) = &mut self.stdout {
            stdout.declared(record);
        }
        if let Some(view) = &mut self.view {
            view.add_line(record);
        }
    }

    fn deliver(&mut self, sinks: Sinks, record: &Record<'_>) {
        if let Some(relay) = &mut self.relay {
            relay.deliver(sinks, record);
        }
        if self.is_again {
            return;
        }
        if let Some(stdout) = self.stdout.as_mut().filter(|_| sinks.overlaps(self.sinks.stdout)) {
            stdout.record(record);
        }
        if let Some(store) = self.store.as_mut().filter(|_| sinks.overlaps(self.sinks.store)) {
            store.record(record);
        }
    }

    fn leave_out(&mut self, sinks: Sinks, disposition: Disposition) {
        if let Some(relay) = &mut self.relay {
            relay.leave_out(sinks, disposition);
        }
    }

    fn absorb(&mut self) {
        if let Some(relay) = &mut self.relay {
            relay.absorb();
        }
    }

    fn wants_points(&self) -> bool {
        !self.is_again && (self.stdout.is_some() || self.relays.is_some())
    }

    fn point(&mut self, record: &Record<'_>, point: &MetricPoint<'_>) {
        if let Some(stdout) = self.stdout.as_mut().filter(|_| point.sinks.overlaps(self.sinks.stdout)) {
            stdout.point(record, point);
        }
        if let Some(relays) = self.relays {
            relays.measure_point(record, point);
        }
    }
}

/// Statistics of the invocations of this run. It applies evidence (facts from lines other than the REPORT
/// line) to the invocations; the store does that separately for its own data.
pub(super) struct RunView {
    pub(super) invocations: CollectedInvocations,
    joiner: Joiner,
    /// Number of evidence lines that could not be applied, because their invocation was not read or was no
    /// longer buffered.
    pub(super) unmatched: u64,
}

impl RunView {
    /// Creates an empty view that buffers at most `capacity` invocations. They are buffered because other
    /// inputs may contain further lines of the same invocations.
    pub(super) fn new(capacity: usize, lines: Option<LineCollector>) -> Self {
        let invocations = CollectedInvocations::default().with_lines(lines);
        Self { invocations, joiner: Joiner::new(capacity), unmatched: 0 }
    }

    /// Buffers an invocation. If the buffer is full, adds a buffered invocation to the view and returns it;
    /// otherwise returns `None`.
    fn add_invocation(&mut self, invocation: Invocation) -> Option<Invocation> {
        self.joiner.invocation(invocation).inspect(|complete| self.invocations.add(complete))
    }

    fn add_line(&mut self, record: &Record<'_>) {
        let id = || EventKey::of(record.event_id, record.part).0;
        self.invocations.line(record.origin, &LogLine::of(record, &id));
    }

    fn add_evidence(&mut self, evidence: Evidence) {
        self.unmatched += u64::from(self.joiner.evidence(evidence).is_some());
    }

    /// Adds the data of another worker's view to this one.
    pub(super) fn merge(&mut self, other: Self) {
        self.invocations.merge(other.invocations);
        self.joiner.merge(other.joiner);
        self.unmatched += other.unmatched;
    }

    /// Adds the buffered invocations to the view and returns them. Called when all inputs were read.
    pub(super) fn finish(&mut self) -> Vec<Invocation> {
        let joined = std::mem::replace(&mut self.joiner, Joiner::new(0)).finish();
        for invocation in &joined.invocations {
            self.invocations.add(invocation);
        }
        self.unmatched += u64::try_from(joined.leftover.len()).unwrap_or(u64::MAX);
        joined.invocations
    }
}

/// Writer of NDJSON records to standard output, whole lines at a time.
pub(super) struct StdoutWriter<'r> {
    catalog: &'r Catalog,
    /// Log lines whose declared metrics are written.
    emf: EmfScope,
    buffer: Vec<u8>,
    /// True if standard output is a terminal: control characters are then escaped, at the cost of a copy.
    is_terminal: bool,
    /// First write error; after it, nothing more is written.
    error: Option<io::Error>,
}

impl<'r> StdoutWriter<'r> {
    pub(super) fn new(catalog: &'r Catalog, emf: EmfScope) -> Self {
        let is_terminal = io::stdout().is_terminal();
        Self { catalog, emf, buffer: Vec::with_capacity(2 * STDOUT_CHUNK), is_terminal, error: None }
    }

    fn record(&mut self, record: &Record<'_>) {
        ndjson::write_record(record, &mut self.buffer);
        self.flush_above(STDOUT_CHUNK);
    }

    /// Writes the metrics that an event declares.
    fn declared(&mut self, record: &Record<'_>) {
        if let Line::Emf(emf) = &record.line
            && self.emf.includes(record.origin)
        {
            ndjson::write_emf(record, emf, &mut self.buffer);
            self.flush_above(STDOUT_CHUNK);
        }
    }

    fn point(&mut self, record: &Record<'_>, point: &MetricPoint<'_>) {
        ndjson::write_point(record, point, &mut self.buffer);
        self.flush_above(STDOUT_CHUNK);
    }

    pub(super) fn invocation(&mut self, invocation: &Invocation) {
        let terms = self.catalog.terms(&invocation.origin);
        ndjson::write_invocation(invocation, &terms, &mut self.buffer);
        ndjson::write_metrics(invocation, &terms, &mut self.buffer);
        self.flush_above(STDOUT_CHUNK);
    }

    /// Writes the rest of the buffer to standard output. Returns the first write error, if any.
    pub(super) fn finish(mut self) -> Option<io::Error> {
        self.flush_above(0);
        self.error
    }

    fn flush_above(&mut self, size: usize) {
        if self.buffer.len() <= size {
            return;
        }
        if self.error.is_none() {
            self.error = self.write().err();
        }
        self.buffer.clear();
    }

    fn write(&self) -> io::Result<()> {
        let mut out = io::stdout().lock();
        if self.is_terminal {
            let text = String::from_utf8_lossy(&self.buffer);
            return out.write_all(escape_json(&text).as_bytes());
        }
        out.write_all(&self.buffer)
    }
}
