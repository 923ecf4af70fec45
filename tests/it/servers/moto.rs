//! AWS services of moto: a subscription filter, queues, secrets and parameters.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::{Value, json};
use tests::{
    backend::{
        Backend, FaultSchedule, Protocol, RequestContents, Step,
        datadog::{AgeCheck, Datadog},
    },
    function_builder::{FunctionBuilder, KEY, otlp},
    http::{Request, Response},
    producer::{EventNumber, Producer, number_of},
    redeliver::kinesis,
    sample::{ACCOUNT, REGION},
    server::{Moto, Operation},
};

use super::TIMEOUT;

const fn logs(target: &'static str) -> Operation {
    Operation { service: "logs", target }
}

const fn kinesis_call(target: &'static str) -> Operation {
    Operation { service: "kinesis", target }
}

const fn secrets(target: &'static str) -> Operation {
    Operation { service: "secretsmanager", target }
}

fn numbers(backend: &Backend) -> BTreeSet<EventNumber> {
    backend.logs().iter().filter_map(number_of).collect()
}

/// Creates a log group with a subscription filter to a new stream.
fn subscribe(moto: &Moto, group: &str, stream: &str) {
    moto.call(kinesis_call("Kinesis_20131202.CreateStream"), &json!({"StreamName": stream, "ShardCount": 1}));
    moto.call(logs("Logs_20140328.CreateLogGroup"), &json!({"logGroupName": group}));
    moto.call(logs("Logs_20140328.CreateLogStream"), &json!({"logGroupName": group, "logStreamName": "one"}));
    let destination = format!("arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/{stream}");
    let filter = json!({"logGroupName": group, "filterName": "all", "filterPattern": "", "destinationArn": destination,
                        "roleArn": format!("arn:aws:iam::{ACCOUNT}:role/logs")});
    moto.call(logs("Logs_20140328.PutSubscriptionFilter"), &filter);
}

/// Returns the base64 data of each record in a stream.
fn read_stream(moto: &Moto, stream: &str) -> Vec<String> {
    let shard =
        json!({"StreamName": stream, "ShardId": "shardId-000000000000", "ShardIteratorType": "TRIM_HORIZON"});
    let iterator = moto.call(kinesis_call("Kinesis_20131202.GetShardIterator"), &shard);
    let page = moto.call(
        kinesis_call("Kinesis_20131202.GetRecords"),
        &json!({"ShardIterator": iterator["ShardIterator"]}),
    );
    let data = |record: &Value| record["Data"].as_str().unwrap_or_default().to_owned();
    page["Records"].as_array().into_iter().flatten().map(data).collect()
}

#[test]
fn events_of_a_subscription_filter_are_delivered_through_kinesis() {
    let Some(moto) = Moto::start_if_installed() else { return };
    subscribe(&moto, "/aws/lambda/checkout-api", "logs");
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .expect("the clock is set after 1970");
    let mut written = BTreeSet::new();
    for batch in 0..4_u64 {
        let own: Vec<_> = (batch * 50..batch * 50 + 50).collect();
        let event = |number: &EventNumber| json!({"timestamp": u64::try_from(now.as_millis()).expect("the time fits into 64 bits"), "message": text(*number)});
        let events: Vec<_> = own.iter().map(event).collect();
        let put =
            json!({"logGroupName": "/aws/lambda/checkout-api", "logStreamName": "one", "logEvents": events});
        moto.call(logs("Logs_20140328.PutLogEvents"), &put);
        written.extend(own);
    }
    let records = read_stream(&moto, "logs");
    assert!(!records.is_empty(), "the stream has no records");
    let records: Vec<_> = records.iter().map(|data| unbase64(data)).collect();
    assert!(
        records.iter().all(|record| record.starts_with(&[0x1f, 0x8b])),
        "a subscription record is compressed"
    );

    let backend = otlp(FaultSchedule::default());
    let mut lambda = FunctionBuilder::new().otlp(&backend).timeout(TIMEOUT).start();
    let mapping = kinesis::Mapping {
        batch_size: 2,
        retries: Some(2),
        on_error: kinesis::OnError::Retry,
        call_limit: 20,
    };
    let drained = kinesis::drain(&mapping, &records, &mut lambda);
    assert_eq!(drained.acknowledged.len(), records.len(), "{drained:?}");
    assert_eq!(numbers(&backend), written);
    assert!(
        backend.logs().iter().all(|log| !log.id.is_empty()),
        "events have the ids that CloudWatch gave them"
    );
}

/// Payload without characters that a log message cannot hold.
fn text(number: EventNumber) -> String {
    format!("event {number}: of a log group")
}

fn unbase64(text: &str) -> Vec<u8> {
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let digits: Vec<_> = text.bytes().filter(|byte| *byte != b'=').map(value).map(u32::from).collect();
    let bytes = digits.chunks(4).flat_map(|group| {
        let digit = |place: usize| group.get(place).copied().unwrap_or(0);
        let bits = digit(0) << 18 | digit(1) << 12 | digit(2) << 6 | digit(3);
        bits.to_be_bytes().into_iter().skip(1).take(group.len() * 6 / 8)
    });
    bytes.collect()
}

#[test]
fn messages_parked_in_a_queue_are_delivered_by_its_event_source_mapping() {
    let Some(moto) = Moto::start_if_installed() else { return };
    let sqs = |target| Operation { service: "sqs", target };
    let queue = moto.call(sqs("AmazonSQS.CreateQueue"), &json!({"QueueName": "parking"}));
    let url = queue["QueueUrl"].as_str().expect("a queue has a URL").to_owned();
    let backend = otlp(FaultSchedule::always(Step::status(503)));
    let function = FunctionBuilder::new()
        .otlp(&backend)
        .env("AWS_ENDPOINT_URL", moto.url())
        .env("TAILWATER_PARKING", format!("sqs:{url}"))
        .timeout(Duration::from_secs(10));
    let (mut lambda, mut producer) = (function.start(), Producer::default());
    let mut all = BTreeSet::new();
    for _ in 0..3 {
        let (own, document) = producer.document(20);
        let event = tests::encoding::lambda_event(&document).to_string();
        let run = lambda.invoke_once("id", event.as_bytes());
        assert!(run.answer.response().is_some(), "{:?}", run.answer);
        all.extend(own);
    }
    let wanted = json!({"QueueUrl": url, "AttributeNames": ["ApproximateNumberOfMessages"]});
    let attributes = moto.call(sqs("AmazonSQS.GetQueueAttributes"), &wanted);
    assert_eq!(attributes["Attributes"]["ApproximateNumberOfMessages"], "3", "{attributes}");

    // The documentation recommends the parking queue as an event source of the same function.
    backend.set_schedule(FaultSchedule::default());
    let received =
        moto.call(sqs("AmazonSQS.ReceiveMessage"), &json!({"QueueUrl": url, "MaxNumberOfMessages": 10}));
    let bodies: Vec<_> = received["Messages"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|message| message["Body"].as_str().unwrap_or_default().to_owned())
        .collect();
    let event = tests::forms::sqs_event(&bodies).to_string();
    let run = function.start().invoke_once("id", event.as_bytes());
    assert!(run.answer.response().is_some(), "{:?}", run.answer);
    assert_eq!(numbers(&backend), all);
}

/// Datadog account whose API key can be changed.
#[derive(Clone)]
struct Account(Arc<Mutex<String>>);

impl Account {
    fn new(key: &str) -> Self {
        Self(Arc::new(Mutex::new(key.to_owned())))
    }

    fn change(&self, key: &str) {
        key.clone_into(&mut self.0.lock().expect("no thread panics while it holds the lock"));
    }

    fn protocol(&self) -> Datadog {
        let key = self.0.lock().expect("no thread panics while it holds the lock").clone();
        Datadog { key, age_check: AgeCheck::Disabled }
    }
}

impl Protocol for Account {
    fn decode(&self, request: &Request) -> Result<RequestContents, Response> {
        self.protocol().decode(request)
    }

    fn respond(&self, request: &Request, rejected: usize) -> Response {
        self.protocol().respond(request, rejected)
    }
}

/// Creates a function that sends to this account and reads the key from where a setting says.
fn function_with_key(moto: &Moto, account: &Account, setting: (&str, String)) -> (Backend, FunctionBuilder) {
    let backend = Backend::start(account.clone(), FaultSchedule::default());
    let (name, value) = setting;
    let function =
        FunctionBuilder::new().datadog(&backend).env("AWS_ENDPOINT_URL", moto.url()).env(name, value);
    (backend, function.env("DD_API_KEY", "").timeout(TIMEOUT))
}

fn deliver(backend: &Backend, lambda: &mut tests::lambda::Lambda, producer: &mut Producer) {
    let (own, document) = producer.document(4);
    let run = lambda.invoke_once("id", tests::encoding::lambda_event(&document).to_string().as_bytes());
    assert!(run.answer.response().is_some(), "{:?}", run.answer);
    assert!(own.iter().all(|number| numbers(backend).contains(number)), "{:?}", backend.requests());
}

#[test]
fn key_in_secrets_manager_is_fetched_again_after_a_rotation() {
    let Some(moto) = Moto::start_if_installed() else { return };
    let (old, account) = ("f".repeat(32), Account::new(&"f".repeat(32)));
    let created =
        moto.call(secrets("secretsmanager.CreateSecret"), &json!({"Name": "datadog", "SecretString": old}));
    let arn = created["ARN"].as_str().expect("a secret has an ARN").to_owned();
    let (backend, function) = function_with_key(&moto, &account, ("DD_API_KEY_SECRET_ARN", arn.clone()));
    let (mut lambda, mut producer) = (function.start(), Producer::default());
    deliver(&backend, &mut lambda, &mut producer);
    // The process still has the old key and fetches the new one when the old one is rejected.
    moto.call(secrets("secretsmanager.PutSecretValue"), &json!({"SecretId": arn, "SecretString": KEY}));
    account.change(KEY);
    deliver(&backend, &mut lambda, &mut producer);
    let rejections =
        |backend: &Backend| backend.requests().iter().filter(|request| request.status == Some(403)).count();
    let first_rejections = rejections(&backend);
    assert!((1..=2).contains(&first_rejections), "{:?}", backend.requests());
    deliver(&backend, &mut lambda, &mut producer);
    assert_eq!((rejections(&backend), lambda.finish().exit_statuses.len()), (first_rejections, 1));
}

#[test]
fn key_in_parameter_store_is_fetched() {
    let Some(moto) = Moto::start_if_installed() else { return };
    let put = json!({"Name": "/datadog/key", "Value": KEY, "Type": "SecureString"});
    moto.call(Operation { service: "ssm", target: "AmazonSSM.PutParameter" }, &put);
    let setting = ("DD_API_KEY_SSM_NAME", "/datadog/key".to_owned());
    let (backend, function) = function_with_key(&moto, &Account::new(KEY), setting);
    deliver(&backend, &mut function.start(), &mut Producer::default());
}
