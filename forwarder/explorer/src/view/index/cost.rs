//! Cost of each function by day and by version, and the part of it for failed invocations.

use std::collections::{BTreeMap, HashMap};

use foldhash::fast::RandomState;
use serde::Serialize;
use tailwater_forwarder::pipeline::TimeRange;
use tailwater_parser::{
    UnixMillis, Usd,
    derive::{BilledUsage, Outcome, Terms},
};

use super::{
    buckets::start_of_day,
    compact::CompactInvocation,
    origins::to_index,
    select::{FunctionGroup, FunctionIdentity, Selection},
    table::InvocationIndex,
};
use crate::{number, view::catalog::Catalog};

/// Cost of one function. Unknown costs are `null` in JSON.
#[derive(Clone, Debug, Serialize)]
pub struct FunctionCost {
    /// Identity of the function.
    #[serde(flatten)]
    pub identity: FunctionIdentity,
    /// Cost of each day (UTC) that has invocations.
    pub days: Vec<DayCost>,
    /// Cost of each version, sorted by name.
    pub versions: Vec<VersionCost>,
    /// Cost of invocations that timed out, without the price of their requests.
    #[serde(rename = "timeout_cost_usd", serialize_with = "number::dollars")]
    pub timeout: Option<Usd>,
    /// Cost of invocations that ran out of memory, without the price of their requests.
    #[serde(rename = "out_of_memory_cost_usd", serialize_with = "number::dollars")]
    pub out_of_memory: Option<Usd>,
    /// Cost of all other failed invocations, without the price of their requests.
    #[serde(rename = "other_error_cost_usd", serialize_with = "number::dollars")]
    pub other_errors: Option<Usd>,
}

/// Cost of a day.
#[derive(Clone, Debug, Serialize)]
pub struct DayCost {
    /// Start of the day (UTC).
    #[serde(rename = "day_ms", serialize_with = "number::unix_millis")]
    pub day: UnixMillis,
    /// Cost of the day.
    #[serde(flatten)]
    pub cost: CostParts,
}

/// Cost of a version.
#[derive(Clone, Debug, Serialize)]
pub struct VersionCost {
    /// Name of the version, such as `$LATEST` or `41`; empty for invocations of unknown version.
    pub version: String,
    /// Number of invocations.
    pub invocations: u64,
    /// Number of invocations that waited for INIT.
    pub cold_starts: u64,
    /// Cost of the version.
    #[serde(flatten)]
    pub cost: CostParts,
}

/// A cost, and the parts of it that are for INIT and for failures. All members are `None` if the cost is
/// unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CostParts {
    /// Total cost.
    #[serde(rename = "cost_usd", serialize_with = "number::dollars")]
    pub total: Option<Usd>,
    /// Part of the total for INIT.
    #[serde(rename = "cold_start_cost_usd", serialize_with = "number::dollars")]
    pub cold_start: Option<Usd>,
    /// Part of the total for failed invocations, without the price of their requests.
    #[serde(rename = "failure_cost_usd", serialize_with = "number::dollars")]
    pub failure: Option<Usd>,
}

impl CostParts {
    fn new(bill: &BilledUsage, terms: &Terms<'_>) -> Self {
        bill.cost(terms).map_or_else(
            |_| Self::default(),
            |cost| Self {
                total: Some(cost.total),
                cold_start: Some(cost.cold_start),
                failure: Some(cost.failure),
            },
        )
    }
}

/// Billed usage of the invocations of one origin.
#[derive(Default)]
struct OriginBills {
    invocations: u64,
    cold_starts: u64,
    days: BTreeMap<i64, BilledUsage>,
    failures: FailureBills,
}

/// Billed usage of failed invocations, by kind of failure.
#[derive(Default)]
struct FailureBills {
    timeouts: BilledUsage,
    out_of_memory: BilledUsage,
    other_errors: BilledUsage,
}

impl FailureBills {
    fn of(&mut self, outcome: Outcome) -> Option<&mut BilledUsage> {
        match outcome {
            Outcome::Success | Outcome::Unknown => None,
            Outcome::Timeout => Some(&mut self.timeouts),
            Outcome::OutOfMemory => Some(&mut self.out_of_memory),
            Outcome::Error => Some(&mut self.other_errors),
        }
    }

    fn merge(&mut self, other: &Self) {
        self.timeouts.merge(&other.timeouts);
        self.out_of_memory.merge(&other.out_of_memory);
        self.other_errors.merge(&other.other_errors);
    }
}

/// Billed usage and counts of one function version.
#[derive(Default)]
struct VersionBill {
    invocations: u64,
    cold_starts: u64,
    bill: BilledUsage,
}

impl InvocationIndex {
    /// Computes the cost of each selected function, in no particular order.
    #[must_use]
    pub fn cost(&self, range: TimeRange, catalog: &Catalog, selection: &Selection) -> Vec<FunctionCost> {
        let mut bills: HashMap<usize, OriginBills, RandomState> = HashMap::default();
        for invocation in self.within(range).iter().filter(|found| selection.contains(found.origin_id)) {
            if let Some(at) = to_index(invocation.origin_id) {
                self.add_to_bills(bills.entry(at).or_default(), invocation);
            }
        }
        let mut costs = Vec::new();
        self.for_each_function(range, catalog, |function| {
            let its_bills: Vec<_> =
                function.origins.iter().filter_map(|at| Some((*at, bills.get(at)?))).collect();
            if !its_bills.is_empty() {
                costs.push(self.function_cost(function, &its_bills));
            }
        });
        costs
    }

    fn add_to_bills(&self, bills: &mut OriginBills, invocation: &CompactInvocation) {
        let expanded = invocation.expand(self.origins.origin(invocation.origin_id));
        bills.invocations += 1;
        bills.cold_starts += u64::from(invocation.is_cold_start());
        bills.days.entry(start_of_day(invocation.time)).or_default().add(&expanded);
        if let Some(bill) = bills.failures.of(invocation.outcome) {
            bill.add(&expanded);
        }
    }

    fn function_cost(&self, function: &FunctionGroup<'_>, bills: &[(usize, &OriginBills)]) -> FunctionCost {
        let mut versions: BTreeMap<&str, VersionBill> = BTreeMap::new();
        let mut days: BTreeMap<i64, BilledUsage> = BTreeMap::new();
        let mut failures = FailureBills::default();
        for (at, origin) in bills {
            let version = versions.entry(self.origins.version(*at)).or_default();
            version.invocations += origin.invocations;
            version.cold_starts += origin.cold_starts;
            for (day, bill) in &origin.days {
                days.entry(*day).or_default().merge(bill);
                version.bill.merge(bill);
            }
            failures.merge(&origin.failures);
        }
        let price = |bill: &BilledUsage| CostParts::new(bill, &function.terms);
        let is_priced = days.values().any(|bill| price(bill).total.is_some());
        let failure_cost = |bill: &BilledUsage| price(bill).failure.or(is_priced.then_some(Usd::ZERO));
        FunctionCost {
            identity: function.identity.clone(),
            timeout: failure_cost(&failures.timeouts),
            out_of_memory: failure_cost(&failures.out_of_memory),
            other_errors: failure_cost(&failures.other_errors),
            days: days
                .iter()
                .map(|(day, bill)| DayCost { day: UnixMillis(*day), cost: price(bill) })
                .collect(),
            versions: versions
                .iter()
                .map(|(name, version)| version_cost(name, version, price(&version.bill)))
                .collect(),
        }
    }
}

fn version_cost(name: &str, version: &VersionBill, cost: CostParts) -> VersionCost {
    VersionCost {
        version: name.to_owned(),
        invocations: version.invocations,
        cold_starts: version.cold_starts,
        cost,
    }
}
