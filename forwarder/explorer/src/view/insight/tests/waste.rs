//! Tests of waste.

use tailwater_parser::{Usd, derive::Outcome};

use super::*;

/// Memory-time of 256 MB in seconds, in dollars at the price of eu-west-1.
fn memory(seconds: f64) -> f64 {
    seconds / 4.0 * 0.000_016_666_7
}

fn check(found: Option<Usd>, expected: f64) {
    let found = found.unwrap().dollars();
    assert!((found - expected).abs() < 1e-15, "{found} {expected}");
}

#[test]
fn failed_run_and_init_of_the_others_are_waste() {
    let waste = insight([
        run("f").cold(400),
        run("f").ago(1).took(3_000).cold(400).outcome(Outcome::Timeout),
        run("f").ago(9).took(200).outcome(Outcome::OutOfMemory),
        run("f").ago(12).outcome(Outcome::Error),
        run("f").ago(15),
    ])
    .waste;
    let total = &waste.total;
    check(total.cold_start, memory(0.8));
    check(total.timeout, memory(3.4));
    check(total.out_of_memory, memory(0.2));
    check(total.failed, memory(3.7));
    check(total.waste, memory(4.1));
    assert_eq!((total.retries, total.repeats, total.init_failures), (0, 0, None));
    assert_eq!(waste.by_function.len(), 1);
    assert_eq!(waste.by_function[0].parts, *total);
}

#[test]
fn later_attempts_of_a_request_are_retries_after_a_failure_and_repeats_after_a_success() {
    let attempt = |ago, outcome| run("f").request("r").ago(ago).outcome(outcome);
    let waste = insight([
        attempt(1, Outcome::Success),
        attempt(200, Outcome::Success),
        attempt(400, Outcome::Error),
        run("f").request("other").ago(300),
        run("g").request("r").ago(100),
        run("f").ago(500),
        run("f").ago(600),
    ])
    .waste;
    assert_eq!((waste.total.retries, waste.total.repeats), (1, 1));
    check(waste.total.retry, 2.0 * (memory(0.1) + 0.000_000_2));
}

#[test]
fn run_read_twice_is_no_repeat() {
    let twice = run("f").request("r");
    assert_eq!(insight([twice.clone(), twice]).waste.total.repeats, 0);
}

#[test]
fn function_without_waste_is_not_listed() {
    let waste = insight([run("f"), run("f").ago(1)]).waste;
    assert_eq!((waste.by_function.len(), waste.total.waste), (0, Some(Usd::ZERO)));
    assert_eq!(insight([run("f").at("1", "")]).waste.total.waste, None, "no price");
}
