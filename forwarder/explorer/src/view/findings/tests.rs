//! Tests of each finding rule with invocations on both sides of its threshold.

use tailwater_parser::{
    derive::{Invocation, Outcome},
    price::Cpu,
};

use super::*;
use crate::view::{
    AwsDay, AwsMetricsByFunction, Catalog, CollectedInvocations, LedgerCounts,
    insight::Dimension,
    sample::{NOW, Sample, run},
};

fn findings(runs: impl IntoIterator<Item = Invocation>) -> Vec<Finding> {
    findings_with(runs, &Catalog::default())
}

fn findings_with(runs: impl IntoIterator<Item = Invocation>, catalog: &Catalog) -> Vec<Finding> {
    let mut collected = CollectedInvocations::default();
    runs.into_iter().for_each(|run| collected.add(&run));
    collected.summary(catalog, LedgerCounts::default(), &Dimension::DEFAULT).0.findings
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
fn throttled_requests_are_found_if_aws_has_measured_them() {
    let texts = |throttles: u64, invocations: usize| {
        let mut day = AwsDay::default();
        day.set("f", NOW, [Some(throttles), None, Some(7), None, None]);
        let row = (AwsDay::key("1", "eu-west-1", NOW), serde_json::to_string(&day).unwrap());
        let mut catalog = Catalog::default();
        catalog.aws_metrics = AwsMetricsByFunction::from_days([row]);
        let runs = (0..invocations).map(|_| run("f").at("1", "eu-west-1"));
        let found = findings_with(runs, &catalog).into_iter();
        let found = found.filter(|finding| finding.kind == FindingKind::Throttles);
        found.map(|finding| finding.text).collect::<Vec<_>>()
    };
    assert_eq!(texts(5, 995), ["5 requests throttled: 0.50 %; at most 7 at once"]);
    assert_eq!(texts(4, 100), [""; 0]);
    assert_eq!(texts(5, 1_000), [""; 0]);
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
    check(runs_of("40", 100, 50, 900).chain(runs_of("41", 100, 0, 100)), &["50 of 200 runs failed: 25 %"]);
}

#[test]
fn versions_with_few_invocations_are_not_compared() {
    check(runs_of("40", 49, 0, 100).chain(runs_of("41", 100, 99, 900)), &["99 of 149 runs failed: 66 %"]);
    check(runs_of("40", 100, 0, 100).chain(runs_of("41", 49, 49, 900)), &["all of the last 49 runs failed"]);
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
fn timeouts_from_five_and_half_a_percent_on_are_found() {
    check(timed_out(5, 1_000), &["5 timed out: 0.50 %"]);
    check(timed_out(5, 1_001), &[]);
    check(timed_out(4, 4), &[]);
}

/// `n` invocations a second apart, of which the first `errors` failed.
fn failed(errors: u64, n: u64) -> impl Iterator<Item = Invocation> {
    (0..n).map(move |idx| {
        let outcome = if idx < errors { Outcome::Error } else { Outcome::Success };
        run("f").ago(n - idx).outcome(outcome)
    })
}

#[test]
fn errors_from_five_and_half_a_percent_on_are_found() {
    check(failed(67, 1_000), &["67 of 1,000 runs failed: 6.7 %"]);
    check(failed(5, 1_000), &["5 of 1,000 runs failed: 0.50 %"]);
    check(failed(5, 1_001), &[]);
    check(failed(4, 4), &[]);
}

#[test]
fn twenty_failures_at_the_end_are_found_however_rare() {
    let last = |n: u64| {
        (0..10_000).map(move |idx| {
            let outcome = if idx < n { Outcome::Error } else { Outcome::Success };
            run("f").ago(idx).outcome(outcome)
        })
    };
    check(last(20), &["all of the last 20 runs failed"]);
    check(last(19), &[]);
}

#[test]
fn errors_of_a_worse_version_are_one_finding() {
    let found = findings(runs_of("40", 1_000, 2, 100).chain(runs_of("41", 1_000, 39, 100)));
    assert_eq!(found.len(), 1, "{found:?}");
}

#[test]
fn function_with_cold_starts_only_is_found_if_they_cost_a_dollar_a_month() {
    let cold = |n: u64| (0..n).map(|idx| run("f").memory(900, 1_024).took(10).ago(idx * 60).cold(9_900));
    check(cold(10), &["every start is cold, 10 of 10: $1.20 a month"]);
    check(cold(9), &["cold starts cost $0.0015 of its $0.0015: $1.08 a month"]);
    check((0..10).map(|idx| run("f").ago(idx * 60).cold(400)), &[]);
    let restored = (0..10).map(|idx| run("f").memory(900, 1_024).took(10).ago(idx * 60).restored(9_900));
    check(restored, &["every start is a restore, 10 of 10: $1.20 a month"]);
}

#[test]
fn init_from_a_quarter_of_the_cost_on_is_found_if_it_costs_a_dollar_a_month() {
    let runs = |n: u64, took| {
        (0..n).map(move |idx| {
            let sample = run("f").memory(900, 1_024).took(took).ago(idx * 60);
            if idx % 2 == 0 { sample.cold(9_000) } else { sample }
        })
    };
    check(runs(20, 10_000), &["cold starts cost $0.0015 of its $0.0048: $1.10 a month"]);
    check(runs(20, 14_000), &[]);
    check(runs(6, 1_000), &[]);
}

#[test]
fn unused_memory_is_found_if_it_may_cost_a_dollar_a_month() {
    let runs = |used, size| (0..20).map(move |idx| run("f").memory(used, size).took(30_000).ago(idx * 60));
    let bound = "at most 127 of 512 MB used: 192 MB saves up to $2.28 a month, unless it needs the CPU";
    check(runs(127, 512), &[bound]);
    check(runs(128, 512), &[]);
    check(runs(10, 256), &[]);
    check([run("f").memory(127, 512)], &[]);
}

/// 120 runs at a size in two environments, a second long and a minute apart.
fn at_size(size: u32, millis: u64, hours_ago: u64) -> impl Iterator<Item = Invocation> {
    (0..120_u32).map(move |n| {
        let ago = hours_ago * 3_600 + u64::from(n) * 60;
        run("f").ago(ago).took(millis).memory(300, size).environment(size + n % 2)
    })
}

#[test]
fn size_that_was_as_fast_is_found() {
    let found = findings(at_size(512, 100_000, 40).chain(at_size(1_024, 100_000, 0)));
    let resize: Vec<_> = found.iter().filter(|finding| finding.kind == FindingKind::Resize).collect();
    let [resize] = resize.as_slice() else { panic!("{found:?}") };
    assert_eq!(resize.text, "512 MB was as fast as 1024 on 2 Mar: $3.48-3.48 a month");
    assert_eq!(resize.usd_per_month.map(|usd| usd.dollars().round()), Some(3.0));
}

#[test]
fn size_with_a_small_saving_or_of_half_the_speed_is_not_found() {
    check(at_size(512, 300, 40).chain(at_size(1_024, 300, 0)), &[]);
    check(at_size(512, 40_000, 40).chain(at_size(1_024, 20_000, 0)), &[]);
}

#[test]
fn saving_by_arm64_is_found_on_a_told_architecture_only() {
    let runs = || (0..100).map(|n| run("f").memory(900, 1_024).took(30_000).ago(n * 36));
    let of = |cpu| {
        let mut catalog = Catalog::default();
        catalog.default_cpu = cpu;
        let found = findings_with(runs(), &catalog);
        found.into_iter().map(|finding| finding.text).collect::<Vec<_>>()
    };
    assert_eq!(of(Some(Cpu::X86_64)), ["arm64 costs $7.30 less a month, if it is as fast"]);
    assert_eq!([of(Some(Cpu::Arm64)), of(None)], [[""; 0], [""; 0]]);
}

/// An hour of runs of 10 s in one environment, the first one cold.
fn hour(per_hour: u64) -> impl Iterator<Item = Invocation> {
    let step = 3_600 / per_hour;
    (0..per_hour).map(move |n| {
        let sample = run("f").took(10_000).memory(3_000, 4_096).ago(3_600 - (n + 1) * step);
        if n == 0 { sample.cold(200) } else { sample }
    })
}

#[test]
fn provisioned_environment_is_found_if_it_saves_a_dollar_a_month() {
    check(hour(300), &["1 provisioned environment cost $2.21 less a month and avoid 1 cold start"]);
    check(hour(200), &[]);
}

/// A tenant with this share of the runs, each of which takes 20 times as long, and another tenant.
fn tenants(percent: u64, millis: u64) -> impl Iterator<Item = Invocation> {
    (0..100).map(move |n| {
        let (tenant, took) = if n < percent { ("acme", millis * 20) } else { ("globex", millis) };
        run("f").memory(500, 1_024).ago(n * 36).took(took).tenant(tenant)
    })
}

#[test]
fn tenant_that_costs_more_than_its_share_is_found() {
    check(tenants(10, 1_000), &["69 % of the cost, 10 % of the runs, $2.43 a month"]);
    assert_eq!(findings(tenants(10, 1_000))[0].function, "tenant acme");
    check(tenants(60, 400), &[]);
    check(tenants(10, 100), &[]);
}

/// Runs of four environments, one a minute, whose memory use grows by a megabyte in `runs_per_mb` runs.
fn leaking(runs_per_mb: u32) -> impl Iterator<Item = Invocation> {
    (0..4).flat_map(move |number| {
        (0..300_u32).map(move |n| {
            let ago = u64::from(300 - n) * 60 + u64::from(number) * 7;
            run("f").ago(ago).memory(100 + n / runs_per_mb, 512).environment(number)
        })
    })
}

#[test]
fn leak_is_found_if_an_environment_may_live_to_its_end() {
    let text = findings(leaking(2)).remove(0).text;
    assert!(text.starts_with("version 1: memory grows 50"), "{text}");
    assert!(text.contains("512 MB are full after"), "{text}");
    check(leaking(8), &[]);
}

#[test]
fn duration_from_80_percent_of_the_timeout_on_is_found() {
    let timed_out = || run("f").ago(9_000).took(3_000).outcome(Outcome::Timeout);
    let runs = |n, millis| (0..n).map(move |idx| run("f").ago(idx * 9).took(millis)).chain([timed_out()]);
    check(runs(200, 2_400), &["p99 2.40 s is 80 % of the timeout of 3.00 s"]);
    check(runs(200, 2_399), &[]);
    check(runs(98, 2_500), &[]);
    check((0..200).map(|idx| run("f").ago(idx * 9).took(2_400)), &[]);
}

#[test]
fn money_below_one_percent_of_the_bill_is_not_found() {
    let costly = (0..100).map(|n| run("dear").memory(9_000, 10_000).took(30_000).ago(n * 36));
    let cold = (0..10).map(|n| run("f").memory(900, 1_024).took(10).ago(n * 60).cold(9_900));
    assert!(findings(costly.chain(cold)).iter().all(|finding| finding.function == "dear"));
}

#[test]
fn findings_are_in_order_of_their_rank() {
    let found = findings(failed(67, 1_000).chain(timed_out(5, 5)).chain(tenants(10, 1_000)));
    let kinds: Vec<_> = found.iter().map(|finding| finding.kind).collect();
    let tenants = [FindingKind::TenantCost; 2];
    assert_eq!(kinds, [[FindingKind::Errors, FindingKind::Timeouts], tenants].concat());
    assert!(found.is_sorted_by(|a, b| a.rank >= b.rank));
    assert_eq!(serde_json::to_value(&found[1]).unwrap()["kind"], "timeouts");
}

#[test]
fn terminal_has_five_findings_with_the_best_saving_and_forecast() {
    let failing = (0..8_u64).flat_map(|function| {
        let name = ["a", "b", "c", "d", "e", "g", "h", "i"][usize::try_from(function).unwrap()];
        failed(50, 100).map(move |run| Invocation { origin: crate::view::sample::run(name).origin, ..run })
    });
    let risky = (0..200_u64).map(|n| run("risky").ago(n * 9).took(2_500));
    let risky = risky.chain([run("risky").ago(9_000).took(3_000).outcome(Outcome::Timeout)]);
    let cold = (0..10).map(|n| run("cold").memory(900, 1_024).took(10).ago(n * 60).cold(60_000));
    let found = findings(failing.chain(risky).chain(cold));
    assert_eq!(found.len(), 10, "{found:?}");
    let shown: Vec<_> = on_terminal(&found).into_iter().map(|finding| finding.function.as_str()).collect();
    assert_eq!(shown, ["a", "b", "c", "cold", "risky"]);
}

/// 100 runs of a version, of which the first `failed` failed with a `KeyError`. Higher ages are earlier.
fn with_error(version: &'static str, age: u64, failed: u64) -> impl Iterator<Item = Invocation> {
    (0..100).map(move |idx| {
        let sample = run("f").version(version).ago(age * 1_000 + 100 - idx);
        if idx < failed {
            Invocation { error_type: Some("KeyError".into()), ..sample.outcome(Outcome::Error) }
        } else {
            sample
        }
    })
}

#[test]
fn error_that_a_version_brought_is_found_from_three_on() {
    let versions = |before, failed| with_error("40", 1, before).chain(with_error("41", 0, failed));
    check(versions(0, 3), &["KeyError is new in version 41: 3 runs failed"]);
    check(versions(0, 2), &[]);
    check(versions(1, 3), &[]);
    check(with_error("41", 0, 4), &[]);
}

#[test]
fn error_that_a_version_brought_back_is_found_from_three_on() {
    let versions =
        |failed| with_error("1", 2, 3).chain(with_error("2", 1, 0)).chain(with_error("3", 0, failed));
    check(versions(3), &["KeyError is back in version 3: 6 runs failed", "6 of 300 runs failed: 2.0 %"]);
    check(versions(0), &[]);
}

#[test]
fn timeouts_and_failures_without_a_cause_are_no_new_error() {
    let last = |outcome| {
        (0..100).map(move |idx| {
            let sample = run("f").version("41").ago(100 - idx);
            if idx < 4 { sample.outcome(outcome) } else { sample }
        })
    };
    check(with_error("40", 1, 0).chain(last(Outcome::Timeout)), &[]);
    check(with_error("40", 1, 0).chain(last(Outcome::Error)), &[]);
}
