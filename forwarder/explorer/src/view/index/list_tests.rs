//! Tests of lists of invocations.

use std::collections::BTreeSet;

use tailwater_forwarder::pipeline::TimeRange;
use tailwater_parser::derive::{Invocation, Outcome, StartKind};

use super::*;
use crate::view::{
    Catalog,
    errors::GroupId,
    sample::{Sample as _, run},
};

const EVER: TimeRange = TimeRange { since: None, until: None };

fn index(all: &[Invocation]) -> InvocationIndex {
    let mut index = InvocationIndex::default();
    all.iter().zip(1..).for_each(|(invocation, id)| index.push(id, invocation));
    index.sort();
    index
}

fn list(index: &InvocationIndex, options: &ListOptions<'_>) -> InvocationPage {
    let catalog = Catalog::default();
    let selection = index.select(EVER, &catalog, &FunctionFilter::default());
    let errors = index.error_groups(EVER, &catalog);
    index.list(
        EVER,
        &ListContext { selection: &selection, catalog: &catalog, errors: errors.as_deref() },
        options,
    )
}

/// Ids of all pages of two invocations.
fn pages(index: &InvocationIndex, order: SortOrder) -> Vec<InvocationId> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let options = ListOptions { order, limit: 2, after, ..ListOptions::default() };
        let page = list(index, &options);
        assert_eq!(page.total, u64::try_from(index.len()).unwrap(), "{order:?}");
        found.extend(page.ids);
        let Some(next) = page.next else { return found };
        let text = next.to_text();
        assert_eq!(ListPlace::read(&text), Some(next), "{text}");
        after = Some(next);
    }
}

/// Five invocations: the second took as long as the first, the last lacks all values.
fn five() -> Vec<Invocation> {
    let unknown =
        Invocation { duration: None, billed_duration: None, max_memory_used: None, ..run("a").ago(9) };
    vec![
        run("a").took(30).memory(90, 128).ago(5),
        run("a").took(30).memory(70, 1024).ago(4),
        run("b").took(10).memory(100, 512).ago(3),
        run("b").took(50).memory(80, 128).ago(2),
        unknown,
    ]
}

#[test]
fn pages_of_each_order_have_all_invocations_once_and_those_without_the_value_last() {
    let index = index(&five());
    // Memory times billed duration: 3840, 30720, 5120 and 6400 MB-ms.
    for (order, expected) in [
        (SortOrder::Latest, [4, 3, 2, 1, 5]),
        (SortOrder::Oldest, [5, 1, 2, 3, 4]),
        (SortOrder::Slowest, [4, 2, 1, 3, 5]),
        (SortOrder::Fastest, [3, 1, 2, 4, 5]),
        (SortOrder::Costliest, [2, 4, 3, 1, 5]),
        (SortOrder::Cheapest, [1, 3, 4, 2, 5]),
        (SortOrder::MostMemory, [3, 1, 4, 2, 5]),
        (SortOrder::LeastMemory, [2, 4, 1, 3, 5]),
    ] {
        assert_eq!(pages(&index, order), expected, "{order:?}");
    }
}

#[test]
fn order_of_cost_uses_the_price_of_each_region() {
    let there = run("a").at("111122223333", "af-south-1").took(90);
    let index = index(&[run("a").took(100), there]);
    // 90 ms at $0.0000221 a GB-second cost more than 100 ms at $0.0000166667.
    assert_eq!(pages(&index, SortOrder::Costliest), [2, 1]);
}

fn found(index: &InvocationIndex, filter: InvocationFilter<'_>) -> BTreeSet<InvocationId> {
    let page = list(index, &ListOptions { filter, limit: 100, ..ListOptions::default() });
    assert_eq!(page.total, u64::try_from(page.ids.len()).unwrap());
    page.ids.into_iter().collect()
}

#[test]
fn filters_match_outcome_start_duration_and_tenant() {
    let index = index(&[
        run("a").took(100).tenant("acme"),
        run("a").took(200).cold(9).outcome(Outcome::Timeout),
        run("a").took(300).restored(9).outcome(Outcome::Error),
        run("a").took(400).outcome(Outcome::OutOfMemory).tenant("acme"),
        run("a").took(500).outcome(Outcome::Unknown),
    ]);
    let none = InvocationFilter::default();
    let by_outcome = |outcomes| found(&index, InvocationFilter { outcomes, ..none });
    for (outcomes, expected) in [
        (OutcomeFilter::All, vec![1, 2, 3, 4, 5]),
        (OutcomeFilter::Failed, vec![2, 3, 4]),
        (OutcomeFilter::Succeeded, vec![1]),
        (OutcomeFilter::Errors, vec![3]),
        (OutcomeFilter::Timeouts, vec![2]),
        (OutcomeFilter::OutOfMemory, vec![4]),
        (OutcomeFilter::Unknown, vec![5]),
        (OutcomeFilter::Cold, vec![2, 3]),
    ] {
        assert_eq!(by_outcome(outcomes), BTreeSet::from_iter(expected), "{outcomes:?}");
    }
    let cold = InvocationFilter { start: Some(StartKind::Cold), ..none };
    assert_eq!(found(&index, cold), BTreeSet::from([2]));
    let slower = std::time::Duration::from_millis(300);
    assert_eq!(found(&index, InvocationFilter { slower_than: Some(slower), ..none }), BTreeSet::from([4, 5]));
    assert_eq!(found(&index, InvocationFilter { tenant: Some("acme"), ..none }), BTreeSet::from([1, 4]));
    assert!(found(&index, InvocationFilter { tenant: Some("other"), ..none }).is_empty());
}

#[test]
fn each_failed_invocation_is_listed_in_one_error_group() {
    let failed = |ago, error: &str| Invocation {
        error_type: Some(error.into()),
        ..run("a").ago(ago).request(&format!("r{ago}")).outcome(Outcome::Error)
    };
    let index = index(&[
        failed(1, "KeyError"),
        failed(2, "TypeError"),
        failed(3, "KeyError").version("2"),
        run("a").ago(4).request("r4").outcome(Outcome::Timeout),
        run("a").ago(5).request("r5"),
    ]);
    let groups = index.error_groups(EVER, &Catalog::default()).unwrap();
    let mut of_groups: Vec<Vec<InvocationId>> = Vec::new();
    for group in &groups.errors.groups {
        let filter = InvocationFilter { error_group: Some(group.id), ..InvocationFilter::default() };
        let members = found(&index, filter);
        assert_eq!(u64::try_from(members.len()).unwrap(), group.failed_invocations, "{group:?}");
        let by_version: u64 = group.by_version.iter().map(|version| version.failed_invocations).sum();
        let over_time = group.by_version.iter().flat_map(|version| version.over_time).map(u64::from).sum();
        assert_eq!((by_version, group.failed_invocations), (group.failed_invocations, over_time));
        of_groups.push(members.into_iter().collect());
    }
    of_groups.sort();
    assert_eq!(of_groups, [vec![1, 3], vec![2], vec![4]]);
    let latest = groups
        .errors
        .groups
        .iter()
        .filter_map(|group| group.by_version.iter().filter_map(|one| one.latest).max());
    assert_eq!(latest.map(|(_, id)| id).collect::<BTreeSet<_>>(), BTreeSet::from([1, 2, 4]));
    let unknown = GroupId::read("0123456789abcdef");
    assert!(
        found(&index, InvocationFilter { error_group: unknown, ..InvocationFilter::default() }).is_empty()
    );
}

#[test]
fn damaged_places_are_refused() {
    for text in ["", "1.2", "1.2.3.4", "+1.2.3", "x.2.3", "1.2.x", "01.2.3", "1..3"] {
        assert_eq!(ListPlace::read(text), None, "{text}");
    }
    assert!(ListPlace::read(".-5.3").is_some());
    assert!(GroupId::read("0123456789ABCDE").is_none() && GroupId::read("+123456789abcdef").is_none());
}

#[test]
fn names_are_those_of_all_invocations() {
    let there = run("b").at("444455556666", "us-east-1").version("$LATEST").tenant("acme");
    let index = index(&[run("a").version("2"), run("a").version("1"), there]);
    let names = index.names(&Catalog::default());
    let functions: Vec<_> =
        names.functions.iter().map(|one| (&*one.identity.function, &one.versions)).collect();
    let versions = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(functions, [("a", &versions(&["1", "2"])), ("b", &versions(&["$LATEST"]))]);
    assert_eq!(names.accounts, versions(&["111122223333", "444455556666"]));
    assert_eq!((names.regions, names.tenants), (versions(&["eu-west-1", "us-east-1"]), versions(&["acme"])));
}
