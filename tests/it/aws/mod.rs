//! AWS clients of the program with real servers: moto for all services, and versitygw for S3 because it checks
//! signatures.

mod connect;
mod parking;
mod queue;
mod s3;
mod secrets;

use std::{future::Future, time::Duration};

use serde_json::{Value, json};
use tailwater_forwarder::{
    aws::{AwsClient, Error, LazyAwsClient},
    http::Client,
    settings::{Place, Settings, Values},
};
use tests::server::{Moto, Operation};

/// Timeout for calls over loopback on a busy machine.
const PATIENT: Duration = Duration::from_secs(30);

/// Access key and secret of the servers.
const KEY: (&str, &str) = ("TEST", "TESTSECRET");

fn run<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime can be created").block_on(work)
}

/// Builds settings as from the environment, for a server at `url`.
fn settings(url: &str, more: &[(&str, &str)]) -> Settings {
    let mut values = Values::new(Place::Environment);
    let own = [
        ("TAILWATER_SINKS", "ndjson"),
        ("TAILWATER_TIMEOUT", "30s"),
        ("AWS_ENDPOINT_URL", url),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", KEY.0),
        ("AWS_SECRET_ACCESS_KEY", KEY.1),
    ];
    let is_own = |name: &str| !more.iter().any(|(other, _)| *other == name);
    for (name, text) in own.iter().filter(|(name, _)| is_own(name)).chain(more) {
        values.set(name, (*text).to_owned());
    }
    Settings::read(&values).unwrap_or_else(|errors| panic!("{errors}"))
}

/// Client of AWS services that is created when it is first used.
fn lazy_access(settings: &Settings) -> LazyAwsClient {
    let client = Client::new(&settings.network).expect("the defaults are valid");
    LazyAwsClient::new(client, settings.aws_config(), settings.limits.timeout)
}

fn access(settings: &Settings) -> Result<AwsClient, Error> {
    let client = Client::new(&settings.network).expect("no CA file is set");
    AwsClient::new(client, &settings.aws_config(), settings.limits.timeout)
}

/// Calls an operation of SQS that the program itself does not use.
pub(crate) fn sqs(moto: &Moto, operation: &'static str, input: &Value) -> Value {
    moto.call(Operation { service: "sqs", target: operation }, input)
}

/// Creates a queue and returns its URL.
pub(crate) fn queue(moto: &Moto, name: &str) -> String {
    let made = sqs(moto, "AmazonSQS.CreateQueue", &json!({"QueueName": name}));
    made["QueueUrl"].as_str().expect("a queue has a URL").to_owned()
}
