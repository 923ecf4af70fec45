//! Tests of the harness with a minimal function: they show that the harness detects failures.

use std::{
    fs,
    process::{Command, Output},
    time::Duration,
};

use serde_json::json;
use tests::{
    backend::{
        Backend, FaultSchedule, Step,
        datadog::{AgeCheck, Datadog},
    },
    lambda::Lambda,
    oracle::{FaultTotals, Oracle},
    process::Program,
    producer::{EventNumber, id, payload},
    redeliver::asynchronous::{Disposition, Queue},
    runtime_api::Answer,
};

const BOOTSTRAP: &str = env!("CARGO_BIN_EXE_fake-bootstrap");
const RUNTIME_API: &str = env!("CARGO_BIN_EXE_runtime-api");

fn lambda(timeout: Duration) -> Lambda {
    Lambda::new(Program::new(BOOTSTRAP), timeout)
}

fn lambda_with_long_timeout() -> Lambda {
    lambda(Duration::from_secs(20))
}

fn error() -> Answer {
    Answer::Error { kind: "Fake.Error".to_owned(), body: b"{}".to_vec() }
}

fn response(text: &str) -> Answer {
    Answer::Response(text.as_bytes().to_vec())
}

/// Invokes a function with these events and checks each answer and the number of processes.
fn check(mut lambda: Lambda, events: &[(&str, Answer)], processes: usize) {
    for (event, expected) in events {
        assert_eq!(&lambda.invoke_once("id", event.as_bytes()).answer, expected, "{event}");
    }
    let history = lambda.finish();
    assert_eq!(history.exit_statuses.len(), processes);
    assert_eq!(history.output.stderr, "started\n".repeat(processes).as_bytes());
    assert!(history.violations.is_empty(), "{:?}", history.violations);
}

#[test]
fn one_process_serves_several_events() {
    check(
        lambda_with_long_timeout(),
        &[("1", response("1")), (r#"{"do":"error"}"#, error()), ("2", response("2"))],
        1,
    );
}

#[test]
fn exited_process_is_restarted() {
    check(
        lambda_with_long_timeout(),
        &[(r#"{"do":"exit"}"#, Answer::ProcessExited), ("2", response("2"))],
        2,
    );
}

#[test]
fn process_that_misses_its_deadline_is_killed_and_restarted() {
    let lambda = lambda(Duration::from_millis(300));
    check(lambda, &[(r#"{"do":"hang"}"#, Answer::TimedOut), ("2", response("2"))], 2);
}

#[test]
fn initialization_error_fails_the_event() {
    let program = Program::new(BOOTSTRAP).env("FAKE_INIT", "fail");
    let failure = Answer::InitFailed("Fake.Error cannot start".to_owned());
    check(Lambda::new(program, Duration::from_secs(20)), &[("1", failure.clone()), ("2", failure)], 2);
}

#[test]
fn kill_switch_ends_an_invocation_from_another_thread() {
    let mut lambda = lambda_with_long_timeout();
    assert_eq!(lambda.invoke_once("id", b"1").answer, response("1"));
    let kill_switch = lambda.kill_switch();
    let killer = std::thread::spawn(move || kill_switch.kill());
    killer.join().expect("the thread does not panic");
    assert_eq!(lambda.invoke_once("id", br#"{"do":"hang"}"#).answer, Answer::ProcessExited);
    assert_eq!(lambda.invoke_once("id", b"2").answer, response("2"));
}

#[test]
fn environment_has_the_variables_of_aws_and_no_inherited_ones() {
    let mut lambda =
        Lambda::new(Program::new(BOOTSTRAP).env("TAILWATER_SINKS", "otlp"), Duration::from_secs(20));
    let answer = lambda.invoke_once("id", br#"{"do":"environment"}"#).answer;
    let names: Vec<String> = serde_json::from_slice(answer.response().expect("the function responds"))
        .expect("the response is a list of names");
    for name in
        ["AWS_REGION", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_LOG_GROUP_NAME", "TAILWATER_SINKS"]
    {
        assert!(names.iter().any(|own| own == name), "no {name} in {names:?}");
    }
    assert!(!names.iter().any(|name| name.starts_with("CARGO") || name == "HOME"), "inherited: {names:?}");
}

#[test]
fn memory_and_startup_time_are_measured() {
    let mut lambda = lambda_with_long_timeout();
    let answer = lambda.invoke_once("id", br#"{"do":"allocate"}"#).answer;
    assert_eq!(answer, response(&(64 * 1024 * 1024).to_string()));
    let history = lambda.finish();
    assert!((65_536..200_000).contains(&history.peak_memory_kib), "{}", history.peak_memory_kib);
    assert_eq!(history.init_durations.len(), 1);
    assert!(history.init_durations[0] < Duration::from_secs(10));
}

#[test]
fn asynchronous_events_are_retried_after_a_process_ends() {
    let mut lambda = lambda(Duration::from_millis(300));
    let mut queue = Queue::default();
    for event in [r#"{"do":"exit"}"#, "1", r#"{"do":"hang"}"#] {
        queue.push(event);
    }
    let mut results = queue.drain(&mut lambda);
    results.sort_by_key(|result| result.event);
    let ends: Vec<_> = results.iter().map(|result| (result.attempts, result.disposition)).collect();
    assert_eq!(
        ends,
        [(3, Disposition::DeadLetter), (1, Disposition::Acknowledged), (3, Disposition::DeadLetter)]
    );
    assert_eq!(lambda.finish().exit_statuses.len(), 6, "each failed attempt ended a process");
}

/// Sends three events, one per invocation, to a backend with these steps, and returns the oracle's findings.
fn deliver_three_events(steps: impl FnOnce(&Lambda) -> Vec<Step>) -> tests::oracle::Findings {
    let mut lambda = lambda_with_long_timeout();
    let protocol = Datadog { key: "key".to_owned(), age_check: AgeCheck::Disabled };
    let backend = Backend::start(protocol, FaultSchedule::new(steps(&lambda)));
    let (mut queue, mut oracle) = (Queue::default(), Oracle::new(&["datadog"]));
    let events: [EventNumber; 3] = [0, 1, 2];
    for event in events {
        let logs = json!([{"id": id(event), "message": payload(event)}]);
        queue.push(json!({"do": "send", "to": backend.address().to_string(), "logs": logs}).to_string());
    }
    oracle.record_sent(&events);
    let results = queue.drain(&mut lambda);
    for result in results.iter().filter(|result| result.disposition == Disposition::Acknowledged) {
        oracle.record_acknowledged(&[events[result.event]]);
        oracle.add_faults(FaultTotals {
            retries: (result.attempts - 1).try_into().expect("there are at most two retries"),
            ..FaultTotals::default()
        });
    }
    oracle.record_received("datadog", &backend.logs());
    oracle.add_faults(FaultTotals { faults: backend.faults(), ..FaultTotals::default() });
    oracle.findings()
}

#[test]
fn kill_before_the_response_causes_a_duplicate() {
    let findings = deliver_three_events(|lambda| {
        let kill_switch = lambda.kill_switch();
        vec![Step::default().with_hook(move || kill_switch.kill())]
    });
    findings.assert_nothing_lost();
    assert_eq!((findings.duplicates, findings.fault_totals.retries), (1, 1));
}

#[test]
fn rejected_request_causes_a_retry_and_no_duplicate() {
    let findings = deliver_three_events(|_| vec![Step::status(503)]);
    findings.assert_nothing_lost();
    assert_eq!((findings.duplicates, findings.fault_totals.retries, findings.fault_totals.faults), (0, 1, 1));
}

#[test]
fn backend_that_discards_accepted_events_is_detected() {
    let lie = tests::http::Response::new(202, "{}");
    let findings = deliver_three_events(|_| vec![Step::new(tests::backend::Fault::Discard(lie))]);
    assert_eq!(findings.missing, [("datadog".to_owned(), 0)]);
}

/// Runs the `runtime-api` program with one event.
fn run_program(event: &str, arguments: &[&str]) -> Output {
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let path = folder.path().join("event.json");
    fs::write(&path, event).expect("the file can be written");
    let output = Command::new(RUNTIME_API).arg("--event").arg(path).args(arguments).output();
    output.expect("the binary can be started")
}

fn check_program(event: &str, arguments: &[&str], code: i32, expected: &str) {
    let output = run_program(event, arguments);
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{text}");
    assert!(text.contains(expected), "no {expected:?} in {text}");
}

#[test]
fn runtime_api_program_prints_each_answer() {
    check_program("[1]", &["--", BOOTSTRAP], 0, "ms: [1]");
    check_program("[1]", &["--", BOOTSTRAP], 0, "stderr: started");
    check_program(r#"{"do":"hang"}"#, &["--deadline", "200ms", "--", BOOTSTRAP], 1, "timed out after 20");
    check_program("[1]", &["--env", "FAKE_INIT=fail", "--", BOOTSTRAP], 1, "initialization failed");
    check_program("[1]", &["--help"], 0, "usage: runtime-api");
    check_program("[1]", &["--sooner"], 1, "unknown flag: --sooner");
}
