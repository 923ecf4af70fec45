//! Tests of downloads that do not name their function: a name found in a log line changes the function under which
//! data is shown, not its identity.

use super::*;
use crate::view::{Catalog, LedgerCounts, View};

/// Origin of log events from a file: the function is named after the file.
fn from_file() -> Origin {
    let mut origin = Origin::default();
    origin.set_function("download");
    origin
}

/// Origin of [`from_file`] after a log line that names the function.
fn learned(function: &str) -> Origin {
    let mut origin = from_file();
    origin.learn_account("123456789012");
    origin.learn_function(function);
    origin
}

/// Invocation whose REPORT line has the event id `id` and is logged at second `id`.
fn run(origin: Origin, id: i64) -> Invocation {
    Invocation { origin: Arc::new(origin), ..invocation(&id.to_string(), id * 1000) }
}

/// Returns the function names of all stored invocations.
fn function_names(scratch: &Scratch) -> Vec<String> {
    scratch.invocations().iter().map(|run| run.origin.function().to_owned()).collect()
}

/// Returns the functions of the view, each with its number of invocations.
fn rows(scratch: &Scratch) -> Vec<(String, u64)> {
    let mut view = View::default();
    scratch.invocations().iter().for_each(|run| view.add(run));
    let summary = view.summary(&Catalog::default(), LedgerCounts::default());
    summary.functions.into_iter().map(|row| (row.function, row.invocations)).collect()
}

#[test]
fn overlapping_downloads_are_stored_once_under_the_learned_name_in_either_order() {
    let earlier = [run(learned("tenner"), 1), run(learned("tenner"), 2)];
    let later = [run(from_file(), 2)];
    for order in [[&earlier[..], &later], [&later, &earlier]] {
        let scratch = Scratch::new();
        order.into_iter().for_each(|download| scratch.run(download, &[]));
        assert_eq!(function_names(&scratch), ["tenner", "tenner"]);
        assert_eq!(scratch.invocations(), earlier);
        let functions: Vec<_> =
            scratch.store().functions().unwrap().into_iter().map(|function| function.name).collect();
        assert_eq!(functions, ["tenner"]);
    }
}

#[test]
fn unnamed_invocation_is_counted_under_the_learned_name() {
    let scratch = Scratch::new();
    scratch.run(&[run(from_file(), 1), run(learned("tenner"), 2)], &[]);
    assert_eq!(function_names(&scratch), ["download", "tenner"]);
    assert_eq!(rows(&scratch), [("tenner".to_owned(), 2)]);
}

#[test]
fn evidence_applies_whether_its_function_name_was_learned_or_not() {
    for origins in [[from_file(), learned("tenner")], [learned("tenner"), from_file()]] {
        for request_id in ["r-1", ""] {
            let [of_run, of_evidence] = origins.clone();
            let timeout = evidence(1000, EvidenceKind::Timeout);
            let timeout =
                Evidence { origin: Arc::new(of_evidence), request_id: request_id.into(), ..timeout };
            let scratch = Scratch::new();
            scratch.run(&[run(of_run, 1)], &[timeout]);
            assert_eq!(scratch.invocations()[0].outcome, Outcome::Timeout);
        }
    }
}

/// Stores events in one run, each given as its origin and id.
fn log(scratch: &Scratch, events: &[(&Origin, &str)]) -> WriteCounts {
    let writer = scratch.store().writer().unwrap();
    let mut builder = BlockBuilder::new(writer.handle());
    for (origin, id) in events {
        let event_id = EventId::CloudWatch(id);
        let record = Record {
            origin,
            event_id,
            time: UnixMillis(5),
            message: id,
            line: line::parse(id),
            level: None,
            request_id: None,
            trace_id: None,
            invocation_segment: None,
            trace_context: None,
            tenant: None,
            part: Part::Whole,
            utf8: Utf8::Valid,
            additions: None,
        };
        builder.push(&record).unwrap();
    }
    builder.finish().unwrap();
    writer.finish().unwrap()
}

#[test]
fn event_is_stored_once_whether_its_function_name_was_learned_or_not() {
    let (named, learned) = (from_file(), learned("tenner"));
    for [first, second] in [[&named, &learned], [&learned, &named]] {
        let scratch = Scratch::new();
        log(&scratch, &[(first, "1")]);
        let counts = log(&scratch, &[(second, "1"), (second, "2")]);
        assert_eq!((counts.events, counts.duplicates), (1, 1));
    }
}

#[test]
fn event_is_shown_under_the_name_known_at_that_line() {
    let scratch = Scratch::new();
    log(&scratch, &[(&from_file(), "1"), (&learned("tenner"), "2"), (&learned("payments"), "3")]);
    let mut found: Vec<_> = scratch.store().search(&Query::default(), 10).unwrap();
    found.sort_by(|one, other| one.message.cmp(&other.message));
    let names: Vec<_> = found.iter().map(|event| event.origin.function()).collect();
    assert_eq!(names, ["download", "tenner", "payments"]);
}

/// Origin of a log group that does not name a function.
fn in_group(log_group: &str) -> Origin {
    let mut origin = Origin::default();
    origin.set_names(log_group, "worker-1");
    origin
}

#[test]
fn invocations_of_an_unknown_function_are_listed_under_their_log_group() {
    let scratch = Scratch::new();
    scratch
        .run(&[run(in_group("my-app/prod"), 1), run(in_group("batch"), 2), run(Origin::default(), 3)], &[]);
    let mut rows = rows(&scratch);
    rows.sort_unstable();
    let listed = ["batch", "my-app/prod", "unknown"];
    assert_eq!(rows, listed.map(|name| (name.to_owned(), 1)));
    let functions = scratch.store().functions().unwrap();
    let mut names: Vec<_> = functions.iter().map(|function| function.listed_name()).collect();
    names.sort_unstable();
    assert_eq!(names, listed);
    assert!(functions.iter().all(|function| function.name.is_empty()));
}

#[test]
fn name_learned_in_a_log_group_replaces_it() {
    let scratch = Scratch::new();
    let mut named = in_group("my-app/prod");
    named.learn_function("checkout");
    scratch.run(&[run(in_group("my-app/prod"), 1), run(named, 2)], &[]);
    assert_eq!(rows(&scratch), [("checkout".to_owned(), 2)]);
}

#[test]
fn replica_at_the_edge_keeps_its_price() {
    let scratch = Scratch::new();
    let mut origin = Origin::default();
    origin.region = "eu-central-1".to_owned();
    origin.set_names("/aws/lambda/us-east-1.auth", "2026/04/12/[3]ff680fb9db4b567eacc20455ba5d4249");
    let (memory_size, billed_duration) = (Some(MemoryMib(1024)), Some(Duration::from_secs(1)));
    let before = Invocation { memory_size, billed_duration, ..run(origin, 1) };
    scratch.run(std::slice::from_ref(&before), &[]);
    let after = scratch.invocations().remove(0);
    assert_eq!((after.origin.function(), after.origin.is_edge()), ("auth", true));
    let catalog = Catalog::default();
    let cost = |run: &Invocation| run.cost(&catalog.terms(&run.origin)).map(|cost| cost.total);
    assert_eq!(cost(&after), cost(&before));
    assert_ne!(cost(&after), cost(&Invocation { origin: Arc::new(in_region("eu-central-1")), ..before }));
}

fn in_region(region: &str) -> Origin {
    let mut origin = from_file();
    origin.region = region.to_owned();
    origin
}
