//! Objects that the real `bootstrap` parks in a folder are delivered once, also after interruptions.

use std::{
    fs,
    process::Command,
    sync::{Mutex, mpsc},
    time::Duration,
};

use tests::{
    backend::{Backend, FaultSchedule, Step, limited::Limited, otlp::Otlp},
    encoding::lambda_event,
    function_builder::{FunctionBuilder, datadog, otlp},
    parked::{ParkedKind, ParkedObject},
    producer::{EventNumber, Producer},
};

use super::{RedriveCommand, assert_each_once, findings, minutes, ms_ago, n_parked, park_objects};

/// Makes deliveries of these sizes; returns all event numbers and the Lambda events.
fn deliveries(sizes: &[u64]) -> (Vec<EventNumber>, Vec<Vec<u8>>) {
    let mut producer = Producer::default();
    let (mut all, mut events) = (Vec::new(), Vec::new());
    for size in sizes {
        let (numbers, document) = producer.document(*size);
        all.extend(numbers);
        events.push(lambda_event(&document).to_string().into_bytes());
    }
    (all, events)
}

#[track_caller]
fn invoke(function: &FunctionBuilder, events: &[Vec<u8>]) {
    let mut lambda = function.start();
    for (index, event) in events.iter().enumerate() {
        let run = lambda.invoke_once(&format!("request-{index}"), event);
        assert!(run.answer.response().is_some(), "{:?}", run.answer);
    }
}

#[test]
fn parked_events_and_metrics_are_delivered_once() {
    let (backend, reference) =
        (otlp(FaultSchedule::always(Step::status(503))), otlp(FaultSchedule::default()));
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let (numbers, events) = deliveries(&[20, 1, 300]);
    let function =
        FunctionBuilder::new().otlp(&backend).parking(folder.path()).timeout(Duration::from_secs(2));
    invoke(&function, &events);
    assert_eq!((backend.logs().len(), n_parked(folder.path())), (0, 3));
    backend.set_schedule(FaultSchedule::default());
    let before = backend.requests().len();

    let listed = RedriveCommand::folder(folder.path()).args(&["--dry-run"]).run().expect_code(0);
    for text in ["otlp: 300 events and metrics, ", "otlp: 1 event", "3 parked objects, ", "nothing was sent"]
    {
        assert!(listed.stdout.contains(text), "{text}: {}", listed.stdout);
    }
    assert_eq!((backend.requests().len(), n_parked(folder.path())), (before, 3));

    // The region of the function is in the parked object; prices depend on it, not on the region of the command.
    let verb = || RedriveCommand::folder(folder.path()).otlp(&backend).env("TAILWATER_ARCH", "arm64");
    let ended = verb().env("AWS_REGION", "us-east-1").args(&["--json"]).run().expect_code(0);
    let summary = ended.summary();
    assert_eq!((&summary["settled"], &summary["left"]), (&3.into(), &0.into()));
    assert_eq!(summary["sinks"]["otlp"]["received"], 321);
    assert_eq!(summary["sinks"]["otlp"]["delivered"], 321);
    assert_each_once(&backend, &numbers);
    assert_eq!(n_parked(folder.path()), 0);

    // Metrics have no ids, so duplicates are found by comparison with a backend that received the events directly.
    invoke(&FunctionBuilder::new().otlp(&reference), &events);
    assert!(!reference.sums().is_empty());
    assert_eq!(backend.sums(), reference.sums());
    verb().run().expect_code(0);
    assert_eq!((backend.logs().len(), backend.sums()), (321, reference.sums()));
}

#[test]
fn parked_metrics_are_delivered_without_their_events() {
    let (backend, reference) =
        (otlp(FaultSchedule::always(Step::status(503)).on("/v1/metrics")), otlp(FaultSchedule::default()));
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let (numbers, events) = deliveries(&[40, 40]);
    invoke(
        &FunctionBuilder::new().otlp(&backend).parking(folder.path()).timeout(Duration::from_secs(2)),
        &events,
    );
    assert_each_once(&backend, &numbers);
    assert!(backend.sums().is_empty() && n_parked(folder.path()) == 2);
    let listed = RedriveCommand::folder(folder.path()).args(&["--dry-run"]).run().expect_code(0);
    assert_eq!(listed.stdout.matches("otlp: metrics, ").count(), 2, "{}", listed.stdout);

    backend.set_schedule(FaultSchedule::default());
    invoke(&FunctionBuilder::new().otlp(&reference), &events);
    RedriveCommand::folder(folder.path()).otlp(&backend).env("TAILWATER_ARCH", "arm64").run().expect_code(0);
    assert_each_once(&backend, &numbers);
    assert_eq!((backend.sums(), n_parked(folder.path())), (reference.sums(), 0));
}

#[test]
fn event_rejected_permanently_is_kept_as_rejected() {
    let limited =
        Limited { protocol: Otlp, max_events: 1_000, max_bytes: None, rejected_text: Some("event 17:") };
    let backend = Backend::start(limited, FaultSchedule::always(Step::status(503)));
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let (numbers, events) = deliveries(&[60]);
    invoke(
        &FunctionBuilder::new().otlp(&backend).parking(folder.path()).timeout(Duration::from_secs(2)),
        &events,
    );
    backend.set_schedule(FaultSchedule::default());
    let ended = RedriveCommand::folder(folder.path()).otlp(&backend).run().expect_code(0);
    assert!(ended.stdout.contains("60 events received = 59 delivered"), "{}", ended.stdout);
    let others: Vec<_> = numbers.into_iter().filter(|number| *number != 17).collect();
    assert_each_once(&backend, &others);
    let rejected = ParkedObject::in_folder(folder.path());
    let rejected: Vec<_> =
        rejected.iter().map(|parked| (parked.kind(), parked.pending(&parked.delivery))).collect();
    assert_eq!(rejected, [(ParkedKind::Rejected, vec![17])]);
}

#[test]
fn damaged_object_is_named_and_kept_and_others_are_delivered() {
    let backend = otlp(FaultSchedule::default());
    let (folder, mut producer) =
        (tempfile::tempdir().expect("a temporary folder can be created"), Producer::default());
    park_objects(folder.path(), &mut producer, 1, "otlp", ms_ago(minutes(9)));
    let damaged = ParkedObject::in_folder(folder.path()).remove(0).key;
    let path = folder.path().join(&damaged);
    let mut bytes = fs::read(&path).expect("the object exists");
    bytes.pop();
    fs::write(&path, bytes).expect("the file can be written");
    let numbers = park_objects(folder.path(), &mut producer, 3, "otlp", ms_ago(minutes(5)));
    let listed = RedriveCommand::folder(folder.path()).args(&["--dry-run"]).run().expect_code(1);
    assert!(listed.stdout.contains(", 1 unreadable; nothing was sent"), "{}", listed.stdout);
    let ended = RedriveCommand::folder(folder.path()).otlp(&backend).run().expect_code(1);
    assert!(ended.stderr.contains(&damaged) && ended.stderr.contains("another hash"), "{}", ended.stderr);
    assert!(ended.stdout.contains("3 parked objects settled, 0 left, 1 unreadable"), "{}", ended.stdout);
    assert_each_once(&backend, &numbers);
    assert_eq!(n_parked(folder.path()), 1);
}

#[test]
fn failing_backend_receives_few_requests_for_many_objects() {
    let backend = otlp(FaultSchedule::always(Step::status(503)));
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let numbers = park_objects(folder.path(), &mut Producer::default(), 200, "otlp", ms_ago(minutes(5)));
    let ended = RedriveCommand::folder(folder.path()).otlp(&backend).args(&["--json"]).run().expect_code(1);
    assert!(ended.stderr.contains("otlp failed repeatedly"), "{}", ended.stderr);
    assert_eq!(ended.summary()["dead"], serde_json::json!(["otlp"]));
    assert!(backend.requests().len() <= 10, "{} requests", backend.requests().len());
    assert_eq!(n_parked(folder.path()), 200);
    backend.set_schedule(FaultSchedule::default());
    RedriveCommand::folder(folder.path()).otlp(&backend).run().expect_code(0);
    assert_each_once(&backend, &numbers);
}

#[test]
fn failing_backend_does_not_delay_another_sink() {
    let (healthy, failing) =
        (otlp(FaultSchedule::default()), datadog(FaultSchedule::always(Step::status(503))));
    let (folder, mut producer) =
        (tempfile::tempdir().expect("a temporary folder can be created"), Producer::default());
    // In the order of keys, the objects for the failing backend come first.
    park_objects(folder.path(), &mut producer, 50, "datadog", ms_ago(minutes(5)));
    let numbers = park_objects(folder.path(), &mut producer, 50, "otlp", ms_ago(minutes(5)));
    let ended =
        RedriveCommand::folder(folder.path()).both(&healthy, &failing).args(&["--json"]).run().expect_code(1);
    let summary = ended.summary();
    assert_eq!((&summary["settled"], &summary["left"]), (&50.into(), &50.into()));
    assert_each_once(&healthy, &numbers);
    assert!(failing.requests().len() <= 10, "{} requests", failing.requests().len());
    assert_eq!(n_parked(folder.path()), 50);
}

#[test]
fn objects_on_several_pages_of_a_folder_are_all_delivered() {
    let backend = otlp(FaultSchedule::default());
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let numbers = park_objects(folder.path(), &mut Producer::default(), 1_050, "otlp", ms_ago(minutes(5)));
    let ended = RedriveCommand::folder(folder.path()).otlp(&backend).run().expect_code(0);
    assert!(ended.stdout.contains("1,050 parked objects settled"), "{}", ended.stdout);
    assert_each_once(&backend, &numbers);
    assert_eq!(n_parked(folder.path()), 0);
}

/// Sends a signal to a redrive during its fourth object and checks the exit code; then a second redrive delivers the
/// rest.
fn check_interrupted(signal: &'static str, code: Option<i32>) {
    let backend = otlp(FaultSchedule::default());
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let numbers = park_objects(folder.path(), &mut Producer::default(), 9, "otlp", ms_ago(minutes(5)));
    let (sender, receiver) = mpsc::channel::<u32>();
    let receiver = Mutex::new(receiver);
    let send_signal = move || {
        let pid = receiver.lock().expect("no thread panics while it holds the lock").recv();
        let pid = pid.expect("the process was started").to_string();
        let sent = Command::new("kill").args([signal, &pid]).status();
        assert!(sent.expect("every POSIX system has `kill`").success());
    };
    backend.set_schedule(FaultSchedule::new([
        Step::default(),
        Step::default(),
        Step::default(),
        // The response is delayed, so that the signal is handled before it even on a busy machine.
        Step::default().with_hook(send_signal).with_delay(Duration::from_secs(1)),
    ]));
    let mut child =
        RedriveCommand::folder(folder.path()).otlp(&backend).0.spawn().expect("the binary can be started");
    sender.send(child.id()).expect("the backend waits for the process id");
    let ended = child.wait().expect("the process can be waited for");
    assert_eq!(ended.code(), code, "{ended}");
    let rest = n_parked(folder.path());
    assert!((5..9).contains(&rest), "{rest} objects are left");
    backend.set_schedule(FaultSchedule::default());
    RedriveCommand::folder(folder.path()).otlp(&backend).run().expect_code(0);
    let findings = findings(&numbers, &backend.logs());
    assert!(findings.is_clean(), "{findings}");
    // The event that the backend had accepted before the end may be sent twice.
    assert!(backend.logs().len() <= numbers.len() + 1);
    assert_eq!(n_parked(folder.path()), 0);
}

#[test]
fn killed_redrive_is_completed_by_a_second_one() {
    check_interrupted("-KILL", None);
}

#[test]
fn interrupted_redrive_stops_between_two_objects() {
    check_interrupted("-INT", Some(130));
}
