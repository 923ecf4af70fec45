//! Tests of the cost by dimension.

use tailwater_parser::{Usd, derive::Outcome};

use super::*;
use crate::view::{LedgerCounts, sample::view};

fn by<'i>(insight: &'i Insight, dimension: &Dimension) -> &'i CostBy {
    insight.cost_by.iter().find(|by| by.dimension == *dimension).unwrap()
}

fn sum(by: &CostBy) -> Option<Usd> {
    let mut sum = by.none_cost?;
    sum += by.other_cost?;
    for row in &by.rows {
        sum += row.cost?;
    }
    Some(sum)
}

/// Invocations of 60 tenants, three versions and two functions over three days.
fn mixed() -> Vec<Invocation> {
    let of = |n: u64| {
        let sample = run(["a", "b"][usize::try_from(n % 2).unwrap()]).ago(n * 137).took(1 + n % 977);
        let sample = sample.version(["1", "2", "3"][usize::try_from(n % 3).unwrap()]);
        let sample = if n.is_multiple_of(7) { sample } else { sample.tenant(&format!("tenant-{}", n % 60)) };
        let sample = if n.is_multiple_of(11) { sample.cold(300) } else { sample };
        if n.is_multiple_of(13) { sample.outcome(Outcome::Timeout) } else { sample }
    };
    (0..1_500).map(of).collect()
}

#[test]
fn costs_of_each_dimension_add_up_to_the_total_to_the_unit() {
    let expected = view(mixed()).summary(&Catalog::default(), LedgerCounts::default()).totals.billing.cost;
    let insight = insight(mixed());
    for by in &insight.cost_by {
        assert_eq!((by.total_cost, sum(by)), (expected, expected), "{:?}", by.dimension);
    }
    let values: Vec<_> =
        insight.cost_by.iter().map(|by| (by.values, by.rows.len(), by.other_values)).collect();
    assert_eq!(values, [(60, 50, 10), (6, 6, 0), (2, 2, 0), (3, 3, 0)]);
}

#[test]
fn costs_with_tmp_storage_add_up_to_the_total_to_the_unit() {
    let configuration = serde_json::json!({
        "FunctionName": "a", "EphemeralStorage": { "Size": 10_240 },
        "FunctionArn": "arn:aws:lambda:eu-west-1:111122223333:function:a",
    });
    let catalog = Catalog::parse(&configuration.to_string()).unwrap();
    let mut runs = mixed();
    runs[4].memory_size = None;
    let expected = view(runs.clone()).summary(&catalog, LedgerCounts::default()).totals.billing.cost;
    let insight = insight_with(runs, &catalog);
    for by in &insight.cost_by {
        assert_eq!((by.total_cost, sum(by)), (expected, expected), "{:?}", by.dimension);
        assert_eq!(by.unpriced_invocations, 1);
    }
}

#[test]
fn run_without_tenant_or_version_is_none() {
    let mut nameless = run("f").ago(9);
    let mut origin = (*nameless.origin).clone();
    origin.set_version("");
    nameless.origin = origin.into();
    let insight = insight([run("f").tenant("acme").outcome(Outcome::Error), run("f").ago(5), nameless]);
    let tenants = by(&insight, &Dimension::Tenant);
    let rows: Vec<_> =
        tenants.rows.iter().map(|row| (row.value.as_str(), row.invocations, row.errors)).collect();
    assert_eq!((rows, tenants.none_invocations), (vec![("acme", 1, 1)], 2));
    let versions = by(&insight, &Dimension::Version);
    assert_eq!((versions.rows[0].value.as_str(), versions.none_invocations), ("f:1", 1));
}

#[test]
fn day_is_that_of_the_beginning() {
    // The sample ends at 10:00; this run began eleven hours before.
    let insight = insight([run("f").took(11 * 3_600_000)]);
    assert_eq!(by(&insight, &Dimension::Day).rows[0].value, "2026-03-03");
}

#[test]
fn run_without_price_is_counted_without_cost() {
    let unpriced = || run("f").at("111122223333", "");
    let insight = insight([unpriced().tenant("acme"), unpriced().ago(5)]);
    let tenants = by(&insight, &Dimension::Tenant);
    assert_eq!((tenants.total_cost, tenants.rows[0].cost, tenants.unpriced_invocations), (None, None, 2));
}

#[test]
fn missing_tenants_are_noted_from_a_fifth_of_the_cost_on() {
    let with = |tenants: u64| {
        (0..10).map(move |n| if n < tenants { run("f").ago(n).tenant("acme") } else { run("f").ago(n) })
    };
    assert_eq!(insight(with(7)).notes(), ["cost by tenant: 30 % of the cost has no tenant"]);
    assert_eq!(insight(with(9)).notes(), [""; 0]);
    assert_eq!(insight(with(0)).notes(), [""; 0], "no function has tenants");
}
