//! Compact form of an invocation: the members that statistics and charts need, without allocations.

use std::{num::NonZeroU64, sync::Arc, time::Duration};

use tailwater_parser::{
    MemoryMib, Origin, UnixMillis,
    derive::{Invocation, Outcome, StartKind, billed_part_of_init},
    sketch::Sketch,
};

use super::{
    origins::OriginId,
    runs::{StreamId, TenantId},
};

use crate::requests::RunLink;

/// Identifier of an invocation, chosen by the caller; the store's row id.
pub type InvocationId = i64;

/// Position of an invocation in an index, which is ordered by the end of the invocations, then by their ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// End of the invocation.
    pub time: UnixMillis,
    /// Id of the invocation.
    pub id: InvocationId,
}

/// Compact form of an invocation.
#[derive(Clone, Copy, Debug)]
pub(super) struct CompactInvocation {
    /// End in milliseconds since the Unix epoch.
    pub(super) time: i64,
    pub(super) id: InvocationId,
    duration: Nanos,
    billed: Nanos,
    init: Nanos,
    restore: Nanos,
    billed_restore: Nanos,
    /// Hash of the request id.
    pub(super) request: Option<NonZeroU64>,
    pub(super) origin_id: OriginId,
    pub(super) stream: StreamId,
    pub(super) tenant: TenantId,
    memory: Mib,
    max_memory_used: Mib,
    /// Bucket of a quantile sketch that the duration falls into, or [`NO_BUCKET`].
    pub(super) bucket: i16,
    pub(super) outcome: Outcome,
    pub(super) start: StartKind,
    pub(super) link: RunLink,
}

/// Numbers that stand for texts of an invocation in the tables of an index.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ids {
    pub(super) origin: OriginId,
    pub(super) stream: StreamId,
    pub(super) tenant: TenantId,
    pub(super) request: Option<NonZeroU64>,
}

/// Value of [`CompactInvocation::bucket`] for a duration that is zero or unknown, which has no bucket in a
/// quantile sketch.
pub(super) const NO_BUCKET: i16 = i16::MIN;

/// Optional duration in nanoseconds; `u64::MAX` is `None`.
#[derive(Clone, Copy, Debug)]
struct Nanos(u64);

impl Nanos {
    fn new(time: Option<Duration>) -> Self {
        let nanos = time.map(|time| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX - 1));
        Self(nanos.unwrap_or(u64::MAX))
    }

    fn get(self) -> Option<Duration> {
        (self.0 != u64::MAX).then(|| Duration::from_nanos(self.0))
    }
}

/// Optional memory size; `u32::MAX` is `None`.
#[derive(Clone, Copy, Debug)]
struct Mib(u32);

impl Mib {
    fn new(size: Option<MemoryMib>) -> Self {
        Self(size.map_or(u32::MAX, |size| size.0))
    }

    fn get(self) -> Option<MemoryMib> {
        (self.0 != u32::MAX).then_some(MemoryMib(self.0))
    }
}

impl CompactInvocation {
    pub(super) fn new(id: InvocationId, ids: &Ids, invocation: &Invocation) -> Self {
        let seconds = invocation.duration.map(|duration| duration.as_secs_f64());
        let bucket = seconds.and_then(Sketch::bucket_of).and_then(|bucket| i16::try_from(bucket).ok());
        Self {
            time: invocation.time.0,
            id,
            duration: Nanos::new(invocation.duration),
            billed: Nanos::new(invocation.billed_duration),
            init: Nanos::new(invocation.init_duration),
            restore: Nanos::new(invocation.restore_duration),
            billed_restore: Nanos::new(invocation.billed_restore_duration),
            request: ids.request,
            origin_id: ids.origin,
            stream: ids.stream,
            tenant: ids.tenant,
            memory: Mib::new(invocation.memory_size),
            max_memory_used: Mib::new(invocation.max_memory_used),
            bucket: bucket.unwrap_or(NO_BUCKET),
            outcome: invocation.outcome,
            start: invocation.start,
            link: RunLink::of(invocation),
        }
    }

    pub(super) fn position(&self) -> Position {
        Position { time: UnixMillis(self.time), id: self.id }
    }

    pub(super) fn start_time(&self) -> UnixMillis {
        UnixMillis(self.time).before(self.duration().unwrap_or_default())
    }

    pub(super) fn duration(&self) -> Option<Duration> {
        self.duration.get()
    }

    /// Duration of the handler plus the duration of INIT or the restore.
    pub(super) fn duration_with_start(&self) -> Option<Duration> {
        self.duration().map(|duration| duration.saturating_add(self.waited()))
    }

    /// Duration of INIT or the restore.
    pub(super) fn waited(&self) -> Duration {
        self.init.get().or(self.restore.get()).unwrap_or_default()
    }

    /// True if the invocation waited for INIT; false for a restore, which is counted apart.
    pub(super) fn is_cold_start(&self) -> bool {
        self.start == StartKind::Cold
    }

    /// Part of the billed duration that is for INIT; zero without one.
    pub(super) fn billed_init(&self) -> Duration {
        match (self.billed.get(), self.duration.get(), self.init.get()) {
            (Some(billed), Some(duration), Some(init)) => billed_part_of_init(billed, duration, init),
            _ => Duration::ZERO,
        }
    }

    pub(super) fn billed(&self) -> Option<Duration> {
        self.billed.get()
    }

    pub(super) fn memory(&self) -> Option<MemoryMib> {
        self.memory.get()
    }

    pub(super) fn max_memory_used(&self) -> Option<MemoryMib> {
        self.max_memory_used.get()
    }

    /// Converts the compact form to an [`Invocation`]; members that the compact form lacks are empty.
    pub(super) fn expand(&self, origin: &Arc<Origin>) -> Invocation {
        Invocation {
            origin: Arc::clone(origin),
            event_id: Box::default(),
            time: UnixMillis(self.time),
            start_time: None,
            init_start_time: None,
            request_id: Box::default(),
            outcome: self.outcome,
            reported: None,
            error_type: None,
            start: self.start,
            duration: self.duration(),
            billed_duration: self.billed(),
            memory_size: self.memory(),
            max_memory_used: self.max_memory_used(),
            init_duration: self.init.get(),
            restore_duration: self.restore.get(),
            billed_restore_duration: self.billed_restore.get(),
            produced_bytes: None,
            response_latency: None,
            trace_id: None,
            segment: None,
            spans: Vec::new(),
            tenant: None,
            at_edge: false,
        }
    }
}
