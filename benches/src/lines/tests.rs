//! Each shape of line, as AWS writes it.

use std::{rc::Rc, time::Duration};

use super::*;
use crate::{
    model::{Birth, Ending, Era, Function, Launch, Runtime, SystemLevel, Thrown, Trace},
    object::Object,
    populace::ordinary,
    words::{Level, Library, Metrics},
};

const ID: &str = "8edab1f8-7d34-4a8e-a965-15ccbbb78d4c";

fn function(runtime: Runtime) -> Function {
    ordinary("checkout", runtime)
}

fn run(birth: Birth, ending: Ending) -> Run {
    Run {
        request_id: ID.to_owned(),
        started: Moment(1_772_618_400_000),
        duration: Duration::from_micros(46_840),
        birth,
        ending,
        max_memory_mib: 72,
        trace: None,
        tenant: None,
        produced_bytes: 40,
    }
}

fn warm() -> Run {
    run(Birth::Warm, Ending::Success)
}

fn thrown() -> Ending {
    let frames = &["price (/var/task/price.js:41:18)"];
    Ending::Thrown(Thrown { error_type: "TypeError", message: "no currency".to_owned(), frames })
}

/// Everything that is written of a run.
fn written(function: Function, run: &Run, words: Option<Words>) -> Vec<String> {
    let environment = Environment {
        function: Rc::new(function),
        version: "41".to_owned(),
        stream: "2026/03/04/[41]4426346c2cdf4c54a74d3bd2b929fc44".to_owned(),
    };
    let position = if run.birth == Birth::Warm { Position::Later } else { Position::First };
    let script: Vec<_> =
        words.into_iter().map(|words| Said { after: Duration::from_millis(12), words }).collect();
    let scene = Scene { environment: &environment, run, position };
    write_run(scene, &script).into_iter().map(|event| event.message).collect()
}

/// One of the lines of a run is this one.
fn check(function: Function, run: &Run, expected: &str) {
    let lines = written(function, run, None);
    assert!(lines.iter().any(|line| line == expected), "{expected:?} is none of {lines:#?}");
}

/// What is said is spelled so.
fn check_words(function: Function, words: Words, expected: &str) {
    let lines = written(function, &warm(), Some(words));
    assert!(lines.iter().any(|line| line == expected), "{expected:?} is none of {lines:#?}");
}

fn text() -> Function {
    function(Runtime::Node)
}

fn json(level: SystemLevel) -> Function {
    Function { format: Format::Json(level), ..function(Runtime::Node) }
}

#[test]
fn a_warm_run_is_start_end_report() {
    let report = format!(
        "REPORT RequestId: {ID}\tDuration: 46.84 ms\tBilled Duration: 47 ms \tMemory Size: 512 MB\tMax Memory \
         Used: 72 MB\t\n"
    );
    let expected = [format!("START RequestId: {ID} Version: 41\n"), format!("END RequestId: {ID}\n"), report];
    assert_eq!(written(text(), &warm(), None), expected);
}

#[test]
fn a_cold_run_reports_and_bills_init() {
    let run = run(Birth::Cold(Duration::from_micros(423_980)), Ending::Success);
    let expected = format!(
        "REPORT RequestId: {ID}\tDuration: 46.84 ms\tBilled Duration: 471 ms\tMemory Size: 512 MB\tMax Memory \
         Used: 72 MB\tInit Duration: 423.98 ms\t\n"
    );
    check(text(), &run, &expected);
    let init = written(text(), &run, None).remove(0);
    assert!(
        init.starts_with("INIT_START Runtime Version: nodejs:22.mainline.v98\tRuntime Version ARN: arn:aws:")
    );
}

#[test]
fn a_trace_stands_behind_a_newline_in_the_report() {
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
fn a_restore_is_told_and_billed_in_part() {
    let restore = Duration::from_micros(511_250);
    let run = run(Birth::Restored { restore, billed_ms: 303 }, Ending::Success);
    check(text(), &run, "RESTORE_REPORT Restore Duration: 511.25 ms\n");
    let expected = format!(
        "REPORT RequestId: {ID}\tDuration: 46.84 ms\tBilled Duration: 350 ms\tMemory Size: 512 MB\tMax Memory \
         Used: 72 MB\tRestore Duration: 511.25 ms\tBilled Restore Duration: 303 ms\t\n"
    );
    check(text(), &run, &expected);
}

#[test]
fn init_that_fails_is_told_twice() {
    let run = run(Birth::ColdTwice(Duration::from_micros(137_690)), thrown());
    let failed = "Status: error\tError Type: Runtime.ImportModuleError\n";
    check(text(), &run, &format!("INIT_REPORT Init Duration: 137.69 ms\tPhase: init\t{failed}"));
    check(text(), &run, &format!("INIT_REPORT Init Duration: 137.69 ms\tPhase: invoke\t{failed}"));
    assert!(
        written(text(), &run, None)
            .iter()
            .any(|line| line.contains("\tundefined\tERROR\tUncaught Exception \t{"))
    );
}

#[test]
fn new_timeouts_are_in_the_report_and_old_ones_behind_it() {
    let run = run(Birth::Warm, Ending::TimedOut);
    let lines = |era| written(Function { era, ..text() }, &run, None);
    assert!(lines(Era::Statuses)[2].ends_with("Max Memory Used: 72 MB\tStatus: timeout\n"));
    assert!(lines(Era::Lines)[2].ends_with("Max Memory Used: 72 MB\t\n"));
    let line = format!("2026-03-04T10:00:00.046Z {ID} Task timed out after 3.00 seconds\n\n");
    assert_eq!((&lines(Era::Lines)[3], &lines(Era::Both)[3]), (&line, &line));
}

#[test]
fn a_runtime_that_exits_says_so_in_the_era_it_lives_in() {
    let run = run(Birth::Warm, Ending::Exited);
    check(
        text(),
        &run,
        &format!("RequestId: {ID} Error: Runtime exited with error: exit status 1\nRuntime.ExitError\n"),
    );
    assert!(written(text(), &run, None)[3].ends_with("\tStatus: error\tError Type: Runtime.ExitError\n"));
}

#[test]
fn old_logs_call_out_of_memory_killed() {
    let run = run(Birth::Warm, Ending::OutOfMemory);
    let old = Function { era: Era::Lines, ..text() };
    check(
        old,
        &run,
        &format!("RequestId: {ID} Error: Runtime exited with error: signal: killed\nRuntime.ExitError\n"),
    );
    assert!(written(text(), &run, None)[3].ends_with("\tStatus: error\tError Type: Runtime.OutOfMemory\n"));
}

#[test]
fn errors_nothing_caught_are_told_by_the_runtime() {
    let run = run(Birth::Warm, thrown());
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
        Function { format: Format::Json(SystemLevel::Info), ..function(Runtime::Python) },
        &run,
        &format!(
            "{{\"timestamp\":\"2026-03-04T10:00:00Z\",\"log_level\":\"ERROR\",\"errorType\":\"TypeError\",\
             \"errorMessage\":\"no currency\",\"requestId\":\"{ID}\",\"stackTrace\":[\"price \
             (/var/task/price.js:41:18)\"]}}\n"
        ),
    );
}

#[test]
fn extensions_tell_what_they_are_there_for() {
    let function = Function { extension: Some("datadog-agent"), ..text() };
    let run = run(Birth::Cold(Duration::from_millis(80)), Ending::Success);
    check(function, &run, "EXTENSION\tName: datadog-agent\tState: Ready\tEvents: [INVOKE,SHUTDOWN]\n");
}

#[test]
fn json_reports_hold_the_same_numbers() {
    let run = run(Birth::Cold(Duration::from_micros(463_510)), Ending::Success);
    check(
        json(SystemLevel::Info),
        &run,
        &format!(
            "{{\"time\":\"2026-03-04T10:00:00.046Z\",\"type\":\"platform.report\",\"record\":{{\"requestId\":\"{ID}\",\
             \"status\":\"success\",\"metrics\":{{\"durationMs\":46.84,\"billedDurationMs\":511,\"memorySizeMB\":512,\
             \"maxMemoryUsedMB\":72,\"initDurationMs\":463.51}}}}}}"
        ),
    );
}

#[test]
fn the_system_level_decides_what_the_platform_says() {
    let count = |level, ending: Ending| written(json(level), &run(Birth::Warm, ending), None).len();
    assert_eq!(count(SystemLevel::Debug, Ending::Success), 3);
    assert_eq!(count(SystemLevel::Info, Ending::Success), 2);
    assert_eq!(count(SystemLevel::Warn, Ending::Success), 0);
    assert_eq!(count(SystemLevel::Warn, Ending::TimedOut), 2);
}

#[test]
fn managed_instances_report_no_more_than_the_duration() {
    let function = Function { launch: Launch::ManagedInstances, ..json(SystemLevel::Info) };
    let report = written(function, &warm(), None).pop().unwrap();
    assert!(report.contains("\"metrics\":{\"durationMs\":46.84},\"spans\""), "{report}");
}

#[test]
fn tenants_are_in_json_only() {
    let run = Run { tenant: Some("acme"), ..warm() };
    let tells = |function| written(function, &run, None).iter().filter(|line| line.contains("acme")).count();
    assert_eq!((tells(json(SystemLevel::Info)), tells(text())), (2, 0));
}

#[test]
fn each_runtime_has_its_own_text() {
    let logged = || Words::Logged(Level::Warn, "slow".to_owned());
    let check = |runtime, expected: &str| check_words(function(runtime), logged(), expected);
    check(Runtime::Node, &format!("2026-03-04T10:00:00.012Z\t{ID}\tWARN\tslow\n"));
    check(Runtime::Python, &format!("[WARNING]\t2026-03-04T10:00:00.012Z\t{ID}\tslow\n"));
    check(Runtime::Java, "[WARN] slow\n");
    check(Runtime::DotNet, &format!("2026-03-04T10:00:00.012Z\t{ID}\twarn\tslow\n"));
    check(Runtime::Ruby, &format!("W, [2026-03-04T10:00:00.012000 #8 {ID}]  WARN -- : slow\n"));
    check(Runtime::Go, "2026/03/04 10:00:00 slow\n");
    check(Runtime::Rust, "2026-03-04T10:00:00.012Z  WARN slow\n");
}

#[test]
fn json_in_a_string_of_json_is_encoded_twice() {
    let words = Words::DoubleEncoded(Library::Bare, Level::Error, "no".to_owned(), Object::new());
    let lines = written(json(SystemLevel::Warn), &warm(), Some(words));
    let outer: serde_json::Value = serde_json::from_str(&lines[0]).unwrap();
    let inner: serde_json::Value = serde_json::from_str(outer["message"].as_str().unwrap()).unwrap();
    assert_eq!((&inner["severity"], &inner["message"]), (&"ERROR".into(), &"no".into()));
}

#[test]
fn metrics_are_declared_and_given() {
    let metrics = Metrics {
        namespace: "Shop",
        dimension: ("service", "checkout".to_owned()),
        values: vec![("Orders", "Count", 3)],
    };
    let line = format!(
        "{{\"_aws\":{{\"Timestamp\":1772618400012,\"CloudWatchMetrics\":[{{\"Namespace\":\"Shop\",\"Dimensions\":\
         [[\"service\"]],\"Metrics\":[{{\"Name\":\"Orders\",\"Unit\":\"Count\"}}]}}]}},\"service\":\"checkout\",\
         \"requestId\":\"{ID}\",\"Orders\":3}}\n"
    );
    check_words(text(), Words::Metrics(metrics), &line);
}
