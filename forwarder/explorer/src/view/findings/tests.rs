//! Tests of each finding rule with invocations on both sides of its threshold.

use tailwater_parser::derive::{Invocation, Outcome};

use super::*;
use crate::view::{
    Catalog, LedgerCounts,
    sample::{Sample, run, view},
};

fn findings(runs: impl IntoIterator<Item = Invocation>) -> Vec<Finding> {
    view(runs).summary(&Catalog::default(), LedgerCounts::default()).findings
}

fn check(runs: impl IntoIterator<Item = Invocation>, expected: &[&str]) {
    let lines: Vec<_> = findings(runs).into_iter().map(|finding| finding.text).collect();
    assert_eq!(lines, expected);
}

/// `n` invocations of a version, of which the first `errors` failed.
fn runs_of(version: &'static str, n: u64, errors: u64, millis: u64) -> impl Iterator<Item = Invocation> {
    let ago = if version == "40" { 3 * 86_400 } else { 600 };
    (0..n).map(move |idx| {
        let outcome = if idx < errors { Outcome::Error } else { Outcome::Success };
        run("checkout").version(version).ago(ago).took(millis).outcome(outcome)
    })
}

#[test]
fn version_with_more_errors_is_found() {
    let runs = runs_of("40", 1_000, 2, 100).chain(runs_of("41", 1_000, 39, 100));
    check(runs, &["version 41 since 09:49: errors 0.20 % → 3.9 %"]);
}

#[test]
fn slower_version_is_found() {
    check(
        runs_of("40", 50, 0, 412).chain(runs_of("41", 50, 0, 768)),
        &["version 41 since 09:49: p95 412 ms → 768 ms"],
    );
}

#[test]
fn slower_version_with_more_errors_is_one_finding() {
    let runs = runs_of("40", 100, 0, 412).chain(runs_of("41", 100, 50, 768));
    check(runs, &["version 41 since 09:49: errors 0 % → 50 %, p95 412 ms → 768 ms"]);
}

#[test]
fn version_without_significant_change_is_not_found() {
    check(runs_of("40", 100, 1, 412).chain(runs_of("41", 100, 2, 500)), &[]);
    check(runs_of("40", 100, 0, 10).chain(runs_of("41", 100, 0, 29)), &[]);
    check(runs_of("40", 100, 50, 900).chain(runs_of("41", 100, 0, 100)), &[]);
}

#[test]
fn versions_with_few_invocations_are_not_compared() {
    check(runs_of("40", 49, 0, 100).chain(runs_of("41", 100, 99, 900)), &[]);
    check(runs_of("40", 100, 0, 100).chain(runs_of("41", 49, 49, 900)), &[]);
}

#[test]
fn memory_use_from_90_percent_on_is_found() {
    check([run("f").memory(233, 256)], &["memory at 91 % of its size"]);
    check([run("f").memory(230, 256)], &[]);
    let ran_out = [run("f").memory(256, 256).outcome(Outcome::OutOfMemory)];
    check(ran_out, &["memory at 100 % of its size, 1 out of memory"]);
    check([run("f").memory(64, 256).outcome(Outcome::OutOfMemory)], &["1 out of memory"]);
}

/// `n` invocations, of which the first `timeouts` timed out.
fn timed_out(timeouts: usize, n: usize) -> impl Iterator<Item = Invocation> {
    (0..n).map(move |idx| if idx < timeouts { run("z").outcome(Outcome::Timeout) } else { run("z") })
}

#[test]
fn timeouts_from_three_and_half_a_percent_on_are_found() {
    check(timed_out(3, 600), &["3 timed out: 0.50 %"]);
    check(timed_out(3, 601), &[]);
    check(timed_out(2, 2), &[]);
}

#[test]
fn function_with_cold_starts_only_is_found() {
    let cold = |n| (0..n).map(|_| run("f").cold(400));
    check(cold(10), &["every start is cold: 10 of 10"]);
    check((0..10).map(|_| run("f").restored(400)), &["every start is a restore: 10 of 10"]);
    check(cold(9).chain([run("f").restored(400)]), &["every start is cold or a restore: 10 of 10"]);
    check(cold(9).chain([run("f")]), &["cold starts cost $0.000015 of its $0.000021"]);
}

#[test]
fn init_from_a_quarter_of_the_cost_on_is_found() {
    let warm = |n| (0..n).map(|_| run("f").took(1_000));
    check(warm(1).chain([run("f").cold(400)]), &["cold starts cost $0.0000017 of its $0.0000067"]);
    check(warm(2).chain([run("f").cold(400)]), &[]);
}

#[test]
fn unused_memory_is_found() {
    let expected = ["at most 127 of 512 MB used: less memory would do, unless it needs the CPU"];
    check([run("f").memory(127, 512)], &expected);
    check([run("f").memory(128, 512)], &[]);
    check([run("f").memory(10, 256)], &[]);
}

#[test]
fn five_most_important_findings_are_kept_in_order() {
    let names = ["a", "b", "c", "d", "e", "f"];
    let idle = names.map(|name| run(name).memory(10, 1024));
    let found = findings(idle.into_iter().chain(timed_out(3, 3)));
    let functions: Vec<_> = found.iter().map(|finding| finding.function.as_str()).collect();
    assert_eq!(functions, ["z", "a", "b", "c", "d"]);
    assert_eq!(serde_json::to_value(found[0].kind).unwrap(), "timeouts");
}
