use tailwater_forwarder::pipeline::TimeRange;
use tailwater_parser::derive::{Invocation, Outcome};

use super::*;
use crate::view::{
    Catalog, LedgerCounts,
    index::{FunctionFilter, InvocationIndex},
    sample::{Sample, run},
};

fn side(index: &InvocationIndex, version: &str) -> Side {
    let catalog = Catalog::default();
    let filter = FunctionFilter { function: Some("f"), version: Some(version), ..FunctionFilter::default() };
    let part = index.only(&index.select(TimeRange::default(), &catalog, &filter));
    let summary = part.summary(TimeRange::default(), &catalog, LedgerCounts::default());
    let errors = part.error_groups(TimeRange::default(), &catalog);
    Side::new(version.to_owned(), &summary, errors.as_deref().map(|found| &found.errors))
}

fn failed(version: &str, error: &str) -> Invocation {
    let sample = run("f").version(version).request(error).outcome(Outcome::Error);
    Invocation { error_type: Some(error.into()), ..sample }
}

#[test]
fn versions_are_compared_with_their_own_runs_only() {
    let mut index = InvocationIndex::default();
    let runs = [
        run("f").version("1").took(100),
        failed("1", "TypeError"),
        failed("1", "KeyError"),
        run("f").version("2").took(200).cold(50),
        failed("2", "KeyError"),
        failed("2", "IndexError"),
        run("f").version("2").outcome(Outcome::Timeout),
        run("g").version("1"),
    ];
    runs.iter().zip(1..).for_each(|(run, id)| index.push(id, run));
    index.sort();
    let comparison = Comparison::new(&side(&index, "1"), &side(&index, "2"));
    let [function] = comparison.functions.as_slice() else { panic!("{comparison:?}") };
    let (a, b) = (function.pair.a.as_ref().unwrap(), function.pair.b.as_ref().unwrap());
    assert_eq!((a.invocations, a.errors, a.cold_starts, a.timeouts), (3, 2, 0, 0));
    assert_eq!((b.invocations, b.errors, b.cold_starts, b.timeouts), (4, 3, 1, 1));
    assert_eq!((b.error_rate_pct, b.duration_ms.max), (Some(75.0), Some(200.0)));
    assert_eq!(comparison.total, function.pair);
    let titles = |errors: &Option<Vec<ErrorOfSide>>| -> Vec<String> {
        errors.iter().flatten().map(|error| error.title.clone()).collect()
    };
    let mut new = titles(&comparison.new_errors);
    new.sort();
    assert_eq!(new, ["IndexError", "timed out"]);
    assert_eq!(titles(&comparison.gone_errors), ["TypeError"]);
}

#[test]
fn side_without_invocations_is_null() {
    let mut index = InvocationIndex::default();
    index.push(1, &run("f").version("1"));
    index.sort();
    let comparison = Comparison::new(&side(&index, "1"), &side(&index, "2"));
    assert_eq!((comparison.total.a.is_some(), comparison.total.b), (true, None));
    assert_eq!(comparison.functions[0].pair.b, None);
}

#[test]
fn other_document_is_no_side() {
    for json in ["", "[]", "{}", r#"{"totals":{}}"#] {
        assert!(Side::of_document(String::new(), json).is_err(), "{json}");
    }
}
