//! Tests of memory leaks and timeout risk.

use std::time::Duration;

use tailwater_parser::derive::Outcome;

use super::*;

/// Runs of some environments, one a minute, each with the memory use that `used` gives for its number from 0.
fn environments(
    count: u32,
    runs: u32,
    used: impl Fn(u32, u32) -> u32 + Copy,
) -> impl Iterator<Item = Invocation> {
    (0..count).flat_map(move |number| {
        (0..runs).map(move |n| {
            let ago = u64::from(runs - n) * 60 + u64::from(number) * 7;
            run("f").ago(ago).memory(used(number, n), 512).environment(number)
        })
    })
}

/// A number from 0 to `below`, the same for the same arguments.
fn noise(number: u32, n: u32, below: u32) -> u32 {
    let mut state = u64::from(number) << 32 | u64::from(n);
    for _ in 0..3 {
        state =
            (state ^ (state >> 31)).wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x1234_5678_9abc_def1);
    }
    u32::try_from(state >> 40).unwrap() % below
}

#[test]
fn steady_growth_is_a_leak() {
    let leaks = insight(environments(4, 300, |_, n| 100 + n / 4)).leaks;
    let [leak] = leaks.as_slice() else { panic!("{leaks:?}") };
    assert_eq!((leak.environments, leak.baseline_mb, leak.memory_mb), (4, 102, 512));
    assert!((leak.growth_kb_per_run - 256.0).abs() < 6.0, "{}", leak.growth_kb_per_run);
    assert!(leak.runs_to_oom.abs_diff(1_640) < 40, "{}", leak.runs_to_oom);
    assert!((leak.hours_to_oom.unwrap() - 27.3).abs() < 1.0, "{:?}", leak.hours_to_oom);
    assert_eq!((leak.outlived, leak.may_be_input, leak.version.as_deref()), (false, false, Some("1")));
}

#[test]
fn warm_up_is_no_leak() {
    let warm_up = |_, n: u32| 100 + 80.min(n * 4);
    assert!(insight(environments(10, 300, warm_up)).leaks.is_empty());
}

#[test]
fn noise_is_no_leak() {
    for below in [2, 20, 200] {
        let noisy = move |number, n| 100 + noise(number, n, below);
        assert!(insight(environments(40, 300, noisy)).leaks.is_empty(), "{below}");
    }
}

#[test]
fn growth_below_one_percent_in_1000_runs_is_no_leak() {
    assert!(insight(environments(20, 2_000, |_, n| 100 + n / 250)).leaks.is_empty());
}

#[test]
fn short_environments_are_not_tested() {
    assert!(insight(environments(40, 49, |_, n| 100 + n)).leaks.is_empty());
}

#[test]
fn versions_are_tested_apart() {
    let day_before =
        |run: Invocation| Invocation { time: run.time.before(Duration::from_secs(90_000)), ..run };
    let old = environments(4, 300, |_, _| 100).map(day_before);
    let new = environments(4, 300, |_, n| 100 + n / 4).zip(0_u32..);
    let new = new.map(|(run, n)| run.version("2").environment(n / 300));
    let leaks = insight(old.chain(new)).leaks;
    assert_eq!(leaks.iter().map(|leak| leak.version.as_deref()).collect::<Vec<_>>(), [Some("2")]);
}

#[test]
fn environment_that_ran_out_of_memory_has_outlived() {
    let mut runs: Vec<_> = environments(4, 300, |_, n| 100 + n).collect();
    runs[299] = runs[299].clone().outcome(Outcome::OutOfMemory);
    assert!(insight(runs).leaks[0].outlived);
}

#[test]
fn newer_environments_that_begin_higher_may_have_more_input() {
    let growing = |number: u32, n: u32| 100 + number * 20 + n / 4;
    let apart = environments(4, 300, growing).zip(0_u64..).map(|(run, n)| {
        let number = n / 300;
        run.ago((1_200 - number * 300 - n % 300) * 60)
    });
    assert!(insight(apart).leaks[0].may_be_input);
}

#[test]
fn timeout_is_that_of_the_catalog_or_of_the_log() {
    let runs = || (0..200_u64).map(|n| run("f").ago(n * 60).took(10 * n));
    let risk = insight_with(runs(), &catalog(2)).timeout_risk.remove(0);
    assert_eq!((risk.timeout_source, risk.used_pct), (TimeoutSource::Catalog, Some(98.5)));
    assert_eq!(
        (risk.p99, risk.max),
        (Some(Duration::from_millis(1_970)), Some(Duration::from_millis(1_990)))
    );
    assert!(insight(runs()).timeout_risk.is_empty(), "unknown timeout");
    let timed_out = run("f").took(3_003).outcome(Outcome::Timeout);
    let risk = insight(runs().chain([timed_out])).timeout_risk.remove(0);
    assert_eq!((risk.timeout_source, risk.timeout), (TimeoutSource::Log, Some(Duration::from_secs(3))));
}
