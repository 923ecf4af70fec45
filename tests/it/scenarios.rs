//! Nothing is lost, whatever fails: scenarios drawn from a seed, several at a time.
//!
//! `TEST_SCENARIOS` says how many, `TEST_SEED` with which seed to begin (`fresh`: another one each time).

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
    oracle::Struck,
    scenario::{Plan, Report, Strike, Tally, run},
    server::tell,
};

/// In a plain `cargo test`; `.ci/run` wants more.
const SCENARIOS: u64 = 25;

/// So many see every kind of trouble.
const MANY: u64 = 150;

/// They wait for most of the time: for backoffs, for slow backends.
const AT_ONCE: usize = 8;

/// What is to be run.
struct Order {
    first_seed: u64,
    scenarios: u64,
}

impl Order {
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

/// Of six digits, so that a person can type it.
fn fresh_seed() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is later than 1970");
    u64::from(now.subsec_micros()).max(1)
}

/// What all scenarios together did.
#[derive(Debug, Default)]
struct Totals {
    struck: Struck,
    tally: Tally,
    events: u64,
    ledgers: u64,
    duplicates: u64,
    failed: Vec<u64>,
}

impl Totals {
    fn add(&mut self, plan: &Plan, report: &Report) {
        let Struck { faults, retries, parkings, kills } = report.verdict.struck;
        self.struck.faults += faults;
        self.struck.retries += retries;
        self.struck.parkings += parkings;
        self.struck.kills += kills;
        self.tally.merge(&report.tally);
        self.events += report.events;
        self.ledgers += report.ledgers;
        self.duplicates += report.verdict.duplicates;
        if !report.is_clean() {
            self.failed.push(plan.seed);
            tell(&explained(plan, report));
        }
    }
}

/// What went wrong, and how to see it again.
fn explained(plan: &Plan, report: &Report) -> String {
    let lines: Vec<_> = report.output.lines().collect();
    let end = lines.get(lines.len().saturating_sub(40)..).unwrap_or_default().join("\n");
    format!(
        "a scenario failed; to run it again:\n  TEST_SEED={} TEST_SCENARIOS=1 cargo test -p tests --test it scenarios\n\
         {plan:#?}\n{report}\nthe end of what the processes wrote:\n{end}\n",
        plan.seed
    )
}

#[test]
fn nothing_is_lost_whatever_fails() {
    let Order { first_seed, scenarios } = Order::read();
    let (next, totals, began) = (AtomicU64::new(0), Mutex::new(Totals::default()), Instant::now());
    let work = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= scenarios {
                return;
            }
            let plan = Plan::of(first_seed + index);
            let report = run(&plan);
            totals.lock().expect("nobody panics while holding it").add(&plan, &report);
        }
    };
    thread::scope(|scope| (0..AT_ONCE).for_each(|_| drop(scope.spawn(work))));
    let totals = totals.into_inner().expect("nobody panicked while holding it");
    let took = began.elapsed().as_secs_f64();
    let Totals { struck, tally, events, ledgers, duplicates, failed } = &totals;
    tell(&format!(
        "{scenarios} scenarios from seed {first_seed} in {took:.0} s: {events} events, {ledgers} ledgers, {duplicates} duplicates, {struck:?}\n{tally}"
    ));
    assert!(failed.is_empty(), "{} of {scenarios} scenarios failed: seeds {failed:?}", failed.len());
    if scenarios >= SCENARIOS {
        let Struck { faults, retries, parkings, kills } = *struck;
        assert!(faults.min(retries).min(parkings).min(kills) > 0, "some fault never struck: {struck:?}");
    }
    let wanted = match scenarios {
        0..SCENARIOS => Vec::new(),
        SCENARIOS..MANY => Strike::usual(),
        MANY.. => Strike::wanted(),
    };
    let lacks = tally.lacks(&wanted);
    assert!(lacks.is_empty(), "some trouble never struck: {lacks:?} of {tally}");
}
