//! Tests of the formats of lines: generated lines are compared with lines as AWS writes them.

use std::{rc::Rc, time::Duration};

use super::*;
use crate::{
    app_log::{EmbeddedMetrics, Level, Library},
    fleet::base_function,
    json_object::JsonObject,
    model::{
        FailureStyle, Function, InitializationType, Outcome, Runtime, StartType, SystemLogLevel, Trace,
        UnhandledError,
    },
};

const ID: &str = "8edab1f8-7d34-4a8e-a965-15ccbbb78d4c";

fn function(runtime: Runtime) -> Function {
    base_function("checkout", runtime)
}

fn run(start_type: StartType, outcome: Outcome) -> Run {
    Run {
        request_id: ID.to_owned(),
        started: Timestamp(1_772_618_400_000),
        duration: Duration::from_micros(46_840),
        start_type,
        outcome,
        max_memory_mib: 72,
        trace: None,
        tenant: None,
        produced_bytes: 40,
    }
}

fn warm() -> Run {
    run(StartType::Warm, Outcome::Success)
}

fn unhandled_error() -> Outcome {
    let frames = &["price (/var/task/price.js:41:18)"];
    Outcome::UnhandledError(UnhandledError {
        error_type: "TypeError",
        message: "no currency".to_owned(),
        frames,
    })
}

/// Messages of all events of a run.
fn messages(function: Function, run: &Run, statement: Option<Statement>) -> Vec<String> {
    let environment = Environment {
        function: Rc::new(function),
        version: "41".to_owned(),
        stream: "2026/03/04/[41]4426346c2cdf4c54a74d3bd2b929fc44".to_owned(),
    };
    let position = if run.start_type == StartType::Warm { Position::Later } else { Position::First };
    let app_log: Vec<_> = statement
        .into_iter()
        .map(|statement| TimedStatement { offset: Duration::from_millis(12), statement })
        .collect();
    let ctx = RunContext { environment: &environment, run, position };
    write_run(ctx, &app_log).into_iter().map(|event| event.message).collect()
}

/// Asserts that one of the run's lines is `expected`.
fn check(function: Function, run: &Run, expected: &str) {
    let lines = messages(function, run, None);
    assert!(lines.iter().any(|line| line == expected), "{expected:?} is not in {lines:#?}");
}

/// Asserts that a statement is formatted as `expected`.
fn check_statement(function: Function, statement: Statement, expected: &str) {
    let lines = messages(function, &warm(), Some(statement));
    assert!(lines.iter().any(|line| line == expected), "{expected:?} is not in {lines:#?}");
}

fn text() -> Function {
    function(Runtime::Node)
}

fn json(level: SystemLogLevel) -> Function {
    Function { log_format: LogFormat::Json(level), ..function(Runtime::Node) }
}

#[test]
fn warm_run_is_start_end_report() {
    let report = format!(
        "REPORT RequestId: {ID}\tDuration: 46.84 ms\tBilled Duration: 47 ms \tMemory Size: 512 MB\tMax Memory \
         Used: 72 MB\t\n"
    );
    let expected = [format!("START RequestId: {ID} Version: 41\n"), format!("END RequestId: {ID}\n"), report];
    assert_eq!(messages(text(), &warm(), None), expected);
}

#[test]
fn cold_run_reports_and_bills_init() {
    let run = run(StartType::Cold(Duration::from_micros(423_980)), Outcome::Success);
    let expected = format!(
        "REPORT RequestId: {ID}\tDuration: 46.84 ms\tBilled Duration: 471 ms\tMemory Size: 512 MB\tMax Memory \
         Used: 72 MB\tInit Duration: 423.98 ms\t\n"
    );
    check(text(), &run, &expected);
    let init = messages(text(), &run, None).remove(0);
    assert!(
        init.starts_with("INIT_START Runtime Version: nodejs:22.mainline.v98\tRuntime Version ARN: arn:aws:")
    );
}

#[test]
fn trace_follows_a_newline_in_the_report() {
    let trace = Trace {
        id: "1-5d8bba5a-dc2932496a65bab91d2d42d4".to_owned(),
        segment: "5ff79d2a06b82ad6".to_owned(),
    };
    let expected = format!(
        "REPORT RequestId: {ID}\tDuration: 46.84 ms\tBilled Duration: 47 ms \tMemory Size: 512 MB\tMax Memory \
         Used: 72 MB\t\nXRAY TraceId: 1-5d8bba5a-dc2932496a65bab91d2d42d4\tSegmentId: 5ff79d2a06b82ad6\tSampled: \
         true\t\n"
    );
    check(text(), &Run { trace: Some(trace), ..warm() }, &expected);
}

#[test]
fn restore_is_reported_and_billed_in_part() {
    let restore = Duration::from_micros(511_250);
    let run = run(StartType::Restored { restore, billed_ms: 303 }, Outcome::Success);
    check(text(), &run, "RESTORE_REPORT Restore Duration: 511.25 ms\n");
    let expected = format!(
        "REPORT RequestId: {ID}\tDuration: 46.84 ms\tBilled Duration: 350 ms\tMemory Size: 512 MB\tMax Memory \
         Used: 72 MB\tRestore Duration: 511.25 ms\tBilled Restore Duration: 303 ms\t\n"
    );
    check(text(), &run, &expected);
}

#[test]
fn failed_init_is_reported_for_both_phases() {
    let run = run(StartType::InitRetried(Duration::from_micros(137_690)), unhandled_error());
    let failed = "Status: error\tError Type: Runtime.ImportModuleError\n";
    check(text(), &run, &format!("INIT_REPORT Init Duration: 137.69 ms\tPhase: init\t{failed}"));
    check(text(), &run, &format!("INIT_REPORT Init Duration: 137.69 ms\tPhase: invoke\t{failed}"));
    assert!(
        messages(text(), &run, None)
            .iter()
            .any(|line| line.contains("\tundefined\tERROR\tUncaught Exception \t{"))
    );
}

#[test]
fn timeout_is_a_status_or_a_line_after_the_report() {
    let run = run(StartType::Warm, Outcome::TimedOut);
    let lines = |failure_style| messages(Function { failure_style, ..text() }, &run, None);
    assert!(lines(FailureStyle::ReportStatus)[2].ends_with("Max Memory Used: 72 MB\tStatus: timeout\n"));
    assert!(lines(FailureStyle::SeparateLines)[2].ends_with("Max Memory Used: 72 MB\t\n"));
    let line = format!("2026-03-04T10:00:00.046Z {ID} Task timed out after 3.00 seconds\n\n");
    assert_eq!((&lines(FailureStyle::SeparateLines)[3], &lines(FailureStyle::Both)[3]), (&line, &line));
}

#[test]
fn runtime_exit_has_a_line_and_a_status() {
    let run = run(StartType::Warm, Outcome::Exited);
    check(
        text(),
        &run,
        &format!("RequestId: {ID} Error: Runtime exited with error: exit status 1\nRuntime.ExitError\n"),
    );
    assert!(messages(text(), &run, None)[3].ends_with("\tStatus: error\tError Type: Runtime.ExitError\n"));
}

#[test]
fn out_of_memory_is_signal_killed_in_a_line_or_a_status() {
    let run = run(StartType::Warm, Outcome::OutOfMemory);
    let old = Function { failure_style: FailureStyle::SeparateLines, ..text() };
    check(
        old,
        &run,
        &format!("RequestId: {ID} Error: Runtime exited with error: signal: killed\nRuntime.ExitError\n"),
    );
    assert!(messages(text(), &run, None)[3].ends_with("\tStatus: error\tError Type: Runtime.OutOfMemory\n"));
}

#[test]
fn unhandled_errors_have_a_line_of_the_runtime() {
    let run = run(StartType::Warm, unhandled_error());
    check(
        text(),
        &run,
        &format!(
            "2026-03-04T10:00:00.046Z\t{ID}\tERROR\tInvoke Error \t{{\"errorType\":\"TypeError\",\"errorMessage\":\
             \"no currency\",\"stack\":[\"TypeError: no currency\",\"    at price (/var/task/price.js:41:18)\"]}}\n"
        ),
    );
    check(
        function(Runtime::Python),
        &run,
        "[ERROR] TypeError: no currency\nTraceback (most recent call last):\n  price (/var/task/price.js:41:18)\n",
    );
    check(
        Function { log_format: LogFormat::Json(SystemLogLevel::Info), ..function(Runtime::Python) },
        &run,
        &format!(
            "{{\"timestamp\":\"2026-03-04T10:00:00Z\",\"log_level\":\"ERROR\",\"errorType\":\"TypeError\",\
             \"errorMessage\":\"no currency\",\"requestId\":\"{ID}\",\"stackTrace\":[\"price \
             (/var/task/price.js:41:18)\"]}}\n"
        ),
    );
}

#[test]
fn extension_line_lists_its_events() {
    let function = Function { extension: Some("datadog-agent"), ..text() };
    let run = run(StartType::Cold(Duration::from_millis(80)), Outcome::Success);
    check(function, &run, "EXTENSION\tName: datadog-agent\tState: Ready\tEvents: [INVOKE,SHUTDOWN]\n");
}

#[test]
fn json_report_has_duration_billing_memory_and_init() {
    let run = run(StartType::Cold(Duration::from_micros(463_510)), Outcome::Success);
    check(
        json(SystemLogLevel::Info),
        &run,
        &format!(
            "{{\"time\":\"2026-03-04T10:00:00.046Z\",\"type\":\"platform.report\",\"record\":{{\"requestId\":\"{ID}\",\
             \"status\":\"success\",\"metrics\":{{\"durationMs\":46.84,\"billedDurationMs\":511,\"memorySizeMB\":512,\
             \"maxMemoryUsedMB\":72,\"initDurationMs\":463.51}}}}}}"
        ),
    );
}

#[test]
fn system_log_level_filters_platform_records() {
    let count = |level, outcome: Outcome| messages(json(level), &run(StartType::Warm, outcome), None).len();
    assert_eq!(count(SystemLogLevel::Debug, Outcome::Success), 3);
    assert_eq!(count(SystemLogLevel::Info, Outcome::Success), 2);
    assert_eq!(count(SystemLogLevel::Warn, Outcome::Success), 0);
    assert_eq!(count(SystemLogLevel::Warn, Outcome::TimedOut), 2);
}

#[test]
fn managed_instances_report_only_the_duration() {
    let function =
        Function { initialization_type: InitializationType::ManagedInstances, ..json(SystemLogLevel::Info) };
    let report = messages(function, &warm(), None).pop().unwrap();
    assert!(report.contains("\"metrics\":{\"durationMs\":46.84},\"spans\""), "{report}");
}

#[test]
fn tenant_is_in_json_logs_only() {
    let run = Run { tenant: Some("acme"), ..warm() };
    let count = |function| messages(function, &run, None).iter().filter(|line| line.contains("acme")).count();
    assert_eq!((count(json(SystemLogLevel::Info)), count(text())), (2, 0));
}

#[test]
fn each_runtime_has_its_own_text_format() {
    let logged = || Statement::Logged(Level::Warn, "slow".to_owned());
    let check = |runtime, expected: &str| check_statement(function(runtime), logged(), expected);
    check(Runtime::Node, &format!("2026-03-04T10:00:00.012Z\t{ID}\tWARN\tslow\n"));
    check(Runtime::Python, &format!("[WARNING]\t2026-03-04T10:00:00.012Z\t{ID}\tslow\n"));
    check(Runtime::Java, "[WARN] slow\n");
    check(Runtime::DotNet, &format!("2026-03-04T10:00:00.012Z\t{ID}\twarn\tslow\n"));
    check(Runtime::Ruby, &format!("W, [2026-03-04T10:00:00.012000 #8 {ID}]  WARN -- : slow\n"));
    check(Runtime::Go, "2026/03/04 10:00:00 slow\n");
    check(Runtime::Rust, "2026-03-04T10:00:00.012Z  WARN slow\n");
}

#[test]
fn double_encoded_line_is_json_in_a_json_string() {
    let statement =
        Statement::DoubleEncoded(Library::Generic, Level::Error, "no".to_owned(), JsonObject::new());
    let lines = messages(json(SystemLogLevel::Warn), &warm(), Some(statement));
    let outer: serde_json::Value = serde_json::from_str(&lines[0]).unwrap();
    let inner: serde_json::Value = serde_json::from_str(outer["message"].as_str().unwrap()).unwrap();
    assert_eq!((&inner["severity"], &inner["message"]), (&"ERROR".into(), &"no".into()));
}

#[test]
fn embedded_metrics_have_definitions_and_values() {
    let metrics = EmbeddedMetrics {
        namespace: "Shop",
        dimension: ("service", "checkout".to_owned()),
        values: vec![("Orders", "Count", 3)],
    };
    let line = format!(
        "{{\"_aws\":{{\"Timestamp\":1772618400012,\"CloudWatchMetrics\":[{{\"Namespace\":\"Shop\",\"Dimensions\":\
         [[\"service\"]],\"Metrics\":[{{\"Name\":\"Orders\",\"Unit\":\"Count\"}}]}}]}},\"service\":\"checkout\",\
         \"requestId\":\"{ID}\",\"Orders\":3}}\n"
    );
    check_statement(text(), Statement::Metrics(metrics), &line);
}
