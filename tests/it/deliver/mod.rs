//! `bootstrap`, one promise of reliability a test: what a failure may cost, and what not.

mod damaged_input;
mod dead_sink;
mod deadline;
mod known_bugs;
mod large_events;
mod metrics;
mod not_sent;
mod objects;
mod parking;
mod redrive;
mod rejections;
mod secrecy;
mod tiny_events;
mod tls;

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

/// The next events as a subscription's event: their numbers, and the event.
fn delivery(producer: &mut Producer, count: u64) -> (Vec<EventNumber>, Vec<u8>) {
    let (numbers, document) = producer.document(count);
    (numbers, lambda_event(&document).to_string().into_bytes())
}

/// Invokes it with this event, and wants a response.
#[track_caller]
fn succeed(lambda: &mut Lambda, event: &[u8]) {
    let run = lambda.invoke_once("8f5f3c1e-0d6b-4b0e-9f0a-1c2d3e4f5a6b", event);
    assert!(run.answer.response().is_some(), "{:?}", words(&run.answer));
}

/// Invokes it with this event, and wants an error of the function.
#[track_caller]
fn fail(lambda: &mut Lambda, event: &[u8]) -> String {
    let run = lambda.invoke_once("8f5f3c1e-0d6b-4b0e-9f0a-1c2d3e4f5a6b", event);
    assert!(matches!(run.answer, Answer::Error { .. }), "{:?}", words(&run.answer));
    words(&run.answer)
}

fn words(answer: &Answer) -> String {
    match answer {
        Answer::Response(body) => String::from_utf8_lossy(body).into_owned(),
        Answer::Error { kind, body } => format!("{kind} {}", String::from_utf8_lossy(body)),
        Answer::TooLarge(_) | Answer::TimedOut | Answer::ProcessExited | Answer::InitFailed(_) => {
            format!("{answer:?}")
        }
    }
}

/// The judgement on one sink that got this of the acknowledged events.
fn findings(acknowledged: &[EventNumber], got: &[ReceivedLog]) -> Findings {
    let mut oracle = Oracle::new(&["sink"]);
    oracle.record_sent(acknowledged);
    oracle.record_acknowledged(acknowledged);
    oracle.record_received("sink", got);
    oracle.findings()
}

/// Fails unless a backend has all of these events, intact.
#[track_caller]
fn assert_has_all(backend: &Backend, numbers: &[EventNumber]) {
    let findings = findings(numbers, &backend.logs());
    assert!(findings.is_clean(), "{findings}");
}

/// `tailwater redrive file:FOLDER`, delivering to these backends; its exit code and what it wrote.
fn redrive(folder: &Path, settings: &[(&str, String)]) -> (Option<i32>, String) {
    let output = Command::new(binary::tailwater())
        .arg("redrive")
        .arg(format!("file:{}", folder.display()))
        .env_clear()
        .envs(settings.iter().map(|(name, value)| (name, value)))
        .output()
        .expect("the binary was built");
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    (output.status.code(), text.into_owned())
}
