//! `tailwater redrive` with buckets and queues on real servers.

use std::time::Duration;

use serde_json::json;
use tests::{
    backend::{FaultSchedule, Step},
    encoding::lambda_event,
    function_builder::{FunctionBuilder, otlp},
    producer::Producer,
    server::{Moto, Versitygw},
};

use super::{
    RedriveCommand, assert_each_once,
    aws_records::{self, record},
    minutes, ms_ago, object,
};
use crate::aws::{queue, sqs};

impl RedriveCommand {
    fn at(self, url: &str) -> Self {
        self.env("AWS_ENDPOINT_URL", url)
            .env("AWS_REGION", "eu-west-1")
            .env("AWS_ACCESS_KEY_ID", Versitygw::ACCESS_KEY)
            .env("AWS_SECRET_ACCESS_KEY", Versitygw::SECRET_KEY)
    }
}

#[test]
fn objects_on_several_pages_of_a_bucket_are_all_delivered() {
    let Some(server) = Versitygw::start_if_installed() else { return };
    server.make_bucket("parking");
    let (backend, mut producer, mut numbers) =
        (otlp(FaultSchedule::default()), Producer::default(), Vec::new());
    for _ in 0..1_050 {
        let (own, key, bytes) = object(&mut producer, 1, "otlp", ms_ago(minutes(5)));
        server.put("parking", &format!("tail/{key}"), &bytes);
        numbers.extend(own);
    }
    let verb = || RedriveCommand::of("s3://parking/tail").at(&server.url());
    let listed = verb().args(&["--dry-run"]).run().expect_code(0);
    assert!(listed.stdout.contains("\n1,050 parked objects, "), "{}", listed.stdout);
    let ended = verb().otlp(&backend).run().expect_code(0);
    assert!(ended.stdout.contains("1,050 parked objects settled"), "{}", ended.stdout);
    assert_each_once(&backend, &numbers);
    assert_eq!(server.objects("parking"), []);
}

#[test]
fn aws_records_at_the_root_of_a_bucket_are_found_only_without_a_prefix() {
    let Some(server) = Versitygw::start_if_installed() else { return };
    server.make_bucket("parking");
    let backend = otlp(FaultSchedule::default());
    let (numbers, document) = Producer::default().document(12);
    server.put("parking", aws_records::KEY, record(&document).as_bytes());
    RedriveCommand::of("s3://parking/tail").at(&server.url()).otlp(&backend).run().expect_code(0);
    assert_eq!(backend.requests().len(), 0);
    RedriveCommand::of("s3://parking").at(&server.url()).otlp(&backend).run().expect_code(0);
    assert_each_once(&backend, &numbers);
    assert_eq!(server.objects("parking"), []);
}

/// Returns the numbers of visible and of hidden messages in a queue.
fn messages(moto: &Moto, queue: &str) -> (String, String) {
    let names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"];
    let input = json!({"QueueUrl": queue, "AttributeNames": names});
    let answer = sqs(moto, "AmazonSQS.GetQueueAttributes", &input);
    let [visible, hidden] = names.map(|name| answer["Attributes"][name].as_str().unwrap_or("?").to_owned());
    (visible, hidden)
}

fn counts(visible: usize, hidden: usize) -> (String, String) {
    (visible.to_string(), hidden.to_string())
}

fn send(moto: &Moto, queue: &str, body: &str) {
    sqs(moto, "AmazonSQS.SendMessage", &json!({"QueueUrl": queue, "MessageBody": body}));
}

#[test]
fn dead_letters_and_failure_records_in_a_queue_are_delivered() {
    let Some(moto) = Moto::start_if_installed() else { return };
    let queue = queue(&moto, "dead-letters");
    let (backend, mut producer) = (otlp(FaultSchedule::default()), Producer::default());
    let (mut numbers, document) = producer.document(12);
    send(&moto, &queue, &lambda_event(&document).to_string());
    let (more, document) = producer.document(12);
    numbers.extend(more);
    send(&moto, &queue, &record(&document));
    send(&moto, &queue, "something else");
    let verb = || RedriveCommand::of(&format!("sqs:{queue}")).at(&moto.url());

    let listed = verb().args(&["--dry-run"]).run().expect_code(0);
    assert!(listed.stdout.contains("\n3 parked objects, "), "{}", listed.stdout);
    assert_eq!(messages(&moto, &queue), counts(3, 0), "a listing leaves messages visible");
    let ended = verb().otlp(&backend).run().expect_code(1);
    assert!(ended.stdout.contains("2 parked objects settled, 0 left, 1 unreadable"), "{}", ended.stdout);
    assert_each_once(&backend, &numbers);
    assert_eq!(messages(&moto, &queue), counts(1, 0));
}

#[test]
fn redrive_of_a_queue_ends_although_no_message_can_be_delivered() {
    let Some(moto) = Moto::start_if_installed() else { return };
    let queue = queue(&moto, "parking");
    let backend = otlp(FaultSchedule::always(Step::status(503)));
    let function = FunctionBuilder::new().otlp(&backend).env("TAILWATER_PARKING", format!("sqs:{queue}"));
    let function = function.env("AWS_ENDPOINT_URL", moto.url()).timeout(Duration::from_secs(2));
    let (mut lambda, mut producer, mut numbers) = (function.start(), Producer::default(), Vec::new());
    for index in 0..25 {
        let (own, document) = producer.document(3);
        numbers.extend(own);
        let event = lambda_event(&document).to_string();
        let run = lambda.invoke_once(&format!("request-{index}"), event.as_bytes());
        assert!(run.answer.response().is_some(), "{:?}", run.answer);
    }
    assert_eq!(messages(&moto, &queue), counts(25, 0));
    let location = format!("sqs:{queue}");
    let listed =
        RedriveCommand::of(&location).at(&moto.url()).args(&["--dry-run", "--json"]).run().expect_code(0);
    assert_eq!(listed.stdout.lines().count(), 25, "{}", listed.stdout);

    let ended = RedriveCommand::of(&location).at(&moto.url()).otlp(&backend).run().expect_code(1);
    assert!(ended.stderr.contains("otlp failed repeatedly"), "{}", ended.stderr);
    assert_eq!(messages(&moto, &queue), counts(25, 0), "remaining messages are visible at once");
    let ended =
        RedriveCommand::of(&location).at(&moto.url()).env("TAILWATER_SINKS", "ndjson").run().expect_code(1);
    assert!(ended.stdout.contains("0 left, 25 unreadable"), "{}{}", ended.stdout, ended.stderr);

    backend.set_schedule(FaultSchedule::default());
    let ended = RedriveCommand::of(&location).at(&moto.url()).otlp(&backend).run().expect_code(0);
    assert!(ended.stdout.contains("25 parked objects settled"), "{}", ended.stdout);
    assert_each_once(&backend, &numbers);
    assert_eq!(messages(&moto, &queue), counts(0, 0));
}
