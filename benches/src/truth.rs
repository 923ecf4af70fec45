//! What the logs of a corpus prove, counted from the model and never read back from a line.

use std::{collections::BTreeMap, ops::AddAssign, time::Duration};

use crate::{
    model::{Birth, Ending, Function, Launch, Run},
    object::Object,
    price::{Money, gb_seconds},
};

/// Everything that is true of a corpus.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Truth {
    /// Deliveries in good order that carry log events.
    pub deliveries: u64,
    /// Deliveries in good order that carry none: CloudWatch checking its destination.
    pub control_messages: u64,
    /// Deliveries that cannot be read to their end. Events before the damage are counted, those behind it are not.
    pub damaged: u64,
    /// Each function's truth.
    pub functions: BTreeMap<FunctionKey, Tally>,
}

/// Which function: names are unique in an account and region only.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FunctionKey {
    /// Name of the function.
    pub name: String,
    /// Account that owns it.
    pub account: String,
    /// Region it runs in.
    pub region: String,
}

/// Sums over the runs of one function, or of all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Log events.
    pub events: u64,
    /// Runs that left a REPORT.
    pub invocations: u64,
    /// Those that began with INIT.
    pub cold_starts: u64,
    /// Those that began with a restore from a snapshot.
    pub restores: u64,
    /// Those that failed, in whatever way.
    pub errors: u64,
    /// Those that were stopped at their timeout.
    pub timeouts: u64,
    /// Those that were killed at their memory limit.
    pub out_of_memory: u64,
    /// Milliseconds billed.
    pub billed_ms: u64,
    /// Memory configured x milliseconds billed, in MiB x ms.
    pub memory_mib_ms: u128,
    /// List price of requests and of memory over time. Managed Instances tell neither, so they add nothing.
    pub cost: Money,
    /// The part of it that paid for INIT.
    pub cold_start_cost: Money,
    /// The most memory a run used, in MiB; 0 where no log tells.
    pub max_memory_mib: u32,
    /// What the handlers took: how many runs took how many microseconds.
    pub durations_us: BTreeMap<u64, u64>,
}

impl Truth {
    /// Sums over all functions.
    #[must_use]
    pub fn totals(&self) -> Tally {
        let mut totals = Tally::default();
        self.functions.values().for_each(|tally| totals += tally);
        totals
    }

    /// Log events in all.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.functions.values().map(|tally| tally.events).sum()
    }

    /// A function's sums, made when they are first asked for.
    pub(crate) fn of(&mut self, function: &Function) -> &mut Tally {
        let key = FunctionKey {
            name: function.name.clone(),
            account: function.account.to_owned(),
            region: function.region.name().to_owned(),
        };
        self.functions.entry(key).or_default()
    }

    /// As JSON, a line for each function: what `truth.json` holds.
    #[must_use]
    pub fn to_json(&self) -> String {
        let functions: Vec<_> = self
            .functions
            .iter()
            .map(|(key, tally)| format!("\n    {}", key.head().and(&tally.body())))
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
    fn head(&self) -> Object {
        Object::new().text("function", &self.name).text("account", &self.account).text("region", &self.region)
    }
}

impl Tally {
    /// Counts a run whose REPORT is in the logs.
    pub(crate) fn add(&mut self, run: &Run, function: &Function) {
        self.invocations += 1;
        self.cold_starts += u64::from(run.is_cold());
        self.restores += u64::from(matches!(run.birth, Birth::Restored { .. }));
        self.errors += u64::from(run.ending != Ending::Success);
        self.timeouts += u64::from(run.ending == Ending::TimedOut);
        self.out_of_memory += u64::from(run.ending == Ending::OutOfMemory);
        *self.durations_us.entry(micros(run.duration)).or_default() += 1;
        if function.launch != Launch::ManagedInstances {
            self.bill(run, function);
        }
    }

    fn bill(&mut self, run: &Run, function: &Function) {
        let Function { region, cpu, memory_mib, .. } = *function;
        let memory_time = |ms: u64| u128::from(memory_mib) * u128::from(ms);
        self.billed_ms += run.billed_ms();
        self.memory_mib_ms += memory_time(run.billed_ms());
        self.cost += Money::of_request(region);
        self.cost += Money::of_memory_time(memory_time(run.billed_ms()), region, cpu);
        self.cold_start_cost += Money::of_memory_time(memory_time(run.billed_init_ms()), region, cpu);
        self.max_memory_mib = self.max_memory_mib.max(run.max_memory_mib);
    }

    /// The duration that `permille` of the runs do not exceed, by nearest rank; `None` when nothing ran.
    #[must_use]
    pub fn quantile(&self, permille: u64) -> Option<Duration> {
        let rank = (self.invocations * permille).div_ceil(1000).max(1);
        let mut seen = 0;
        self.durations_us.iter().find_map(|(&us, count)| {
            seen += count;
            (seen >= rank).then(|| Duration::from_micros(us))
        })
    }

    /// What all handlers took together.
    #[must_use]
    pub fn duration_sum(&self) -> Duration {
        Duration::from_micros(self.durations_us.iter().map(|(us, count)| us * count).sum())
    }

    fn body(&self) -> Object {
        Object::new()
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

    fn durations(&self) -> Object {
        let quantile = |permille| decimal_ms(self.quantile(permille).unwrap_or_default());
        Object::new()
            .json("sum", decimal_ms(self.duration_sum()))
            .json("p50", quantile(500))
            .json("p95", quantile(950))
            .json("p99", quantile(990))
            .json("max", quantile(1000))
    }
}

impl AddAssign<&Self> for Tally {
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

/// Milliseconds with three decimals.
fn decimal_ms(span: Duration) -> String {
    format!("{}.{:03}", span.as_millis(), span.subsec_micros() % 1000)
}

/// Whole microseconds.
fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).expect("runs are short")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(durations_us: &[(u64, u64)]) -> Tally {
        Tally {
            invocations: durations_us.iter().map(|(_, count)| count).sum(),
            durations_us: durations_us.iter().copied().collect(),
            ..Tally::default()
        }
    }

    fn check(durations_us: &[(u64, u64)], permille: u64, expected_us: Option<u64>) {
        assert_eq!(tally(durations_us).quantile(permille), expected_us.map(Duration::from_micros));
    }

    #[test]
    fn quantiles_are_by_nearest_rank() {
        check(&[(10, 1), (20, 1), (30, 1), (40, 1)], 500, Some(20));
        check(&[(10, 1), (20, 1), (30, 1), (40, 1)], 950, Some(40));
        check(&[(10, 99), (500, 1)], 990, Some(10));
        check(&[(10, 99), (500, 1)], 1000, Some(500));
        check(&[], 500, None);
    }

    #[test]
    fn sums_over_functions_add_every_field() {
        let mut one = tally(&[(1500, 2)]);
        one.max_memory_mib = 7;
        let mut sum = one.clone();
        sum += &one;
        assert_eq!((sum.invocations, sum.max_memory_mib), (4, 7));
        assert_eq!(sum.duration_sum(), Duration::from_millis(6));
    }

    #[test]
    fn the_document_is_json() {
        let truth = Truth::default().to_json();
        let value: serde_json::Value = serde_json::from_str(&truth).unwrap();
        assert_eq!(value["totals"]["invocations"], 0);
    }
}
