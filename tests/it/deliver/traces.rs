//! Spans of invocations: a delivery that comes again gives the same spans, whatever happened in between.

use std::collections::BTreeMap;

use tests::{
    backend::{Backend, FaultSchedule, Step},
    function_builder::{FunctionBuilder, otlp},
    parked::ParkedObject,
    producer::Producer,
    replay::Replay,
    runtime_api::Answer,
};

use super::{assert_has_all, delivery, redrive, succeed};

const TRACES: &str = "/v1/traces";

const SIGNALS: (&str, &str) = ("TAILWATER_SIGNALS", "logs,metrics,traces");

/// Events of a delivery, every eighth of which is a REPORT.
const EVENTS: u64 = 80;

fn function(backend: &Backend) -> FunctionBuilder {
    FunctionBuilder::new().otlp(backend).env(SIGNALS.0, SIGNALS.1)
}

/// Returns the spans of a delivery that is forwarded without faults.
fn undisturbed(event: &[u8]) -> BTreeMap<String, u64> {
    let backend = otlp(FaultSchedule::default());
    succeed(&mut function(&backend).start(), event);
    let spans = backend.spans();
    assert!(spans.len() == 10 && spans.values().all(|times| *times == 1), "{spans:?}");
    spans
}

#[test]
fn spans_are_sent_only_if_the_signals_name_traces() {
    let backend = otlp(FaultSchedule::default());
    let (_, event) = delivery(&mut Producer::default(), EVENTS);
    succeed(&mut FunctionBuilder::new().otlp(&backend).start(), &event);
    assert!(backend.spans().is_empty() && !backend.points().is_empty());
    assert!(backend.requests().iter().all(|request| request.path != TRACES));
}

#[test]
fn function_killed_while_it_sends_spans_sends_the_same_ones_again() {
    let backend = otlp(FaultSchedule::default());
    let (numbers, event) = delivery(&mut Producer::default(), EVENTS);
    let mut lambda = function(&backend).start();
    let kill = lambda.kill_switch();
    backend.set_schedule(FaultSchedule::new([Step::default().with_hook(move || kill.kill())]).on(TRACES));
    let run = lambda.invoke_once("8f5f3c1e-0d6b-4b0e-9f0a-1c2d3e4f5a6b", &event);
    assert_eq!(run.answer, Answer::ProcessExited);
    assert_eq!(backend.spans().len(), 10);
    succeed(&mut lambda, &event);
    assert_has_all(&backend, &numbers);
    let spans = backend.spans();
    assert!(spans.values().all(|times| *times == 2), "{spans:?}");
    assert!(spans.keys().eq(undisturbed(&event).keys()), "{spans:?}");
}

#[test]
fn spans_parked_without_their_logs_are_the_same_after_a_redrive() {
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let backend = otlp(FaultSchedule::always(Step::status(404)).on(TRACES));
    let (numbers, event) = delivery(&mut Producer::default(), EVENTS);
    succeed(&mut function(&backend).parking(folder.path()).start(), &event);
    let parked = ParkedObject::in_folder(folder.path());
    let [parked] = parked.as_slice() else { panic!("{parked:?}") };
    assert_eq!((&parked.header["owes_spans"], &parked.header["owes_metrics"]), (&true.into(), &false.into()));
    let (logs, points) = (backend.logs().len(), backend.points());

    backend.set_schedule(FaultSchedule::default());
    let settings = [
        ("TAILWATER_SINKS", "otlp".to_owned()),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", backend.url()),
        (SIGNALS.0, SIGNALS.1.to_owned()),
    ];
    // Without the signal, what is owed stays.
    let (code, text) = redrive(folder.path(), &settings[..2]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("name metrics and traces in TAILWATER_SIGNALS"), "{text}");
    assert_eq!(ParkedObject::in_folder(folder.path()).len(), 1);

    let (code, text) = redrive(folder.path(), &settings);
    assert_eq!(code, Some(0), "{text}");
    assert_eq!(backend.spans(), undisturbed(&event));
    assert_eq!((backend.logs().len(), backend.points()), (logs, points));
    assert_has_all(&backend, &numbers);
}

#[test]
fn replay_sends_the_spans_that_the_function_sends() {
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let (_, event) = delivery(&mut Producer::default(), EVENTS);
    let path = folder.path().join("event.json");
    std::fs::write(&path, &event).expect("the file can be written");
    let backend = otlp(FaultSchedule::default());
    let replay = Replay::new().arg(path).args(["--to", "otlp", "--region", tests::sample::REGION]);
    replay.env("OTEL_EXPORTER_OTLP_ENDPOINT", backend.url()).env(SIGNALS.0, SIGNALS.1).run().code(0);
    assert_eq!(backend.spans(), undisturbed(&event));
}
