//! S3 of versitygw, which checks signatures and supports conditional writes, listings and ranges.

use std::time::Duration;

use serde_json::json;
use tests::{
    backend::{Backend, FaultSchedule, Step},
    encoding::gzip,
    function_builder::{FunctionBuilder, otlp},
    parked::ParkedObject,
    producer::Producer,
    server::Versitygw,
};

use super::TIMEOUT;
use crate::redrive::aws_records::{BATCH_KEY, record_of_batch};

const BUCKET: &str = "tailwater";

fn function(server: &Versitygw, backend: &Backend) -> FunctionBuilder {
    FunctionBuilder::new()
        .otlp(backend)
        .env("AWS_ENDPOINT_URL", server.url())
        .env("AWS_ACCESS_KEY_ID", Versitygw::ACCESS_KEY)
        .env("AWS_SECRET_ACCESS_KEY", Versitygw::SECRET_KEY)
        .env("AWS_SESSION_TOKEN", "")
}

#[test]
fn objects_parked_in_s3_are_redriven() {
    let Some(server) = Versitygw::start_if_installed() else { return };
    server.make_bucket(BUCKET);
    let backend = otlp(FaultSchedule::always(Step::status(503)));
    let function = function(&server, &backend)
        .env("TAILWATER_PARKING", format!("s3://{BUCKET}/parking"))
        .timeout(Duration::from_secs(10));
    let (mut lambda, mut producer, mut all) = (function.start(), Producer::default(), Vec::new());
    for _ in 0..3 {
        let (numbers, document) = producer.document(30);
        let event = tests::encoding::lambda_event(&document).to_string();
        for _twice in 0..2 {
            assert!(lambda.invoke_once("same", event.as_bytes()).answer.response().is_some());
        }
        all.extend(numbers);
    }
    let parked = server.objects(BUCKET);
    let read: Vec<_> = parked.iter().map(|(key, object)| ParkedObject::read(key, object)).collect();
    assert!(read.iter().all(|parked| parked.sink() == "otlp") && read.len() >= 3, "{read:?}");

    check_redrive(&server, &backend, &function, all);
}

/// Redrives with a working backend, and checks that everything arrives and nothing is left.
fn check_redrive(server: &Versitygw, backend: &Backend, function: &FunctionBuilder, all: Vec<u64>) {
    backend.set_schedule(FaultSchedule::default());
    let run = function.start().invoke_once("redrive", br#"{"tailwater":{"redrive":{}}}"#);
    assert!(run.answer.response().is_some(), "{:?}", run.answer);
    let ids: std::collections::BTreeSet<_> =
        backend.logs().iter().filter_map(tests::producer::number_of).collect();
    assert_eq!(ids, all.into_iter().collect());
    assert_eq!(server.objects(BUCKET), []);
}

/// The parking location is that of the templates in `infra/`: a bucket without a prefix.
#[test]
fn scheduled_redrive_delivers_parked_objects_and_aws_records() {
    let Some(server) = Versitygw::start_if_installed() else { return };
    server.make_bucket(BUCKET);
    let backend = otlp(FaultSchedule::always(Step::status(503)));
    let function = function(&server, &backend).env("TAILWATER_PARKING", format!("s3://{BUCKET}"));
    let function = function.timeout(Duration::from_secs(10));
    let mut producer = Producer::default();
    let (mut all, document) = producer.document(30);
    let parked = function
        .start()
        .invoke_once("parks", tests::encoding::lambda_event(&document).to_string().as_bytes());
    assert!(parked.answer.response().is_some(), "{:?}", parked.answer);
    let (own, document) = producer.document(30);
    all.extend(own);
    let put_away = record_of_batch(&[gzip(&document)]);
    server.put(BUCKET, BATCH_KEY, put_away.as_bytes());

    check_redrive(&server, &backend, &function, all);
}

#[test]
fn objects_named_in_a_notification_are_read() {
    let Some(server) = Versitygw::start_if_installed() else { return };
    server.make_bucket(BUCKET);
    let backend = otlp(FaultSchedule::default());
    let mut producer = Producer::default();
    let (first, one) = producer.document(2_000);
    let (second, two) = producer.document(5);
    // Firehose concatenates gzip members.
    let body = [gzip(&one), gzip(&two)].concat();
    server.put(BUCKET, "logs/2026/03/04/a b+c.gz", &body);
    let event = json!({"Records": [{
        "eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "awsRegion": "eu-west-1",
        "s3": {"bucket": {"name": BUCKET}, "object": {"key": "logs/2026/03/04/a+b%2Bc.gz", "size": body.len()}},
    }]});
    let mut lambda = function(&server, &backend).timeout(TIMEOUT).start();
    let run = lambda.invoke_once("notified", event.to_string().as_bytes());
    assert!(run.answer.response().is_some(), "{:?}", run.answer);
    let ids: std::collections::BTreeSet<_> =
        backend.logs().iter().filter_map(tests::producer::number_of).collect();
    assert_eq!(ids, first.into_iter().chain(second).collect());
}
