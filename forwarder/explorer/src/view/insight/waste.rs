//! Cost of INIT, failures and repeated attempts.

use std::collections::HashSet;

use foldhash::fast::RandomState;
use serde::Serialize;
use tailwater_parser::{Usd, derive::Outcome};

use super::run::{FunctionRuns, Run};
use crate::{number, view::index::FunctionIdentity};

/// Cost of INIT, failed invocations and repeated attempts: INIT, failed runs, and further attempts.
///
/// The costs of INIT and of failed runs are those of memory over time, without the price of requests. All costs are
/// `None` if no cost is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct WasteParts {
    /// Cost of INIT phases.
    #[serde(rename = "cold_start_cost_usd", serialize_with = "number::dollars")]
    pub cold_start: Option<Usd>,
    /// Cost of runs that timed out.
    #[serde(rename = "timeout_cost_usd", serialize_with = "number::dollars")]
    pub timeout: Option<Usd>,
    /// Cost of runs that ran out of memory.
    #[serde(rename = "out_of_memory_cost_usd", serialize_with = "number::dollars")]
    pub out_of_memory: Option<Usd>,
    /// Cost of all failed runs, including the two above.
    #[serde(rename = "failed_cost_usd", serialize_with = "number::dollars")]
    pub failed: Option<Usd>,
    /// Number of runs of a request id whose attempt before failed: the retries of asynchronous invocations by Lambda.
    pub retries: u64,
    /// Number of runs of a request id whose attempt before succeeded: at-least-once delivery.
    pub repeats: u64,
    /// Whole cost of `retries` and `repeats`, including the price of the requests.
    #[serde(rename = "retry_cost_usd", serialize_with = "number::dollars")]
    pub retry: Option<Usd>,
    /// Number of failed INIT phases and restores. Always `None`: no invocation tells it.
    pub init_failures: Option<u64>,
    /// Cost of failed runs, and of the INIT of the others: nothing counts twice.
    #[serde(rename = "waste_cost_usd", serialize_with = "number::dollars")]
    pub waste: Option<Usd>,
}

/// Waste of all functions, and of each that has some.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Waste {
    /// Sums of all functions.
    #[serde(flatten)]
    pub total: WasteParts,
    /// Functions with waste: highest cost first, then by name.
    pub by_function: Vec<FunctionWaste>,
}

/// Waste of one function.
#[derive(Clone, Debug, Serialize)]
pub struct FunctionWaste {
    /// Identity of the function.
    #[serde(flatten)]
    pub identity: FunctionIdentity,
    /// Sums.
    #[serde(flatten)]
    pub parts: WasteParts,
}

impl Waste {
    /// Adds the waste of a function.
    pub(super) fn add(&mut self, function: &FunctionRuns<'_>) {
        let parts = of_function(function);
        self.total.merge(&parts);
        if parts.is_any() {
            self.by_function.push(FunctionWaste { identity: function.identity.clone(), parts });
        }
    }

    /// Sorts the functions.
    pub(super) fn finish(&mut self) {
        self.by_function.sort_by(|a, b| {
            let key = |row: &FunctionWaste| (row.parts.waste, row.parts.retries + row.parts.repeats);
            key(b).cmp(&key(a)).then_with(|| a.identity.cmp(&b.identity))
        });
    }
}

impl WasteParts {
    fn merge(&mut self, other: &Self) {
        let pairs = [
            (&mut self.cold_start, other.cold_start),
            (&mut self.timeout, other.timeout),
            (&mut self.out_of_memory, other.out_of_memory),
            (&mut self.failed, other.failed),
            (&mut self.retry, other.retry),
            (&mut self.waste, other.waste),
        ];
        for (sum, part) in pairs {
            add(sum, part);
        }
        self.retries += other.retries;
        self.repeats += other.repeats;
    }

    fn is_any(&self) -> bool {
        let is_cost = |cost: Option<Usd>| cost.is_some_and(|cost| cost > Usd::ZERO);
        is_cost(self.waste) || self.retries + self.repeats > 0
    }
}

fn add(sum: &mut Option<Usd>, part: Option<Usd>) {
    if let Some(part) = part {
        *sum.get_or_insert(Usd::ZERO) += part;
    }
}

fn of_function(function: &FunctionRuns<'_>) -> WasteParts {
    let mut parts = WasteParts::default();
    for run in &function.runs {
        let Some(whole) = function.prices.memory_cost(run, run.billed.unwrap_or_default()) else { continue };
        let init = function.prices.memory_cost(run, run.billed_init()).unwrap_or_default();
        let if_outcome = |is: bool| Some(if is { whole } else { Usd::ZERO });
        let is_failed = run.outcome.is_failure();
        add(&mut parts.cold_start, Some(init));
        add(&mut parts.timeout, if_outcome(run.outcome == Outcome::Timeout));
        add(&mut parts.out_of_memory, if_outcome(run.outcome == Outcome::OutOfMemory));
        add(&mut parts.failed, if_outcome(is_failed));
        add(&mut parts.waste, Some(if is_failed { whole } else { init }));
        add(&mut parts.retry, Some(Usd::ZERO));
    }
    for (before, run) in further_attempts(function) {
        let is_retry = before.outcome.is_failure();
        parts.retries += u64::from(is_retry);
        parts.repeats += u64::from(!is_retry);
        add(&mut parts.retry, function.prices.cost(run));
    }
    parts
}

/// Runs with the request id of an earlier run, each with the attempt before it.
fn further_attempts<'a>(function: &'a FunctionRuns<'_>) -> Vec<(&'a Run, &'a Run)> {
    let mut attempts: Vec<_> = function.distinct().filter_map(|run| Some((run.request?, run))).collect();
    // Most requests have one attempt. The others are sorted, which keeps the order of their ends.
    let mut seen = HashSet::with_capacity_and_hasher(attempts.len(), RandomState::default());
    let again: HashSet<_, RandomState> =
        attempts.iter().map(|(request, _)| *request).filter(|request| !seen.insert(*request)).collect();
    attempts.retain(|(request, _)| again.contains(request));
    attempts.sort_by_key(|(request, _)| *request);
    let pairs = attempts.windows(2).filter_map(|pair| match pair {
        [(before_id, before), (id, run)] => (before_id == id).then_some((*before, *run)),
        _ => None,
    });
    pairs.collect()
}
