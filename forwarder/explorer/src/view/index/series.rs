//! Time series for charts: counts and duration quantiles by time bucket.

use std::time::Duration;

use serde::Serialize;
use tailwater_forwarder::pipeline::TimeRange;
use tailwater_parser::{
    derive::{Outcome, StartKind},
    sketch::Sketch,
};

use super::{
    buckets::Buckets,
    compact::{CompactInvocation, NO_BUCKET},
    origins::to_index,
    select::{FunctionIdentity, Selection},
    slow::SlowLimits,
    table::InvocationIndex,
};
use crate::view::{
    catalog::Catalog,
    percentiles::Quantiles,
    summary::{OutcomeCounts, StartCounts},
};

/// Counts and durations by time bucket. Every list has one element for each bucket; `null` means no data.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Series {
    /// Start of the first bucket, in milliseconds since the Unix epoch.
    pub from_ms: i64,
    /// Width of a bucket in milliseconds.
    pub step_ms: i64,
    /// Invocations that ended in the bucket.
    pub invocations: Vec<u64>,
    /// Failed invocations, including `timeouts` and `out_of_memory`.
    pub errors: Vec<u64>,
    /// Invocations that timed out.
    pub timeouts: Vec<u64>,
    /// Invocations that ran out of memory.
    pub out_of_memory: Vec<u64>,
    /// Invocations that waited for INIT.
    pub cold_starts: Vec<u64>,
    /// Invocations that waited for a restore.
    pub restores: Vec<u64>,
    /// Invocations that took longer than the 95th percentile of their own function over all stored ones.
    pub slow: Vec<u64>,
    /// Duration of the handler.
    pub duration_ms: Quantiles,
    /// Duration of invocations that waited for INIT or a restore, including the wait.
    pub cold_duration_ms: Quantiles,
    /// Duration of warm invocations.
    pub warm_duration_ms: Quantiles,
    /// Highest memory use of an invocation.
    pub max_memory_mb: Vec<Option<u32>>,
    /// Memory size of the last invocation.
    pub memory_mb: Vec<Option<u32>>,
}

/// Invocation counts of each function in the same buckets.
#[derive(Clone, Debug, Serialize)]
pub struct Sparklines {
    /// Start of the first bucket, in milliseconds since the Unix epoch.
    pub from_ms: i64,
    /// Width of a bucket in milliseconds.
    pub step_ms: i64,
    /// One line for each function, most invocations first.
    pub functions: Vec<Sparkline>,
}

/// Invocation counts of one function by bucket.
#[derive(Clone, Debug, Serialize)]
pub struct Sparkline {
    /// Identity of the function.
    #[serde(flatten)]
    pub identity: FunctionIdentity,
    /// Invocations that ended in the bucket.
    pub invocations: Vec<u64>,
    /// Failed invocations.
    pub errors: Vec<u64>,
}

impl InvocationIndex {
    /// Computes the series of the selected functions, with at most `limit` buckets.
    #[must_use]
    pub fn series(
        &self,
        range: TimeRange,
        selection: &Selection,
        slow_limits: &SlowLimits,
        limit: usize,
    ) -> Series {
        let Some(buckets) = self.buckets(range, limit) else {
            return Series::default();
        };
        let mut stats: Vec<_> = (0..buckets.count).map(|_| BucketStats::default()).collect();
        for invocation in self.within(range).iter().filter(|found| selection.contains(found.origin_id)) {
            if let Some(stats) = buckets.index(invocation.time).and_then(|at| stats.get_mut(at)) {
                stats.add(invocation);
                stats.slow += u64::from(slow_limits.is_slow(invocation));
            }
        }
        let mut series = Series { from_ms: buckets.from, step_ms: buckets.step, ..Series::default() };
        stats.iter().for_each(|stats| series.push(stats));
        series
    }

    /// Computes the sparklines of all functions, with at most `limit` buckets.
    #[must_use]
    pub fn sparklines(&self, range: TimeRange, catalog: &Catalog, limit: usize) -> Sparklines {
        let Some(buckets) = self.buckets(range, limit) else {
            return Sparklines { from_ms: 0, step_ms: 1, functions: Vec::new() };
        };
        let mut functions = Vec::new();
        let mut function_of = vec![usize::MAX; self.origins.len()];
        self.for_each_function(range, catalog, |function| {
            for at in function.origins {
                if let Some(function) = function_of.get_mut(*at) {
                    *function = functions.len();
                }
            }
            let (invocations, errors) = (vec![0; buckets.count], vec![0; buckets.count]);
            functions.push(Sparkline { identity: function.identity.clone(), invocations, errors });
        });
        for invocation in self.within(range) {
            let line = to_index(invocation.origin_id).and_then(|at| functions.get_mut(*function_of.get(at)?));
            if let (Some(line), Some(bucket)) = (line, buckets.index(invocation.time)) {
                line.add(bucket, invocation.outcome);
            }
        }
        functions.sort_by_cached_key(|line| std::cmp::Reverse(line.invocations.iter().sum::<u64>()));
        Sparklines { from_ms: buckets.from, step_ms: buckets.step, functions }
    }

    /// Divides a time range into buckets. An open range ends at the first or last invocation.
    fn buckets(&self, range: TimeRange, limit: usize) -> Option<Buckets> {
        let invocations = self.within(range);
        let (first, last) = (invocations.first(), invocations.last());
        let since = range.since.map(|time| time.0).or(first.map(|first| first.time))?;
        let until = range.until.map(|time| time.0.saturating_sub(1)).or(last.map(|last| last.time))?;
        Some(Buckets::new(since, until, limit))
    }
}

impl Sparkline {
    fn add(&mut self, bucket: usize, outcome: Outcome) {
        let lists = [(&mut self.invocations, true), (&mut self.errors, outcome.is_failure())];
        for (list, is_counted) in lists {
            if let Some(count) = list.get_mut(bucket) {
                *count += u64::from(is_counted);
            }
        }
    }
}

/// Statistics of one bucket.
#[derive(Default)]
struct BucketStats {
    invocations: u64,
    slow: u64,
    outcomes: OutcomeCounts,
    starts: StartCounts,
    all: Histogram,
    cold: Sketch,
    warm: Histogram,
    max_memory_used: Option<u32>,
    memory: Option<u32>,
}

impl BucketStats {
    fn add(&mut self, invocation: &CompactInvocation) {
        self.invocations += 1;
        self.outcomes.add(invocation.outcome);
        self.starts.add(invocation.start);
        self.all.add(invocation);
        match (invocation.start, invocation.duration_with_start()) {
            (StartKind::Warm, _) => self.warm.add(invocation),
            (StartKind::Cold | StartKind::Restored, Some(duration)) => self.cold.add(duration.as_secs_f64()),
            (StartKind::Cold | StartKind::Restored, None) => {}
        }
        self.max_memory_used = self.max_memory_used.max(invocation.max_memory_used().map(|used| used.0));
        self.memory = invocation.memory().map(|memory| memory.0).or(self.memory);
    }
}

impl Series {
    fn push(&mut self, stats: &BucketStats) {
        self.invocations.push(stats.invocations);
        self.errors.push(stats.outcomes.errors);
        self.timeouts.push(stats.outcomes.timeouts);
        self.out_of_memory.push(stats.outcomes.out_of_memory);
        self.cold_starts.push(stats.starts.cold_starts);
        self.restores.push(stats.starts.restores);
        self.slow.push(stats.slow);
        self.duration_ms.push(&stats.all.sketch(), Some(stats.all.longest));
        self.warm_duration_ms.push(&stats.warm.sketch(), Some(stats.warm.longest));
        self.cold_duration_ms.push(&stats.cold, None);
        self.max_memory_mb.push(stats.max_memory_used);
        self.memory_mb.push(stats.memory);
    }
}

/// First sketch bucket of a histogram: about one microsecond. Lower durations count in it.
const LOWEST: i32 = -20 * 128;
/// Number of buckets of a histogram, up to a little over an hour. Higher durations count in the last one.
const WIDTH: usize = 32 * 128;

/// Counts of durations by sketch bucket in an array: a chart counts every invocation, so this must be fast.
#[derive(Default)]
struct Histogram {
    /// By bucket from [`LOWEST`] on; empty without durations.
    counts: Vec<u32>,
    zeros: u64,
    longest: Duration,
}

impl Histogram {
    fn add(&mut self, invocation: &CompactInvocation) {
        let Some(duration) = invocation.duration() else {
            return;
        };
        self.longest = self.longest.max(duration);
        if invocation.bucket == NO_BUCKET {
            self.zeros += 1;
            return;
        }
        if self.counts.is_empty() {
            self.counts = vec![0; WIDTH];
        }
        let at = usize::try_from(i32::from(invocation.bucket) - LOWEST).unwrap_or(0).min(WIDTH - 1);
        if let Some(count) = self.counts.get_mut(at) {
            *count = count.saturating_add(1);
        }
    }

    fn sketch(&self) -> Sketch {
        let mut sketch = Sketch::default();
        (0..self.zeros).for_each(|_| sketch.add(0.0));
        for (index, count) in (LOWEST..).zip(&self.counts) {
            sketch.add_bucket(index, u64::from(*count));
        }
        sketch
    }
}
