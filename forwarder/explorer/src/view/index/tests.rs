//! Runs against a view of the same invocations.

use tailwater_parser::derive::{Invocation, Outcome};

use super::*;
use crate::view::{
    View,
    sample::{NOW, Sample as _, run, view},
};

fn runs(all: &[Invocation]) -> Runs {
    let mut runs = Runs::default();
    all.iter().zip(1..).for_each(|(invocation, id)| runs.push(id, invocation));
    runs.settle();
    runs
}

fn shown(view: &View) -> String {
    serde_json::to_string(&view.summary(&Catalog::default(), LedgerCounts::default())).unwrap()
}

/// Some 40,000 runs of three functions, not in order of time: more than two stretches.
fn many() -> Vec<Invocation> {
    let of = |n: u64| {
        let sample = run(["a", "b", "c"][usize::try_from(n % 3).unwrap()]).ago(n * 7919 % 40_009);
        let sample = sample.took(1 + n % 977).version(if n.is_multiple_of(5) { "2" } else { "1" });
        let sample = if n.is_multiple_of(11) { sample.cold(300) } else { sample };
        if n.is_multiple_of(13) { sample.outcome(Outcome::Error) } else { sample }
    };
    (0..40_009).map(of).collect()
}

fn check(all: &[Invocation], between: Between) {
    let is_within = |time: UnixMillis| {
        between.since.is_none_or(|since| since <= time) && between.until.is_none_or(|until| time < until)
    };
    let expected = view(all.iter().filter(|run| is_within(run.time)).cloned());
    let summary = runs(all).summary(between, &Catalog::default(), LedgerCounts::default());
    assert_eq!(serde_json::to_string(&summary).unwrap(), shown(&expected), "{between:?}");
}

fn ago(seconds: i64) -> Option<UnixMillis> {
    Some(UnixMillis(NOW.0 - seconds * 1000))
}

#[test]
fn any_range_sums_up_as_a_view_does() {
    let all = many();
    check(&all, Between::default());
    check(&all, Between { since: ago(39_000), until: ago(100) });
    check(&all, Between { since: ago(30), until: None });
    check(&all, Between { since: ago(10), until: ago(20) });
}

#[test]
fn what_changes_and_what_comes_late_is_counted_once() {
    let all = many();
    let mut half = runs(&all[..20_000]);
    half.warm();
    let mut changes = Changes::default();
    for (id, invocation) in (1..).zip(&all).skip(19_000) {
        changes.push(id, invocation.clone());
    }
    changes.push(7, all[6].clone().outcome(Outcome::Timeout));
    half.apply(&changes);
    let mut expected = all;
    expected[6] = expected[6].clone().outcome(Outcome::Timeout);
    let summary = half.summary(Between::default(), &Catalog::default(), LedgerCounts::default());
    assert_eq!(serde_json::to_string(&summary).unwrap(), shown(&view(expected)));
}

#[test]
fn a_chart_counts_each_run_once_and_knows_the_longest() {
    let all = many();
    let runs = runs(&all);
    let everything = runs.select(Between::default(), &Catalog::default(), &Which::default());
    let series = runs.series(Between::default(), &everything, 100);
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
fn a_selection_is_of_one_function_and_version() {
    let runs = runs(&[run("a").version("1"), run("a").version("2"), run("b").version("1")]);
    let of = |which| {
        let chosen = runs.select(Between::default(), &Catalog::default(), &which);
        runs.series(Between::default(), &chosen, 2).invocations.iter().sum::<u64>()
    };
    assert_eq!(of(Which::default()), 3);
    assert_eq!(of(Which { function: Some("a"), ..Which::default() }), 2);
    assert_eq!(of(Which { function: Some("a"), version: Some("2"), ..Which::default() }), 1);
    assert_eq!(of(Which { function: Some("a"), region: Some("us-east-1"), ..Which::default() }), 0);
}

#[test]
fn the_slowest_come_first_and_pages_go_on() {
    let all = [run("a").took(10).ago(1), run("a").took(30).ago(2), run("a").took(20).ago(3)];
    let runs = runs(&all);
    let everything = runs.select(Between::default(), &Catalog::default(), &Which::default());
    let pick = |order, page| runs.pick(Between::default(), &everything, Outcomes::All, order, page);
    assert_eq!(pick(Order::Slowest, Page { limit: 2, after: None }), [2, 3]);
    assert_eq!(pick(Order::Latest, Page { limit: 2, after: None }), [1, 2]);
    let after = Some((all[1].time.0, 2));
    assert_eq!(pick(Order::Latest, Page { limit: 2, after }), [3]);
}

#[test]
fn days_and_versions_add_up_to_what_the_function_cost() {
    let all = many();
    let runs = runs(&all);
    let catalog = Catalog::default();
    let everything = runs.select(Between::default(), &catalog, &Which::default());
    let summary = runs.summary(Between::default(), &catalog, LedgerCounts::default());
    for spending in runs.spending(Between::default(), &catalog, &everything) {
        let row = summary.functions.iter().find(|row| row.function == spending.name.function).unwrap();
        let cost = row.cost.unwrap().dollars();
        let days: f64 = spending.days.iter().map(|day| day.cost.unwrap().dollars()).sum();
        let versions: f64 = spending.versions.iter().map(|version| version.cost.unwrap().dollars()).sum();
        assert!((days - cost).abs() < 1e-12 && (versions - cost).abs() < 1e-12, "{days} {versions} {cost}");
        let failures = spending.other_errors.unwrap().dollars();
        assert!((failures - row.failure_cost.unwrap().dollars()).abs() < 1e-12);
    }
}
