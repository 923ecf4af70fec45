//! Redrives that run at once deliver the metrics of each object once, since metrics have no ids.

use std::{fs, thread, time::Duration};

use serde_json::json;
use tests::{
    backend::{Backend, FaultSchedule, Step},
    encoding::lambda_event,
    function_builder::{FunctionBuilder, otlp},
    parked::ParkedObject,
    producer::{EventNumber, Producer},
};

use super::{
    RedriveCommand, assert_each_once, minutes,
    refused::{Bucket, LOCATION},
};

const DELIVERIES: usize = 8;

/// Sends deliveries to a function; returns their event numbers.
fn send(function: &FunctionBuilder) -> Vec<EventNumber> {
    let (mut lambda, mut producer, mut all) = (function.start(), Producer::default(), Vec::new());
    for index in 0..DELIVERIES {
        let (numbers, document) = producer.document(20);
        all.extend(numbers);
        let event = lambda_event(&document).to_string();
        let run = lambda.invoke_once(&format!("request-{index}"), event.as_bytes());
        assert!(run.answer.response().is_some(), "{:?}", run.answer);
    }
    all
}

/// Checks that a backend received each event and each metric once.
#[track_caller]
fn assert_once(backend: &Backend, numbers: &[EventNumber]) {
    let reference = otlp(FaultSchedule::default());
    send(&FunctionBuilder::new().otlp(&reference));
    assert!(!reference.sums().is_empty());
    assert_each_once(backend, numbers);
    // The order in which values are added up differs, and so does the rounding.
    let (sums, expected) = (backend.sums(), reference.sums());
    assert!(sums.keys().eq(expected.keys()), "{sums:?}");
    for (name, expected) in expected {
        let sum = sums[&name];
        assert!((sum - expected).abs() <= expected.abs() * 1e-12, "{name}: {sum} instead of {expected}");
    }
}

/// Parks deliveries, and makes the backend accept everything, slowly.
fn park(backend: &Backend, function: &FunctionBuilder) -> Vec<EventNumber> {
    backend.set_schedule(FaultSchedule::always(Step::status(503)));
    let numbers = send(&function.clone().timeout(Duration::from_secs(2)));
    backend.set_schedule(FaultSchedule::always(Step::default().with_delay(Duration::from_millis(50))));
    numbers
}

#[test]
fn commands_at_once_deliver_what_is_in_a_folder_once() {
    let backend = otlp(FaultSchedule::default());
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let numbers = park(&backend, &FunctionBuilder::new().otlp(&backend).parking(folder.path()));
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let command = RedriveCommand::folder(folder.path()).otlp(&backend);
                command.env("TAILWATER_ARCH", "arm64").run().expect_code(0);
            });
        }
    });
    assert_once(&backend, &numbers);
    assert_eq!(ParkedObject::in_folder(folder.path()).len(), 0);
}

#[test]
fn command_beside_a_scheduled_redrive_delivers_what_is_in_a_bucket_once() {
    let (bucket, backend) = (Bucket::start(), otlp(FaultSchedule::default()));
    let numbers = park(&backend, &bucket.function(&backend));
    let function = bucket.function(&backend).timeout(Duration::from_secs(20));
    thread::scope(|scope| {
        scope.spawn(|| {
            let run = function.start().invoke_once("redrive", br#"{"tailwater":{"redrive":{}}}"#);
            assert!(run.answer.response().is_some(), "{:?}", run.answer);
        });
        for _ in 0..2 {
            scope.spawn(|| {
                let command = bucket.command(LOCATION).otlp(&backend);
                command.env("TAILWATER_ARCH", "arm64").run().expect_code(0);
            });
        }
    });
    assert_once(&backend, &numbers);
    assert_eq!(bucket.keys(), [""; 0], "claims are deleted, too");
}

/// Writes a claim of another redrive for the first of two parked objects.
fn claimed() -> (Bucket, Backend, Vec<(String, EventNumber)>) {
    let (bucket, backend) = (Bucket::start(), otlp(FaultSchedule::default()));
    let parked = bucket.park(&mut Producer::default(), 2);
    let claim = json!({"tailwater": "claim", "holder": "other", "stage": "delivering", "lease_s": 120});
    bucket.s3.put(&format!("parking/tail/redrive/v1/claim/{}", parked[0].0), claim.to_string());
    (bucket, backend, parked)
}

#[test]
fn claim_of_a_killed_redrive_is_over_after_its_lease_by_the_clock_of_the_bucket() {
    for skew in [Duration::ZERO, minutes(180)] {
        let (bucket, backend, parked) = claimed();
        // Whatever the clock of the bucket shows, only its own differences count.
        bucket.s3.set_clock_back(skew);
        bucket.s3.advance_clock(skew + Duration::from_secs(121));
        bucket.command(LOCATION).otlp(&backend).run().expect_code(0);
        assert_each_once(&backend, &[parked[0].1, parked[1].1]);
        assert_eq!(bucket.keys(), [""; 0]);
    }
}

#[test]
fn object_that_another_redrive_holds_is_left_to_it() {
    let (bucket, backend, parked) = claimed();
    let mut lambda = bucket.function(&backend).start();
    let run = lambda.invoke_once("redrive", br#"{"tailwater":{"redrive":{}}}"#);
    assert!(run.answer.response().is_some(), "{:?}", run.answer);
    assert_each_once(&backend, &[parked[1].1]);
    assert!(bucket.keys().contains(&parked[0].0));
    let output = lambda.finish().output;
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("another redrive delivers it"), "{text}");
}

#[test]
fn command_waits_for_an_object_that_another_redrive_holds() {
    let (bucket, backend, parked) = claimed();
    thread::scope(|scope| {
        let command = scope.spawn(|| bucket.command(LOCATION).otlp(&backend).run());
        while backend.logs().is_empty() {
            tests::delay::pause(Duration::from_millis(20));
        }
        // The other redrive was killed.
        bucket.s3.advance_clock(minutes(5));
        command.join().expect("the thread does not panic").expect_code(0);
    });
    assert_each_once(&backend, &[parked[0].1, parked[1].1]);
}

#[test]
fn claim_file_of_a_killed_redrive_does_not_block_its_object() {
    let backend = otlp(FaultSchedule::default());
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let numbers =
        super::park_objects(folder.path(), &mut Producer::default(), 2, "otlp", super::ms_ago(minutes(5)));
    let key = ParkedObject::in_folder(folder.path()).remove(0).key;
    let (parent, name) = key.rsplit_once('/').expect("it is in a folder");
    fs::write(folder.path().join(parent).join(format!(".{name}.claim")), "")
        .expect("the file can be written");
    RedriveCommand::folder(folder.path()).otlp(&backend).run().expect_code(0);
    assert_each_once(&backend, &numbers);
    let left = fs::read_dir(folder.path().join(parent)).expect("the folder exists").count();
    assert_eq!(left, 0, "claim files are deleted, too");
}
