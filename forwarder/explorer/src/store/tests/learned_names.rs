//! Downloads that name no function: what their lines teach of it changes how things are shown, not what they are.

use super::*;
use crate::view::{Catalog, LedgerCounts, View};

/// What a batch tells that is called after its file.
fn from_file() -> Origin {
    let mut origin = Origin::default();
    origin.set_function("download");
    origin
}

/// The same behind a line that names the function.
fn learned(function: &str) -> Origin {
    let mut origin = from_file();
    origin.learn_account("123456789012");
    origin.learn_function(function);
    origin
}

/// An invocation whose REPORT has this id and comes so many seconds into the log.
fn run(origin: Origin, id: i64) -> Invocation {
    Invocation { origin: Arc::new(origin), ..invocation(&id.to_string(), id * 1000) }
}

/// Names of the functions of all stored invocations.
fn shown(scratch: &Scratch) -> Vec<String> {
    scratch.invocations().iter().map(|run| run.origin.function().to_owned()).collect()
}

/// Rows of the view, each with its number of invocations.
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
        assert_eq!(shown(&scratch), ["tenner", "tenner"]);
        assert_eq!(scratch.invocations(), earlier);
        let functions: Vec<_> =
            scratch.store().functions().unwrap().into_iter().map(|function| function.name).collect();
        assert_eq!(functions, ["tenner"]);
    }
}

#[test]
fn what_no_download_names_joins_the_row_of_the_name_that_was_learned() {
    let scratch = Scratch::new();
    scratch.run(&[run(from_file(), 1), run(learned("tenner"), 2)], &[]);
    assert_eq!(shown(&scratch), ["download", "tenner"]);
    assert_eq!(rows(&scratch), [("tenner".to_owned(), 2)]);
}

#[test]
fn evidence_meets_its_invocation_whichever_of_them_was_learned() {
    for origins in [[from_file(), learned("tenner")], [learned("tenner"), from_file()]] {
        for request_id in ["r-1", ""] {
            let [of_run, of_proof] = origins.clone();
            let proof = evidence(1000, EvidenceKind::Timeout);
            let proof = Evidence { origin: Arc::new(of_proof), request_id: request_id.into(), ..proof };
            let scratch = Scratch::new();
            scratch.run(&[run(of_run, 1)], &[proof]);
            assert_eq!(scratch.invocations()[0].outcome, Outcome::Timeout);
        }
    }
}

/// Logs an event of each of these origins, in one run; ids are those given.
fn log(scratch: &Scratch, events: &[(&Origin, &str)]) -> Written {
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
            tenant: None,
            part: Part::Whole,
            text: Text::Utf8,
        };
        builder.push(&record).unwrap();
    }
    builder.finish().unwrap();
    writer.finish().unwrap()
}

#[test]
fn an_event_is_stored_once_whether_its_function_was_learned_or_not() {
    let (named, learned) = (from_file(), learned("tenner"));
    for [first, second] in [[&named, &learned], [&learned, &named]] {
        let scratch = Scratch::new();
        log(&scratch, &[(first, "1")]);
        let written = log(&scratch, &[(second, "1"), (second, "2")]);
        assert_eq!((written.events, written.duplicates), (1, 1));
    }
}

#[test]
fn an_event_is_shown_under_the_name_known_when_it_came() {
    let scratch = Scratch::new();
    log(&scratch, &[(&from_file(), "1"), (&learned("tenner"), "2"), (&learned("payments"), "3")]);
    let mut found: Vec<_> = scratch.store().search(&Query::default(), 10).unwrap();
    found.sort_by(|one, other| one.message.cmp(&other.message));
    let names: Vec<_> = found.iter().map(|event| event.origin.function()).collect();
    assert_eq!(names, ["download", "tenner", "payments"]);
}
