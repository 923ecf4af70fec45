//! Mergeable statistics of a set of invocations: of one version, of one function, or of all.

use std::time::Duration;

use tailwater_parser::{
    MemoryMib, UnixMillis,
    derive::{BilledUsage, Invocation, Outcome, StartKind},
};

use super::{
    percentiles::DurationSketch,
    summary::{OutcomeCounts, StartCounts},
};

/// Statistics of a set of invocations. The order in which statistics are merged does not change the result.
#[derive(Clone, Debug, Default)]
pub(super) struct Stats {
    pub(super) invocations: u64,
    pub(super) outcomes: OutcomeCounts,
    pub(super) unknown_outcomes: u64,
    pub(super) starts: StartCounts,
    pub(super) durations: DurationSketch,
    pub(super) init_durations: DurationSketch,
    pub(super) bill: BilledUsage,
    pub(super) memory: Memory,
    pub(super) bounds: TimeBounds,
}

impl Stats {
    pub(super) fn add(&mut self, invocation: &Invocation) {
        self.invocations += 1;
        self.outcomes.add(invocation.outcome);
        self.unknown_outcomes += u64::from(invocation.outcome == Outcome::Unknown);
        self.starts.add(invocation.start);
        self.durations.add(invocation.duration);
        self.init_durations.add(invocation.init_duration);
        self.bill.add(invocation);
        self.memory.add(invocation);
        self.bounds.add(invocation);
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.invocations += other.invocations;
        self.outcomes.merge(other.outcomes);
        self.unknown_outcomes += other.unknown_outcomes;
        self.starts.merge(other.starts);
        self.durations.merge(&other.durations);
        self.init_durations.merge(&other.init_durations);
        self.bill.merge(&other.bill);
        self.memory.merge(other.memory);
        self.bounds.merge(other.bounds);
    }
}

impl OutcomeCounts {
    pub(super) fn add(&mut self, outcome: Outcome) {
        self.errors += u64::from(outcome.is_failure());
        match outcome {
            Outcome::Success | Outcome::Error | Outcome::Unknown => {}
            Outcome::Timeout => self.timeouts += 1,
            Outcome::OutOfMemory => self.out_of_memory += 1,
        }
    }

    fn merge(&mut self, other: Self) {
        self.errors += other.errors;
        self.timeouts += other.timeouts;
        self.out_of_memory += other.out_of_memory;
    }
}

impl StartCounts {
    pub(super) fn add(&mut self, start: StartKind) {
        match start {
            StartKind::Warm => {}
            StartKind::Cold => self.cold_starts += 1,
            StartKind::Restored => self.restores += 1,
        }
    }

    fn merge(&mut self, other: Self) {
        self.cold_starts += other.cold_starts;
        self.restores += other.restores;
    }
}

/// Memory size and highest memory use.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Memory {
    /// Memory size in the latest REPORT line that contains one, with the time of that line.
    size: Option<(UnixMillis, MemoryMib)>,
    pub(super) max_used: Option<MemoryMib>,
}

impl Memory {
    /// Memory size in the latest REPORT line that contains one.
    pub(super) fn size(self) -> Option<MemoryMib> {
        self.size.map(|(_, size)| size)
    }

    fn add(&mut self, invocation: &Invocation) {
        let size = invocation.memory_size.map(|size| (invocation.time, size));
        self.merge(Self { size, max_used: invocation.max_memory_used });
    }

    fn merge(&mut self, other: Self) {
        self.size = self.size.max(other.size);
        self.max_used = self.max_used.max(other.max_used);
    }
}

/// First start, last start and last end of a set of invocations. Without invocations, the first start is
/// after the last start.
#[derive(Clone, Copy, Debug)]
pub(super) struct TimeBounds {
    pub(super) first_start: UnixMillis,
    pub(super) last_start: UnixMillis,
    pub(super) last_end: UnixMillis,
}

impl Default for TimeBounds {
    fn default() -> Self {
        let (early, late) = (UnixMillis(i64::MIN), UnixMillis(i64::MAX));
        Self { first_start: late, last_start: early, last_end: early }
    }
}

impl TimeBounds {
    fn add(&mut self, invocation: &Invocation) {
        let start = invocation.time.before(invocation.duration.unwrap_or(Duration::ZERO));
        self.merge(Self { first_start: start, last_start: start, last_end: invocation.time });
    }

    fn merge(&mut self, other: Self) {
        self.first_start = self.first_start.min(other.first_start);
        self.last_start = self.last_start.max(other.last_start);
        self.last_end = self.last_end.max(other.last_end);
    }
}
