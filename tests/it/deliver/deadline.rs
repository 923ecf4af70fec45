//! The function responds before its deadline, for any fault of a backend and any announced deadline.

use std::time::{Duration, Instant};

use tests::{
    backend::{Fault, FaultSchedule, Step},
    encoding::lambda_event,
    forms,
    function_builder::{FunctionBuilder, otlp},
    http::Response,
    parked::ParkedObject,
    producer::Producer,
    runtime_api::{AnnouncedDeadline, Answer},
    slow_disk,
};

use super::{assert_has_all, delivery, fail, findings, succeed};

const TIMEOUT: Duration = Duration::from_secs(3);

/// Sends one delivery to a backend with this step: with parking it is acknowledged in time, without it is an error.
fn check(step: Step) {
    let (backend, folder) =
        (otlp(FaultSchedule::always(step)), tempfile::tempdir().expect("a temporary folder can be created"));
    let (numbers, event) = delivery(&mut Producer::default(), 5);
    let function = FunctionBuilder::new().otlp(&backend).timeout(TIMEOUT);
    let began = Instant::now();
    let mut lambda = function.clone().parking(folder.path()).start();
    succeed(&mut lambda, &event);
    assert!(began.elapsed() < TIMEOUT);
    let parked = ParkedObject::in_folder(folder.path());
    assert_eq!(parked.len(), 1, "{parked:?}");
    assert_eq!(parked[0].pending(&parked[0].delivery), numbers);
    fail(&mut function.start(), &event);
}

#[test]
fn hanging_backend_does_not_delay_the_response_beyond_the_deadline() {
    check(Step::default().with_delay(Duration::from_secs(20)));
}

#[test]
fn retry_after_beyond_the_deadline_is_not_waited_for() {
    let retry_after = Response::new(429, "").with("Retry-After", "60");
    check(Step::new(Fault::Discard(retry_after)));
}

#[test]
fn failing_backend_does_not_delay_the_response_beyond_the_deadline() {
    check(Step::status(503));
}

#[test]
fn retry_after_within_the_deadline_is_respected() {
    let retry_after = Response::new(503, "").with("Retry-After", "1");
    let backend = otlp(FaultSchedule::new([Step::new(Fault::Discard(retry_after))]));
    let (numbers, event) = delivery(&mut Producer::default(), 5);
    let began = Instant::now();
    succeed(&mut FunctionBuilder::new().otlp(&backend).start(), &event);
    assert_has_all(&backend, &numbers);
    assert!(began.elapsed() >= Duration::from_secs(1), "it did not wait for the time in Retry-After");
}

#[test]
fn otlp_timeout_setting_limits_a_request() {
    let backend =
        otlp(FaultSchedule::new([Step::default().with_delay(Duration::from_secs(20))]).on("/v1/logs"));
    let (numbers, event) = delivery(&mut Producer::default(), 5);
    let mut lambda = FunctionBuilder::new().otlp(&backend).env("OTEL_EXPORTER_OTLP_TIMEOUT", "300").start();
    let run = lambda.invoke_once("id", &event);
    assert_has_all(&backend, &numbers);
    assert!(run.duration < Duration::from_secs(2), "{run:?}");
}

#[test]
fn implausible_deadline_is_ignored_with_one_warning() {
    for announced in [0, 600_000, u64::MAX] {
        let backend = otlp(FaultSchedule::new([Step::status(503)]));
        let (numbers, event) = delivery(&mut Producer::default(), 5);
        let function = FunctionBuilder::new().otlp(&backend);
        let mut lambda = function.start().with_announced_deadline(AnnouncedDeadline::Constant(announced));
        for _ in 0..2 {
            let run = lambda.invoke_once("id", &event);
            assert!(matches!(run.answer, Answer::Response(_)), "{announced}: {:?}", run.answer);
        }
        assert_eq!(findings(&numbers, &backend.logs()).missing, [], "{announced}");
        let history = lambda.finish();
        let printed =
            String::from_utf8_lossy(&history.output.stdout) + String::from_utf8_lossy(&history.output.stderr);
        let warnings = printed.lines().filter(|line| line.to_lowercase().contains("deadline")).count();
        assert_eq!(warnings, 1, "{announced}: one warning per process:\n{printed}");
    }
}

/// Function whose backend fails, which parks in a folder on a disk where each `fsync` takes this long.
fn on_slow_disk(
    sync_time: Duration,
    timeout: Duration,
) -> Option<(tests::backend::Backend, tempfile::TempDir, FunctionBuilder)> {
    let backend = otlp(FaultSchedule::always(Step::status(401)));
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let function = FunctionBuilder::new().otlp(&backend).parking(folder.path()).timeout(timeout);
    let slow = slow_disk::environment(sync_time)?;
    let function = slow.iter().fold(function, |function, (name, value)| function.env(name, value));
    Some((backend, folder, function.env("TAILWATER_DEADLINE_RESERVE", "1500ms")))
}

#[test]
fn disk_that_hangs_does_not_delay_the_response_beyond_the_deadline() {
    let Some((_backend, _folder, function)) = on_slow_disk(Duration::from_secs(9), TIMEOUT) else { return };
    let (_, event) = delivery(&mut Producer::default(), 5);
    let mut lambda = function.start();
    for _ in 0..3 {
        let run = lambda.invoke_once("id", &event);
        assert!(matches!(run.answer, Answer::Error { .. }), "{:?}", run.answer);
        assert!(run.duration < TIMEOUT, "{:?}", run.duration);
    }
}

#[test]
fn deliveries_of_an_event_are_made_durable_together_on_a_slow_disk() {
    const DELIVERIES: usize = 16;
    // One after the other, with a sync of each folder for each object, they would take half a minute.
    let slow = on_slow_disk(Duration::from_millis(200), Duration::from_secs(8));
    let Some((_backend, folder, function)) = slow else { return };
    let mut producer = Producer::default();
    let mut body = || lambda_event(&producer.document(3).1).to_string();
    let bodies: Vec<_> = (0..DELIVERIES).map(|_| body()).collect();
    let function = function.env("TAILWATER_DEADLINE_RESERVE", "4s");
    succeed(&mut function.start(), forms::sqs_event(&bodies).to_string().as_bytes());
    assert_eq!(ParkedObject::in_folder(folder.path()).len(), DELIVERIES);
}
