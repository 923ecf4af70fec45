//! One invocation in a few bytes: what sums and charts need, nothing that has to be allocated.

use std::{sync::Arc, time::Duration};

use tailwater_parser::{
    MemoryMib, Origin, UnixMillis,
    derive::{Invocation, Outcome, StartKind},
    sketch::Sketch,
};

use super::{RunId, cell::CellId};

/// One invocation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    /// When it ended, in milliseconds of the epoch.
    pub(super) time: i64,
    pub(super) id: RunId,
    duration: Nanos,
    billed: Nanos,
    init: Nanos,
    restore: Nanos,
    billed_restore: Nanos,
    pub(super) cell: CellId,
    memory: Mib,
    used: Mib,
    /// Where a sketch counts its duration.
    pub(super) bucket: i16,
    pub(super) outcome: Outcome,
    pub(super) start: StartKind,
}

/// Stands for a duration that a sketch has no bucket for.
pub(super) const NO_BUCKET: i16 = i16::MIN;

/// A time span in nanoseconds; the largest number stands for none.
#[derive(Clone, Copy, Debug)]
struct Nanos(u64);

impl Nanos {
    fn of(time: Option<Duration>) -> Self {
        let nanos = time.map(|time| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX - 1));
        Self(nanos.unwrap_or(u64::MAX))
    }

    fn read(self) -> Option<Duration> {
        (self.0 != u64::MAX).then(|| Duration::from_nanos(self.0))
    }
}

/// A size of memory; the largest number stands for none.
#[derive(Clone, Copy, Debug)]
struct Mib(u32);

impl Mib {
    fn of(size: Option<MemoryMib>) -> Self {
        Self(size.map_or(u32::MAX, |size| size.0))
    }

    fn read(self) -> Option<MemoryMib> {
        (self.0 != u32::MAX).then_some(MemoryMib(self.0))
    }
}

impl Run {
    pub(super) fn of(id: RunId, cell: CellId, invocation: &Invocation) -> Self {
        let seconds = invocation.duration.map(|duration| duration.as_secs_f64());
        let bucket = seconds.and_then(Sketch::bucket_of).and_then(|bucket| i16::try_from(bucket).ok());
        Self {
            time: invocation.time.0,
            id,
            duration: Nanos::of(invocation.duration),
            billed: Nanos::of(invocation.billed_duration),
            init: Nanos::of(invocation.init_duration),
            restore: Nanos::of(invocation.restore_duration),
            billed_restore: Nanos::of(invocation.billed_restore_duration),
            cell,
            memory: Mib::of(invocation.memory_size),
            used: Mib::of(invocation.max_memory_used),
            bucket: bucket.unwrap_or(NO_BUCKET),
            outcome: invocation.outcome,
            start: invocation.start,
        }
    }

    /// Its place in the order of all.
    pub(super) fn place(&self) -> (i64, RunId) {
        (self.time, self.id)
    }

    pub(super) fn started(&self) -> UnixMillis {
        UnixMillis(self.time).before(self.duration().unwrap_or_default())
    }

    pub(super) fn duration(&self) -> Option<Duration> {
        self.duration.read()
    }

    /// What it took together with what it had to wait for: INIT or a restore.
    pub(super) fn duration_with_start(&self) -> Option<Duration> {
        let waited = self.init.read().or(self.restore.read()).unwrap_or_default();
        self.duration().map(|duration| duration.saturating_add(waited))
    }

    pub(super) fn billed(&self) -> Option<Duration> {
        self.billed.read()
    }

    pub(super) fn memory(&self) -> Option<MemoryMib> {
        self.memory.read()
    }

    pub(super) fn used(&self) -> Option<MemoryMib> {
        self.used.read()
    }

    /// The invocation again, as far as sums go.
    pub(super) fn invocation(&self, origin: &Arc<Origin>) -> Invocation {
        Invocation {
            origin: Arc::clone(origin),
            event_id: Box::default(),
            time: UnixMillis(self.time),
            request_id: Box::default(),
            outcome: self.outcome,
            reported: None,
            error_type: None,
            start: self.start,
            duration: self.duration(),
            billed_duration: self.billed(),
            memory_size: self.memory(),
            max_memory_used: self.used(),
            init_duration: self.init.read(),
            restore_duration: self.restore.read(),
            billed_restore_duration: self.billed_restore.read(),
            produced_bytes: None,
            response_latency: None,
            trace_id: None,
            tenant: None,
            at_edge: false,
        }
    }
}
