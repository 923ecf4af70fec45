//! Expected answers, calculated from the model.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    EnvironmentRuns, failing,
    log_lines::{self, Volumes},
};
use crate::{
    json_object::JsonObject,
    model::{Function, Outcome, Run, StartType},
    price::Money,
    timestamp::Timestamp,
};

/// Runs, failed runs and cost.
#[derive(Clone, Debug, Default)]
struct Sum {
    invocations: u64,
    errors: u64,
    cost: Money,
}

impl Sum {
    fn add(&mut self, run: &Run, cost: Money) {
        self.invocations += 1;
        self.errors += u64::from(run.outcome != Outcome::Success);
        self.cost += cost;
    }

    fn object(&self) -> JsonObject {
        JsonObject::new()
            .json("invocations", self.invocations)
            .json("errors", self.errors)
            .json("cost_usd", self.cost.dollars())
    }
}

/// Sums by value; the empty value is none.
type ByValue = BTreeMap<String, Sum>;

/// Formats the expected answers as JSON.
pub(super) fn to_json(environments: &[EnvironmentRuns], volumes: &Volumes) -> String {
    JsonObject::new()
        .object("cost_by", &cost_by(environments))
        .object("waste", &waste(environments))
        .object("concurrency", &concurrency(environments))
        .object("accounts", &accounts(environments))
        .object("timeout_risk", &timeout_risk(environments))
        .text_array("leaks", &["leaky"])
        .object("errors", &errors(environments))
        .object("memory", &memory())
        .object("logs", &volumes.object())
        .to_string()
}

fn runs(environments: &[EnvironmentRuns]) -> impl Iterator<Item = (&EnvironmentRuns, &Run)> {
    environments.iter().flat_map(|written| written.runs.iter().map(move |run| (written, run)))
}

fn memory_cost(function: &Function, ms: u64) -> Money {
    let mib_ms = u128::from(function.memory_mib) * u128::from(ms);
    Money::of_memory_time(mib_ms, function.region, function.architecture)
}

fn cost(function: &Function, run: &Run) -> Money {
    let mut cost = Money::of_request(function.region);
    cost += memory_cost(function, run.billed_ms());
    cost
}

/// Beginning of the run's INIT, or else of the handler, from the durations before its end.
fn begin(run: &Run) -> Timestamp {
    let init = match run.start_type {
        StartType::Cold(init) => init,
        StartType::Warm
        | StartType::InitRetried(_)
        | StartType::Provisioned(_)
        | StartType::Restored { .. } => std::time::Duration::ZERO,
    };
    run.ended().before(run.duration + init)
}

fn cost_by(environments: &[EnvironmentRuns]) -> JsonObject {
    let mut dimensions: BTreeMap<&str, ByValue> = BTreeMap::new();
    let numbered = environments
        .iter()
        .flat_map(|written| written.runs.iter().enumerate().map(move |(number, run)| (written, number, run)));
    for (EnvironmentRuns { environment, .. }, number, run) in numbered {
        let function = &environment.function;
        let cost = cost(function, run);
        let shop = log_lines::shop(&function.name, number).unwrap_or_default();
        let values = [
            ("emf:shop", shop.to_owned()),
            ("tenant", run.tenant.unwrap_or_default().to_owned()),
            ("version", format!("{}:{}", function.name, environment.version)),
            ("function", function.name.clone()),
            ("day", begin(run).day_path().replace('/', "-")),
        ];
        for (dimension, value) in values {
            let sums = dimensions.entry(dimension).or_default();
            sums.entry(value).or_default().add(run, cost);
        }
        let sums = dimensions.entry("field:customer").or_default();
        match log_lines::customers(&function.name, number) {
            [] => sums.entry(String::new()).or_default().add(run, cost),
            [one] => sums.entry((*one).to_owned()).or_default().add(run, cost),
            // At most two: each has half of the cost.
            both => both
                .iter()
                .for_each(|customer| sums.entry((*customer).to_owned()).or_default().add(run, cost.half())),
        }
    }
    dimensions.iter().fold(JsonObject::new(), |object, (dimension, sums)| {
        let sums =
            sums.iter().fold(JsonObject::new(), |object, (value, sum)| object.object(value, &sum.object()));
        object.object(dimension, &sums)
    })
}

/// Waste of one function.
#[derive(Clone, Debug, Default)]
struct Waste {
    cold_start: Money,
    timeout: Money,
    out_of_memory: Money,
    failed: Money,
    waste: Money,
    retry: Money,
    retries: u64,
    repeats: u64,
}

fn waste(environments: &[EnvironmentRuns]) -> JsonObject {
    let mut functions: BTreeMap<&str, Waste> = BTreeMap::new();
    let mut attempts: BTreeMap<(&str, &str), Vec<(&Function, &Run)>> = BTreeMap::new();
    for (EnvironmentRuns { environment, .. }, run) in runs(environments) {
        let function = &environment.function;
        let whole = memory_cost(function, run.billed_ms());
        let init = memory_cost(function, run.billed_init_ms());
        let waste = functions.entry(&function.name).or_default();
        waste.cold_start += init;
        match run.outcome {
            Outcome::Success => {}
            Outcome::UnhandledError(_) | Outcome::Panicked(_) | Outcome::Exited => waste.failed += whole,
            Outcome::TimedOut => {
                waste.timeout += whole;
                waste.failed += whole;
            }
            Outcome::OutOfMemory => {
                waste.out_of_memory += whole;
                waste.failed += whole;
            }
        }
        waste.waste += if run.outcome == Outcome::Success { init } else { whole };
        attempts.entry((&function.name, &run.request_id)).or_default().push((function, run));
    }
    for ((function, _), mut attempts) in attempts {
        attempts.sort_by_key(|(_, run)| run.ended());
        let waste = functions.entry(function).or_default();
        for pair in attempts.windows(2) {
            let [(_, before), (function, run)] = pair else { continue };
            let is_repeat = before.outcome == Outcome::Success;
            waste.repeats += u64::from(is_repeat);
            waste.retries += u64::from(!is_repeat);
            waste.retry += cost(function, run);
        }
    }
    functions.iter().fold(JsonObject::new(), |object, (function, waste)| {
        let members = JsonObject::new()
            .json("cold_start_cost_usd", waste.cold_start.dollars())
            .json("timeout_cost_usd", waste.timeout.dollars())
            .json("out_of_memory_cost_usd", waste.out_of_memory.dollars())
            .json("failed_cost_usd", waste.failed.dollars())
            .json("retries", waste.retries)
            .json("repeats", waste.repeats)
            .json("retry_cost_usd", waste.retry.dollars())
            .json("waste_cost_usd", waste.waste.dollars());
        object.object(function, &members)
    })
}

/// Highest number of runs at once, its first time, and the busy time, by stepping through every begin and end.
fn peak<'a>(runs: impl Iterator<Item = &'a Run>) -> JsonObject {
    let mut steps: Vec<(u64, i64)> = Vec::new();
    let mut busy_ms = 0;
    for run in runs {
        steps.extend([(begin(run).0, 1), (run.ended().0, -1)]);
        busy_ms += run.ended().0 - begin(run).0;
    }
    // An end sorts before a begin at the same time.
    steps.sort_unstable();
    let (mut running, mut peak) = (0, (0, 0));
    for (time, step) in steps {
        running += step;
        if running > peak.0 {
            peak = (running, time);
        }
    }
    JsonObject::new().json("peak", peak.0).json("peak_at_ms", peak.1).json("busy_ms", busy_ms)
}

fn concurrency(environments: &[EnvironmentRuns]) -> JsonObject {
    names(environments).into_iter().fold(JsonObject::new(), |object, name| {
        let own = || environments.iter().filter(|written| written.environment.function.name == name);
        let most = own().map(|written| written.runs.len()).max().unwrap_or(0);
        let members = peak(own().flat_map(|written| &written.runs))
            .json("environments", own().count())
            .json("reuse_max", most);
        object.object(name, &members)
    })
}

fn accounts(environments: &[EnvironmentRuns]) -> JsonObject {
    let account = |written: &EnvironmentRuns| written.environment.function.account;
    let accounts: BTreeSet<_> = environments.iter().map(account).collect();
    accounts.into_iter().fold(JsonObject::new(), |object, name| {
        let own = environments.iter().filter(|written| account(written) == name);
        object.object(name, &peak(own.flat_map(|written| &written.runs)))
    })
}

fn timeout_risk(environments: &[EnvironmentRuns]) -> JsonObject {
    names(environments).into_iter().fold(JsonObject::new(), |object, name| {
        let own = runs(environments).filter(|(written, _)| written.environment.function.name == name);
        let mut durations: Vec<_> = own.map(|(_, run)| run.duration.as_micros()).collect();
        durations.sort_unstable();
        let rank = (durations.len() * 99).div_ceil(100);
        let micros = |index: usize| durations.get(index).copied().unwrap_or(0);
        let (p99, max) = (micros(rank - 1), micros(durations.len() - 1));
        object.object(name, &JsonObject::new().json("p99_us", p99).json("max_us", max))
    })
}

/// Failed runs of each function by what made them fail: the culprit that its workload names, or the kind.
fn errors(environments: &[EnvironmentRuns]) -> JsonObject {
    let mut functions: BTreeMap<&str, BTreeMap<String, u64>> = BTreeMap::new();
    for (EnvironmentRuns { environment, .. }, run) in runs(environments) {
        let cause = match &run.outcome {
            Outcome::Success => continue,
            Outcome::UnhandledError(error) => failing::culprit(error.frames),
            Outcome::Panicked(lines) => failing::culprit(lines),
            Outcome::TimedOut => "timeout",
            Outcome::OutOfMemory => "out_of_memory",
            Outcome::Exited => "exit",
        };
        let causes = functions.entry(&environment.function.name).or_default();
        *causes.entry(cause.to_owned()).or_default() += 1;
    }
    functions.iter().fold(JsonObject::new(), |object, (function, causes)| {
        let causes =
            causes.iter().fold(JsonObject::new(), |object, (cause, failed)| object.json(cause, *failed));
        object.object(function, &causes)
    })
}

fn names(environments: &[EnvironmentRuns]) -> BTreeSet<&str> {
    environments.iter().map(|written| written.environment.function.name.as_str()).collect()
}

/// Verdicts and recommended sizes, which follow from how the workloads are made.
fn memory() -> JsonObject {
    let row = |verdict, recommended: Option<u32>| {
        let recommended = recommended.map_or_else(|| "null".to_owned(), |size| size.to_string());
        JsonObject::new().text("verdict", verdict).json("recommended_mb", recommended)
    };
    JsonObject::new()
        .object("resized", &row("insensitive", Some(512)))
        .object("cpu-bound", &row("cpu_bound", None))
        .object("full", &row("too_small", Some(320)))
        .object("leaky", &row("not_enough_evidence", None))
        .object("tenant-api", &row("not_enough_evidence", None))
}
