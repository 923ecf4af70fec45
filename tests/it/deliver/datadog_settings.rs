//! Settings of the Datadog Forwarder that are honoured for Datadog, each against a stand-in for its intakes.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde_json::{Value, json};
use tests::{
    backend::{Backend, Fault, FaultSchedule, Protocol, RequestContents, Step, s3::S3},
    encoding::lambda_event,
    forms::document_of,
    function_builder::{FunctionBuilder, KEY},
    http::{Request, Response},
    sample::{Event, START_MS},
    scenario::Ledger,
};

use super::{objects::put, succeed};

const REPORT: &str = "REPORT RequestId: 8edab1f8-7d34-4a8e-a965-15ccbbb78d4c\tDuration: 2.37 ms\tBilled Duration: 3 ms\t\
                      Memory Size: 128 MB\tMax Memory Used: 95 MB\t\n";

/// Stand-in that accepts everything and keeps it: for both intakes of Datadog and for Lambda.
#[derive(Clone, Default)]
struct Recorder {
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Protocol for Recorder {
    fn decode(&self, request: &Request) -> Result<RequestContents, Response> {
        self.requests.lock().expect("no test panicked").push(request.clone());
        Ok(RequestContents::default())
    }

    fn respond(&self, _: &Request, _: usize) -> Response {
        Response::new(202, "{}")
    }
}

/// Requests that a function sent, with its own output.
struct Sent {
    requests: Vec<Request>,
    /// Numbers of received, delivered, filtered and parked events of the sink.
    counts: [u64; 4],
    output: String,
}

impl Sent {
    fn paths(&self) -> Vec<&str> {
        self.requests.iter().map(|request| request.head.path()).collect()
    }

    /// Returns the JSON of the bodies that were sent to a path with this end.
    fn bodies(&self, path: &str) -> Vec<Value> {
        let bodies = self.requests.iter().filter(|request| request.head.path().ends_with(path));
        bodies.map(|request| serde_json::from_slice(&plain(request)).expect("a body is JSON")).collect()
    }

    fn logs(&self) -> Vec<Value> {
        self.bodies("/logs")
            .into_iter()
            .flat_map(|body| body.as_array().cloned().unwrap_or_default())
            .collect()
    }

    fn messages(&self) -> Vec<String> {
        self.logs().iter().filter_map(|log| log["message"].as_str().map(str::to_owned)).collect()
    }

    fn series(&self) -> Vec<Value> {
        let of_body = |body: Value| body["series"].as_array().cloned().unwrap_or_default();
        self.bodies("/distribution_points").into_iter().flat_map(of_body).collect()
    }
}

/// Returns the body of a request without its compression.
fn plain(request: &Request) -> Vec<u8> {
    use std::io::Read as _;
    let (mut body, bytes) = (Vec::new(), request.body.as_slice());
    let read = match request.head.header("content-encoding") {
        None => return request.body.clone(),
        Some("gzip") => flate2::read::GzDecoder::new(bytes).read_to_end(&mut body),
        Some("deflate") => flate2::read::ZlibDecoder::new(bytes).read_to_end(&mut body),
        Some(other) => panic!("{other}"),
    };
    read.expect("the body can be read");
    body
}

/// Time since 1970; Datadog takes no points that are older than an hour.
fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("a time after 1970")
}

fn event(messages: &[&str]) -> Vec<u8> {
    let now_ms = i64::try_from(now().as_millis()).expect("a time of this century");
    let event = |(index, message): (usize, &&str)| Event {
        id: format!("{index:056}"),
        after_ms: now_ms - START_MS + i64::try_from(index).expect("few events"),
        message: (*message).to_owned(),
    };
    let events: Vec<_> = messages.iter().enumerate().map(event).collect();
    lambda_event(&document_of("/aws/lambda/shop", "2026/03/04/[$LATEST]a", &events)).to_string().into_bytes()
}

/// Runs a function with the sink `datadog`, whose settings have `{sink}` for the address of the stand-in.
fn send(settings: &[(&str, &str)], events: &[Vec<u8>]) -> Sent {
    let recorder = Recorder::default();
    let backend = Backend::start(recorder.clone(), FaultSchedule::default());
    run(&backend, settings, events, &recorder)
}

fn run(backend: &Backend, settings: &[(&str, &str)], events: &[Vec<u8>], recorder: &Recorder) -> Sent {
    let function = FunctionBuilder::new().datadog(backend).env("DD_API_KEY", KEY);
    let address = backend.address().to_string();
    let set = |function: FunctionBuilder, (name, value): &(&str, &str)| {
        function.env(name, value.replace("{sink}", &address))
    };
    let mut lambda = settings.iter().fold(function, set).start();
    events.iter().for_each(|event| succeed(&mut lambda, event));
    let output = lambda.finish().output;
    let output =
        (String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr)).into_owned();
    let ledgers = Ledger::all(&output);
    let sum = |count: &dyn Fn(&Ledger) -> u64| ledgers.iter().map(count).sum();
    let [delivered, filtered, parked] =
        ["delivered", "filtered", "parked"].map(|name| sum(&|ledger| ledger.count(name)));
    let counts = [sum(&Ledger::received), delivered, filtered, parked];
    let requests = recorder.requests.lock().expect("no test panicked").clone();
    Sent { requests, counts, output }
}

#[test]
fn addresses_of_logs_and_metrics_are_apart_and_not_doubled() {
    let events = [event(&["x", REPORT])];
    let whole = [("DD_URL", "http://{sink}/api/v2/logs"), ("DD_API_URL", "http://{sink}/points")];
    assert_eq!(send(&whole, &events).paths(), ["/api/v2/logs", "/points/api/v1/distribution_points"]);
    let recorder = Recorder::default();
    let backend = Backend::start(recorder.clone(), FaultSchedule::default());
    let port = backend.address().port().to_string();
    let sent = run(
        &backend,
        &[("DD_URL", "127.0.0.1"), ("DD_NO_SSL", "True"), ("DD_PORT", &port)],
        &events,
        &recorder,
    );
    assert!(sent.paths().contains(&"/api/v2/logs"), "{:?}", sent.paths());
}

#[test]
fn labels_compression_and_header_are_those_of_the_settings() {
    let events = [event(&["x"])];
    let sent =
        send(&[("DD_SOURCE", "shop"), ("DD_TAGS", "env:prod"), ("DD_COMPRESSION_LEVEL", "0")], &events);
    let log = &sent.logs()[0];
    assert_eq!((&log["ddsource"], &log["service"]), (&json!("shop"), &json!("shop")));
    let tags = log["ddtags"].as_str().expect("tags");
    assert!(tags.contains("env:prod") && tags.contains("source_overridden:true"), "{tags}");
    assert_eq!(sent.requests[0].head.header("content-encoding"), None);
    assert_eq!(sent.requests[0].head.header("dd-storage-tag"), Some("s3,cloudwatch"));
    let sent = send(&[("DD_USE_COMPRESSION", "false"), ("DD_ENRICH_S3_TAGS", "False")], &events);
    assert_eq!(sent.requests[0].head.header("content-encoding"), None);
    assert_eq!(sent.requests[0].head.header("dd-storage-tag"), Some("cloudwatch"));
    let off = [("DD_ENRICH_S3_TAGS", "false"), ("DD_ENRICH_CLOUDWATCH_TAGS", "false")];
    let sent = send(&off, &events);
    assert_eq!(sent.requests[0].head.header("content-encoding"), Some("gzip"));
    assert_eq!(sent.requests[0].head.header("dd-storage-tag"), None);
    assert_eq!(sent.logs()[0]["ddsource"], "lambda");
}

#[test]
fn no_logs_but_metrics_are_forwarded() {
    let sent = send(&[("DD_FORWARD_LOG", "False")], &[event(&["x", REPORT])]);
    assert_eq!((sent.paths(), sent.counts), (vec!["/api/v1/distribution_points"], [2, 0, 2, 0]));
}

#[test]
fn metric_lines_are_points_and_no_logs() {
    let line = r#"{"m":"shop.parcels","v":12.5,"e":SECONDS,"t":["stage:beta","bare"]}"#;
    let now = now().as_secs();
    let line = line.replace("SECONDS", &now.to_string());
    let traces = r#"{"traces":[[{"trace_id":"1"}]]}"#;
    let sent = send(&[], &[event(&[&line, "plain", traces, traces])]);
    assert_eq!(sent.messages(), ["plain", traces, traces]);
    assert_eq!(sent.counts, [4, 3, 1, 0]);
    let series = sent.series();
    let own: Vec<_> = series.iter().filter(|series| series["metric"] == "shop.parcels").collect();
    assert_eq!(own.len(), 1, "{series:?}");
    assert_eq!(own[0]["points"], json!([[now, [12.5]]]));
    for tag in ["stage:beta", "bare", "functionname:shop"] {
        assert!(own[0]["tags"].as_array().expect("tags").contains(&json!(tag)), "{tag} {own:?}");
    }
    assert_eq!(sent.output.matches("have traces of a Datadog library").count(), 1, "{}", sent.output);
    assert!(sent.output.contains(r#""tailwater_unsupported_traces":2"#), "{}", sent.output);
    // Without metrics, the line is a log.
    let sent = send(&[("TAILWATER_SIGNALS", "logs")], &[event(&[&line])]);
    assert_eq!(sent.messages(), [line]);
}

#[test]
fn lines_of_objects_are_joined() {
    let s3 = S3::new(1000);
    let text = "header\n2026-03-04 first\n  at a\n  at b\n2026-03-04 second\n";
    let event = json!({"Records": [put(&s3, "app.log", text.as_bytes())]}).to_string().into_bytes();
    let bucket = Backend::start(s3, FaultSchedule::default());
    let pattern = ("DD_MULTILINE_LOG_REGEX_PATTERN", r"\d{4}-\d{2}-\d{2}");
    let sent = send(&[pattern, ("AWS_ENDPOINT_URL", &bucket.url())], &[event]);
    let messages = sent.messages();
    let trimmed: Vec<_> = messages.iter().map(|message| message.trim_end()).collect();
    assert_eq!(trimmed, ["header", "2026-03-04 first\n  at a\n  at b", "2026-03-04 second"]);
    // Lines of log groups are not joined.
    let sent = send(&[pattern], &[self::event(&["2026-03-04 a", "b"])]);
    assert_eq!(sent.messages().len(), 2);
}

#[test]
fn failed_events_are_stored_and_sent_again_by_a_retry_event() {
    let s3 = S3::new(1000);
    let bucket = Backend::start(s3.clone(), FaultSchedule::default());
    let later = Step::new(Fault::Discard(Response::new(429, "").with("Retry-After", "600")));
    let recorder = Recorder::default();
    let backend = Backend::start(recorder.clone(), FaultSchedule::always(later));
    let url = bucket.url();
    let settings = [
        ("DD_STORE_FAILED_EVENTS", "True"),
        ("DD_S3_BUCKET_NAME", "failed-events"),
        ("AWS_ENDPOINT_URL", url.as_str()),
        ("TAILWATER_SIGNALS", "logs"),
    ];
    let sent = run(&backend, &settings, &[event(&["x"])], &recorder);
    assert_eq!(sent.counts, [1, 0, 0, 1], "{}", sent.output);
    let keys: Vec<_> = s3.objects().into_keys().collect();
    assert!(keys.len() == 1 && keys[0].starts_with("failed-events/tailwater/parked/"), "{keys:?}");
    recorder.requests.lock().expect("no test panicked").clear();
    backend.set_schedule(FaultSchedule::default());
    let sent = run(&backend, &settings, &[br#"{"retry":"true"}"#.to_vec()], &recorder);
    assert_eq!(sent.messages(), ["x"], "{}", sent.output);
    assert!(s3.objects().is_empty());
}

#[test]
fn additional_functions_get_the_event() {
    let targets = "arn:aws:lambda:eu-west-1:123456789012:function:audit,backup";
    let events = [event(&["x"])];
    let settings = [("DD_ADDITIONAL_TARGET_LAMBDAS", targets), ("AWS_ENDPOINT_URL", "http://{sink}")];
    let sent = send(&settings, &events);
    for name in ["arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3Aaudit", "backup"] {
        let path = format!("/2015-03-31/functions/{name}/invocations");
        let invoked: Vec<_> = sent.requests.iter().filter(|request| request.head.path() == path).collect();
        assert_eq!(invoked.len(), 1, "{:?}", sent.paths());
        assert_eq!(invoked[0].head.header("x-amz-invocation-type"), Some("Event"));
        assert_eq!(invoked[0].body, events[0]);
    }
    assert_eq!(sent.messages(), ["x"]);
    // A failure changes nothing else.
    let sent = send(
        &[("DD_ADDITIONAL_TARGET_LAMBDAS", "audit"), ("AWS_ENDPOINT_URL", "http://127.0.0.1:1")],
        &events,
    );
    assert_eq!(sent.messages(), ["x"]);
    assert!(sent.output.contains("an additional function is not invoked"), "{}", sent.output);
    assert!(sent.output.contains(r#""tailwater_failed_targets":1"#), "{}", sent.output);
}

#[test]
fn settings_without_effect_are_named_and_refused_ones_stop_the_start() {
    let notes = [("DD_FETCH_LAMBDA_TAGS", "true"), ("DD_LOG_LEVEL", "WARN"), ("DD_USE_VPC", "false")];
    let sent = send(&notes, &[event(&["x"])]);
    let noted = |name: &str| {
        sent.output.contains(&format!("\"setting\":\"{name}\""))
            || sent.output.contains(&format!("setting={name}"))
    };
    assert!(
        noted("DD_FETCH_LAMBDA_TAGS") && noted("DD_LOG_LEVEL") && !noted("DD_USE_VPC"),
        "{}",
        sent.output
    );
    let recorder = Recorder::default();
    let backend = Backend::start(recorder.clone(), FaultSchedule::default());
    let function = FunctionBuilder::new().datadog(&backend).env("DD_SKIP_SSL_VALIDATION", "true");
    let mut lambda = function.start();
    let answer = lambda.invoke_once("8f5f3c1e-0d6b-4b0e-9f0a-1c2d3e4f5a6b", &event(&["x"])).answer;
    assert!(answer.response().is_none() && recorder.requests.lock().expect("no test panicked").is_empty());
    let output = lambda.finish().output;
    assert!(String::from_utf8_lossy(&output.stderr).contains("TAILWATER_CA_FILE"), "{output:?}");
}
