//! Memory sizes: how duration and cost depend on them, and which size would cost less.

use std::time::Duration;

use serde::Serialize;
use tailwater_parser::{
    MemoryMib, MibMillis, UnixMillis, Usd,
    price::{Cpu, Price},
};

use super::{
    elasticity::{Elasticity, Saving},
    memory_sizes::{SizeRuns, by_size},
    run::FunctionRuns,
    statistics::nearest_rank,
    timeout_risk,
    window::Window,
};
use crate::{
    number,
    view::{index::FunctionIdentity, share::Share},
};

/// A saving of less than this is not worth a change.
const MIN_SAVING_PCT: f64 = 5.0;

/// Highest share of the timeout that the 99th percentile may reach at a recommended size.
const MAX_TIMEOUT_SHARE: f64 = 0.8;

/// Memory sizes of one function. Percentages are of the cost of the handler; INIT costs the same at every size.
#[derive(Clone, Debug, Serialize)]
pub struct MemoryAdvice {
    /// Identity of the function.
    #[serde(flatten)]
    pub identity: FunctionIdentity,
    /// Memory size in the latest REPORT.
    pub memory_mb: u32,
    /// Highest memory use of a run at any size.
    pub max_memory_mb: Option<u32>,
    /// `max_memory_mb` and a quarter of it: a smaller size is not recommended.
    pub floor_mb: Option<u32>,
    /// Sizes at which at least 100 warm, good runs in at least two environments were measured.
    pub measured: Vec<MeasuredSize>,
    /// Elasticity between the smallest and the largest measured size: 0 if the duration is the same at any size, 1 if
    /// half the memory doubles it.
    pub elasticity: Option<f64>,
    /// Lower end of the elasticity by the 95 % confidence intervals of the medians.
    pub elasticity_low: Option<f64>,
    /// Upper end.
    pub elasticity_high: Option<f64>,
    /// Verdict.
    pub verdict: MemoryVerdict,
    /// Recommended size: a measured one, or a larger one if the current size is too small.
    pub recommended_mb: Option<u32>,
    /// Smallest size of the usual steps that is not below `floor_mb`, if it is smaller than the current one. Its cost is
    /// unknown.
    pub could_try_mb: Option<u32>,
    /// Least saving at the recommended size.
    pub saving_low_pct: Option<f64>,
    /// Highest saving at the recommended size.
    pub saving_high_pct: Option<f64>,
    /// Least saving in a month at this rate.
    #[serde(rename = "saving_low_usd_per_month", serialize_with = "number::dollars")]
    pub saving_low: Option<Usd>,
    /// Highest saving in a month at this rate.
    #[serde(rename = "saving_high_usd_per_month", serialize_with = "number::dollars")]
    pub saving_high: Option<Usd>,
    /// Saving in a month by the lower price of arm64, if the duration stays the same. `None` unless the function is told
    /// to be on x86_64.
    #[serde(rename = "arm64_saving_usd_per_month", serialize_with = "number::dollars")]
    pub arm64_saving: Option<Usd>,
    /// True if all measured runs are of one version; `None` with fewer than two measured sizes. Otherwise a change of
    /// the code may be the reason for a difference.
    pub same_version: Option<bool>,
    /// True if a measured size has less than 24 hours of runs; `None` with fewer than two measured sizes.
    pub short_history: Option<bool>,
    /// Last run at the recommended size.
    #[serde(skip)]
    pub(in crate::view) recommended_seen: Option<UnixMillis>,
    /// Cost of the handler in a month at this rate and at the current size.
    #[serde(skip)]
    pub(in crate::view) handler_cost: Option<Usd>,
}

/// Memory size at which enough runs were measured.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MeasuredSize {
    /// Memory size.
    pub memory_mb: u32,
    /// Number of warm, good runs.
    pub runs: u64,
    /// Median of their durations; exact.
    #[serde(rename = "p50_ms", serialize_with = "number::millis")]
    pub p50: Option<Duration>,
}

/// Verdict on the memory size of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MemoryVerdict {
    /// Runs ran out of memory, or used at least 90 % of it.
    TooSmall,
    /// Fewer than two sizes are measured.
    NotEnoughEvidence,
    /// More memory, which comes with more CPU, makes it faster in proportion.
    CpuBound,
    /// The duration hardly depends on the size.
    Insensitive,
    /// The duration falls with a larger size, but less than in proportion.
    Mixed,
}

/// Compares the sizes of a function; `None` if its REPORT lines have no size.
pub(super) fn find(function: &FunctionRuns<'_>, window: Window) -> Option<MemoryAdvice> {
    let MemoryMib(memory_mb) = function.memory()?;
    let mut sizes = by_size(function);
    let current = sizes.iter().find(|size| size.memory_mb == memory_mb);
    let out_of_memory = current.map_or(0, |size| size.out_of_memory);
    let used = current.and_then(|size| size.max_used);
    let is_full =
        used.is_some_and(|used| Share { part: used.into(), whole: memory_mb.into() }.is_at_least(90));
    let max_memory_mb = sizes.iter().filter_map(|size| size.max_used).max();
    let floor_mb = max_memory_mb.map(with_reserve);
    let handler_cost = current.and_then(|size| handler_cost(function, &sizes, size, window));
    let mut advice = MemoryAdvice {
        identity: function.identity.clone(),
        memory_mb,
        max_memory_mb,
        floor_mb,
        measured: Vec::new(),
        elasticity: None,
        elasticity_low: None,
        elasticity_high: None,
        verdict: MemoryVerdict::NotEnoughEvidence,
        recommended_mb: None,
        could_try_mb: None,
        saving_low_pct: None,
        saving_high_pct: None,
        saving_low: None,
        saving_high: None,
        arm64_saving: arm64_saving(function, window),
        same_version: None,
        short_history: None,
        recommended_seen: None,
        handler_cost,
    };
    advice.compare(&mut sizes);
    if out_of_memory > 0 || is_full {
        advice.verdict = MemoryVerdict::TooSmall;
        // A run that was killed may not have reported its last use.
        let needed =
            if out_of_memory > 0 { memory_mb.max(max_memory_mb.unwrap_or(0)) } else { max_memory_mb? };
        advice.recommended_mb = rung_at_least(with_reserve(needed)).filter(|rung| *rung > memory_mb);
    } else {
        advice.could_try_mb = floor_mb.and_then(rung_at_least).filter(|rung| *rung < memory_mb);
        advice.recommend(function, &sizes);
    }
    Some(advice)
}

impl MemoryAdvice {
    /// Fills in the measured sizes, the elasticity between the smallest and the largest, and the verdict of it.
    fn compare(&mut self, sizes: &mut [SizeRuns<'_>]) {
        sizes.iter_mut().for_each(SizeRuns::measure);
        let measured: Vec<_> = sizes.iter().filter(|size| size.median.is_some()).collect();
        self.measured = measured
            .iter()
            .map(|size| MeasuredSize {
                memory_mb: size.memory_mb,
                runs: u64::try_from(size.durations.len()).unwrap_or(u64::MAX),
                p50: size.median.map(|median| median.middle),
            })
            .collect();
        let [small, .., large] = measured.as_slice() else { return };
        let versions = measured.iter().flat_map(|size| &size.versions);
        self.same_version = Some(versions.collect::<std::collections::BTreeSet<_>>().len() == 1);
        self.short_history = Some(measured.iter().any(|size| size.history_ms() < 24 * 3_600_000));
        let Some(elasticity) = Elasticity::between(small, large) else { return };
        (self.elasticity, self.elasticity_low, self.elasticity_high) =
            (Some(elasticity.middle), Some(elasticity.low), Some(elasticity.high));
        self.verdict = match () {
            () if elasticity.low >= 0.8 => MemoryVerdict::CpuBound,
            () if elasticity.high <= 0.2 => MemoryVerdict::Insensitive,
            () => MemoryVerdict::Mixed,
        };
    }

    /// Recommends the measured size with the highest certain saving against the current one, if it is also measured.
    fn recommend(&mut self, function: &FunctionRuns<'_>, sizes: &[SizeRuns<'_>]) {
        let Some(current) = sizes.iter().find(|size| size.memory_mb == self.memory_mb) else { return };
        let floor = self.floor_mb.unwrap_or(u32::MAX);
        let candidates =
            sizes.iter().filter(|size| size.memory_mb >= floor && size.memory_mb != self.memory_mb);
        let savings = candidates.filter_map(|size| {
            let elasticity = Elasticity::of_change(current, size)?;
            let saving = elasticity.saving(current, size);
            let is_fast_enough =
                is_within_timeout(function, current, size, elasticity.slowdown(current, size));
            (saving.low_pct > MIN_SAVING_PCT && is_fast_enough).then_some((size, saving))
        });
        let best = savings.max_by(|(a, x), (b, y)| {
            x.low_pct.total_cmp(&y.low_pct).then_with(|| b.memory_mb.cmp(&a.memory_mb))
        });
        let Some((size, saving)) = best else { return };
        let amount = |pct: f64| Some(Saving::of(self.handler_cost?, pct));
        (self.saving_low, self.saving_high) = (amount(saving.low_pct), amount(saving.high_pct));
        (self.saving_low_pct, self.saving_high_pct) = (Some(saving.low_pct), Some(saving.high_pct));
        self.recommended_mb = Some(size.memory_mb);
        self.recommended_seen = Some(UnixMillis(size.last));
    }
}

/// True if the 99th percentile at the current size, times the slowdown, stays below 80 % of the timeout. Without a known
/// timeout, true if no run at the other size has timed out.
fn is_within_timeout(
    function: &FunctionRuns<'_>,
    current: &SizeRuns<'_>,
    size: &SizeRuns<'_>,
    slowdown: f64,
) -> bool {
    let Some((timeout, _)) = timeout_risk::timeout(function) else { return size.timeouts == 0 };
    let at_current = function.distinct().filter(|run| run.memory == Some(MemoryMib(current.memory_mb)));
    let mut durations: Vec<_> = at_current.filter_map(|run| run.duration).collect();
    let p99 = nearest_rank(&mut durations, 99).unwrap_or_default();
    p99.as_secs_f64() * slowdown < timeout.as_secs_f64() * MAX_TIMEOUT_SHARE
}

/// Cost of the handler of all runs in a month, if each costs what one costs at `current` on average.
fn handler_cost(
    function: &FunctionRuns<'_>,
    sizes: &[SizeRuns<'_>],
    current: &SizeRuns<'_>,
    window: Window,
) -> Option<Usd> {
    function.prices.on_demand()?;
    let all = sizes.iter().map(|size| size.priced).sum();
    (current.priced > 0).then(|| window.per_month(current.handler_cost.scaled(all, current.priced)))
}

/// Memory over time at the price of x86_64 minus that of arm64, in a month.
fn arm64_saving(function: &FunctionRuns<'_>, window: Window) -> Option<Usd> {
    let x86 = function.prices.on_demand().filter(|_| function.known_cpu == Some(Cpu::X86_64))?;
    let arm = Price::of(function.identity.region.as_deref()?, Cpu::Arm64).ok()?;
    let mut memory_time = MibMillis::default();
    for run in function.runs.iter().filter(|run| !run.is_edge) {
        if let (Some(memory), Some(billed)) = (run.memory, run.billed) {
            memory_time += MibMillis::of(memory, billed);
        }
    }
    Some(window.per_month(x86.memory(memory_time).minus(arm.memory(memory_time))))
}

/// A memory use and a quarter of it.
fn with_reserve(used: u32) -> u32 {
    used.saturating_mul(5).div_ceil(4)
}

/// Smallest of the usual sizes that is at least `mib`: 128, in steps of 64 to 1,024, of 128 to 3,072 and of 256 to
/// 10,240, and 1,769, which comes with one vCPU.
fn rung_at_least(mib: u32) -> Option<u32> {
    let step = match mib {
        0..=1_024 => 64,
        1_025..=3_072 => 128,
        _ => 256,
    };
    let rung = mib.div_ceil(step).saturating_mul(step).max(128);
    let rung = if (mib..rung).contains(&1_769) { 1_769 } else { rung };
    (rung <= 10_240).then_some(rung)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_is_rounded_up_to_the_next_step() {
        let rungs = [0, 128, 129, 1_024, 1_025, 1_700, 1_769, 1_770, 3_072, 3_073, 10_240, 10_241];
        assert_eq!(
            rungs.map(rung_at_least).map(Option::unwrap_or_default),
            [128, 128, 192, 1_024, 1_152, 1_769, 1_769, 1_792, 3_072, 3_328, 10_240, 0]
        );
    }
}
