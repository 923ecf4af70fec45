//! Memory leaks: environments whose memory use keeps reaching new maxima.

use std::collections::{BTreeMap, HashMap};

use foldhash::fast::RandomState;
use serde::Serialize;
use tailwater_parser::{MemoryMib, derive::Outcome};

use super::{
    run::{FunctionRuns, Run},
    statistics::{lower_median, middle},
};
use crate::view::index::FunctionIdentity;

/// Minimum number of runs of an environment.
const MIN_RUNS: usize = 50;

/// Runs at the start of an environment that are left out: it warms up.
const SKIPPED_RUNS: usize = 10;

/// Expected number of new maxima in the second half of runs of the same kind: the logarithm of 2.
const EXPECTED_RECORDS: f64 = std::f64::consts::LN_2;

/// Probability below which the number of new maxima is no chance.
const SIGNIFICANCE: f64 = 0.001;

/// Function version that leaks memory.
#[derive(Clone, Debug, Serialize)]
pub struct Leak {
    /// Identity of the function.
    #[serde(flatten)]
    pub identity: FunctionIdentity,
    /// Version; `None` if unknown.
    pub version: Option<String>,
    /// Number of environments with at least 50 runs.
    pub environments: u64,
    /// Growth of the maximum memory use in the second half of the runs of an environment.
    pub growth_kb_per_run: f64,
    /// Median of the highest memory use in the first ten runs of an environment.
    pub baseline_mb: u32,
    /// Memory size.
    pub memory_mb: u32,
    /// Number of runs of a new environment until the memory size is reached.
    pub runs_to_oom: u64,
    /// Time until then at the median rate of an environment.
    pub hours_to_oom: Option<f64>,
    /// True if an environment had that many runs, or ran out of memory.
    pub outlived: bool,
    /// Longest time that an environment was seen, in hours.
    #[serde(skip)]
    pub(in crate::view) longest_life_hours: f64,
    /// True if newer environments begin with clearly more memory use than older ones, so that growing input may be the
    /// cause.
    #[serde(skip)]
    pub(in crate::view) may_be_input: bool,
    /// Number of runs of the environments.
    #[serde(skip)]
    pub(in crate::view) runs: u64,
}

/// Runs of the environments of one version.
type VersionRuns<'a> = Vec<Vec<&'a Run>>;

/// Finds the leaks of a function, one for each version that has one.
pub(super) fn find(function: &FunctionRuns<'_>) -> Vec<Leak> {
    let mut environments: HashMap<(usize, u32), Vec<&Run>, RandomState> = HashMap::default();
    for run in function.distinct().filter(|run| run.is_billed_by_duration() && run.max_memory.is_some()) {
        if let Some(id) = run.environment {
            environments.entry((run.version, id)).or_default().push(run);
        }
    }
    let mut versions: BTreeMap<usize, VersionRuns<'_>> = BTreeMap::new();
    for ((version, _), runs) in environments {
        versions.entry(version).or_default().push(runs);
    }
    let name = |version: usize| function.versions.get(version).copied().unwrap_or_default();
    versions.iter().filter_map(|(version, runs)| leak(function, name(*version), runs)).collect()
}

/// Growth of the memory use of one environment.
struct Growth {
    first_begin: i64,
    baseline_mb: u32,
    /// New maxima in the second half of its runs.
    records: u64,
    /// Rise of the maximum in the second half, and number of runs in it.
    rise_mb: u32,
    second_half: u64,
    runs: u64,
    life_hours: f64,
    ran_out: bool,
}

impl Growth {
    fn of(runs: &[&Run]) -> Option<Self> {
        let (first, last) = (runs.first()?, runs.last()?);
        let used = |run: &&Run| run.max_memory.map_or(0, |used| used.0);
        let (skipped, rest) = runs.split_at_checked(SKIPPED_RUNS).filter(|_| runs.len() >= MIN_RUNS)?;
        let (first_half, second_half) = rest.split_at_checked(rest.len() / 2)?;
        let middle = first_half.iter().map(used).max()?;
        let (mut highest, mut records) = (middle, 0);
        for used in second_half.iter().map(used) {
            records += u64::from(used > highest);
            highest = highest.max(used);
        }
        Some(Self {
            first_begin: first.begin.0,
            baseline_mb: skipped.iter().map(used).max()?,
            records,
            rise_mb: highest - middle,
            second_half: u64::try_from(second_half.len()).ok()?,
            runs: u64::try_from(runs.len()).ok()?,
            life_hours: float(last.end.distance(first.begin)) / 3_600_000.0,
            ran_out: runs.iter().any(|run| run.outcome == Outcome::OutOfMemory),
        })
    }
}

fn leak(function: &FunctionRuns<'_>, version: &str, runs: &VersionRuns<'_>) -> Option<Leak> {
    let mut grown: Vec<_> = runs.iter().filter_map(|runs| Growth::of(runs)).collect();
    let MemoryMib(memory_mb) =
        runs.iter().flatten().max_by_key(|run| run.order()).and_then(|run| run.memory)?;
    let records = grown.iter().map(|growth| growth.records).sum();
    let environments = u64::try_from(grown.len()).ok().filter(|n| *n > 0)?;
    let rise_mb: u64 = grown.iter().map(|growth| u64::from(growth.rise_mb)).sum();
    let second_half: u64 = grown.iter().map(|growth| growth.second_half).sum();
    // At least 1 % of the size in 1,000 runs.
    let is_material = u128::from(rise_mb) * 100_000 >= u128::from(memory_mb) * u128::from(second_half);
    let is_significant = poisson_tail(EXPECTED_RECORDS * float(environments), records) < SIGNIFICANCE;
    if !is_material || !is_significant || rise_mb == 0 {
        return None;
    }
    let baseline_mb = lower_median(grown.iter().map(|growth| growth.baseline_mb).collect())?;
    let free = u64::from(memory_mb.saturating_sub(baseline_mb));
    let runs_to_oom = free.saturating_mul(second_half) / rise_mb;
    let rates = grown.iter().filter(|growth| growth.life_hours > 0.0);
    let mut rates: Vec<_> = rates.map(|growth| float(growth.runs) / growth.life_hours).collect();
    rates.sort_unstable_by(f64::total_cmp);
    let rate = middle(&rates);
    grown.sort_by_key(|growth| (growth.first_begin, growth.baseline_mb));
    Some(Leak {
        identity: function.identity.clone(),
        version: Some(version.to_owned()).filter(|version| !version.is_empty()),
        environments,
        growth_kb_per_run: float(rise_mb * 1024) / float(second_half),
        baseline_mb,
        memory_mb,
        runs_to_oom,
        hours_to_oom: rate.map(|rate| float(runs_to_oom) / rate),
        outlived: grown.iter().any(|growth| growth.ran_out || growth.runs >= runs_to_oom),
        longest_life_hours: grown.iter().map(|growth| growth.life_hours).fold(0.0, f64::max),
        may_be_input: begins_higher(&grown),
        runs: grown.iter().map(|growth| growth.runs).sum(),
    })
}

/// True if the newer half of the environments has a median baseline that is at least a tenth above that of the older
/// half. Expects them in order of their begin.
fn begins_higher(grown: &[Growth]) -> bool {
    let Some((older, newer)) = grown.split_at_checked(grown.len() / 2).filter(|_| grown.len() >= 4) else {
        return false;
    };
    let median_of = |half: &[Growth]| lower_median(half.iter().map(|growth| growth.baseline_mb).collect());
    median_of(older)
        .zip(median_of(newer))
        .is_some_and(|(older, newer)| u64::from(newer) * 10 >= u64::from(older) * 11)
}

/// Probability that a Poisson-distributed count of this mean is at least `count`.
fn poisson_tail(mean: f64, count: u64) -> f64 {
    // Sum of the upper tail, in logarithms so that neither large means nor large counts underflow.
    let log_mean = mean.ln();
    let log_factorial: f64 = (1..=count).map(|n| float(n).ln()).sum();
    let mut term = (float(count) * log_mean - mean - log_factorial).exp();
    if float(count) <= mean {
        // The tail is most of the distribution: it is never significant.
        return 1.0;
    }
    let (mut sum, mut n) = (0.0, count);
    while term > sum * 1e-12 && n < count + 10_000 {
        sum += term;
        n += 1;
        term *= mean / float(n);
    }
    sum
}

#[expect(clippy::cast_precision_loss, clippy::as_conversions, reason = "a statistic, 15 digits")]
fn float(n: u64) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tail_of_a_poisson_distribution_has_its_known_values() {
        for (mean, count, expected) in [(0.693, 5, 7.513e-04), (0.693, 4, 5.557e-03), (6.93, 17, 8.612e-04)] {
            let tail = poisson_tail(mean, count);
            assert!((tail / expected - 1.0).abs() < 0.01, "{mean} {count}: {tail}");
        }
        assert!((poisson_tail(3.0, 0) - 1.0).abs() < 1e-9);
    }
}
