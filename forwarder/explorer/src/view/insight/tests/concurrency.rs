//! Tests of concurrency, environments and provisioned concurrency.

use tailwater_parser::derive::StartKind;

use super::*;

fn row(runs: impl IntoIterator<Item = Invocation>) -> FunctionConcurrency {
    insight(runs).concurrency.functions.remove(0)
}

#[test]
fn peak_is_the_first_highest_number_of_runs_at_once() {
    // Ends 20, 15, 10 and 5 s ago; the middle two overlap.
    let runs = [
        run("f").ago(20).took(1_000).environment(1),
        run("f").ago(15).took(4_000).environment(1),
        run("f").ago(14).took(3_000).environment(2),
        run("f").ago(5).took(1_000).environment(2),
    ];
    let peak_at = runs[2].time.0 - 3_000;
    let row = row(runs);
    assert_eq!((row.peak, row.peak_at_ms, row.busy_ms, row.environments), (Some(2), Some(peak_at), 9_000, 2));
    assert_eq!((row.reuse_avg, row.reuse_max, row.excluded_invocations), (Some(2.0), Some(2), 0));
    assert_eq!(row.average, Some(9.0 / 16.0));
}

#[test]
fn runs_one_after_another_are_not_at_once() {
    let runs = (0..10).map(|n| run("f").ago(n).took(1_000).environment(u32::try_from(n).unwrap()));
    assert_eq!(row(runs).peak, Some(1));
}

#[test]
fn init_is_part_of_the_busy_time() {
    let runs = [run("f").ago(1).took(1_000).environment(1), run("f").took(500).cold(600).environment(2)];
    assert_eq!(row(runs).peak, Some(2));
}

#[test]
fn runs_that_overlap_in_a_stream_have_no_peak() {
    let runs = [run("f").ago(1).took(1_000), run("f").took(1_500), run("f").ago(60).environment(9)];
    let row = row(runs);
    assert_eq!((row.peak, row.average, row.excluded_invocations, row.environments), (None, None, 2, 1));
    assert_eq!(row.provisioned, None);
}

#[test]
fn runs_on_managed_instances_are_excluded() {
    let mut managed = run("f");
    managed.billed_duration = None;
    assert_eq!(row([managed]).excluded_invocations, 1);
}

#[test]
fn run_read_twice_counts_once() {
    let twice = run("f").request("r").took(1_000);
    let row = row([twice.clone(), twice]);
    assert_eq!((row.peak, row.busy_ms, row.excluded_invocations), (Some(1), 1_000, 0));
}

#[test]
fn account_has_the_runs_of_all_its_functions() {
    let all = insight([run("a").took(1_000), run("b").took(1_000), run("c").at("222233334444", "eu-west-1")]);
    let peaks: Vec<_> =
        all.concurrency.accounts.iter().map(|row| (row.account.as_deref(), row.peak)).collect();
    assert_eq!(peaks, [(Some("111122223333"), Some(2)), (Some("222233334444"), Some(1))]);
}

#[test]
fn lifetime_is_the_median_of_environments_that_have_ended() {
    let life = |number: u32, ended_ago: u64, seconds: u64| {
        [ended_ago + seconds, ended_ago].map(|ago| run("f").ago(ago).took(0).environment(number))
    };
    let runs = [life(1, 9_000, 100), life(2, 8_000, 300), life(3, 7_000, 200), life(4, 0, 4_000)];
    assert_eq!(row(runs.into_iter().flatten()).lifetime_median_ms, Some(200_000));
    assert_eq!(row(life(1, 0, 100)).lifetime_median_ms, None, "it may still be alive");
}

/// An hour of runs of 10 s in one environment, the first one cold; `per_hour` of 360 would be busy all the time.
fn hour(per_hour: u64) -> impl Iterator<Item = Invocation> {
    let step = 3_600 / per_hour;
    (0..per_hour).map(move |n| {
        let sample = run("f").took(10_000).memory(500, 1_024).ago(3_600 - (n + 1) * step);
        if n == 0 { sample.cold(200) } else { sample }
    })
}

#[test]
fn provisioned_environment_pays_if_it_is_busy_most_of_the_time() {
    let options = |per_hour| row(hour(per_hour)).provisioned.unwrap();
    let (busy, idle) = (options(300)[0], options(100)[0]);
    assert_eq!((busy.n, busy.served, busy.cold_starts_avoided), (1, 300, 1));
    assert!(busy.net < tailwater_parser::Usd::ZERO, "{busy:?}");
    assert!(idle.net > tailwater_parser::Usd::ZERO, "{idle:?}");
    assert_eq!(options(300).iter().map(|option| option.n).collect::<Vec<_>>(), [1, 2, 5, 10]);
}

#[test]
fn provisioned_costs_are_those_of_the_price_list() {
    let busy = row(hour(300)).provisioned.unwrap()[0];
    // The window is 3,598 s long, which is billed as 3,600 s; 3,000 s run at the lower price, and 200 ms of INIT are saved.
    assert!((busy.idle_cost.dollars() - 3_600.0 * 0.000_004_646).abs() < 1e-12, "{busy:?}");
    let saving = 3_000.2 * 0.000_016_666_7 - 3_000.0 * 0.000_010_840_7;
    assert!((busy.duration_saving.dollars() - saving).abs() < 1e-9, "{busy:?} {saving}");
}

#[test]
fn arrivals_beyond_the_provisioned_number_run_on_demand() {
    let pair = |n: u64| [1, 2].map(|number| run("f").ago(n * 60).took(1_000).environment(number).cold(100));
    let options = row((0..10).flat_map(pair)).provisioned.unwrap();
    assert_eq!([options[0].served, options[1].served], [10, 20]);
}

#[test]
fn provisioned_is_unknown_with_restores_without_cold_starts_and_without_price() {
    let restored = |run: Invocation| if run.start == StartKind::Cold { run.restored(200) } else { run };
    assert_eq!(row(hour(300).map(restored)).provisioned, None, "SnapStart");
    assert_eq!(row(hour(300).skip(1)).provisioned, None, "it may be provisioned already");
    let elsewhere = |run: Invocation| run.at("111122223333", "eu-south-2");
    assert_eq!(row(hour(300).map(elsewhere)).provisioned, None, "no price");
}
