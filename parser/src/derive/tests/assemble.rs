//! Which invocations lines add up to.

use std::borrow::Cow;

use super::*;
use crate::{
    derive::{EvidenceKind, Outcome},
    line::{App, FailureSign, RestoreReport, RuntimeDone, Status},
    units::ByteSize,
};

fn check(lines: Vec<Line<'_>>, expected: &[&str]) {
    assert_eq!(derive(TEXT, lines).summary(), expected);
}

fn check_json(lines: Vec<Line<'_>>, expected: &[&str]) {
    assert_eq!(derive(JSON, lines).summary(), expected);
}

fn failing(request_id: Option<&'static str>) -> Line<'static> {
    let Line::App(app) = app() else { unreachable!() };
    let error_type = Some(Cow::Borrowed("TypeError"));
    Line::App(App {
        request_id: request_id.map(Cow::Borrowed),
        sign: Some(FailureSign::Unhandled),
        error_type,
        ..app
    })
}

fn restore_report() -> Line<'static> {
    Line::RestoreReport(RestoreReport::default())
}

/// A REPORT of Managed Instances: a duration and no more.
fn managed_report(request_id: &str) -> Line<'_> {
    Line::Report(Report { request_id, duration: Some(Duration::from_millis(5)), ..Report::default() })
}

#[test]
fn a_report_is_an_invocation() {
    check(vec![start("a"), app(), end("a"), report("a"), start("b")], &["a success Warm"]);
}

#[test]
fn the_last_report_of_an_input_may_not_be_the_last_word() {
    check(vec![start("a"), end("a"), report("a")], &["a success Warm edge"]);
    check(vec![report("a"), start("b")], &["a success Warm edge"]);
}

#[test]
fn the_next_environment_ends_what_ran_before() {
    check(vec![start("a"), report("a"), init_start(None)], &["a success Warm"]);
}

#[test]
fn a_report_before_its_end_changes_nothing() {
    check(vec![start("a"), report("a"), end("a"), start("b")], &["a success Warm"]);
}

#[test]
fn a_fault_counts_before_the_report_and_after_it() {
    check(vec![start("a"), timeout("a"), end("a"), report("a"), start("b")], &["a timeout Warm"]);
    check(vec![start("a"), end("a"), report("a"), timeout("a"), start("b")], &["a timeout Warm"]);
}

#[test]
fn a_fault_without_a_request_id_is_of_the_run_it_stands_in() {
    check(
        vec![start("a"), fault(None, FaultKind::Killed), report("a"), start("b")],
        &["a out_of_memory Warm"],
    );
}

#[test]
fn an_unhandled_error_of_the_function_fails_its_run() {
    check(vec![start("a"), failing(None), report("a"), start("b")], &["a error Warm"]);
    check(vec![start("a"), failing(Some("a")), report("a"), start("b")], &["a error Warm"]);
    let collected = derive(TEXT, vec![start("a"), failing(None), failing(None), report("a")]);
    assert_eq!(collected.invocations[0].error_type.as_deref(), Some("TypeError"));
}

#[test]
fn a_retry_is_an_invocation_of_its_own() {
    let lines = vec![start("a"), timeout("a"), report("a"), start("a"), end("a"), report("a"), start("b")];
    check(lines, &["a timeout Warm", "a success Warm"]);
    check(vec![report("a"), timeout("a"), report("a")], &["a timeout Warm edge", "a success Warm edge"]);
}

#[test]
fn evidence_without_an_invocation_is_handed_on() {
    check(vec![timeout("a"), start("b")], &["a: Timeout"]);
    check(vec![start("a"), timeout("a"), fault(Some("a"), FaultKind::Exited)], &["a: Timeout", "a: Exited"]);
    check(vec![start("a"), app()], &[]);
}

#[test]
fn evidence_for_an_invocation_that_left_is_handed_on() {
    check(vec![start("a"), report("a"), start("b"), timeout("a")], &["a success Warm", "a: Timeout"]);
}

#[test]
fn an_init_in_the_report_is_a_cold_start() {
    let init_duration = Some(Duration::from_millis(300));
    let lines = vec![start("a"), Line::Report(Report { init_duration, ..billed("a") }), start("b")];
    check(lines, &["a success Cold"]);
}

#[test]
fn an_init_that_failed_twice_is_one_cold_start() {
    let failed = [init_report(Some(Phase::Init)), init_report(Some(Phase::Invoke))];
    let runs = [start("a"), report("a"), start("b"), report("b")];
    check([failed, [start("a"), report("a")]].concat(), &["a success Cold edge"]);
    let all =
        [init_report(Some(Phase::Init)), init_report(Some(Phase::Invoke))].into_iter().chain(runs).collect();
    check(all, &["a success Cold", "b success Warm edge"]);
}

#[test]
fn an_init_within_a_run_is_its_cold_start() {
    check(vec![start("a"), init_report(Some(Phase::Invoke)), report("a"), start("b")], &["a success Cold"]);
}

#[test]
fn an_init_ahead_of_need_is_no_cold_start() {
    check(vec![init_report(Some(Phase::Init)), start("a"), report("a"), start("b")], &["a success Warm"]);
    check(vec![init_report(None), start("a"), report("a"), start("b")], &["a success Warm"]);
    check(
        vec![init_report(Some(Phase::SnapStart)), start("a"), report("a"), start("b")],
        &["a success Warm"],
    );
}

#[test]
fn a_restore_is_told_by_the_report_or_before_the_start() {
    let restore_duration = Some(Duration::from_millis(300));
    let told = Line::Report(Report { restore_duration, ..billed("a") });
    check(vec![start("a"), told, start("b")], &["a success Restored"]);
    let lines = vec![restore_report(), start("a"), report("a"), start("b"), report("b")];
    check(lines, &["a success Restored", "b success Warm edge"]);
}

#[test]
fn a_new_environment_forgets_the_restore_of_the_last() {
    check(vec![restore_report(), init_start(None), start("a"), report("a"), start("b")], &["a success Warm"]);
}

#[test]
fn the_runtimes_notice_fills_the_invocation() {
    let done = |status| {
        Line::RuntimeDone(RuntimeDone {
            request_id: "a",
            status,
            produced_bytes: Some(ByteSize(40)),
            response_latency: Some(Duration::from_millis(2)),
            tenant: Some("tenant"),
            trace_id: Some("1-2-3"),
            ..RuntimeDone::default()
        })
    };
    let collected = derive(JSON, vec![start("a"), done(Some(Status::Timeout)), report("a")]);
    let run = &collected.invocations[0];
    assert_eq!((run.outcome, run.produced_bytes), (Outcome::Timeout, Some(ByteSize(40))));
    assert_eq!(run.response_latency, Some(Duration::from_millis(2)));
    assert_eq!((run.tenant.as_deref(), run.trace_id.as_deref()), (Some("tenant"), Some("1-2-3")));

    let after = derive(JSON, vec![start("a"), report("a"), done(None)]);
    assert_eq!(after.invocations[0].produced_bytes, Some(ByteSize(40)));
    let alone = derive(JSON, vec![done(Some(Status::Success))]);
    assert_eq!(
        (alone.evidence[0].kind, alone.evidence[0].details.produced_bytes),
        (EvidenceKind::Seen, Some(ByteSize(40)))
    );
}

#[test]
fn managed_instances_run_many_at_once() {
    let managed = init_start(Some(Initialization::ManagedInstances));
    let lines = vec![
        managed,
        start("a"),
        start("b"),
        managed_report("b"),
        start("c"),
        timeout("b"),
        managed_report("a"),
        failing(Some("a")),
    ];
    check_json(lines, &["a error Warm edge", "b timeout Warm edge"]);
}

/// How much leaves a stream before its input ends.
fn check_left_early(message: &str, lines: Vec<Line<'_>>, expected: usize) {
    let (mut streams, mut out) = (Streams::new(4), Collected::default());
    streams.enter(&stream("one"), &mut out);
    for (time, line) in (1..).zip(lines) {
        record(&mut streams, message, time, line, &mut out);
    }
    assert_eq!(out.summary().len(), expected);
}

#[test]
fn runs_that_nothing_ends_do_not_pile_up() {
    let ids: Vec<String> = (0..1_000).map(|n| n.to_string()).collect();
    check_left_early(JSON, ids.iter().flat_map(|id| [start(id), timeout(id)]).collect(), 1_000 - 64);
    check_left_early(JSON, ids.iter().map(|id| managed_report(id)).collect(), 1_000 - 64);
}

#[test]
fn a_stream_of_nothing_but_reports_holds_the_last() {
    check_left_early(TEXT, vec![report("a"), report("b"), report("c")], 2);
    check_left_early(JSON, vec![report("a"), report("b"), report("c")], 2);
}

#[test]
fn a_text_report_that_lacks_fields_is_not_of_a_managed_instance() {
    check_left_early(TEXT, vec![managed_report("a"), managed_report("b")], 1);
}

#[test]
fn a_log_without_stream_names_mixes_environments() {
    let (mut streams, mut out) = (Streams::new(4), Collected::default());
    for (time, line) in (1..).zip([start("a"), start("b"), failing(Some("a")), report("b"), report("a")]) {
        record(&mut streams, TEXT, time, line, &mut out);
    }
    assert_eq!(out.summary().len(), 0, "nothing that began ended another thing");
    streams.finish(&mut out);
    assert_eq!(out.summary(), ["a error Warm edge", "b success Warm edge"]);
}

#[test]
fn an_init_inside_the_run_is_its_cold_start_where_the_log_level_hides_start() {
    let init = Line::InitReport(InitReport { phase: Some(Phase::Invoke), ..InitReport::default() });
    check_json(vec![init, report("a"), report("b")], &["a success Cold edge", "b success Warm edge"]);
}

#[test]
fn evidence_without_an_id_belongs_to_the_run_it_stands_in() {
    check(vec![start("a"), failing(None), end("a"), report("a")], &["a error Warm edge"]);
    check(vec![failing(None), end("a"), report("a")], &["a error Warm edge"]);
    check(vec![start("a"), report("a"), failing(None)], &["a error Warm edge"]);
    check(vec![failing(None), start("a"), report("a")], &["a success Warm edge"]);
    check(vec![init_start(None), failing(None)], &[]);
    check(vec![report("a"), failing(None), report("b")], &["a success Warm edge", "b error Warm edge"]);
    check(vec![failing(None)], &[": Unhandled"]);
}

#[test]
fn files_without_names_are_told_apart_by_their_function() {
    let (mut streams, mut out) = (Streams::new(4), Collected::default());
    for function in ["f", "g"] {
        let mut origin = Origin::default();
        origin.set_function(function);
        streams.enter(&origin, &mut out);
        record(&mut streams, TEXT, 1, report("a"), &mut out);
    }
    streams.finish(&mut out);
    let mut functions: Vec<_> = out.invocations.iter().map(|run| run.origin.function().to_owned()).collect();
    functions.sort();
    assert_eq!(functions, ["f", "g"]);
}

#[test]
fn times_at_the_extremes_do_not_panic() {
    let (mut streams, mut out) = (Streams::new(1), Collected::default());
    let huge = Report { duration: Some(Duration::MAX), billed_duration: Some(Duration::MAX), ..billed("a") };
    for (time, line) in [(i64::MAX, start("a")), (i64::MIN, Line::Report(huge)), (i64::MAX, timeout("a"))] {
        record(&mut streams, TEXT, time, line, &mut out);
    }
    streams.finish(&mut out);
    assert_eq!(out.summary(), ["a timeout Warm edge"]);
}
