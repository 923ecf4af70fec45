//! Delivery guarantees of `bootstrap`, one per test.

mod damaged_input;
mod datadog_settings;
mod dead_sink;
mod deadline;
pub(crate) mod hostile_addresses;
mod known_bugs;
mod large_events;
mod mapping;
mod metrics;
mod not_sent;
mod objects;
mod parking;
mod redrive;
mod rejections;
mod secrecy;
mod sick_endpoint;
mod tiny_events;
mod tls;
mod traces;

use std::{path::Path, process::Command};

use tests::{
    backend::{Backend, ReceivedLog},
    binary,
    encoding::lambda_event,
    lambda::Lambda,
    oracle::{Findings, Oracle},
    producer::{EventNumber, Producer},
    runtime_api::Answer,
};

/// Makes the next events; returns their numbers and a subscription event.
fn delivery(producer: &mut Producer, count: u64) -> (Vec<EventNumber>, Vec<u8>) {
    let (numbers, document) = producer.document(count);
    (numbers, lambda_event(&document).to_string().into_bytes())
}

/// Invokes the function and checks that it responds.
#[track_caller]
fn succeed(lambda: &mut Lambda, event: &[u8]) {
    let run = lambda.invoke_once("8f5f3c1e-0d6b-4b0e-9f0a-1c2d3e4f5a6b", event);
    assert!(run.answer.response().is_some(), "{:?}", describe(&run.answer));
}

/// Invokes the function, checks that it reports an error, and returns the error.
#[track_caller]
fn fail(lambda: &mut Lambda, event: &[u8]) -> String {
    let run = lambda.invoke_once("8f5f3c1e-0d6b-4b0e-9f0a-1c2d3e4f5a6b", event);
    assert!(matches!(run.answer, Answer::Error { .. }), "{:?}", describe(&run.answer));
    describe(&run.answer)
}

fn describe(answer: &Answer) -> String {
    match answer {
        Answer::Response(body) => String::from_utf8_lossy(body).into_owned(),
        Answer::Error { kind, body } => format!("{kind} {}", String::from_utf8_lossy(body)),
        Answer::TooLarge(_) | Answer::TimedOut | Answer::ProcessExited | Answer::InitFailed(_) => {
            format!("{answer:?}")
        }
    }
}

/// Returns the findings for a sink that received these logs of acknowledged events.
fn findings(acknowledged: &[EventNumber], got: &[ReceivedLog]) -> Findings {
    let mut oracle = Oracle::new(&["sink"]);
    oracle.record_sent(acknowledged);
    oracle.record_acknowledged(acknowledged);
    oracle.record_received("sink", got);
    oracle.findings()
}

/// Checks that a backend received all events intact.
#[track_caller]
fn assert_has_all(backend: &Backend, numbers: &[EventNumber]) {
    let findings = findings(numbers, &backend.logs());
    assert!(findings.is_clean(), "{findings}");
}

/// Runs `tailwater redrive file:FOLDER` with these settings; returns its exit code and output.
pub(crate) fn redrive(folder: &Path, settings: &[(&str, String)]) -> (Option<i32>, String) {
    let output = Command::new(binary::tailwater())
        .arg("redrive")
        .arg(format!("file:{}", folder.display()))
        .env_clear()
        .envs(settings.iter().map(|(name, value)| (name, value)))
        .output()
        .expect("the binary can be started");
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    (output.status.code(), text.into_owned())
}
