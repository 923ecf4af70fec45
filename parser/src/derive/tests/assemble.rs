//! Assembly of invocations from lines.

use std::borrow::Cow;

use super::*;
use crate::{
    derive::{EvidenceKind, Outcome},
    line::{App, RestoreReport, RuntimeDone, RuntimeFailure, Status},
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
        failure: Some(RuntimeFailure::Unhandled),
        error_type,
        ..app
    })
}

fn restore_report() -> Line<'static> {
    Line::RestoreReport(RestoreReport::default())
}

/// REPORT of Managed Instances, with a duration only.
fn managed_report(request_id: &str) -> Line<'_> {
    Line::Report(Report { request_id, duration: Some(Duration::from_millis(5)), ..Report::default() })
}

#[test]
fn report_yields_one_invocation() {
    check(vec![start("a"), app(), end("a"), report("a"), start("b")], &["a success Warm"]);
}

#[test]
fn first_and_last_invocation_of_an_input_are_at_its_edge() {
    check(vec![start("a"), end("a"), report("a")], &["a success Warm edge"]);
    check(vec![report("a"), start("b")], &["a success Warm edge"]);
}

#[test]
fn next_environment_closes_the_invocation_before() {
    check(vec![start("a"), report("a"), init_start(None)], &["a success Warm"]);
}

#[test]
fn order_of_end_and_report_does_not_matter() {
    check(vec![start("a"), report("a"), end("a"), start("b")], &["a success Warm"]);
}

#[test]
fn fault_counts_before_and_after_the_report() {
    check(vec![start("a"), timeout("a"), end("a"), report("a"), start("b")], &["a timeout Warm"]);
    check(vec![start("a"), end("a"), report("a"), timeout("a"), start("b")], &["a timeout Warm"]);
}

#[test]
fn fault_without_request_id_belongs_to_the_current_invocation() {
    check(
        vec![start("a"), fault(None, FaultKind::Killed), report("a"), start("b")],
        &["a out_of_memory Warm"],
    );
}

#[test]
fn unhandled_error_fails_the_invocation() {
    check(vec![start("a"), failing(None), report("a"), start("b")], &["a error Warm"]);
    check(vec![start("a"), failing(Some("a")), report("a"), start("b")], &["a error Warm"]);
    let collected = derive(TEXT, vec![start("a"), failing(None), failing(None), report("a")]);
    assert_eq!(collected.invocations[0].error_type.as_deref(), Some("TypeError"));
}

#[test]
fn retry_is_a_separate_invocation() {
    let lines = vec![start("a"), timeout("a"), report("a"), start("a"), end("a"), report("a"), start("b")];
    check(lines, &["a timeout Warm", "a success Warm"]);
    check(vec![report("a"), timeout("a"), report("a")], &["a timeout Warm edge", "a success Warm edge"]);
}

#[test]
fn evidence_without_a_report_is_emitted() {
    check(vec![timeout("a"), start("b")], &["a: Timeout"]);
    check(vec![start("a"), timeout("a"), fault(Some("a"), FaultKind::Exited)], &["a: Timeout", "a: Exited"]);
    check(vec![start("a"), app()], &[]);
}

#[test]
fn evidence_for_an_emitted_invocation_is_emitted() {
    check(vec![start("a"), report("a"), start("b"), timeout("a")], &["a success Warm", "a: Timeout"]);
}

#[test]
fn init_duration_in_the_report_is_a_cold_start() {
    let init_duration = Some(Duration::from_millis(300));
    let lines = vec![start("a"), Line::Report(Report { init_duration, ..billed("a") }), start("b")];
    check(lines, &["a success Cold"]);
}

#[test]
fn init_that_failed_twice_is_one_cold_start() {
    let failed = [init_report(Some(Phase::Init)), init_report(Some(Phase::Invoke))];
    let invocations = [start("a"), report("a"), start("b"), report("b")];
    check([failed, [start("a"), report("a")]].concat(), &["a success Cold edge"]);
    let all = [init_report(Some(Phase::Init)), init_report(Some(Phase::Invoke))]
        .into_iter()
        .chain(invocations)
        .collect();
    check(all, &["a success Cold", "b success Warm edge"]);
}

#[test]
fn init_in_the_invoke_phase_is_a_cold_start() {
    check(vec![start("a"), init_report(Some(Phase::Invoke)), report("a"), start("b")], &["a success Cold"]);
}

#[test]
fn init_before_the_invocation_is_not_a_cold_start() {
    check(vec![init_report(Some(Phase::Init)), start("a"), report("a"), start("b")], &["a success Warm"]);
    check(vec![init_report(None), start("a"), report("a"), start("b")], &["a success Warm"]);
    check(
        vec![init_report(Some(Phase::SnapStart)), start("a"), report("a"), start("b")],
        &["a success Warm"],
    );
}

#[test]
fn failed_init_in_the_invoke_phase_fails_the_invocation() {
    let failed = |status| {
        Line::InitReport(InitReport {
            phase: Some(Phase::Invoke),
            status: Some(status),
            error_type: Some("Runtime.InvalidEntrypoint"),
            ..InitReport::default()
        })
    };
    let collected = derive(TEXT, vec![failed(Status::Error), start("a"), end("a"), report("a")]);
    assert_eq!(collected.summary(), ["a error Cold edge"]);
    assert_eq!(collected.invocations[0].error_type.as_deref(), Some("Runtime.InvalidEntrypoint"));
    check(vec![start("a"), failed(Status::Timeout), report("a"), start("b")], &["a timeout Cold"]);
    check(
        vec![failed(Status::Error), report("a"), report("b")],
        &["a error Cold edge", "b success Warm edge"],
    );
    check(vec![failed(Status::Success), start("a"), report("a"), start("b")], &["a success Cold"]);
    check(vec![failed(Status::Error), init_start(None), start("a"), report("a")], &["a success Warm edge"]);
    check(vec![failed(Status::Error)], &[": Unhandled"]);
}

/// An error in words that a function can write too.
fn unconfirmed(request_id: Option<&'static str>) -> Line<'static> {
    let Line::App(app) = failing(request_id) else { unreachable!() };
    Line::App(App { failure: Some(RuntimeFailure::UnhandledIfLast), ..app })
}

fn said(message: &str) -> Line<'_> {
    plain_text(message)
}

#[test]
fn unconfirmed_error_is_a_failure_only_if_the_function_writes_nothing_after_it() {
    for id in [None, Some("a")] {
        check(vec![start("a"), unconfirmed(id), end("a"), report("a"), start("b")], &["a error Warm"]);
        check(vec![start("a"), unconfirmed(id), report("a"), start("b")], &["a error Warm"]);
        check(vec![start("a"), end("a"), report("a"), unconfirmed(id), start("b")], &["a error Warm"]);
        check(vec![start("a"), unconfirmed(id), app(), end("a"), report("a")], &["a success Warm edge"]);
        check(vec![unconfirmed(id), end("a"), report("a")], &["a error Warm edge"]);
        check(
            vec![start("a"), unconfirmed(id), said("    at Cart.Add()"), report("a")],
            &["a error Warm edge"],
        );
        check(vec![start("a"), unconfirmed(id), app(), unconfirmed(id), report("a")], &["a error Warm edge"]);
    }
    check(vec![start("a"), unconfirmed(Some("a"))], &["a: Unhandled"]);
    check(
        vec![start("a"), app(), report("a"), start("b"), app(), report("b")],
        &["a success Warm", "b success Warm edge"],
    );
}

#[test]
fn line_of_another_invocation_does_not_refute_an_error() {
    let (mut streams, mut out) = (Streams::new(4), Collected::default());
    let Line::App(other) = app() else { unreachable!() };
    let other = Line::App(App { request_id: Some(Cow::Borrowed("b")), ..other });
    for (time, line) in
        (1..).zip([start("a"), start("b"), unconfirmed(Some("a")), other, end("a"), report("a"), report("b")])
    {
        record(&mut streams, TEXT, time, line, &mut out);
    }
    streams.finish(&mut out);
    assert_eq!(out.summary(), ["a error Warm edge", "b success Warm edge"]);
}

#[test]
fn error_type_in_the_next_line_completes_a_failure() {
    let without_type = || {
        let Line::App(app) = failing(None) else { unreachable!() };
        Line::App(App { error_type: None, ..app })
    };
    let error_type = |lines: Vec<Line<'static>>| {
        let all = [start("a")].into_iter().chain(lines).chain([report("a")]).collect();
        derive(TEXT, all).invocations[0].error_type.as_deref().map(str::to_owned)
    };
    let crash = || fault(Some("a"), FaultKind::Exited);
    assert_eq!(error_type(vec![crash(), said("Runtime.ExitError\n")]).as_deref(), Some("Runtime.ExitError"));
    assert_eq!(
        error_type(vec![crash(), said("\n"), said("Runtime.ExitError")]).as_deref(),
        Some("Runtime.ExitError")
    );
    assert_eq!(error_type(vec![crash(), said("hello"), said("Runtime.ExitError")]), None);
    let member = || said("  \"errorType\": \"Function<TypeError>\",");
    assert_eq!(error_type(vec![without_type(), said("{"), member()]).as_deref(), Some("Function<TypeError>"));
    let json = || crate::line::parse(r#"{"errorMessage":"x","errorType":"NoOrder"}"#);
    assert_eq!(error_type(vec![without_type(), json()]).as_deref(), Some("NoOrder"));
    assert_eq!(error_type(vec![without_type(), said("hello"), member()]), None);
}

#[test]
fn restore_is_detected_from_the_report_or_a_line_before_start() {
    let restore_duration = Some(Duration::from_millis(300));
    let reported = Line::Report(Report { restore_duration, ..billed("a") });
    check(vec![start("a"), reported, start("b")], &["a success Restored"]);
    let lines = vec![restore_report(), start("a"), report("a"), start("b"), report("b")];
    check(lines, &["a success Restored", "b success Warm edge"]);
}

#[test]
fn init_start_discards_the_previous_restore() {
    check(vec![restore_report(), init_start(None), start("a"), report("a"), start("b")], &["a success Warm"]);
}

#[test]
fn runtime_done_fills_outcome_and_details() {
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
    let invocation = &collected.invocations[0];
    assert_eq!((invocation.outcome, invocation.produced_bytes), (Outcome::Timeout, Some(ByteSize(40))));
    assert_eq!(invocation.response_latency, Some(Duration::from_millis(2)));
    assert_eq!(
        (invocation.tenant.as_deref(), invocation.trace_id.as_deref()),
        (Some("tenant"), Some("1-2-3"))
    );

    let after = derive(JSON, vec![start("a"), report("a"), done(None)]);
    assert_eq!(after.invocations[0].produced_bytes, Some(ByteSize(40)));
    let alone = derive(JSON, vec![done(Some(Status::Success))]);
    assert_eq!(
        (alone.evidence[0].kind, alone.evidence[0].details.produced_bytes),
        (EvidenceKind::DetailsOnly, Some(ByteSize(40)))
    );
}

#[test]
fn managed_instances_run_invocations_concurrently() {
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

/// Checks the number of invocations that a stream emits before the input ends.
fn check_emitted_early(message: &str, lines: Vec<Line<'_>>, expected: usize) {
    let (mut streams, mut out) = (Streams::new(4), Collected::default());
    streams.enter(&stream("one"), &mut out);
    for (time, line) in (1..).zip(lines) {
        record(&mut streams, message, time, line, &mut out);
    }
    assert_eq!(out.summary().len(), expected);
}

#[test]
fn number_of_open_invocations_is_limited() {
    let ids: Vec<String> = (0..1_000).map(|n| n.to_string()).collect();
    check_emitted_early(JSON, ids.iter().flat_map(|id| [start(id), timeout(id)]).collect(), 1_000 - 64);
    check_emitted_early(JSON, ids.iter().map(|id| managed_report(id)).collect(), 1_000 - 64);
}

#[test]
fn stream_of_reports_holds_only_the_last() {
    check_emitted_early(TEXT, vec![report("a"), report("b"), report("c")], 2);
    check_emitted_early(JSON, vec![report("a"), report("b"), report("c")], 2);
}

#[test]
fn text_report_without_billing_is_sequential() {
    check_emitted_early(TEXT, vec![managed_report("a"), managed_report("b")], 1);
}

#[test]
fn log_without_stream_names_mixes_environments() {
    let (mut streams, mut out) = (Streams::new(4), Collected::default());
    for (time, line) in (1..).zip([start("a"), start("b"), failing(Some("a")), report("b"), report("a")]) {
        record(&mut streams, TEXT, time, line, &mut out);
    }
    assert_eq!(out.summary().len(), 0, "the beginning of one invocation does not end another");
    streams.finish(&mut out);
    assert_eq!(out.summary(), ["a error Warm edge", "b success Warm edge"]);
}

#[test]
fn init_in_the_invoke_phase_is_a_cold_start_without_start_lines() {
    let init = Line::InitReport(InitReport { phase: Some(Phase::Invoke), ..InitReport::default() });
    check_json(vec![init, report("a"), report("b")], &["a success Cold edge", "b success Warm edge"]);
}

#[test]
fn evidence_without_request_id_belongs_to_the_current_invocation() {
    check(vec![start("a"), failing(None), end("a"), report("a")], &["a error Warm edge"]);
    check(vec![failing(None), end("a"), report("a")], &["a error Warm edge"]);
    check(vec![start("a"), report("a"), failing(None)], &["a error Warm edge"]);
    check(vec![failing(None), start("a"), report("a")], &["a success Warm edge"]);
    check(vec![init_start(None), failing(None)], &[]);
    check(vec![report("a"), failing(None), report("b")], &["a success Warm edge", "b error Warm edge"]);
    check(vec![failing(None)], &[": Unhandled"]);
}

#[test]
fn files_without_stream_names_are_separated_by_function() {
    let (mut streams, mut out) = (Streams::new(4), Collected::default());
    for function in ["f", "g"] {
        let mut origin = Origin::default();
        origin.set_function(function);
        streams.enter(&origin, &mut out);
        record(&mut streams, TEXT, 1, report("a"), &mut out);
    }
    streams.finish(&mut out);
    let mut functions: Vec<_> =
        out.invocations.iter().map(|invocation| invocation.origin.function().to_owned()).collect();
    functions.sort();
    assert_eq!(functions, ["f", "g"]);
}

#[test]
fn extreme_times_do_not_panic() {
    let (mut streams, mut out) = (Streams::new(1), Collected::default());
    let huge = Report { duration: Some(Duration::MAX), billed_duration: Some(Duration::MAX), ..billed("a") };
    for (time, line) in [(i64::MAX, start("a")), (i64::MIN, Line::Report(huge)), (i64::MAX, timeout("a"))] {
        record(&mut streams, TEXT, time, line, &mut out);
    }
    streams.finish(&mut out);
    assert_eq!(out.summary(), ["a timeout Warm edge"]);
}
