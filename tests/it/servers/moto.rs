//! AWS's services as moto has them: a subscription filter that delivers, queues, secrets and parameters.

use std::{collections::BTreeSet, time::Duration};

use serde_json::{Value, json};
use tests::{
    backend::{
        Backend, Script, Step,
        datadog::{Ages, Datadog},
    },
    function::{Function, KEY, otlp},
    producer::{Number, Producer, number_of},
    redeliver::kinesis,
    sample::{ACCOUNT, REGION},
    server::{Call, Moto},
};

use super::TIMEOUT;

const fn logs(target: &'static str) -> Call {
    Call { service: "logs", target }
}

const fn kinesis_call(target: &'static str) -> Call {
    Call { service: "kinesis", target }
}

const fn secrets(target: &'static str) -> Call {
    Call { service: "secretsmanager", target }
}

fn numbers(backend: &Backend) -> BTreeSet<Number> {
    backend.logs().iter().filter_map(number_of).collect()
}

/// A stream that a log group is subscribed to.
fn subscribe(moto: &Moto, group: &str, stream: &str) {
    moto.call(kinesis_call("Kinesis_20131202.CreateStream"), &json!({"StreamName": stream, "ShardCount": 1}));
    moto.call(logs("Logs_20140328.CreateLogGroup"), &json!({"logGroupName": group}));
    moto.call(logs("Logs_20140328.CreateLogStream"), &json!({"logGroupName": group, "logStreamName": "one"}));
    let destination = format!("arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/{stream}");
    let filter = json!({"logGroupName": group, "filterName": "all", "filterPattern": "", "destinationArn": destination,
                        "roleArn": format!("arn:aws:iam::{ACCOUNT}:role/logs")});
    moto.call(logs("Logs_20140328.PutSubscriptionFilter"), &filter);
}

/// What is in the stream: the data of each record, in base64.
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
fn a_subscription_filter_delivers_through_kinesis() {
    let Some(moto) = Moto::find() else { return };
    subscribe(&moto, "/aws/lambda/checkout-api", "logs");
    let now =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("it is later than 1970");
    let mut written = BTreeSet::new();
    for batch in 0..4_u64 {
        let own: Vec<_> = (batch * 50..batch * 50 + 50).collect();
        let event = |number: &Number| json!({"timestamp": u64::try_from(now.as_millis()).expect("a time"), "message": text(*number)});
        let events: Vec<_> = own.iter().map(event).collect();
        let put =
            json!({"logGroupName": "/aws/lambda/checkout-api", "logStreamName": "one", "logEvents": events});
        moto.call(logs("Logs_20140328.PutLogEvents"), &put);
        written.extend(own);
    }
    let records = read_stream(&moto, "logs");
    assert!(!records.is_empty(), "the filter delivered nothing");
    let records: Vec<_> = records.iter().map(|data| unbase64(data)).collect();
    assert!(records.iter().all(|record| record.starts_with(&[0x1f, 0x8b])), "an envelope is compressed");

    let backend = otlp(Script::default());
    let mut lambda = Function::new().otlp(&backend).timeout(TIMEOUT).start();
    let mapping = kinesis::Mapping {
        batch_size: 2,
        retries: Some(2),
        on_error: kinesis::OnError::Repeat,
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

/// A payload without what a log event's message may not hold.
fn text(number: Number) -> String {
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
fn what_is_parked_in_a_queue_comes_back_out_of_it() {
    let Some(moto) = Moto::find() else { return };
    let sqs = |target| Call { service: "sqs", target };
    let queue = moto.call(sqs("AmazonSQS.CreateQueue"), &json!({"QueueName": "parking"}));
    let url = queue["QueueUrl"].as_str().expect("a queue has a URL").to_owned();
    let backend = otlp(Script::always(Step::status(503)));
    let function = Function::new()
        .otlp(&backend)
        .env("AWS_ENDPOINT_URL", moto.url())
        .env("TAILWATER_PARKING", format!("sqs:{url}"))
        .timeout(Duration::from_secs(10));
    let (mut lambda, mut producer) = (function.start(), Producer::default());
    let mut all = BTreeSet::new();
    for _ in 0..3 {
        let (own, document) = producer.document(20);
        let event = tests::pack::lambda_event(&document).to_string();
        let run = lambda.invoke_once("id", event.as_bytes());
        assert!(run.answer.response().is_some(), "{:?}", run.answer);
        all.extend(own);
    }
    let wanted = json!({"QueueUrl": url, "AttributeNames": ["ApproximateNumberOfMessages"]});
    let attributes = moto.call(sqs("AmazonSQS.GetQueueAttributes"), &wanted);
    assert_eq!(attributes["Attributes"]["ApproximateNumberOfMessages"], "3", "{attributes}");

    // The queue is an event source of the same function, as its documentation says.
    backend.play(Script::default());
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

/// A Datadog account with this key, and a function that finds its key where the setting says.
fn keyed(moto: &Moto, key: &str, setting: (&str, String)) -> (Backend, Function) {
    let backend = Backend::start(Datadog { key: key.to_owned(), ages: Ages::Any }, Script::default());
    let (name, value) = setting;
    let function = Function::new().datadog(&backend).env("AWS_ENDPOINT_URL", moto.url()).env(name, value);
    (backend, function.env("DD_API_KEY", "").timeout(TIMEOUT))
}

fn deliver(backend: &Backend, lambda: &mut tests::lambda::Lambda, producer: &mut Producer) {
    let (own, document) = producer.document(4);
    let run = lambda.invoke_once("id", tests::pack::lambda_event(&document).to_string().as_bytes());
    assert!(run.answer.response().is_some(), "{:?}", run.answer);
    assert!(own.iter().all(|number| numbers(backend).contains(number)), "{:?}", backend.seen());
}

#[test]
fn a_key_in_secrets_manager_is_fetched_and_fetched_again_when_it_is_rotated() {
    // Known to fail, and told so in the CHANGELOG: it runs where this is set.
    if std::env::var_os("TEST_KNOWN_FAILURES").is_none() {
        return;
    }
    let Some(moto) = Moto::find() else { return };
    let created = moto.call(
        secrets("secretsmanager.CreateSecret"),
        &json!({"Name": "datadog", "SecretString": "f".repeat(32)}),
    );
    let arn = created["ARN"].as_str().expect("a secret has an ARN").to_owned();
    // The account has a new key already, which the secret does not have yet.
    let (backend, function) = keyed(&moto, KEY, ("DD_API_KEY_SECRET_ARN", arn.clone()));
    let (mut lambda, mut producer) = (function.start(), Producer::default());
    let (_, document) = producer.document(1);
    let run = lambda.invoke_once("early", tests::pack::lambda_event(&document).to_string().as_bytes());
    assert!(run.answer.response().is_none(), "{:?}", run.answer);
    // The same process, which holds the old one, finds out.
    moto.call(secrets("secretsmanager.PutSecretValue"), &json!({"SecretId": arn, "SecretString": KEY}));
    deliver(&backend, &mut lambda, &mut producer);
    deliver(&backend, &mut lambda, &mut producer);
    assert_eq!(lambda.finish().ends.len(), 1);
}

#[test]
fn a_key_in_the_parameter_store_is_fetched() {
    let Some(moto) = Moto::find() else { return };
    let put = json!({"Name": "/datadog/key", "Value": KEY, "Type": "SecureString"});
    moto.call(Call { service: "ssm", target: "AmazonSSM.PutParameter" }, &put);
    let (backend, function) = keyed(&moto, KEY, ("DD_API_KEY_SSM_NAME", "/datadog/key".to_owned()));
    deliver(&backend, &mut function.start(), &mut Producer::default());
}
