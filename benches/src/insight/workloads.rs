//! Functions of the corpus, each with one thing to find.

use std::{rc::Rc, time::Duration};

use super::{
    EnvironmentRuns, failing,
    simulation::{Behaviour, Group, RunNumber},
};
use crate::{
    fleet::base_function,
    model::{Function, LogFormat, Outcome, Runtime, SystemLogLevel},
    rng::Rng,
    timestamp::Timestamp,
};

/// Start of the corpus: 2026-03-04T00:00:00Z.
const BEGIN: Timestamp = Timestamp(1_772_582_400_000);
const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// Generates the runs of all functions.
pub(super) fn all(rng: &mut Rng) -> Vec<EnvironmentRuns> {
    let workloads: [fn(&mut Rng) -> Vec<EnvironmentRuns>; 10] =
        [tenants, leaky, noisy, warming, resized, cpu_bound, full, retried, slow, chatty];
    let mut all: Vec<_> = workloads.into_iter().flat_map(|workload| workload(&mut rng.fork())).collect();
    all.append(&mut failing::failing(at(10 * HOUR), &mut rng.fork()));
    all
}

fn function(name: &str, memory_mib: u32) -> Rc<Function> {
    Rc::new(Function { memory_mib, timeout: Duration::from_secs(30), ..base_function(name, Runtime::Node) })
}

fn at(offset_ms: u64) -> Timestamp {
    Timestamp(BEGIN.0 + offset_ms)
}

/// A good run of this many milliseconds.
fn good(millis: u64, max_memory_mib: u32, rng: &mut Rng) -> Behaviour {
    let duration = millis * 100 + rng.below(100);
    Behaviour { duration, max_memory_mib, outcome: Outcome::Success, tenant: None }
}

/// Tenants of a function with two versions: acme is a tenth of the runs and most of the cost, a sixth of the runs has no
/// tenant. Two versions overlap for a while.
fn tenants(rng: &mut Rng) -> Vec<EnvironmentRuns> {
    let function = Rc::new(Function {
        log_format: LogFormat::Json(SystemLogLevel::Info),
        account: "000987654321",
        ..Function::clone(&function("tenant-api", 1024))
    });
    let behave = |_: RunNumber, rng: &mut Rng| {
        let tenant = match rng.below(60) {
            0..10 => None,
            10..16 => Some("acme"),
            16..40 => Some("globex"),
            _ => Some("initech"),
        };
        let millis = if tenant == Some("acme") { rng.between(4_000, 6_000) } else { rng.between(100, 300) };
        let outcome = if rng.below(40) == 0 { Outcome::Exited } else { Outcome::Success };
        Behaviour { tenant, outcome, ..good(millis, 200, rng) }
    };
    let group = |version, created| Group {
        function: &function,
        version,
        created,
        every_ms: 7 * MINUTE,
        environments: 6,
        runs: 80,
        pause_ms: (500, 40_000),
    };
    let mut all = group("7", at(20 * HOUR)).simulate(rng, behave);
    all.append(&mut group("8", at(20 * HOUR + 30 * MINUTE)).simulate(rng, behave));
    all
}

/// Memory use that grows by a megabyte in two runs.
fn leaky(rng: &mut Rng) -> Vec<EnvironmentRuns> {
    let function = function("leaky", 512);
    let group = Group {
        function: &function,
        version: "3",
        created: at(HOUR),
        every_ms: 40 * MINUTE,
        environments: 5,
        runs: 400,
        pause_ms: (20_000, 40_000),
    };
    group.simulate(rng, |number, rng| {
        good(rng.between(50, 90), 90 + u32::try_from(number.run / 2).expect("few runs"), rng)
    })
}

/// Memory use that varies at random, which sets new maxima too.
fn noisy(rng: &mut Rng) -> Vec<EnvironmentRuns> {
    let function = function("noisy", 512);
    let group = Group {
        function: &function,
        version: "3",
        created: at(2 * HOUR),
        every_ms: 15 * MINUTE,
        environments: 20,
        runs: 120,
        pause_ms: (5_000, 9_000),
    };
    group.simulate(rng, |_, rng| {
        let used = 100 + u32::try_from(rng.below(200)).expect("a small number");
        good(rng.between(50, 90), used, rng)
    })
}

/// Memory use that grows while an environment warms up, and then stays.
fn warming(rng: &mut Rng) -> Vec<EnvironmentRuns> {
    let function = function("warming", 512);
    let group = Group {
        function: &function,
        version: "3",
        created: at(3 * HOUR),
        every_ms: 30 * MINUTE,
        environments: 8,
        runs: 150,
        pause_ms: (5_000, 9_000),
    };
    group.simulate(rng, |number, rng| {
        let used = 100 + 4 * u32::try_from(number.run.min(25)).expect("a small number");
        good(rng.between(50, 90), used, rng)
    })
}

/// Two sizes, the larger one since two days later, and the duration at each in milliseconds.
fn two_sizes(name: &str, millis: [u64; 2], rng: &mut Rng) -> Vec<EnvironmentRuns> {
    let mut all = Vec::new();
    for (memory_mib, millis, created) in [(512, millis[0], at(0)), (1024, millis[1], at(2 * DAY))] {
        let function = function(name, memory_mib);
        let group = Group {
            function: &function,
            version: "12",
            created,
            every_ms: 3 * HOUR,
            environments: 10,
            runs: 60,
            pause_ms: (20_000, 60_000),
        };
        all.append(&mut group.simulate(rng, |_, rng| {
            let around = rng.between(millis * 97 / 100, millis * 103 / 100);
            good(around, 180, rng)
        }));
    }
    all
}

/// Waits for others: as fast at half the memory.
fn resized(rng: &mut Rng) -> Vec<EnvironmentRuns> {
    two_sizes("resized", [2_000, 2_000], rng)
}

/// Calculates: half as fast at half the memory.
fn cpu_bound(rng: &mut Rng) -> Vec<EnvironmentRuns> {
    two_sizes("cpu-bound", [2_000, 1_000], rng)
}

/// Runs at the end of its memory, some of which ran out of it.
fn full(rng: &mut Rng) -> Vec<EnvironmentRuns> {
    let function = function("full", 256);
    let group = Group {
        function: &function,
        version: "1",
        created: at(5 * HOUR),
        every_ms: 20 * MINUTE,
        environments: 6,
        runs: 40,
        pause_ms: (5_000, 20_000),
    };
    group.simulate(rng, |number, rng| {
        let outcome = if number.run % 20 == 19 { Outcome::OutOfMemory } else { Outcome::Success };
        Behaviour { outcome, ..good(rng.between(100, 200), 256, rng) }
    })
}

/// Asynchronous requests: an attempt that failed is repeated with the same request id, and so are some that succeeded.
fn retried(rng: &mut Rng) -> Vec<EnvironmentRuns> {
    let function = function("retried", 256);
    let group = Group {
        function: &function,
        version: "1",
        created: at(6 * HOUR),
        every_ms: MINUTE,
        environments: 4,
        runs: 100,
        pause_ms: (2_000, 30_000),
    };
    let behave = |_: RunNumber, rng: &mut Rng| {
        let outcome = if rng.below(8) == 0 { Outcome::Exited } else { Outcome::Success };
        Behaviour { outcome, ..good(rng.between(100, 900), 120, rng) }
    };
    let mut all = group.simulate(rng, behave);
    for written in &mut all {
        for at in 1..written.runs.len() {
            let [before, run] = written.runs.get_mut(at - 1..=at).expect("two runs") else { continue };
            if before.outcome != Outcome::Success || rng.below(30) == 0 {
                run.request_id.clone_from(&before.request_id);
            }
        }
    }
    all
}

/// Short runs with many lines: the logs cost more than the runs.
fn chatty(rng: &mut Rng) -> Vec<EnvironmentRuns> {
    let function = function("chatty", 128);
    let group = Group {
        function: &function,
        version: "2",
        created: at(9 * HOUR),
        every_ms: 10 * MINUTE,
        environments: 5,
        runs: 200,
        pause_ms: (100, 2_000),
    };
    group.simulate(rng, |_, rng| good(rng.between(4, 9), 60, rng))
}

/// Durations up to the timeout of 3 s, which some runs reach.
fn slow(rng: &mut Rng) -> Vec<EnvironmentRuns> {
    let function =
        Rc::new(Function { timeout: Duration::from_secs(3), ..Function::clone(&function("slow", 512)) });
    let group = Group {
        function: &function,
        version: "5",
        created: at(8 * HOUR),
        every_ms: 1_500,
        environments: 12,
        runs: 80,
        pause_ms: (100, 5_000),
    };
    group.simulate(rng, |number, rng| {
        if number.run % 40 == 39 && number.environment < 4 {
            return Behaviour { duration: 300_000, outcome: Outcome::TimedOut, ..good(0, 200, rng) };
        }
        good(rng.between(800, 2_800), 200, rng)
    })
}
