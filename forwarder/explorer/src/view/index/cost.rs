//! Where the money went: by day, by version, and what failures paid for.

use std::collections::{BTreeMap, HashMap};

use foldhash::fast::RandomState;
use serde::Serialize;
use tailwater_parser::{
    UnixMillis, Usd,
    derive::{Bill, Cost, Outcome, Terms},
};

use super::{
    Between, Runs,
    cell::{CellId, FunctionName, Home, Selection, index},
    range::day_of,
};
use crate::view::{catalog::Catalog, number};

/// What one function cost. `null` where the log cannot tell.
#[derive(Clone, Debug, Serialize)]
pub struct FunctionSpending {
    /// Which function.
    #[serde(flatten)]
    pub name: FunctionName,
    /// Each day (UTC) on which it ran.
    pub days: Vec<DaySpending>,
    /// Each of its versions, by name.
    pub versions: Vec<VersionSpending>,
    /// What runs paid for that took too long, the price of their requests left out.
    #[serde(rename = "timeout_cost_usd", serialize_with = "number::dollars")]
    pub timeout: Option<Usd>,
    /// What runs paid for that needed too much memory.
    #[serde(rename = "out_of_memory_cost_usd", serialize_with = "number::dollars")]
    pub out_of_memory: Option<Usd>,
    /// What all other runs paid for that failed.
    #[serde(rename = "other_error_cost_usd", serialize_with = "number::dollars")]
    pub other_errors: Option<Usd>,
}

/// What a day cost.
#[derive(Clone, Debug, Serialize)]
pub struct DaySpending {
    /// Midnight (UTC) at which it began.
    #[serde(rename = "day_ms", serialize_with = "number::unix_millis")]
    pub day: UnixMillis,
    /// Everything.
    #[serde(rename = "cost_usd", serialize_with = "number::dollars")]
    pub cost: Option<Usd>,
    /// The part that paid for INIT.
    #[serde(rename = "cold_start_cost_usd", serialize_with = "number::dollars")]
    pub cold_start: Option<Usd>,
    /// The part that paid for runs that failed.
    #[serde(rename = "failure_cost_usd", serialize_with = "number::dollars")]
    pub failure: Option<Usd>,
}

/// What a version cost.
#[derive(Clone, Debug, Serialize)]
pub struct VersionSpending {
    /// `$LATEST`, `41`; empty for runs whose version no line tells.
    pub version: String,
    /// Its runs.
    pub invocations: u64,
    /// Those that waited for INIT.
    pub cold_starts: u64,
    /// Everything.
    #[serde(rename = "cost_usd", serialize_with = "number::dollars")]
    pub cost: Option<Usd>,
    /// The part that paid for INIT.
    #[serde(rename = "cold_start_cost_usd", serialize_with = "number::dollars")]
    pub cold_start: Option<Usd>,
    /// The part that paid for runs that failed.
    #[serde(rename = "failure_cost_usd", serialize_with = "number::dollars")]
    pub failure: Option<Usd>,
}

/// What the runs of one cell are billed for.
#[derive(Default)]
struct CellBill {
    invocations: u64,
    cold_starts: u64,
    days: BTreeMap<i64, Bill>,
    timeouts: Bill,
    out_of_memory: Bill,
    other_errors: Bill,
}

impl Runs {
    /// What each of the selected functions cost, in no particular order.
    #[must_use]
    pub fn spending(
        &self,
        between: Between,
        catalog: &Catalog,
        selection: &Selection,
    ) -> Vec<FunctionSpending> {
        let mut bills: HashMap<CellId, CellBill, RandomState> = HashMap::default();
        for run in self.within(between).iter().filter(|run| selection.holds(run.cell)) {
            let invocation = self.invocation(run);
            let bill = bills.entry(run.cell).or_default();
            bill.invocations += 1;
            bill.cold_starts += u64::from(invocation.init_duration.is_some());
            bill.days.entry(day_of(run.time)).or_default().add(&invocation);
            match run.outcome {
                Outcome::Success | Outcome::Unknown => {}
                Outcome::Timeout => bill.timeouts.add(&invocation),
                Outcome::OutOfMemory => bill.out_of_memory.add(&invocation),
                Outcome::Error => bill.other_errors.add(&invocation),
            }
        }
        let bills: HashMap<usize, CellBill, RandomState> =
            bills.into_iter().filter_map(|(cell, bill)| Some((index(cell)?, bill))).collect();
        let mut all = Vec::new();
        self.for_each_home(between, catalog, |home| {
            let its: Vec<_> = home.cells.iter().filter_map(|cell| Some((*cell, bills.get(cell)?))).collect();
            if !its.is_empty() {
                all.push(self.function_spending(home, &its));
            }
        });
        all
    }

    fn function_spending(&self, home: &Home<'_>, bills: &[(usize, &CellBill)]) -> FunctionSpending {
        let mut versions: BTreeMap<&str, (u64, u64, Bill)> = BTreeMap::new();
        let mut days: BTreeMap<i64, Bill> = BTreeMap::new();
        let mut failures = [Bill::default(), Bill::default(), Bill::default()];
        for (cell, bill) in bills {
            let (invocations, cold, of_version) = versions.entry(self.cells.version(*cell)).or_default();
            *invocations += bill.invocations;
            *cold += bill.cold_starts;
            for (day, of_day) in &bill.days {
                days.entry(*day).or_default().merge(of_day);
                of_version.merge(of_day);
            }
            let theirs = [&bill.timeouts, &bill.out_of_memory, &bill.other_errors];
            failures.iter_mut().zip(theirs).for_each(|(ours, theirs)| ours.merge(theirs));
        }
        let price = |bill: &Bill| Priced::of(bill, &home.terms);
        let is_priced = days.values().any(|bill| price(bill).cost.is_some());
        let [timeout, out_of_memory, other_errors] =
            failures.map(|bill| price(&bill).failure.or(is_priced.then_some(Usd::ZERO)));
        FunctionSpending {
            name: home.name.clone(),
            days: days.into_iter().map(|(day, bill)| day_spending(day, &price(&bill))).collect(),
            versions: versions
                .into_iter()
                .map(|(name, bill)| version_spending(name, &bill, &home.terms))
                .collect(),
            timeout,
            out_of_memory,
            other_errors,
        }
    }
}

/// A cost, or nothing at all.
struct Priced {
    cost: Option<Usd>,
    cold_start: Option<Usd>,
    failure: Option<Usd>,
}

impl Priced {
    fn of(bill: &Bill, terms: &Terms<'_>) -> Self {
        let cost: Option<Cost> = bill.cost(terms).ok();
        Self {
            cost: cost.map(|cost| cost.total),
            cold_start: cost.map(|cost| cost.cold_start),
            failure: cost.map(|cost| cost.failure),
        }
    }
}

fn day_spending(day: i64, priced: &Priced) -> DaySpending {
    let Priced { cost, cold_start, failure } = *priced;
    DaySpending { day: UnixMillis(day), cost, cold_start, failure }
}

fn version_spending(
    name: &str,
    (invocations, cold_starts, bill): &(u64, u64, Bill),
    terms: &Terms<'_>,
) -> VersionSpending {
    let Priced { cost, cold_start, failure } = Priced::of(bill, terms);
    let (version, invocations, cold_starts) = (name.to_owned(), *invocations, *cold_starts);
    VersionSpending { version, invocations, cold_starts, cost, cold_start, failure }
}
