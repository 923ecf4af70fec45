//! Provisioned concurrency: what N provisioned environments would have cost and saved.

use std::{cmp::Reverse, collections::BinaryHeap};

use serde::Serialize;
use tailwater_parser::{MemoryMib, MibMillis, Usd, derive::StartKind, price::ProvisionedPrice};

use super::{
    concurrency::seems_provisioned,
    run::{FunctionRuns, Run},
    window::Window,
};
use crate::number;

/// Numbers of environments that are calculated, besides the peak.
const SIZES: [u64; 4] = [1, 2, 5, 10];

/// AWS bills provisioned concurrency in steps of this length.
const BILLING_STEP_MS: u64 = 300_000;

/// Cost of `n` provisioned environments in the window. Left out: INIT of these environments; the number is per version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ProvisionedOption {
    /// Number of provisioned environments.
    pub n: u64,
    /// Number of runs that they would have served.
    pub served: u64,
    /// Number of cold starts among `served`.
    pub cold_starts_avoided: u64,
    /// Price of having the environments, busy or not.
    #[serde(rename = "idle_cost_usd", serialize_with = "number::amount")]
    pub idle_cost: Usd,
    /// Saving by the lower price of memory over time, and by the INIT phases that would not be needed.
    #[serde(rename = "duration_saving_usd", serialize_with = "number::amount")]
    pub duration_saving: Usd,
    /// `idle_cost` minus `duration_saving`: negative if provisioned concurrency is cheaper.
    #[serde(rename = "net_usd", serialize_with = "number::amount")]
    pub net: Usd,
}

/// Calculates the options of a function; `None` if they cannot be told from its runs.
pub(super) fn options(
    function: &FunctionRuns<'_>,
    runs: &[&Run],
    peak: u64,
    window: Window,
) -> Option<Vec<ProvisionedOption>> {
    let (memory, region) = (function.memory()?, function.identity.region.as_deref()?);
    let price = ProvisionedPrice::of(region, function.prices.cpu)?;
    function.prices.on_demand()?;
    let has_restores = runs.iter().any(|run| run.start == StartKind::Restored);
    if has_restores || runs.iter().any(|run| run.is_edge) || seems_provisioned(runs, window) {
        return None;
    }
    let mut arrivals: Vec<_> = runs.iter().map(|run| Arrival::new(function, run, price)).collect();
    arrivals.sort_unstable_by_key(|arrival| (arrival.begin, arrival.busy_ms, arrival.saving));
    let mut sizes: Vec<_> = SIZES.into_iter().chain([peak]).collect();
    sizes.sort_unstable();
    sizes.dedup();
    let option = |n: u64| {
        let mut option = serve(&arrivals, n);
        let provisioned_ms = window.millis().max(1).div_ceil(BILLING_STEP_MS).saturating_mul(BILLING_STEP_MS);
        let memory_time =
            u128::from(n).saturating_mul(u128::from(memory.0)).saturating_mul(u128::from(provisioned_ms));
        option.idle_cost = Usd::of_memory_time(MibMillis(memory_time), price.idle_gb_second_picos);
        option.net = option.idle_cost.minus(option.duration_saving);
        option
    };
    Some(sizes.into_iter().map(option).collect())
}

/// Arrival of a request.
struct Arrival {
    begin: i64,
    /// Time in a provisioned environment: the duration in whole milliseconds, without INIT.
    busy_ms: i64,
    is_cold: bool,
    /// Saving if a provisioned environment serves it.
    saving: Usd,
}

impl Arrival {
    fn new(function: &FunctionRuns<'_>, run: &Run, price: ProvisionedPrice) -> Self {
        let millis = run.duration.unwrap_or_default().as_nanos().div_ceil(1_000_000);
        let memory = u128::from(run.memory.unwrap_or(MemoryMib(0)).0);
        let provisioned = Usd::of_memory_time(MibMillis(memory * millis), price.gb_second_picos);
        let on_demand = function.prices.memory_cost(run, run.billed.unwrap_or_default());
        Self {
            begin: run.begin.0,
            busy_ms: i64::try_from(millis).unwrap_or(i64::MAX),
            is_cold: run.start == StartKind::Cold,
            saving: on_demand.map(|cost| cost.minus(provisioned)).unwrap_or_default(),
        }
    }
}

/// Serves each arrival in one of `n` environments, if fewer than `n` are busy.
fn serve(arrivals: &[Arrival], n: u64) -> ProvisionedOption {
    let mut option = ProvisionedOption {
        n,
        served: 0,
        cold_starts_avoided: 0,
        idle_cost: Usd::ZERO,
        duration_saving: Usd::ZERO,
        net: Usd::ZERO,
    };
    let capacity = usize::try_from(n).unwrap_or(usize::MAX);
    let mut busy = BinaryHeap::new();
    for arrival in arrivals {
        while busy.peek().is_some_and(|Reverse(end)| *end <= arrival.begin) {
            busy.pop();
        }
        if busy.len() < capacity {
            busy.push(Reverse(arrival.begin.saturating_add(arrival.busy_ms)));
            option.served += 1;
            option.cold_starts_avoided += u64::from(arrival.is_cold);
            option.duration_saving += arrival.saving;
        }
    }
    option
}
