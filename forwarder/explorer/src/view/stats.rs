//! What any number of invocations add up to: of a version, of a function, of all.

use std::time::Duration;

use tailwater_parser::{
    MemoryMib, UnixMillis,
    derive::{Bill, Invocation, Outcome, StartKind},
};

use super::durations::Durations;

/// Sums that can be merged in any order.
#[derive(Clone, Debug, Default)]
pub(super) struct Sums {
    pub(super) invocations: u64,
    pub(super) outcomes: Outcomes,
    pub(super) starts: Starts,
    pub(super) durations: Durations,
    pub(super) inits: Durations,
    pub(super) bill: Bill,
    pub(super) memory: Memory,
    pub(super) seen: Seen,
}

impl Sums {
    pub(super) fn add(&mut self, invocation: &Invocation) {
        self.invocations += 1;
        self.outcomes.add(invocation.outcome);
        self.starts.add(invocation.start);
        self.durations.add(invocation.duration);
        self.inits.add(invocation.init_duration);
        self.bill.add(invocation);
        self.memory.add(invocation);
        self.seen.add(invocation);
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.invocations += other.invocations;
        self.outcomes.merge(other.outcomes);
        self.starts.merge(other.starts);
        self.durations.merge(&other.durations);
        self.inits.merge(&other.inits);
        self.bill.merge(&other.bill);
        self.memory.merge(other.memory);
        self.seen.merge(other.seen);
    }
}

/// How invocations ended, as AWS counts: every failure is an error, whatever else it is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Outcomes {
    pub(super) errors: u64,
    pub(super) timeouts: u64,
    pub(super) out_of_memory: u64,
    pub(super) unknown: u64,
}

impl Outcomes {
    fn add(&mut self, outcome: Outcome) {
        self.errors += u64::from(outcome.is_failure());
        match outcome {
            Outcome::Success | Outcome::Error => {}
            Outcome::Timeout => self.timeouts += 1,
            Outcome::OutOfMemory => self.out_of_memory += 1,
            Outcome::Unknown => self.unknown += 1,
        }
    }

    fn merge(&mut self, other: Self) {
        self.errors += other.errors;
        self.timeouts += other.timeouts;
        self.out_of_memory += other.out_of_memory;
        self.unknown += other.unknown;
    }
}

/// How many invocations had to wait for their environment.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Starts {
    pub(super) cold: u64,
    pub(super) restored: u64,
}

impl Starts {
    fn add(&mut self, start: StartKind) {
        match start {
            StartKind::Warm => {}
            StartKind::Cold => self.cold += 1,
            StartKind::Restored => self.restored += 1,
        }
    }

    fn merge(&mut self, other: Self) {
        self.cold += other.cold;
        self.restored += other.restored;
    }
}

/// The memory a function has, and the most it used.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Memory {
    /// Size in the latest report that tells one, and when that was.
    size: Option<(UnixMillis, MemoryMib)>,
    pub(super) max_used: Option<MemoryMib>,
}

impl Memory {
    /// What it is configured with now.
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

/// When invocations were seen; upside down until there is one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub(super) first_start: UnixMillis,
    pub(super) last_start: UnixMillis,
    pub(super) last_end: UnixMillis,
}

impl Default for Seen {
    fn default() -> Self {
        let (early, late) = (UnixMillis(i64::MIN), UnixMillis(i64::MAX));
        Self { first_start: late, last_start: early, last_end: early }
    }
}

impl Seen {
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
