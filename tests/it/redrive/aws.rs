//! Buckets and queues, on servers that are real where they are installed.

use std::time::Duration;

use serde_json::json;
use tests::{
    backend::{Script, Step},
    function::{Function, otlp},
    pack::lambda_event,
    producer::Producer,
    server::{Moto, Versitygw},
};

use super::{
    Verb, before_now, has_each_once,
    left_by_aws::{self, record},
    minutes, object,
};
use crate::aws::{queue, sqs};

impl Verb {
    fn at(self, url: &str) -> Self {
        self.env("AWS_ENDPOINT_URL", url)
            .env("AWS_REGION", "eu-west-1")
            .env("AWS_ACCESS_KEY_ID", Versitygw::ACCESS_KEY)
            .env("AWS_SECRET_ACCESS_KEY", Versitygw::SECRET_KEY)
    }
}

#[test]
fn more_than_a_page_of_a_bucket_is_delivered_to_the_last() {
    let Some(server) = Versitygw::find() else { return };
    server.make_bucket("parking");
    let (backend, mut producer, mut numbers) = (otlp(Script::default()), Producer::default(), Vec::new());
    for _ in 0..1_050 {
        let (own, key, bytes) = object(&mut producer, 1, "otlp", before_now(minutes(5)));
        server.put("parking", &format!("tail/{key}"), &bytes);
        numbers.extend(own);
    }
    let verb = || Verb::of("s3://parking/tail").at(&server.url());
    let listed = verb().args(&["--dry-run"]).run().with(0);
    assert!(listed.stdout.contains("\n1,050 parked objects, "), "{}", listed.stdout);
    let ended = verb().otlp(&backend).run().with(0);
    assert!(ended.stdout.contains("1,050 parked objects settled"), "{}", ended.stdout);
    has_each_once(&backend, &numbers);
    assert_eq!(server.objects("parking"), []);
}

#[test]
fn what_aws_left_at_the_root_of_a_bucket_is_found_where_all_of_it_is_named() {
    let Some(server) = Versitygw::find() else { return };
    server.make_bucket("parking");
    let backend = otlp(Script::default());
    let (numbers, document) = Producer::default().document(12);
    server.put("parking", left_by_aws::KEY, record(&document).as_bytes());
    Verb::of("s3://parking/tail").at(&server.url()).otlp(&backend).run().with(0);
    assert_eq!(backend.seen().len(), 0);
    Verb::of("s3://parking").at(&server.url()).otlp(&backend).run().with(0);
    has_each_once(&backend, &numbers);
    assert_eq!(server.objects("parking"), []);
}

/// How many messages somebody would see at once in a queue, and how many are hidden.
fn messages(moto: &Moto, queue: &str) -> (String, String) {
    let names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"];
    let input = json!({"QueueUrl": queue, "AttributeNames": names});
    let answer = sqs(moto, "AmazonSQS.GetQueueAttributes", &input);
    let [seen, hidden] = names.map(|name| answer["Attributes"][name].as_str().unwrap_or("?").to_owned());
    (seen, hidden)
}

fn counts(seen: usize, hidden: usize) -> (String, String) {
    (seen.to_string(), hidden.to_string())
}

fn send(moto: &Moto, queue: &str, body: &str) {
    sqs(moto, "AmazonSQS.SendMessage", &json!({"QueueUrl": queue, "MessageBody": body}));
}

#[test]
fn dead_letters_and_records_of_failures_are_delivered_out_of_a_queue() {
    let Some(moto) = Moto::find() else { return };
    let queue = queue(&moto, "dead-letters");
    let (backend, mut producer) = (otlp(Script::default()), Producer::default());
    let (mut numbers, document) = producer.document(12);
    send(&moto, &queue, &lambda_event(&document).to_string());
    let (more, document) = producer.document(12);
    numbers.extend(more);
    send(&moto, &queue, &record(&document));
    send(&moto, &queue, "something else");
    let verb = || Verb::of(&format!("sqs:{queue}")).at(&moto.url());

    let listed = verb().args(&["--dry-run"]).run().with(0);
    assert!(listed.stdout.contains("\n3 parked objects, "), "{}", listed.stdout);
    assert_eq!(messages(&moto, &queue), counts(3, 0), "a listing hides nothing");
    let ended = verb().otlp(&backend).run().with(1);
    assert!(ended.stdout.contains("2 parked objects settled, 0 left, 1 unreadable"), "{}", ended.stdout);
    has_each_once(&backend, &numbers);
    assert_eq!(messages(&moto, &queue), counts(1, 0));
}

#[test]
fn a_queue_has_an_end_although_everything_stays_in_it() {
    let Some(moto) = Moto::find() else { return };
    let queue = queue(&moto, "parking");
    let backend = otlp(Script::always(Step::status(503)));
    let function = Function::new().otlp(&backend).env("TAILWATER_PARKING", format!("sqs:{queue}"));
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
    let place = format!("sqs:{queue}");
    let listed = Verb::of(&place).at(&moto.url()).args(&["--dry-run", "--json"]).run().with(0);
    assert_eq!(listed.stdout.lines().count(), 25, "{}", listed.stdout);

    let ended = Verb::of(&place).at(&moto.url()).otlp(&backend).run().with(1);
    assert!(ended.stderr.contains("otlp failed repeatedly"), "{}", ended.stderr);
    assert_eq!(messages(&moto, &queue), counts(25, 0), "what stays is seen by others at once");
    let ended = Verb::of(&place).at(&moto.url()).env("TAILWATER_SINKS", "ndjson").run().with(1);
    assert!(ended.stdout.contains("0 left, 25 unreadable"), "{}{}", ended.stdout, ended.stderr);

    backend.play(Script::default());
    let ended = Verb::of(&place).at(&moto.url()).otlp(&backend).run().with(0);
    assert!(ended.stdout.contains("25 parked objects settled"), "{}", ended.stdout);
    has_each_once(&backend, &numbers);
    assert_eq!(messages(&moto, &queue), counts(0, 0));
}
