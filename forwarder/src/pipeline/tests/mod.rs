//! Tests of the pipeline.

mod guide;
mod rules;

use super::*;
use tailwater_parser::decode::{Part, Utf8};

/// Target that collects the ids of records.
#[derive(Default)]
struct Ids(Vec<String>);

/// Target that collects records and invocations as text.
#[derive(Default)]
struct Found(Vec<String>);

impl Collect for Found {
    fn invocation(&mut self, invocation: Invocation) {
        let Invocation { request_id, start, origin, .. } = &invocation;
        self.0.push(format!("invocation {request_id} {start:?} {}", origin.version()));
    }

    fn evidence(&mut self, evidence: Evidence) {
        self.0.push(format!("evidence {}", evidence.request_id));
    }
}

impl Target for Found {
    fn record(&mut self, record: &Record<'_>) {
        let Record { time, message, request_id, .. } = record;
        self.0.push(format!("{} {message} {}", time.0, request_id.unwrap_or("-")));
    }
}

/// Returns what a pipeline makes of events with these times, which are all in one stream.
fn found(range: TimeRange, events: &[(Option<i64>, &str)]) -> Vec<String> {
    let mut pipeline = Pipeline::new(range, Found::default());
    pipeline.begin_input(b"input");
    pipeline.set_default_time(UnixMillis(7));
    for (time, message) in events {
        let (time, part) = (time.map(UnixMillis), Part::Whole);
        pipeline.event(&Event { id: None, time, message, part, utf8: Utf8::Valid });
    }
    pipeline.finish().0.0
}

impl Collect for Ids {
    fn invocation(&mut self, _: Invocation) {}

    fn evidence(&mut self, _: Evidence) {}
}

impl Target for Ids {
    fn record(&mut self, record: &Record<'_>) {
        self.0.push(record.event_id.to_string());
    }
}

fn ids(lines: &[String]) -> Vec<String> {
    let mut pipeline = Pipeline::new(TimeRange::default(), Ids::default());
    pipeline.begin_input(lines.concat().as_bytes());
    for message in lines {
        let part = Part::Whole;
        pipeline.event(&Event { id: None, time: None, message, part, utf8: Utf8::Valid });
    }
    pipeline.finish().0.0
}

#[test]
fn ids_stay_the_same_when_a_file_grows() {
    let lines: Vec<_> = (0..40).map(|n| format!("line {n} of some length\n")).collect();
    let (before, after) = (ids(&lines[..20]), ids(&lines));
    assert_eq!(before, after[..20]);
}

#[test]
fn equal_lines_have_different_ids() {
    let same = |first: &str| vec![first.to_owned(), "again\n".to_owned(), "again\n".to_owned()];
    let mut all = [ids(&same("a\n")), ids(&same("b\n"))].concat();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 6);
}

#[test]
fn event_without_time_has_the_time_of_the_event_before() {
    let events = [(None, "a"), (Some(20), "b"), (None, "c")];
    assert_eq!(found(TimeRange::default(), &events), ["7 a -", "20 b -", "20 c -"]);
}

#[test]
fn ids_do_not_depend_on_the_default_time() {
    let ids = |time| {
        let mut pipeline = Pipeline::new(TimeRange::default(), Ids::default());
        pipeline.begin_input(b"input");
        pipeline.set_default_time(UnixMillis(time));
        let part = Part::Whole;
        pipeline.event(&Event { id: None, time: None, message: "a", part, utf8: Utf8::Valid });
        pipeline.finish().0.0
    };
    assert_eq!(ids(1), ids(2));
}

const REPORT: &str = "REPORT RequestId: r1 Duration: 1.00 ms Billed Duration: 2 ms";

#[test]
fn lines_before_the_range_complete_those_within_it() {
    let events = [
        (Some(1), "REPORT RequestId: r0 Duration: 1.00 ms Billed Duration: 2 ms"),
        (Some(2), "RESTORE_REPORT Restore Duration: 5.00 ms"),
        (Some(3), "START RequestId: r1 Version: 41"),
        (Some(10), "hello"),
        (Some(11), REPORT),
        (Some(20), "late"),
    ];
    let range = TimeRange { since: Some(UnixMillis(10)), until: Some(UnixMillis(20)) };
    let expected =
        ["10 hello r1".to_owned(), format!("11 {REPORT} r1"), "invocation r1 Restored 41".to_owned()];
    assert_eq!(found(range, &events), expected);
}

#[test]
fn failure_before_the_range_counts_with_its_report_only() {
    let timeout = "2026-03-04T10:00:00.000Z r1 Task timed out after 3.00 seconds";
    let range = TimeRange { since: Some(UnixMillis(10)), until: None };
    assert_eq!(found(range, &[(Some(1), timeout)]), [""; 0]);
    assert_eq!(found(range, &[(Some(1), timeout), (Some(11), REPORT)]).len(), 2);
}
