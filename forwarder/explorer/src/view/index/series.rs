//! What charts over time draw: counts and durations of each bucket of a span of time.

use std::time::Duration;

use serde::Serialize;
use tailwater_parser::{
    derive::{Outcome, StartKind},
    millis_f64,
    sketch::Sketch,
};

use super::{
    Between, Runs,
    cell::{FunctionName, Selection, index},
    range::Buckets,
    run::{NO_BUCKET, Run},
};
use crate::view::catalog::Catalog;

/// One number a bucket, in every list; `null` where nothing ran that tells.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Series {
    /// Where the first bucket begins.
    pub from_ms: i64,
    /// The width of each.
    pub step_ms: i64,
    /// Runs that ended in it.
    pub invocations: Vec<u64>,
    /// Those that failed, the next two included.
    pub errors: Vec<u64>,
    /// Those that took too long.
    pub timeouts: Vec<u64>,
    /// Those that needed too much memory.
    pub out_of_memory: Vec<u64>,
    /// Those that waited for INIT.
    pub cold_starts: Vec<u64>,
    /// Those that waited for a restore.
    pub restores: Vec<u64>,
    /// What the handler took, in milliseconds.
    pub duration_ms: Quantiles,
    /// What runs took that waited for INIT or a restore: the waiting included.
    pub cold_duration_ms: Quantiles,
    /// What the other runs took.
    pub warm_duration_ms: Quantiles,
    /// The most memory that a run used.
    pub max_memory_mb: Vec<Option<u32>>,
    /// The memory it had, by the last run.
    pub memory_mb: Vec<Option<u32>>,
}

/// Quantiles of durations in milliseconds.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Quantiles {
    pub p50: Vec<Option<f64>>,
    pub p90: Vec<Option<f64>>,
    pub p95: Vec<Option<f64>>,
    pub p99: Vec<Option<f64>>,
    pub max: Vec<Option<f64>>,
}

/// How often a function ran in each bucket.
#[derive(Clone, Debug, Serialize)]
pub struct Sparkline {
    /// Which function.
    #[serde(flatten)]
    pub name: FunctionName,
    /// Its runs in each bucket.
    pub invocations: Vec<u64>,
    /// Those that failed.
    pub errors: Vec<u64>,
}

impl Runs {
    /// The selected functions' runs in at most `limit` buckets.
    #[must_use]
    pub fn series(&self, between: Between, selection: &Selection, limit: usize) -> Series {
        let Some(buckets) = self.buckets(between, limit) else {
            return Series::default();
        };
        let mut tallies: Vec<_> = (0..buckets.count).map(|_| Tally::default()).collect();
        for run in self.within(between).iter().filter(|run| selection.holds(run.cell)) {
            if let Some(tally) = buckets.index(run.time).and_then(|bucket| tallies.get_mut(bucket)) {
                tally.add(run);
            }
        }
        let mut series = Series { from_ms: buckets.from, step_ms: buckets.step, ..Series::default() };
        tallies.iter().for_each(|tally| series.push(tally));
        series
    }

    /// A line for each function, most runs first, all with the same buckets: where the first begins, how wide each is.
    #[must_use]
    pub fn sparklines(
        &self,
        between: Between,
        catalog: &Catalog,
        limit: usize,
    ) -> (i64, i64, Vec<Sparkline>) {
        let Some(buckets) = self.buckets(between, limit) else {
            return (0, 1, Vec::new());
        };
        let mut lines = Vec::new();
        let mut line_of = vec![usize::MAX; self.cells.len()];
        self.for_each_home(between, catalog, |home| {
            for cell in home.cells {
                if let Some(line) = line_of.get_mut(*cell) {
                    *line = lines.len();
                }
            }
            let (invocations, errors) = (vec![0; buckets.count], vec![0; buckets.count]);
            lines.push(Sparkline { name: home.name.clone(), invocations, errors });
        });
        for run in self.within(between) {
            let line = index(run.cell).and_then(|cell| lines.get_mut(*line_of.get(cell)?));
            if let (Some(line), Some(bucket)) = (line, buckets.index(run.time)) {
                line.add(bucket, run.outcome);
            }
        }
        lines.sort_by_cached_key(|line| std::cmp::Reverse(line.invocations.iter().sum::<u64>()));
        (buckets.from, buckets.step, lines)
    }

    /// The span in buckets; where it has no end, that of what there is.
    fn buckets(&self, between: Between, limit: usize) -> Option<Buckets> {
        let runs = self.within(between);
        let (first, last) = (runs.first(), runs.last());
        let since = between.since.map(|time| time.0).or(first.map(|run| run.time))?;
        let until = between.until.map(|time| time.0.saturating_sub(1)).or(last.map(|run| run.time))?;
        Some(Buckets::of(since, until, limit))
    }
}

impl Sparkline {
    fn add(&mut self, bucket: usize, outcome: Outcome) {
        let lists = [(&mut self.invocations, true), (&mut self.errors, outcome.is_failure())];
        for (list, counts) in lists {
            if let Some(count) = list.get_mut(bucket) {
                *count += u64::from(counts);
            }
        }
    }
}

/// What one bucket adds up to.
#[derive(Default)]
struct Tally {
    invocations: u64,
    errors: u64,
    timeouts: u64,
    out_of_memory: u64,
    cold_starts: u64,
    restores: u64,
    all: Histogram,
    cold: Sketch,
    warm: Histogram,
    used: Option<u32>,
    memory: Option<u32>,
}

impl Tally {
    fn add(&mut self, run: &Run) {
        self.invocations += 1;
        self.errors += u64::from(run.outcome.is_failure());
        self.timeouts += u64::from(run.outcome == Outcome::Timeout);
        self.out_of_memory += u64::from(run.outcome == Outcome::OutOfMemory);
        self.all.add(run);
        match run.start {
            StartKind::Warm => self.warm.add(run),
            StartKind::Cold => self.cold_starts += 1,
            StartKind::Restored => self.restores += 1,
        }
        if run.start != StartKind::Warm
            && let Some(duration) = run.duration_with_start()
        {
            self.cold.add(duration.as_secs_f64());
        }
        self.used = self.used.max(run.used().map(|used| used.0));
        self.memory = run.memory().map(|memory| memory.0).or(self.memory);
    }
}

impl Series {
    fn push(&mut self, tally: &Tally) {
        self.invocations.push(tally.invocations);
        self.errors.push(tally.errors);
        self.timeouts.push(tally.timeouts);
        self.out_of_memory.push(tally.out_of_memory);
        self.cold_starts.push(tally.cold_starts);
        self.restores.push(tally.restores);
        self.duration_ms.push(&tally.all.sketch(), Some(tally.all.longest));
        self.warm_duration_ms.push(&tally.warm.sketch(), Some(tally.warm.longest));
        self.cold_duration_ms.push(&tally.cold, None);
        self.max_memory_mb.push(tally.used);
        self.memory_mb.push(tally.memory);
    }
}

impl Quantiles {
    /// The quantiles of durations in seconds; `longest` is known better than the sketch does.
    fn push(&mut self, sketch: &Sketch, longest: Option<Duration>) {
        let millis = |seconds: f64| {
            let time = Duration::try_from_secs_f64(seconds).unwrap_or_default();
            millis_f64(longest.map_or(time, |longest| time.min(longest)))
        };
        let quantile = |q| sketch.quantile(q).map(millis);
        self.p50.push(quantile(0.50));
        self.p90.push(quantile(0.90));
        self.p95.push(quantile(0.95));
        self.p99.push(quantile(0.99));
        let longest = longest.filter(|_| sketch.count() > 0);
        self.max.push(longest.map(millis_f64).or_else(|| sketch.max().map(millis)));
    }
}

/// Sketch buckets from one microsecond ...
const LOWEST: i32 = -20 * 128;
/// ... to a little over an hour; what lies outside is counted at the ends.
const WIDTH: usize = 32 * 128;

/// Durations by sketch bucket, counted without a search: a chart counts every run there is.
#[derive(Default)]
struct Histogram {
    /// Empty until something is counted.
    counts: Vec<u32>,
    zeros: u64,
    longest: Duration,
}

impl Histogram {
    fn add(&mut self, run: &Run) {
        let Some(duration) = run.duration() else {
            return;
        };
        self.longest = self.longest.max(duration);
        if run.bucket == NO_BUCKET {
            self.zeros += 1;
            return;
        }
        if self.counts.is_empty() {
            self.counts = vec![0; WIDTH];
        }
        let place = usize::try_from(i32::from(run.bucket) - LOWEST).unwrap_or(0).min(WIDTH - 1);
        if let Some(count) = self.counts.get_mut(place) {
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
