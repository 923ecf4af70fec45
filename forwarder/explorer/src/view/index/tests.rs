//! Tests that compare the index with a view of the same invocations.

use tailwater_parser::{
    UnixMillis,
    derive::{Invocation, Outcome},
};

use super::*;
use crate::view::{
    Catalog, LedgerCounts, View,
    insight::Dimension,
    sample::{NOW, Sample as _, run, view},
};
use tailwater_forwarder::pipeline::TimeRange;

fn index(all: &[Invocation]) -> InvocationIndex {
    let mut index = InvocationIndex::default();
    all.iter().zip(1..).for_each(|(invocation, id)| index.push(id, invocation));
    index.sort();
    index
}

fn summary_json(view: &View) -> String {
    serde_json::to_string(&view.summary(&Catalog::default(), LedgerCounts::default())).unwrap()
}

/// About 40,000 invocations of three functions, not in order of time: more than one segment.
fn many() -> Vec<Invocation> {
    let of = |n: u64| {
        let sample = run(["a", "b", "c"][usize::try_from(n % 3).unwrap()]).ago(n * 7919 % 40_009);
        let sample = sample.took(1 + n % 977).version(if n.is_multiple_of(5) { "2" } else { "1" });
        let sample = if n.is_multiple_of(11) { sample.cold(300) } else { sample };
        if n.is_multiple_of(13) { sample.outcome(Outcome::Error) } else { sample }
    };
    (0..40_009).map(of).collect()
}

fn check(all: &[Invocation], range: TimeRange) {
    let is_within = |time: UnixMillis| {
        range.since.is_none_or(|since| since <= time) && range.until.is_none_or(|until| time < until)
    };
    let expected = view(all.iter().filter(|run| is_within(run.time)).cloned());
    let summary = index(all).summary(range, &Catalog::default(), LedgerCounts::default());
    assert_eq!(serde_json::to_string(&summary).unwrap(), summary_json(&expected), "{range:?}");
}

fn ago(seconds: i64) -> Option<UnixMillis> {
    Some(UnixMillis(NOW.0 - seconds * 1000))
}

#[test]
fn summary_of_any_range_equals_that_of_a_view() {
    let all = many();
    check(&all, TimeRange::default());
    check(&all, TimeRange { since: ago(39_000), until: ago(100) });
    check(&all, TimeRange { since: ago(30), until: None });
    check(&all, TimeRange { since: ago(10), until: ago(20) });
}

#[test]
fn changed_and_late_invocations_are_counted_once() {
    let all = many();
    let mut half = index(&all[..20_000]);
    half.fill_segments();
    let mut changes = Changes::default();
    for (id, invocation) in (1..).zip(&all).skip(19_000) {
        changes.push(id, invocation.clone());
    }
    changes.push(7, all[6].clone().outcome(Outcome::Timeout));
    half.apply(&changes);
    let mut expected = all;
    expected[6] = expected[6].clone().outcome(Outcome::Timeout);
    let summary = half.summary(TimeRange::default(), &Catalog::default(), LedgerCounts::default());
    assert_eq!(serde_json::to_string(&summary).unwrap(), summary_json(&view(expected)));
}

#[test]
fn series_counts_each_invocation_once_and_has_the_exact_maximum() {
    let all = many();
    let index = index(&all);
    let everything = index.select(TimeRange::default(), &Catalog::default(), &FunctionFilter::default());
    let series = index.series(TimeRange::default(), &everything, &SlowLimits::default(), 100);
    let failed = all.iter().filter(|run| run.outcome.is_failure()).count();
    let cold = all.iter().filter(|run| run.init_duration.is_some()).count();
    let sum = |list: &[u64]| usize::try_from(list.iter().sum::<u64>()).unwrap();
    assert_eq!(
        (sum(&series.invocations), sum(&series.errors), sum(&series.cold_starts)),
        (all.len(), failed, cold)
    );
    let longest = series.duration_ms.max.iter().flatten().copied().fold(0.0, f64::max);
    assert!((longest - 977.0).abs() < 1e-9, "{longest}");
    assert_eq!(series.invocations.len(), series.duration_ms.p95.len());
}

#[test]
fn selection_matches_function_version_and_region() {
    let index = index(&[run("a").version("1"), run("a").version("2"), run("b").version("1")]);
    let count = |filter| {
        let chosen = index.select(TimeRange::default(), &Catalog::default(), &filter);
        index.series(TimeRange::default(), &chosen, &SlowLimits::default(), 2).invocations.iter().sum::<u64>()
    };
    assert_eq!(count(FunctionFilter::default()), 3);
    assert_eq!(count(FunctionFilter { function: Some("a"), ..FunctionFilter::default() }), 2);
    assert_eq!(
        count(FunctionFilter { function: Some("a"), version: Some("2"), ..FunctionFilter::default() }),
        1
    );
    assert_eq!(
        count(FunctionFilter { function: Some("a"), region: Some("us-east-1"), ..FunctionFilter::default() }),
        0
    );
}

#[test]
fn costs_of_days_and_versions_add_up_to_that_of_the_function() {
    let all = many();
    let index = index(&all);
    let catalog = Catalog::default();
    let everything = index.select(TimeRange::default(), &catalog, &FunctionFilter::default());
    let summary = index.summary(TimeRange::default(), &catalog, LedgerCounts::default());
    for costs in index.cost(TimeRange::default(), &catalog, &everything) {
        let row = summary.functions.iter().find(|row| row.function == costs.identity.function).unwrap();
        let cost = row.billing.cost.unwrap().dollars();
        let days: f64 = costs.days.iter().map(|day| day.cost.total.unwrap().dollars()).sum();
        let versions: f64 = costs.versions.iter().map(|version| version.cost.total.unwrap().dollars()).sum();
        assert!((days - cost).abs() < 1e-12 && (versions - cost).abs() < 1e-12, "{days} {versions} {cost}");
        let failures = costs.other_errors.unwrap().dollars();
        assert!((failures - row.cost_parts.failure_cost.unwrap().dollars()).abs() < 1e-12);
    }
}

#[test]
fn insight_follows_changes_of_the_invocations() {
    let catalog = Catalog::default();
    let dimensions = [Dimension::Function];
    let mut index = index(&[run("a"), run("b").ago(9)]);
    let values = |index: &InvocationIndex, range, dimensions: &[Dimension]| {
        index.insight(range, &catalog, dimensions).map(|insight| insight.cost_by[0].values)
    };
    let everything = TimeRange::default();
    assert_eq!([(); 2].map(|()| values(&index, everything, &dimensions)), [Some(2), Some(2)]);
    assert_eq!(values(&index, TimeRange { since: ago(5), until: None }, &dimensions), Some(1));
    assert_eq!(values(&index, everything, &[Dimension::Day]), Some(1));
    let mut changes = Changes::default();
    changes.push(3, run("c").ago(20));
    index.apply(&changes);
    assert_eq!(values(&index, everything, &dimensions), Some(3));
}

/// Ten runs a second at first of a fast function, then of a slow one; of each, every 25th takes twice as long.
#[test]
fn slow_runs_do_not_depend_on_which_function_runs() {
    let of = |function: &str, ms: u64, first: u64| -> Vec<Invocation> {
        (0..1_000)
            .map(|n| {
                let took = if n % 25 == 0 { 2 * ms } else { ms };
                run(function).ago(first - n / 10).took(took)
            })
            .collect()
    };
    let all = [of("fast", 10, 300), of("slow", 5_000, 150)].concat();
    let index = index(&all);
    let everything = index.select(TimeRange::default(), &Catalog::default(), &FunctionFilter::default());
    let limits = index.slow_limits(&Catalog::default());
    let series = index.series(TimeRange::default(), &everything, &limits, 2);
    // The 95th percentile of the fleet rises from 10 ms to 5 s; 40 runs of each function are slow for it.
    assert_eq!(series.slow.iter().sum::<u64>(), 80);
    let alone = index.select(
        TimeRange::default(),
        &Catalog::default(),
        &FunctionFilter { function: Some("slow"), ..FunctionFilter::default() },
    );
    assert_eq!(index.series(TimeRange::default(), &alone, &limits, 2).slow.iter().sum::<u64>(), 40);
}
