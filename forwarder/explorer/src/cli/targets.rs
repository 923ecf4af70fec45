//! Where one worker of `replay` sends what it reads: the view, the store, standard output, in any combination.

use std::io::{self, Write as _};

use tailwater_forwarder::{
    forward::relay::{Relay, Relays},
    pipeline::Target,
    sink::ndjson,
};
use tailwater_parser::{
    Line, Origin, Record,
    derive::{Collect, Evidence, Invocation, Joiner},
};

use crate::{
    store::StoreTarget,
    view::{Catalog, View},
};

/// Lines are handed to standard output in pieces of about this size.
const STDOUT_PIECE: usize = 64 * 1024;

/// One worker's targets.
pub(super) struct Targets<'r> {
    /// Where something but the store is told of invocations.
    pub(super) counted: Option<Counted>,
    pub(super) stdout: Option<Stdout<'r>>,
    pub(super) store: Option<StoreTarget>,
    /// The way to backends.
    pub(super) relay: Option<Relay<'r>>,
    pub(super) relays: Option<&'r Relays>,
    /// Whether an input is read again, which concerns backends only.
    pub(super) is_again: bool,
}

impl Targets<'_> {
    /// True once a target takes no more.
    pub(super) fn has_failed(&self) -> bool {
        self.stdout.as_ref().is_some_and(|stdout| stdout.failed.is_some())
            || self.store.as_ref().is_some_and(|store| store.has_stopped())
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
        let complete = self.counted.as_mut().and_then(|counted| counted.invocation(invocation));
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
        if let Some(counted) = &mut self.counted {
            counted.evidence(evidence);
        }
    }
}

impl Target for Targets<'_> {
    fn batch(&mut self, origin: &Origin) {
        if let Some(relay) = &mut self.relay {
            relay.batch(origin);
        }
    }

    fn record(&mut self, record: &Record<'_>) {
        if let Some(relay) = &mut self.relay {
            relay.record(record);
        }
        if self.is_again {
            return;
        }
        if let (Some(relay), Line::Emf(emf)) = (&self.relay, &record.line) {
            relay.declared(record, emf);
        }
        if let Some(stdout) = &mut self.stdout {
            stdout.record(record);
        }
        if let Some(store) = &mut self.store {
            store.record(record);
        }
    }
}

/// The view of what this run read. The store has its own way of letting evidence meet invocations.
pub(super) struct Counted {
    pub(super) view: View,
    joiner: Joiner,
    /// Evidence whose invocation was not read, or not held long enough.
    pub(super) unmatched: u64,
}

impl Counted {
    /// A view that holds back at most `capacity` invocations whose lines may be in several inputs.
    pub(super) fn new(capacity: usize) -> Self {
        Self { view: View::default(), joiner: Joiner::new(capacity), unmatched: 0 }
    }

    /// Counts an invocation and gives it back, unless it is held back.
    fn invocation(&mut self, invocation: Invocation) -> Option<Invocation> {
        self.joiner.invocation(invocation).inspect(|complete| self.view.add(complete))
    }

    fn evidence(&mut self, evidence: Evidence) {
        self.unmatched += u64::from(self.joiner.evidence(evidence).is_some());
    }

    /// Takes over what another worker counted.
    pub(super) fn merge(&mut self, other: Self) {
        self.view.merge(&other.view);
        self.joiner.merge(other.joiner);
        self.unmatched += other.unmatched;
    }

    /// All inputs were read: what was held back is complete, is counted and given back.
    pub(super) fn settle(&mut self) -> Vec<Invocation> {
        let joined = std::mem::replace(&mut self.joiner, Joiner::new(0)).finish();
        for invocation in &joined.invocations {
            self.view.add(invocation);
        }
        self.unmatched += u64::try_from(joined.leftover.len()).unwrap_or(u64::MAX);
        joined.invocations
    }
}

/// NDJSON on standard output, whole lines at a time.
pub(super) struct Stdout<'r> {
    catalog: &'r Catalog,
    buffer: Vec<u8>,
    /// The first thing that went wrong; nothing is written after it.
    failed: Option<io::Error>,
}

impl<'r> Stdout<'r> {
    pub(super) fn new(catalog: &'r Catalog) -> Self {
        Self { catalog, buffer: Vec::with_capacity(2 * STDOUT_PIECE), failed: None }
    }

    fn record(&mut self, record: &Record<'_>) {
        ndjson::write_record(record, &mut self.buffer);
        if let Line::Emf(emf) = &record.line {
            ndjson::write_emf(record, emf, &mut self.buffer);
        }
        self.flush_above(STDOUT_PIECE);
    }

    pub(super) fn invocation(&mut self, invocation: &Invocation) {
        let terms = self.catalog.terms(&invocation.origin);
        ndjson::write_invocation(invocation, &terms, &mut self.buffer);
        ndjson::write_metrics(invocation, &terms, &mut self.buffer);
        self.flush_above(STDOUT_PIECE);
    }

    /// Writes what is left; says what went wrong, if anything did.
    pub(super) fn finish(mut self) -> Option<io::Error> {
        self.flush_above(0);
        self.failed
    }

    fn flush_above(&mut self, size: usize) {
        if self.buffer.len() <= size {
            return;
        }
        if self.failed.is_none() {
            self.failed = io::stdout().lock().write_all(&self.buffer).err();
        }
        self.buffer.clear();
    }
}
