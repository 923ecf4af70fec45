use tailwater_forwarder::pipeline::TimeRange;
use tailwater_parser::derive::{Invocation, Outcome};

use super::{
    evaluate::{Verdict, evaluate},
    *,
};
use crate::view::sample::{Sample, run};

fn check_error(text: &str, expected: &str) {
    assert_eq!(Conditions::read(text).unwrap_err(), expected);
}

#[test]
fn wrong_condition_names_its_column_and_what_is_known() {
    check_error(
        "new-errors,erorrs>1",
        "column 12: unknown metric \"erorrs\"; known are new-errors, errors, error-rate, timeouts, cold-starts, p50, \
         p95, p99, max, cost",
    );
    check_error("p95", "column 4: expected > and a time (500ms, 2s), or a rise (+20%) after p95");
    check_error(
        "errors>1, p95>20%",
        "column 15: expected a time (500ms, 2s), or a rise (+20%) after p95>, got \"20%\"",
    );
    check_error("cost>5", "column 6: expected a rise (+20%) after cost>, got \"5\"");
    check_error(
        "error-rate>-1%",
        "column 12: expected a share (1%), or a rise (+20%) after error-rate>, got \"-1%\"",
    );
    assert!(Conditions::read("").is_err() && Conditions::read("errors>1,").is_err());
}

/// 100 runs of a version, of which the first `failed` failed with an error of this type.
fn runs(
    version: &'static str,
    failed: u64,
    error: &'static str,
    millis: u64,
) -> impl Iterator<Item = Invocation> {
    let age = if version == "1" { 1_000 } else { 0 };
    (0..100).map(move |at| {
        let sample = run("f").version(version).ago(age + 100 - at).took(millis);
        if at < failed {
            Invocation { error_type: Some(error.into()), ..sample.outcome(Outcome::Error) }
        } else {
            sample
        }
    })
}

fn comparison(runs: impl Iterator<Item = Invocation>) -> Comparison {
    let mut index = InvocationIndex::default();
    runs.zip(1..).for_each(|(run, id)| index.push(id, &run));
    index.sort();
    of_versions(&index, &Catalog::default())
}

/// Checks the first verdict: `met: …`, `undecided: …` or `fine`.
fn check(condition: &str, comparison: &Comparison, expected: &str) {
    let conditions = Conditions::read(condition).unwrap();
    let verdict = conditions.0.iter().flat_map(|condition| evaluate(condition, comparison)).next();
    let found = match verdict {
        None => "fine".to_owned(),
        Some(Verdict::Met(text)) => format!("met: {text}"),
        Some(Verdict::Undecided(text)) => format!("undecided: {text}"),
    };
    assert_eq!(found, expected, "{condition}");
}

#[test]
fn latest_version_is_compared_with_the_one_before() {
    let worse = comparison(runs("1", 2, "TypeError", 100).chain(runs("2", 4, "KeyError", 150)));
    check("error-rate>3%", &worse, "met: f version 2: error-rate 4.00 %, the limit is 3.00 %");
    check("error-rate>4%", &worse, "fine");
    check("errors>3", &worse, "met: f version 2: errors 4, the limit is 3");
    check("errors>+100%", &worse, "fine");
    check("errors>+99%", &worse, "met: f version 2: errors 4, 2 in the version before (version 1)");
    check("max>+49%", &worse, "met: f version 2: max 150.0 ms, 100.0 ms in the version before (version 1)");
    check("max>+51%", &worse, "fine");
    check("max>0.2s", &worse, "fine");
    check("timeouts>0", &worse, "fine");
    check("cold-starts>0%", &worse, "fine");
    check("new-errors", &worse, "met: 1 new, the limit is 0: f: KeyError (4 failed)");
    check("new-errors>1", &worse, "fine");
}

#[test]
fn error_of_an_earlier_version_is_not_new() {
    let same = comparison(runs("1", 2, "TypeError", 100).chain(runs("2", 9, "TypeError", 100)));
    check("new-errors", &same, "fine");
}

#[test]
fn missing_version_before_is_said() {
    let only = comparison(runs("1", 2, "TypeError", 100));
    check("p95>+20%", &only, "undecided: f version 1 is not in the version before");
    check("new-errors", &only, "undecided: the version before has none of the functions");
    check("errors>1", &only, "met: f version 1: errors 2, the limit is 1");
}

#[test]
fn printed_summary_is_a_baseline() {
    let mut index = InvocationIndex::default();
    runs("1", 2, "TypeError", 100).zip(1..).for_each(|(run, id)| index.push(id, &run));
    index.sort();
    let catalog = Catalog::default();
    let summary = index.summary(TimeRange::default(), &catalog, crate::view::LedgerCounts::default());
    let summary = summary.with_insight(index.insight(TimeRange::default(), &catalog, &[]));
    let errors = index.error_groups(TimeRange::default(), &catalog);
    let side = Side::new("the baseline".to_owned(), &summary, errors.as_deref().map(|found| &found.errors));
    let read =
        Side::of_document("the baseline".to_owned(), &serde_json::to_string(&summary).unwrap()).unwrap();
    assert_eq!((&read.functions, &read.total, &read.errors), (&side.functions, &side.total, &side.errors));
    let worse = comparison(runs("2", 3, "KeyError", 100));
    assert_eq!(worse.functions.len(), 1);
}
