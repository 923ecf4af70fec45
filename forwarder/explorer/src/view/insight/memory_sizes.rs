//! Runs of a function by memory size.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    time::Duration,
};

use foldhash::fast::RandomState;
use tailwater_parser::{
    Usd,
    derive::{Outcome, StartKind},
};

use super::{
    run::{FunctionRuns, Run},
    statistics::Median,
};

/// Minimum numbers of warm, good runs, and of environments with such runs, for a median.
const MIN_RUNS: usize = 100;
const MIN_ENVIRONMENTS: usize = 2;

/// Runs of a function at one memory size.
#[derive(Debug, Default)]
pub(super) struct SizeRuns<'a> {
    pub(super) memory_mb: u32,
    /// Durations of the warm, good runs.
    pub(super) durations: Vec<Duration>,
    /// Versions of the warm, good runs.
    pub(super) versions: BTreeSet<&'a str>,
    environments: HashSet<u32, RandomState>,
    /// Environment and version that were inserted last, because runs of one environment often follow one another.
    last_inserted: Option<(u32, usize)>,
    /// Median of `durations`, if there are enough of them.
    pub(super) median: Option<Median>,
    pub(super) max_used: Option<u32>,
    pub(super) out_of_memory: u64,
    pub(super) timeouts: u64,
    /// Number of runs with a cost, and the cost of their memory without INIT.
    pub(super) priced: u64,
    pub(super) handler_cost: Usd,
    first: i64,
    pub(super) last: i64,
}

impl<'a> SizeRuns<'a> {
    fn add(&mut self, function: &'a FunctionRuns<'_>, run: &Run) {
        self.max_used = self.max_used.max(run.max_memory.map(|used| used.0));
        self.out_of_memory += u64::from(run.outcome == Outcome::OutOfMemory);
        self.timeouts += u64::from(run.outcome == Outcome::Timeout);
        if !run.is_edge
            && let Some(billed) = run.billed
            && let Some(cost) = function.prices.memory_cost(run, billed.saturating_sub(run.billed_init()))
        {
            self.priced += 1;
            self.handler_cost += cost;
        }
        let is_warm_and_good = run.start == StartKind::Warm && run.outcome == Outcome::Success;
        if is_warm_and_good
            && run.is_billed_by_duration()
            && let (Some(duration), Some(environment)) = (run.duration, run.environment)
        {
            if self.durations.is_empty() {
                self.first = run.end.0;
            }
            self.last = run.end.0;
            self.durations.push(duration);
            if self.last_inserted != Some((environment, run.version)) {
                self.last_inserted = Some((environment, run.version));
                self.environments.insert(environment);
                self.versions.insert(function.version(run));
            }
        }
    }

    /// Calculates the median, if there are enough runs.
    pub(super) fn measure(&mut self) {
        if self.durations.len() >= MIN_RUNS && self.environments.len() >= MIN_ENVIRONMENTS {
            self.median = Median::of(&mut self.durations);
        }
    }

    /// Time from the first to the last warm, good run.
    pub(super) fn history_ms(&self) -> u64 {
        self.last.abs_diff(self.first)
    }
}

/// Returns the runs by memory size, smallest first.
pub(super) fn by_size<'a>(function: &'a FunctionRuns<'_>) -> Vec<SizeRuns<'a>> {
    let mut sizes: BTreeMap<u32, SizeRuns<'a>> = BTreeMap::new();
    for run in function.distinct() {
        if let Some(memory) = run.memory {
            let new = || SizeRuns { memory_mb: memory.0, ..SizeRuns::default() };
            sizes.entry(memory.0).or_insert_with(new).add(function, run);
        }
    }
    sizes.into_values().collect()
}
