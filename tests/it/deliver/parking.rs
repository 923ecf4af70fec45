//! Parking ends before the deadline, also with a slow parking location.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use serde_json::Value;
use tests::{
    backend::{Backend, Fault, FaultSchedule, Step, s3::S3},
    binary, forms,
    function_builder::{FunctionBuilder, KEY, datadog, otlp},
    http::{Head, Response},
    producer::{EventNumber, Producer},
    sample::REGION,
};

use super::{delivery, fail, succeed};

const TIMEOUT: Duration = Duration::from_secs(5);

/// Step whose `Retry-After` exceeds the deadline, so that everything is parked at once.
fn park_at_once() -> Step {
    Step::new(Fault::Discard(Response::new(429, "").with("Retry-After", "600")))
}

/// Creates a function that parks everything in a bucket.
fn parking_in(bucket: &Backend) -> (Backend, FunctionBuilder) {
    let backend = otlp(FaultSchedule::always(park_at_once()));
    let function = FunctionBuilder::new()
        .otlp(&backend)
        .env("TAILWATER_PARKING", "s3://bucket/parking")
        .env("AWS_ENDPOINT_URL", bucket.url())
        .timeout(TIMEOUT);
    (backend, function)
}

/// Builds an SQS event with messages of one log event each.
fn messages(count: usize) -> (Vec<EventNumber>, Vec<u8>) {
    let mut producer = Producer::default();
    let documents = (0..count).map(|_| producer.document(1));
    let text = |document| String::from_utf8(document).expect("JSON");
    let (numbers, bodies): (Vec<_>, Vec<_>) =
        documents.map(|(numbers, document)| (numbers, text(document))).unzip();
    (numbers.concat(), forms::sqs_event(&bodies).to_string().into_bytes())
}

#[test]
fn hanging_parking_location_is_given_up_before_the_deadline() {
    let hanging =
        Backend::start(S3::new(1000), FaultSchedule::always(Step::default().with_delay(4 * TIMEOUT)));
    let (_backend, function) = parking_in(&hanging);
    let (_, one) = delivery(&mut Producer::default(), 5);
    let mut lambda = function.start();
    fail(&mut lambda, &one);

    let (_, many) = messages(40);
    let mut lambda = function.env("TAILWATER_BATCH_ITEM_FAILURES", "true").start();
    let run = lambda.invoke_once("id", &many);
    let answer: Value = serde_json::from_slice(run.answer.response().expect("the function responds"))
        .expect("the response is JSON");
    assert_eq!(answer["batchItemFailures"].as_array().map(Vec::len), Some(40), "{answer}");
}

#[test]
fn slow_parking_location_receives_many_objects_concurrently() {
    const SLOW: Duration = Duration::from_millis(150);
    const OBJECTS: usize = 64;
    assert!(SLOW * 64 > TIMEOUT, "sequential requests would exceed the timeout");
    let s3 = S3::new(1000);
    let bucket = Backend::start(s3.clone(), FaultSchedule::always(Step::default().with_delay(SLOW)));
    let (_backend, function) = parking_in(&bucket);
    let (_, event) = messages(OBJECTS);
    succeed(&mut function.start(), &event);
    assert_eq!(s3.objects().len(), OBJECTS);
}

#[test]
fn redrive_command_gives_up_a_hanging_parking_location() {
    let s3 = S3::new(1000);
    let bucket = Backend::start(s3.clone(), FaultSchedule::default());
    let backend = datadog(FaultSchedule::always(park_at_once()));
    let function = FunctionBuilder::new()
        .datadog(&backend)
        .env("TAILWATER_PARKING", "s3://bucket/parking")
        .env("AWS_ENDPOINT_URL", bucket.url());
    let (_, event) = delivery(&mut Producer::default(), 2_500);
    succeed(&mut function.start(), &event);
    assert_eq!(s3.objects().len(), 1);
    // Builds the binary before the time is measured.
    let program = binary::tailwater();

    // A part of the events is accepted, and the remainder cannot be parked.
    backend.set_schedule(FaultSchedule::new([Step::default()]).then(Step::status(503)));
    // The object can still be claimed.
    let is_parked_object =
        |head: &Head| head.method() == "PUT" && !head.path().contains("/redrive/v1/claim/");
    bucket.set_schedule(FaultSchedule::always(Step::hang()).only(is_parked_object));
    let began = Instant::now();
    let output = Command::new(program)
        .args(["redrive", "s3://bucket/parking"])
        .env_clear()
        .envs([("TAILWATER_SINKS", "datadog"), ("DD_API_KEY", KEY), ("DD_URL", &backend.url())])
        .env("DD_API_URL", backend.url())
        .envs([("TAILWATER_CONCURRENCY", "1"), ("TAILWATER_TIMEOUT", "500ms")])
        .envs([("AWS_ENDPOINT_URL", bucket.url().as_str()), ("AWS_REGION", REGION)])
        .envs([("AWS_ACCESS_KEY_ID", "TEST"), ("AWS_SECRET_ACCESS_KEY", "SECRET")])
        .output()
        .expect("the binary can be started");
    let printed = String::from_utf8_lossy(&output.stderr);
    assert_ne!(output.status.code(), Some(0), "{printed}");
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}: {printed}", began.elapsed());
    assert!((1..2_500).contains(&backend.logs().len()), "{}", backend.logs().len());
    assert_eq!(s3.objects().len(), 1, "the parked object is kept");
}
