//! Secrets and log lines are not in the output when AWS fails: parking, secrets and objects.

use std::{path::Path, time::Duration};

use serde_json::json;
use tests::{
    backend::{Backend, Fault, FaultSchedule, Step, aws::Aws, s3::S3, sqs::Sqs},
    encoding::{gzip, lambda_event},
    function_builder::{FunctionBuilder, datadog, otlp},
    http::Response,
};

use super::{CANARY, LEVELS, document, function, invoke, is_clean, steps};

/// Starts S3 and SQS with one step per request.
fn failing(steps: Vec<Step>) -> (Aws, Backend) {
    let aws = Aws { s3: S3::new(10), sqs: Sqs::default() };
    let server = Backend::start(aws.clone(), FaultSchedule::new(steps));
    (aws, server)
}

/// Sends an event until each step was used, and checks the output.
fn check_all_steps(function: &FunctionBuilder, server: &Backend, level: &str, event: &[u8]) {
    const ENOUGH: usize = 30;
    let (mut lambda, mut printed) = (function.clone().env("RUST_LOG", level).start(), Vec::new());
    for _ in 0..ENOUGH {
        invoke(&mut lambda, event, &mut printed);
        if server.requests().len() > steps().len() {
            break;
        }
    }
    let n_requests = server.requests().len();
    assert!(n_requests > steps().len(), "only {n_requests} requests");
    is_clean(level, &lambda.finish().output, &printed);
}

#[test]
fn failing_parking_location_leaks_no_secret() {
    let backends =
        [otlp(FaultSchedule::always(Step::status(503))), datadog(FaultSchedule::always(Step::status(503)))];
    let [otlp, datadog] = &backends;
    for level in LEVELS {
        for location in ["s3://bucket/prefix", "sqs:URL/1/queue", "sqs:URL/1/queue,s3://bucket"] {
            let (_, server) = failing(steps());
            let function = function(otlp, datadog)
                .env("AWS_ENDPOINT_URL", server.url())
                .env("TAILWATER_PARKING", location.replace("URL", &server.url()));
            let event = lambda_event(&document(CANARY)).to_string();
            check_all_steps(&function, &server, level, event.as_bytes());
        }
    }
}

#[test]
fn unwritable_folder_leaks_no_secret() {
    let backends =
        [otlp(FaultSchedule::always(Step::status(503))), datadog(FaultSchedule::always(Step::status(503)))];
    let [otlp, datadog] = &backends;
    for level in LEVELS {
        let function = function(otlp, datadog).parking(Path::new("/proc/parking")).env("RUST_LOG", level);
        let (mut lambda, mut printed) = (function.start(), Vec::new());
        invoke(&mut lambda, lambda_event(&document(CANARY)).to_string().as_bytes(), &mut printed);
        is_clean(level, &lambda.finish().output, &printed);
    }
}

#[test]
fn failing_object_leaks_no_secret() {
    let backends = [otlp(FaultSchedule::default()), datadog(FaultSchedule::default())];
    let [otlp, datadog] = &backends;
    for level in LEVELS {
        let (aws, server) = failing(steps());
        aws.s3.put("bucket/logs/a.gz", gzip(&document(CANARY)));
        let event = json!({"Records": [{"eventSource": "aws:s3", "eventName": "ObjectCreated:Put",
            "s3": {"bucket": {"name": "bucket"}, "object": {"key": "logs/a.gz"}}}]});
        let function = function(otlp, datadog).env("AWS_ENDPOINT_URL", server.url());
        check_all_steps(&function, &server, level, event.to_string().as_bytes());
    }
}

/// After the steps the secret itself is returned. The backend rejects it, so it is fetched again and again.
#[test]
fn failing_secret_store_leaks_no_secret() {
    let names = [
        ("DD_API_KEY_SECRET_ARN", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:key"),
        ("DD_API_KEY_SSM_NAME", "/tailwater/key"),
    ];
    let secret =
        json!({"SecretString": format!("{CANARY}0123456789"), "Parameter": {"Value": CANARY.repeat(4)}});
    let answer = Step::new(Fault::Discard(Response::new(200, secret.to_string())));
    let (otlp, datadog) = (otlp(FaultSchedule::default()), datadog(FaultSchedule::default()));
    for ((name, value), step) in
        names.iter().flat_map(|name| steps().into_iter().map(move |step| (name, step)))
    {
        let (_, server) = failing(vec![step.clone()]);
        server.set_schedule(FaultSchedule::new([step.clone(), step.clone(), step]).then(answer.clone()));
        let function = FunctionBuilder::new()
            .otlp(&otlp)
            .datadog(&datadog)
            .env("DD_API_KEY", "")
            .env(name, value)
            .env("AWS_ENDPOINT_URL", server.url())
            .env("RUST_LOG", "trace")
            .timeout(Duration::from_secs(2));
        let (mut lambda, mut printed) = (function.start(), Vec::new());
        for _ in 0..2 {
            invoke(&mut lambda, lambda_event(&document(CANARY)).to_string().as_bytes(), &mut printed);
        }
        assert!(!server.requests().is_empty(), "{name} was not fetched");
        is_clean(name, &lambda.finish().output, &printed);
    }
}
