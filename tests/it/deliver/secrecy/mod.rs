//! Secrets and customers' log lines are never in the program's own output: canaries are planted in all inputs, all
//! faults are injected, and the output is searched.

mod aws;
mod echo;
mod redrive;

use std::time::Duration;

use serde_json::json;
use tests::{
    backend::{Backend, Fault, FaultSchedule, Step},
    encoding::{base64, gzip, lambda_event},
    function_builder::{FunctionBuilder, KEY, datadog, otlp},
    http::{Cut, Response},
    lambda::Lambda,
    process::Output,
    producer::Producer,
    runtime_api::Answer,
};

/// Canary in log lines, header values and responses of backends.
const CANARY: &str = "c4n4ry";
/// All texts that must not be in the output, with the API key and the credentials of the function.
const SECRETS: [&str; 4] = [CANARY, KEY, "wJalrXUtnFEMI", "YzRuNHJ5"];

const LEVELS: [&str; 4] = ["trace", "debug", "info", "error"];

fn document(line: &str) -> Vec<u8> {
    let events = json!([{"id": "1".repeat(56), "timestamp": 1_772_618_400_000_i64, "message": line}]);
    let document = json!({"messageType": "DATA_MESSAGE", "owner": "123456789012", "logGroup": "/aws/lambda/f",
        "logStream": "s", "subscriptionFilters": [], "logEvents": events});
    document.to_string().into_bytes()
}

/// Faults of a backend. Responses quote the request, as those of real backends do.
fn steps() -> Vec<Step> {
    let echo = |status| {
        Step::new(Fault::Discard(Response::new(status, format!("cannot read {CANARY} with key {KEY}"))))
    };
    let mut steps: Vec<_> = [400, 401, 403, 404, 413, 429, 500, 503].into_iter().map(echo).collect();
    let elsewhere = Response::new(307, "").with("Location", &format!("http://127.0.0.1:1/{CANARY}"));
    steps.extend([
        Step::new(Fault::Discard(elsewhere)),
        Step::new(Fault::ReplaceResponse(Response::new(200, format!("\u{1}{CANARY}")))),
        Step::cut_request(3, Cut::Reset),
        Step::cut_response(20, Cut::Close),
        Step::default().with_delay(Duration::from_millis(900)),
    ]);
    steps
}

/// Invalid events that contain the canary.
fn wrong_events() -> Vec<Vec<u8>> {
    let whole = gzip(&document(CANARY));
    let cut = base64(&whole[..whole.len() - 9]);
    let bodies = [cut.clone(), format!("%%%{CANARY}"), base64(CANARY.as_bytes())];
    [
        json!({"awslogs": {"data": cut}}),
        json!({"awslogs": {"data": format!("%%{CANARY}")}}),
        json!({"unknown": CANARY}),
        json!({"tailwater": {"redrive": {"sink": {CANARY: 1}}}}),
        tests::forms::kinesis_event(&bodies),
        tests::forms::sqs_event(&[format!("{{\"logEvents\": {CANARY}")]),
    ]
    .iter()
    .map(|event| event.to_string().into_bytes())
    .chain([format!("{{\"awslogs\": {CANARY}").into_bytes()])
    .collect()
}

fn invoke(lambda: &mut Lambda, event: &[u8], printed: &mut Vec<u8>) {
    match lambda.invoke_once("id", event).answer {
        Answer::Response(body) | Answer::Error { body, .. } => printed.extend(body),
        Answer::InitFailed(text) => printed.extend(text.into_bytes()),
        Answer::TooLarge(_) | Answer::TimedOut | Answer::ProcessExited => {}
    }
}

#[track_caller]
fn is_clean(what: &str, output: &Output, printed: &[u8]) {
    let all = [&output.stdout[..], &output.stderr, printed].concat();
    let all = String::from_utf8_lossy(&all);
    for secret in SECRETS {
        let line = all.lines().find(|line| line.contains(secret));
        assert!(line.is_none(), "{what}: the output contains {secret}: {line:?}");
    }
}

fn function(otlp: &Backend, datadog: &Backend) -> FunctionBuilder {
    FunctionBuilder::new()
        .otlp(otlp)
        .datadog(datadog)
        .env("OTEL_EXPORTER_OTLP_HEADERS", format!("authorization=Bearer {CANARY}-token"))
        .timeout(Duration::from_secs(2))
}

#[test]
fn failing_backend_leaks_no_secret() {
    for level in LEVELS {
        let folder = tempfile::tempdir().expect("a temporary folder can be created");
        for step in steps() {
            let name = format!("{step:?}");
            let backends = [otlp(FaultSchedule::always(step.clone())), datadog(FaultSchedule::always(step))];
            let [otlp, datadog] = &backends;
            let function =
                function(otlp, datadog).parking(&folder.path().join("parking")).env("RUST_LOG", level);
            let (mut lambda, mut printed) = (function.start(), Vec::new());
            invoke(&mut lambda, lambda_event(&document(CANARY)).to_string().as_bytes(), &mut printed);
            is_clean(&format!("{level}, {name}"), &lambda.finish().output, &printed);
        }
    }
}

#[test]
fn invalid_event_leaks_no_secret() {
    let backends = [otlp(FaultSchedule::default()), datadog(FaultSchedule::default())];
    let [otlp, datadog] = &backends;
    for level in LEVELS {
        let function = function(otlp, datadog).env("RUST_LOG", level);
        let (mut lambda, mut printed) = (function.start(), Vec::new());
        for event in wrong_events() {
            invoke(&mut lambda, &event, &mut printed);
        }
        is_clean(level, &lambda.finish().output, &printed);
    }
}

#[test]
fn invalid_setting_leaks_no_secret() {
    let backend = otlp(FaultSchedule::default());
    let wrong = [
        ("DD_API_KEY", "c4n4ry key with spaces"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=c4n4ry\r\nx: y"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://user:c4n4ry@example.com/"),
        ("DD_API_KEY_SECRET_ARN", "c4n4ry"),
    ];
    for (name, value) in wrong {
        let function =
            FunctionBuilder::new().otlp(&backend).sink("datadog").env(name, value).env("RUST_LOG", "trace");
        let (mut lambda, mut printed) = (function.start(), Vec::new());
        let (_, event) = crate::deliver::delivery(&mut Producer::default(), 1);
        invoke(&mut lambda, &event, &mut printed);
        let history = lambda.finish();
        let all = [&history.output.stdout[..], &history.output.stderr, &printed].concat();
        let text = String::from_utf8_lossy(&all);
        // The name of a secret may be printed.
        let leaked = text.contains(CANARY) && name != "DD_API_KEY_SECRET_ARN";
        assert!(!leaked, "{name}: {text}");
        assert!(text.contains(name), "the invalid setting is not named: {text}");
    }
}
