//! Runs fault scenarios from a range of seeds, several at a time, and checks that nothing is lost.
//!
//! `TEST_SCENARIOS` is the number of scenarios, and `TEST_SEED` the first seed (`fresh` for a new one in each run).

use std::{
    env,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use tests::{
    oracle::FaultTotals,
    scenario::{CountedEvent, FaultCounts, Plan, ScenarioResult, run},
    server::print_uncaptured,
};

/// Default number of scenarios; `.ci/run` runs more.
const SCENARIOS: u64 = 25;

/// Number of scenarios in which every kind of fault must occur.
const LONG_RUN: u64 = 150;

/// Scenarios run concurrently; most of their time is spent waiting for backoffs and slow backends.
const CONCURRENCY: usize = 8;

/// Range of seeds to run.
struct RunOptions {
    first_seed: u64,
    scenarios: u64,
}

impl RunOptions {
    fn read() -> Self {
        let number = |text: String| text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
        let first_seed = match env::var("TEST_SEED") {
            Ok(seed) if seed == "fresh" => fresh_seed(),
            Ok(seed) => number(seed),
            Err(_) => 1,
        };
        Self { first_seed, scenarios: env::var("TEST_SCENARIOS").map_or(SCENARIOS, number) }
    }
}

/// Returns a seed of at most six digits, which is easy to type.
fn fresh_seed() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is set after 1970");
    u64::from(now.subsec_micros()).max(1)
}

/// Totals of all scenarios.
#[derive(Debug, Default)]
struct Totals {
    fault_totals: FaultTotals,
    fault_counts: FaultCounts,
    events: u64,
    ledgers: u64,
    duplicates: u64,
    failed: Vec<u64>,
    /// Scenarios whose answers were late and that are to be repeated without others beside them.
    late: Vec<Plan>,
}

impl Totals {
    fn add(&mut self, plan: Plan, result: &ScenarioResult) {
        let FaultTotals { faults, retries, parkings, kills } = result.findings.fault_totals;
        self.fault_totals.faults += faults;
        self.fault_totals.retries += retries;
        self.fault_totals.parkings += parkings;
        self.fault_totals.kills += kills;
        self.fault_counts.merge(&result.fault_counts);
        self.events += result.events;
        self.ledgers += result.ledgers;
        self.duplicates += result.findings.duplicates;
        if !result.is_clean() {
            print_uncaptured(&describe_failure(&plan, result));
            if result.is_only_late() {
                self.late.push(plan);
            } else {
                self.failed.push(plan.seed);
            }
        }
    }

    /// Repeats the scenarios that were late, one after the other. What is late again has failed.
    fn repeat_late(&mut self) {
        let again = self.late.iter().filter(|plan| !run(plan).is_clean());
        self.failed.extend(again.map(|plan| plan.seed));
    }
}

/// Describes a failed scenario and how to repeat it.
fn describe_failure(plan: &Plan, result: &ScenarioResult) -> String {
    let lines: Vec<_> = result.output.lines().collect();
    let end = lines.get(lines.len().saturating_sub(40)..).unwrap_or_default().join("\n");
    format!(
        "a scenario failed; to repeat it:\n  TEST_SEED={} TEST_SCENARIOS=1 cargo test -p tests --test it scenarios\n\
         {plan:#?}\n{result}\nthe end of what the processes wrote:\n{end}\n",
        plan.seed
    )
}

#[test]
fn no_event_is_lost_under_faults() {
    let RunOptions { first_seed, scenarios } = RunOptions::read();
    let (next, totals, started) = (AtomicU64::new(0), Mutex::new(Totals::default()), Instant::now());
    let worker = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= scenarios {
                return;
            }
            let plan = Plan::from_seed(first_seed + index);
            let result = run(&plan);
            totals.lock().expect("no thread panics while it holds the lock").add(plan, &result);
        }
    };
    thread::scope(|scope| (0..CONCURRENCY).for_each(|_| drop(scope.spawn(worker))));
    let mut totals = totals.into_inner().expect("no thread panicked while it held the lock");
    totals.repeat_late();
    let seconds = started.elapsed().as_secs_f64();
    let Totals { fault_totals, fault_counts, events, ledgers, duplicates, failed, late } = &totals;
    print_uncaptured(&format!(
        "{scenarios} scenarios from seed {first_seed} in {seconds:.0} s: {events} events, {ledgers} ledgers, {duplicates} duplicates, {} repeated because they were late, {fault_totals:?}\n{fault_counts}",
        late.len()
    ));
    assert!(failed.is_empty(), "{} of {scenarios} scenarios failed: seeds {failed:?}", failed.len());
    if scenarios >= SCENARIOS {
        let FaultTotals { faults, retries, parkings, kills } = *fault_totals;
        assert!(
            faults.min(retries).min(parkings).min(kills) > 0,
            "a kind of fault never occurred: {fault_totals:?}"
        );
    }
    let required = match scenarios {
        0..SCENARIOS => Vec::new(),
        SCENARIOS..LONG_RUN => CountedEvent::required_in_short_run(),
        LONG_RUN.. => CountedEvent::required_in_long_run(),
    };
    let missing = fault_counts.missing(&required);
    assert!(missing.is_empty(), "faults that never occurred: {missing:?}; those that did: {fault_counts}");
}
