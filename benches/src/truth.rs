//! Expected totals of a corpus, counted from the model and never parsed from a line.

use std::{collections::BTreeMap, ops::AddAssign, time::Duration};

use crate::{
    json_object::JsonObject,
    model::{Function, InitializationType, Outcome, Run, StartType},
    price::{Money, gb_seconds},
};

/// Expected totals of a corpus.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Truth {
    /// Undamaged deliveries that carry log events.
    pub deliveries: u64,
    /// Control messages, which CloudWatch sends to check its destination; they carry no log events.
    pub control_messages: u64,
    /// Deliveries that cannot be read to the end. Events before the damage are counted, later ones are not.
    pub damaged: u64,
    /// Totals of each function.
    pub functions: BTreeMap<FunctionKey, Totals>,
}

/// Identity of a function: its name is unique only within an account and region.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FunctionKey {
    /// Function name.
    pub name: String,
    /// Account id of the owner.
    pub account: String,
    /// Region code.
    pub region: String,
}

/// Totals over the runs of one function or of all functions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Log events.
    pub events: u64,
    /// Runs (invocations) with a REPORT.
    pub invocations: u64,
    /// Runs that began with INIT.
    pub cold_starts: u64,
    /// Runs that began with a restore from a snapshot.
    pub restores: u64,
    /// Failed runs, timeouts and out-of-memory kills included.
    pub errors: u64,
    /// Runs stopped at the timeout.
    pub timeouts: u64,
    /// Runs killed at the memory limit.
    pub out_of_memory: u64,
    /// Billed duration, in ms.
    pub billed_ms: u64,
    /// Configured memory x billed duration, in MiB x ms.
    pub memory_mib_ms: u128,
    /// List price of requests and of memory over time. Runs on Managed Instances add nothing: their REPORT has
    /// neither billed duration nor memory.
    pub cost: Money,
    /// Part of `cost` that INIT added.
    pub cold_start_cost: Money,
    /// Largest memory use of a run, in MiB; 0 if no REPORT has it.
    pub max_memory_mib: u32,
    /// Number of runs by handler duration in microseconds.
    pub durations_us: BTreeMap<u64, u64>,
}

impl Truth {
    /// Sums the totals of all functions.
    #[must_use]
    pub fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        self.functions.values().for_each(|function| totals += function);
        totals
    }

    /// Counts the log events of all functions.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.functions.values().map(|totals| totals.events).sum()
    }

    /// Totals of a function, inserted at the first call.
    pub(crate) fn function_mut(&mut self, function: &Function) -> &mut Totals {
        let key = FunctionKey {
            name: function.name.clone(),
            account: function.account.to_owned(),
            region: function.region.name().to_owned(),
        };
        self.functions.entry(key).or_default()
    }

    /// Formats the expected totals as JSON, one line per function: the content of `truth.json`.
    #[must_use]
    pub fn to_json(&self) -> String {
        let functions: Vec<_> = self
            .functions
            .iter()
            .map(|(key, totals)| format!("\n    {}", key.head().append(&totals.body())))
            .collect();
        format!(
            "{{\n  \"deliveries\": {},\n  \"control_messages\": {},\n  \"damaged\": {},\n  \"totals\": {},\n  \
             \"functions\": [{}\n  ]\n}}\n",
            self.deliveries,
            self.control_messages,
            self.damaged,
            self.totals().body(),
            functions.join(",")
        )
    }
}

impl FunctionKey {
    fn head(&self) -> JsonObject {
        JsonObject::new()
            .text("function", &self.name)
            .text("account", &self.account)
            .text("region", &self.region)
    }
}

impl Totals {
    /// Counts a run that has a REPORT.
    pub(crate) fn add(&mut self, run: &Run, function: &Function) {
        self.invocations += 1;
        self.cold_starts += u64::from(run.is_cold());
        self.restores += u64::from(matches!(run.start_type, StartType::Restored { .. }));
        self.errors += u64::from(run.outcome != Outcome::Success);
        self.timeouts += u64::from(run.outcome == Outcome::TimedOut);
        self.out_of_memory += u64::from(run.outcome == Outcome::OutOfMemory);
        *self.durations_us.entry(micros(run.duration)).or_default() += 1;
        if function.initialization_type != InitializationType::ManagedInstances {
            self.bill(run, function);
        }
    }

    fn bill(&mut self, run: &Run, function: &Function) {
        let Function { region, architecture, memory_mib, .. } = *function;
        let memory_time = |ms: u64| u128::from(memory_mib) * u128::from(ms);
        self.billed_ms += run.billed_ms();
        self.memory_mib_ms += memory_time(run.billed_ms());
        self.cost += Money::of_request(region);
        self.cost += Money::of_memory_time(memory_time(run.billed_ms()), region, architecture);
        self.cold_start_cost +=
            Money::of_memory_time(memory_time(run.billed_init_ms()), region, architecture);
        self.max_memory_mib = self.max_memory_mib.max(run.max_memory_mib);
    }

    /// Duration at a quantile by nearest rank: the smallest that `permille` of the runs do not exceed. `None`
    /// if there are no runs.
    #[must_use]
    pub fn quantile(&self, permille: u64) -> Option<Duration> {
        let rank = (self.invocations * permille).div_ceil(1000).max(1);
        let mut seen = 0;
        self.durations_us.iter().find_map(|(&us, count)| {
            seen += count;
            (seen >= rank).then(|| Duration::from_micros(us))
        })
    }

    /// Sum of all handler durations.
    #[must_use]
    pub fn duration_sum(&self) -> Duration {
        Duration::from_micros(self.durations_us.iter().map(|(us, count)| us * count).sum())
    }

    fn body(&self) -> JsonObject {
        JsonObject::new()
            .json("events", self.events)
            .json("invocations", self.invocations)
            .json("cold_starts", self.cold_starts)
            .json("restores", self.restores)
            .json("errors", self.errors)
            .json("timeouts", self.timeouts)
            .json("out_of_memory", self.out_of_memory)
            .json("billed_ms", self.billed_ms)
            .json("memory_mib_ms", self.memory_mib_ms)
            .json("gb_seconds", gb_seconds(self.memory_mib_ms))
            .json("cost_usd", self.cost.dollars())
            .json("cold_start_cost_usd", self.cold_start_cost.dollars())
            .json("max_memory_mb", self.max_memory_mib)
            .object("duration_ms", &self.durations())
    }

    fn durations(&self) -> JsonObject {
        let quantile = |permille| decimal_ms(self.quantile(permille).unwrap_or_default());
        JsonObject::new()
            .json("sum", decimal_ms(self.duration_sum()))
            .json("p50", quantile(500))
            .json("p95", quantile(950))
            .json("p99", quantile(990))
            .json("max", quantile(1000))
    }
}

impl AddAssign<&Self> for Totals {
    fn add_assign(&mut self, other: &Self) {
        self.events += other.events;
        self.invocations += other.invocations;
        self.cold_starts += other.cold_starts;
        self.restores += other.restores;
        self.errors += other.errors;
        self.timeouts += other.timeouts;
        self.out_of_memory += other.out_of_memory;
        self.billed_ms += other.billed_ms;
        self.memory_mib_ms += other.memory_mib_ms;
        self.cost += other.cost;
        self.cold_start_cost += other.cold_start_cost;
        self.max_memory_mib = self.max_memory_mib.max(other.max_memory_mib);
        for (&us, count) in &other.durations_us {
            *self.durations_us.entry(us).or_default() += count;
        }
    }
}

/// Formats a duration as milliseconds with three decimals.
fn decimal_ms(span: Duration) -> String {
    format!("{}.{:03}", span.as_millis(), span.subsec_micros() % 1000)
}

/// Converts a duration to whole microseconds.
fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).expect("runs are short")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn totals(durations_us: &[(u64, u64)]) -> Totals {
        Totals {
            invocations: durations_us.iter().map(|(_, count)| count).sum(),
            durations_us: durations_us.iter().copied().collect(),
            ..Totals::default()
        }
    }

    fn check(durations_us: &[(u64, u64)], permille: u64, expected_us: Option<u64>) {
        assert_eq!(totals(durations_us).quantile(permille), expected_us.map(Duration::from_micros));
    }

    #[test]
    fn quantile_is_by_nearest_rank() {
        check(&[(10, 1), (20, 1), (30, 1), (40, 1)], 500, Some(20));
        check(&[(10, 1), (20, 1), (30, 1), (40, 1)], 950, Some(40));
        check(&[(10, 99), (500, 1)], 990, Some(10));
        check(&[(10, 99), (500, 1)], 1000, Some(500));
        check(&[], 500, None);
    }

    #[test]
    fn adding_totals_sums_counts_and_takes_the_maximum_of_memory() {
        let mut one = totals(&[(1500, 2)]);
        one.max_memory_mib = 7;
        let mut sum = one.clone();
        sum += &one;
        assert_eq!((sum.invocations, sum.max_memory_mib), (4, 7));
        assert_eq!(sum.duration_sum(), Duration::from_millis(6));
    }

    #[test]
    fn empty_truth_is_valid_json() {
        let truth = Truth::default().to_json();
        let value: serde_json::Value = serde_json::from_str(&truth).unwrap();
        assert_eq!(value["totals"]["invocations"], 0);
    }
}
