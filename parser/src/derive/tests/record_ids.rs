//! Ids and origin that records get from their stream, and the state that streams keep.

use std::{borrow::Cow, sync::Arc};

use super::*;
use crate::{level::Level, line::App, origin::Arrival};

/// Request ids of the records of a stream's lines.
fn request_ids(message: &str, lines: Vec<Line<'_>>) -> Vec<Option<String>> {
    let (mut streams, mut out) = (Streams::new(4), Collected::default());
    streams.enter(&stream("s"), &mut out);
    let read = |line| record(&mut streams, message, 1, line, &mut out).request_id.map(str::to_owned);
    lines.into_iter().map(read).collect()
}

fn check(message: &str, lines: Vec<Line<'_>>, expected: &[Option<&str>]) {
    let ids = request_ids(message, lines);
    assert_eq!(ids.iter().map(Option::as_deref).collect::<Vec<_>>(), expected);
}

fn app_of(request_id: Cow<'_, str>) -> Line<'_> {
    let Line::App(app) = app() else { unreachable!() };
    Line::App(App { request_id: Some(request_id), ..app })
}

#[test]
fn lines_between_start_and_end_get_the_request_id() {
    let lines = vec![app(), start("a"), app(), end("a"), app()];
    check(TEXT, lines, &[None, Some("a"), Some("a"), Some("a"), None]);
}

#[test]
fn region_and_arrival_are_those_of_the_batch() {
    let batch = |stream: &str, region: &str, key: &str| {
        let arrival = Arrival { key: key.to_owned(), ..Arrival::default() };
        let mut origin = Origin::default();
        origin.set_names("", stream);
        region.clone_into(&mut origin.region);
        origin.arrival = (!key.is_empty()).then(|| Arc::new(arrival));
        origin
    };
    let (mut streams, mut out) = (Streams::new(4), Collected::default());
    // Events without names belong to one stream, which exists from the start.
    for (stream, region, key) in [
        ("", "eu-west-1", "a"),
        ("", "eu-west-2", "a"),
        ("s", "eu-west-1", "b"),
        ("", "eu-west-2", ""),
        ("s", "eu-west-1", "c"),
    ] {
        streams.enter(&batch(stream, region, key), &mut out);
        let record = record(&mut streams, TEXT, 1, app(), &mut out);
        let found = record.origin.arrival.as_ref().map_or("", |arrival| &arrival.key);
        assert_eq!((&*record.origin.region, found), (region, key));
    }
}

#[test]
fn report_ends_the_current_invocation() {
    check(JSON, vec![start("a"), app(), report("a"), app()], &[Some("a"), Some("a"), Some("a"), None]);
}

#[test]
fn request_id_in_the_line_takes_precedence() {
    let lines = vec![start("a"), app_of("b".into()), app_of(Cow::Owned("c".to_owned()))];
    check(TEXT, lines, &[Some("a"), Some("b"), Some("c")]);
}

#[test]
fn start_ends_an_invocation_without_report() {
    check(TEXT, vec![start("a"), start("b"), app()], &[Some("a"), Some("b"), Some("b")]);
}

#[test]
fn lines_on_managed_instances_get_no_request_id() {
    let managed = init_start(Some(Initialization::ManagedInstances));
    check(JSON, vec![managed, start("a"), app()], &[None, Some("a"), None]);
    check(JSON, vec![start("a"), start("b"), app()], &[Some("a"), Some("b"), None]);
    let on_demand = init_start(Some(Initialization::OnDemand));
    check(JSON, vec![on_demand, start("a"), start("b"), app()], &[None, Some("a"), Some("b"), Some("b")]);
}

#[test]
fn report_shows_if_invocations_are_concurrent() {
    let Line::Report(billed) = report("a") else { unreachable!() };
    let managed = Line::Report(Report { billed_duration: None, ..billed });
    check(JSON, vec![managed, start("b"), app()], &[Some("a"), Some("b"), None]);
    let lines = vec![report("a"), start("b"), start("c"), app()];
    check(JSON, lines, &[Some("a"), Some("b"), Some("c"), Some("c")]);
}

#[test]
fn current_invocation_is_kept_while_another_stream_is_selected() {
    let (mut streams, mut out) = (Streams::new(4), Collected::default());
    streams.enter(&stream("s"), &mut out);
    record(&mut streams, TEXT, 1, start("a"), &mut out);
    streams.enter(&stream("t"), &mut out);
    assert_eq!(record(&mut streams, TEXT, 2, app(), &mut out).request_id, None);
    streams.enter(&stream("s"), &mut out);
    streams.flush(&mut out);
    assert_eq!(record(&mut streams, TEXT, 3, app(), &mut out).request_id, Some("a"));
}

#[test]
fn flush_emits_reported_invocations() {
    let (mut streams, mut out) = (Streams::new(4), Collected::default());
    record(&mut streams, TEXT, 1, start("a"), &mut out);
    record(&mut streams, TEXT, 2, report("a"), &mut out);
    streams.enter(&stream("t"), &mut out);
    record(&mut streams, TEXT, 3, report("b"), &mut out);
    streams.flush(&mut out);
    assert_eq!(out.summary(), ["b success Warm edge", "a success Warm edge"]);
    streams.finish(&mut out);
    assert_eq!(out.invocations.len(), 2);
}

#[test]
fn streams_beyond_the_capacity_are_finished() {
    let (mut streams, mut out) = (Streams::new(10), Collected::default());
    for n in 0..25 {
        streams.enter(&stream(&n.to_string()), &mut out);
        record(&mut streams, TEXT, 1, report(["a", "b"][n % 2]), &mut out);
    }
    assert!((15..25).contains(&out.invocations.len()), "{}", out.invocations.len());
    assert!(
        out.invocations.iter().all(|invocation| invocation.origin.log_stream().parse::<u8>().unwrap() < 20)
    );
    streams.finish(&mut out);
    assert_eq!(out.invocations.len(), 25);
}

#[test]
fn most_recently_used_stream_is_kept() {
    let (mut streams, mut out) = (Streams::new(2), Collected::default());
    streams.enter(&stream("s"), &mut out);
    record(&mut streams, TEXT, 1, start("a"), &mut out);
    streams.enter(&stream("t"), &mut out);
    streams.enter(&stream("s"), &mut out);
    assert_eq!(record(&mut streams, TEXT, 2, app(), &mut out).request_id, Some("a"));
}

#[test]
fn lines_of_an_invocation_get_trace_and_tenant_of_its_start() {
    let (mut streams, mut out) = (Streams::new(4), Collected::default());
    let start = Start { request_id: "a", trace_id: Some("1-2-3"), tenant: Some("t"), ..Start::default() };
    record(&mut streams, JSON, 1, Line::Start(start), &mut out);
    let of_the_invocation = record(&mut streams, JSON, 2, app_of("a".into()), &mut out);
    assert_eq!((of_the_invocation.trace_id, of_the_invocation.tenant), (Some("1-2-3"), Some("t")));
    let of_another = record(&mut streams, JSON, 3, app_of("b".into()), &mut out);
    assert_eq!((of_another.trace_id, of_another.tenant), (None, None));
}

#[test]
fn region_and_version_are_taken_from_lines() {
    let (mut streams, mut out) = (Streams::new(4), Collected::default());
    streams.enter(&stream("s"), &mut out);
    assert_eq!(record(&mut streams, TEXT, 1, init_start(None), &mut out).origin.region, "eu-west-3");
    let record = record(&mut streams, TEXT, 2, start("a"), &mut out);
    assert_eq!((record.origin.version(), record.origin.function()), ("41", "f"));
}

#[test]
fn account_and_function_are_taken_from_the_function_arn() {
    let (mut streams, mut out) = (Streams::new(4), Collected::default());
    let function_arn = Some("arn:aws:lambda:eu-central-1:825765399535:function:tenner");
    let line = Line::Start(Start { request_id: "a", function_arn, ..Start::default() });
    let origin = record(&mut streams, JSON, 1, line, &mut out).origin.clone();
    let learned = (origin.region.as_str(), origin.account.as_str(), origin.function());
    assert_eq!(learned, ("eu-central-1", "825765399535", "tenner"));
    assert_eq!((origin.batch_account(), origin.batch_function()), ("", ""));
}

#[test]
fn stream_is_recognised_after_its_account_was_learned() {
    let (mut streams, mut out) = (Streams::new(4), Collected::default());
    streams.enter(&stream("s"), &mut out);
    let function_arn = Some("arn:aws:lambda:eu-central-1:825765399535:function:f");
    let line = Line::Start(Start { request_id: "a", function_arn, ..Start::default() });
    record(&mut streams, JSON, 1, line, &mut out);
    streams.enter(&stream("s"), &mut out);
    assert_eq!(record(&mut streams, JSON, 2, app(), &mut out).request_id, Some("a"));
    streams.enter(&stream("t"), &mut out);
    streams.enter(&stream("s"), &mut out);
    assert_eq!(record(&mut streams, JSON, 3, app(), &mut out).request_id, Some("a"));
}

#[test]
fn streams_of_different_accounts_are_separate() {
    let (mut streams, mut out) = (Streams::new(4), Collected::default());
    let of_account = |account: &str| {
        let mut origin = stream("s");
        account.clone_into(&mut origin.account);
        origin
    };
    streams.enter(&of_account("1"), &mut out);
    record(&mut streams, TEXT, 1, start("a"), &mut out);
    streams.enter(&of_account("1"), &mut out);
    assert_eq!(record(&mut streams, TEXT, 2, app(), &mut out).request_id, Some("a"));
    streams.enter(&of_account("2"), &mut out);
    assert_eq!(record(&mut streams, TEXT, 3, app(), &mut out).request_id, None);
    streams.enter(&of_account("1"), &mut out);
    assert_eq!(record(&mut streams, TEXT, 4, app(), &mut out).request_id, Some("a"));
}

#[test]
fn later_part_of_a_message_is_plain_text() {
    let (mut streams, mut out) = (Streams::new(4), Collected::default());
    let piece = Event { part: Part::Piece(1), ..event("REPORT RequestId: a") };
    let record = streams.record(&piece, EventId::Position(1), UnixMillis(1), report("a"), &mut out);
    assert!(matches!(record.line, Line::App(App { message: "REPORT RequestId: a", .. })));
    streams.finish(&mut out);
    assert_eq!(out.summary(), [""; 0]);
}

#[test]
fn platform_lines_have_the_level_aws_defines() {
    let level = |line| record(&mut Streams::new(1), TEXT, 1, line, &mut Collected::default()).level;
    assert_eq!(level(start("a")), Some(Level::Info));
    assert_eq!(level(report("a")), Some(Level::Info));
    assert_eq!(level(init_report(Some(Phase::Init))), Some(Level::Debug));
    assert_eq!(level(timeout("a")), Some(Level::Error));
    assert_eq!(level(app()), None);
}
