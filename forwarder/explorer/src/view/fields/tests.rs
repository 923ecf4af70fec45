//! Tests of the cost by values in log lines.

use tailwater_parser::{
    Origin, Usd,
    derive::{Invocation, Outcome},
    line,
};

use crate::view::{
    Catalog, CollectedInvocations, LedgerCounts, Summary,
    insight::{CostBy, Dimension},
    lines::{LineCollector, SeenLine},
    logs::Depth,
    sample::{NOW, Sample as _, run},
};

/// Line of a run: its origin, request id, seconds before [`NOW`], and message.
struct Line {
    origin: Origin,
    request: Option<String>,
    ago: i64,
    message: String,
}

fn line_of(run: &Invocation, ago: i64, message: &str) -> Line {
    let request = Some(run.request_id.to_string()).filter(|id| !id.is_empty());
    Line { origin: Origin::clone(&run.origin), request, ago, message: message.to_owned() }
}

fn collector(lines: &[Line], dimension: &Dimension) -> LineCollector {
    let mut collector = LineCollector::new(Depth::Sums, std::slice::from_ref(dimension));
    for seen in lines {
        let parsed = line::parse(&seen.message);
        let seen = SeenLine {
            origin: &seen.origin,
            time: tailwater_parser::UnixMillis(NOW.0 - seen.ago * 1_000),
            kind: parsed.kind(),
            level: None,
            request_id: seen.request.as_deref(),
            message: &seen.message,
            events: 1,
            bytes: 0,
        };
        collector.add(&seen, &parsed);
    }
    collector
}

fn summary(runs: &[Invocation], lines: &[Line], dimension: &Dimension) -> Summary {
    // In two parts, in another order.
    let (first, second) = lines.split_at(lines.len() / 2);
    let mut lines = collector(second, dimension);
    lines.merge(collector(first, dimension));
    let mut invocations = CollectedInvocations::default().with_lines(Some(lines));
    runs.iter().rev().for_each(|run| invocations.add(run));
    invocations.summary(&Catalog::default(), LedgerCounts::default(), std::slice::from_ref(dimension)).0
}

fn cost_by(runs: &[Invocation], lines: &[Line], dimension: &str) -> CostBy {
    let dimension = Dimension::read(dimension).unwrap();
    let summary = summary(runs, lines, &dimension);
    let [by] = summary.insight.unwrap().cost_by.try_into().unwrap();
    assert_eq!(by.dimension, dimension);
    assert_eq!(by.total_cost, summary.totals.billing.cost);
    let parts = by.rows.iter().map(|row| row.cost).chain([by.none_cost, by.other_cost]);
    let sum = parts.flatten().fold(Usd::ZERO, |mut sum, part| {
        sum += part;
        sum
    });
    assert_eq!(Some(sum), by.total_cost, "rows, none and other add up to the total");
    by
}

fn rows(by: &CostBy) -> Vec<(&str, u64, u64)> {
    by.rows.iter().map(|row| (row.value.as_str(), row.invocations, row.errors)).collect()
}

#[test]
fn run_belongs_to_the_value_of_its_lines() {
    let runs = [
        run("f").request("r1").ago(30).took(900),
        run("f").request("r2").ago(20).outcome(Outcome::Error),
        run("f").request("r3").ago(10),
    ];
    let lines = [
        line_of(&runs[0], 31, r#"{"level":"INFO","customer":{"id":"acme"}}"#),
        line_of(&runs[0], 31, r#"{"level":"INFO","customer.id":"acme"}"#),
        line_of(&runs[1], 21, r#"{"message":{"customer":{"id":7}}}"#),
        line_of(&runs[2], 11, "customer id acme"),
    ];
    let by = cost_by(&runs, &lines, "field:customer.id");
    assert_eq!(rows(&by), [("acme", 1, 0), ("7", 1, 1)]);
    assert_eq!((by.values, by.none_invocations, by.several_invocations), (2, 1, 0));
}

#[test]
fn cost_of_a_run_with_several_values_is_divided_equally() {
    let runs = [run("f").request("r1").ago(30).took(701)];
    let lines = [
        line_of(&runs[0], 31, r#"{"t":["b","a"]}"#),
        line_of(&runs[0], 31, r#"{"t":"c"}"#),
        line_of(&runs[0], 31, r#"{"t":"c"}"#),
    ];
    let by = cost_by(&runs, &lines, "field:t");
    assert_eq!(rows(&by), [("a", 1, 0), ("b", 1, 0), ("c", 1, 0)]);
    assert_eq!((by.several_invocations, by.none_invocations), (1, 0));
    let expected: Vec<_> = by.total_cost.unwrap().split(3).map(Some).collect();
    assert_eq!(by.rows.iter().map(|row| row.cost).collect::<Vec<_>>(), expected);
}

#[test]
fn run_with_too_many_values_has_one() {
    let runs = [run("f").request("r1").ago(30), run("f").request("r2").ago(20)];
    let list = |n: u32| (0..n).map(|value| value.to_string()).collect::<Vec<_>>().join(",");
    let lines = [
        line_of(&runs[0], 31, &format!(r#"{{"t":[{}]}}"#, list(65))),
        line_of(&runs[1], 21, &format!(r#"{{"t":[{}]}}"#, list(64))),
    ];
    let by = cost_by(&runs, &lines, "field:t");
    assert_eq!((by.values, by.several_invocations, by.other_values), (65, 1, 15));
    assert!(rows(&by).contains(&("...", 1, 0)));
}

#[test]
fn attempts_of_a_request_have_the_values_of_their_own_lines() {
    let runs = [run("f").request("r1").ago(60).outcome(Outcome::Error), run("f").request("r1").ago(30)];
    let lines = [
        line_of(&runs[0], 61, r#"{"t":"first"}"#),
        line_of(&runs[0], 31, r#"{"t":"second"}"#),
        line_of(&runs[0], 29, r#"{"t":"late"}"#),
    ];
    let by = cost_by(&runs, &lines, "field:t");
    assert_eq!(rows(&by), [("first", 1, 1), ("late", 1, 0), ("second", 1, 0)]);
}

#[test]
fn lines_before_the_first_start_belong_to_the_first_run() {
    let runs = [run("f").request("r1").ago(60).took(100), run("f").request("r2").ago(30)];
    let early = Line { request: None, ..line_of(&runs[0], 61, r#"{"t":"init"}"#) };
    let by = cost_by(&runs, &[early], "field:t");
    assert_eq!((rows(&by), by.none_invocations), (vec![("init", 1, 0)], 1));
}

#[test]
fn dimension_of_emf_is_a_value() {
    let runs = [run("f").request("r1").ago(30)];
    let emf = r#"{"_aws":{"Timestamp":1772618400000,"CloudWatchMetrics":[{"Namespace":"n","Dimensions":[["shop"]],"Metrics":[{"Name":"m"}]}]},"shop":"a","m":1}"#;
    let by = cost_by(&runs, &[line_of(&runs[0], 31, emf)], "emf:shop");
    assert_eq!(rows(&by), [("a", 1, 0)]);
    let by = cost_by(&runs, &[line_of(&runs[0], 31, emf)], "emf:m");
    assert_eq!((by.values, by.none_invocations), (0, 1));
}

#[test]
fn names_of_dimensions_are_checked() {
    for name in
        ["field:", "emf:", "field", "x:y", "field:a,b", "field:a\nb", &format!("field:{}", "a".repeat(201))]
    {
        assert_eq!(Dimension::read(name), None, "{name}");
    }
    let list = "tenant,field:a.b,emf:x";
    assert_eq!(Dimension::write_list(&Dimension::read_list(list).unwrap()), list);
    assert_eq!(Dimension::read_list("field:a,field:b,field:c,emf:d,emf:e"), None);
}
