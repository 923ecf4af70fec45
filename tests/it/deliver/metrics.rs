//! Metrics have no ids: accepted ones must not be sent again, and rejected ones must not be retried for ever.

use std::{ops::Range, time::Duration};

use serde_json::{Value, json};
use tests::{
    backend::{Backend, Fault, FaultSchedule, Step, limited::LimitedMetrics, otlp::Otlp, s3::S3},
    encoding::{gzip, lambda_event},
    forms,
    function_builder::{FunctionBuilder, KEY, datadog, otlp},
    http::Response,
    parked::{ParkedKind, ParkedObject},
    producer::{Producer, id},
    replay::Replay,
    sample::{Event, STREAM},
};

use super::{delivery, objects::put, redrive, succeed};

const METRICS: &str = "/v1/metrics";

/// Metric that the functions of these tests declare.
const ORDERS: &str = "orders";

/// Metric that some backends reject.
const REJECTED: &str = "unwanted";

/// Builds a subscription document of a function that declares a metric once per order, with the order as a dimension.
/// Each is
/// a data point, and 2,000 of them fill more than half of a request body.
fn metric_document(function: &str, metric: &str, orders: Range<u64>) -> String {
    let event = |order: u64| {
        let mut message = json!({
            "_aws": {"Timestamp": 1, "CloudWatchMetrics": [
                {"Namespace": "shop", "Dimensions": [["order"]], "Metrics": [{"Name": metric}]},
            ]},
            "order": format!("order-{order}"),
        });
        message[metric] = 1.into();
        Event { id: id(order), after_ms: 0, message: message.to_string() }
    };
    let events: Vec<_> = orders.map(event).collect();
    let document = forms::document_of(&format!("/aws/lambda/{function}"), STREAM, &events);
    String::from_utf8(document).expect("JSON")
}

/// Builds an SQS event in which each document is a delivery.
fn sqs_event(documents: &[String]) -> Vec<u8> {
    forms::sqs_event(documents).to_string().into_bytes()
}

/// Step whose `Retry-After` exceeds the deadline, so that everything is parked at once.
fn park_at_once() -> Step {
    Step::new(Fault::Discard(Response::new(429, "").with("Retry-After", "600")))
}

fn requests(backend: &Backend) -> usize {
    backend.requests().iter().filter(|request| request.path == METRICS).count()
}

/// Checks that a backend received this number of data points of the orders, each once.
#[track_caller]
fn has_orders_once(backend: &Backend, orders: u64) {
    assert_eq!(backend.points().get(ORDERS), Some(&orders));
    let sum = backend.sums().get(ORDERS).copied().unwrap_or_default();
    assert!((sum - f64::from(u32::try_from(orders).expect("there are few orders"))).abs() < 0.5, "{sum}");
}

/// Invokes a function once and returns its output.
#[track_caller]
fn printed(function: &FunctionBuilder, event: &[u8]) -> String {
    let mut lambda = function.start();
    succeed(&mut lambda, event);
    let output = lambda.finish().output;
    [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat()
}

/// Returns the sum of rejected points with this reason in all lines of the output.
fn rejected(printed: &str, reason: &str) -> u64 {
    let documents = printed.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    documents.filter_map(|line| line["tailwater_rejected_points_by_reason"][reason].as_u64()).sum()
}

fn settings(backend: &Backend) -> [(&'static str, String); 2] {
    [("TAILWATER_SINKS", "otlp".to_owned()), ("OTEL_EXPORTER_OTLP_ENDPOINT", backend.url())]
}

#[test]
fn accepted_metrics_are_not_sent_again_if_others_were_rejected() {
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let backend = otlp(FaultSchedule::new([Step::default(), park_at_once()]).on(METRICS));
    let orders = [0..2_000, 2_000..4_000, 4_000..6_000];
    let event = sqs_event(&orders.map(|orders| metric_document("shop", ORDERS, orders)));
    succeed(&mut FunctionBuilder::new().otlp(&backend).parking(folder.path()).start(), &event);
    assert_eq!((backend.points()[ORDERS], requests(&backend)), (4_000, 3));
    let parked = ParkedObject::in_folder(folder.path());
    assert_eq!(parked.iter().map(ParkedObject::kind).collect::<Vec<_>>(), [ParkedKind::Parked]);
    assert_eq!(parked[0].header["owes_metrics"], true);

    let (code, text) = redrive(folder.path(), &settings(&backend));
    assert_eq!(code, Some(0), "{text}");
    has_orders_once(&backend, 6_000);
    assert_eq!(ParkedObject::in_folder(folder.path()).len(), 0);
}

#[test]
fn metrics_of_many_small_deliveries_are_sent_in_one_request() {
    let backend = otlp(FaultSchedule::default());
    let documents: Vec<_> = (0..50).map(|n| metric_document("shop", ORDERS, n * 10..n * 10 + 10)).collect();
    succeed(&mut FunctionBuilder::new().otlp(&backend).start(), &sqs_event(&documents));
    has_orders_once(&backend, 500);
    assert_eq!(requests(&backend), 1);
}

#[test]
fn oversized_metrics_are_halved() {
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let limited = LimitedMetrics { protocol: Otlp, max_points: 500, rejected_metric: None };
    let backend = Backend::start(limited, FaultSchedule::default());
    let event = sqs_event(&[metric_document("shop", ORDERS, 0..2_000)]);
    succeed(&mut FunctionBuilder::new().otlp(&backend).parking(folder.path()).start(), &event);
    has_orders_once(&backend, 2_000);
    assert!((5..40).contains(&requests(&backend)), "{} requests", requests(&backend));
    assert_eq!(ParkedObject::in_folder(folder.path()).len(), 0);
}

#[test]
fn rejected_metrics_of_one_function_do_not_affect_another() {
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let limited = LimitedMetrics { protocol: Otlp, max_points: u64::MAX, rejected_metric: Some(REJECTED) };
    let backend = Backend::start(limited, FaultSchedule::default());
    let event = sqs_event(&[
        metric_document("one", ORDERS, 0..10),
        metric_document("two", REJECTED, 0..7),
        metric_document("three", ORDERS, 10..20),
    ]);
    let printed = printed(&FunctionBuilder::new().otlp(&backend).parking(folder.path()), &event);
    has_orders_once(&backend, 20);
    assert_eq!((backend.points().get(REJECTED), rejected(&printed, "refused")), (None, 7));
    let kept = ParkedObject::in_folder(folder.path());
    assert!(kept.iter().all(|kept| kept.kind() == ParkedKind::Rejected && kept.sink() == "otlp"), "{kept:?}");
}

#[test]
fn rejected_metrics_are_kept_with_the_reason_and_never_sent_again() {
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let backend = otlp(FaultSchedule::always(Step::status(400)).on(METRICS));
    let (_, event) = delivery(&mut Producer::default(), 20);
    let printed = printed(&FunctionBuilder::new().otlp(&backend).parking(folder.path()), &event);
    let kept = ParkedObject::in_folder(folder.path());
    let [kept] = kept.as_slice() else { panic!("{kept:?}") };
    assert_eq!((kept.kind(), kept.sink()), (ParkedKind::Rejected, "otlp"));
    let header = &kept.header;
    let error = json!(format!("{}{METRICS}: HTTP 400", backend.url()));
    assert_eq!((&header["reason"], &header["error"]), (&json!("refused"), &error));
    assert_eq!((&header["owes_metrics"], &header["owed"]), (&json!(true), &json!([])));
    assert!(rejected(&printed, "refused") > 0, "{printed}");
    assert_eq!(printed.matches("metric data points are not delivered").count(), 1, "{printed}");

    let before = requests(&backend);
    backend.set_schedule(FaultSchedule::default());
    let (code, text) = redrive(folder.path(), &settings(&backend));
    assert_eq!((code, requests(&backend)), (Some(0), before), "{text}");
}

#[test]
fn rejected_metrics_without_parking_are_counted() {
    let backend = otlp(FaultSchedule::always(Step::status(400)).on(METRICS));
    let (_, event) = delivery(&mut Producer::default(), 20);
    assert!(rejected(&printed(&FunctionBuilder::new().otlp(&backend), &event), "refused") > 0);
}

#[test]
fn metrics_rejected_during_a_redrive_are_kept_as_rejected() {
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let backend = otlp(FaultSchedule::always(park_at_once()).on(METRICS));
    let (_, event) = delivery(&mut Producer::default(), 20);
    succeed(&mut FunctionBuilder::new().otlp(&backend).parking(folder.path()).start(), &event);
    backend.set_schedule(FaultSchedule::always(Step::status(400)).on(METRICS));
    let (code, text) = redrive(folder.path(), &settings(&backend));
    assert_eq!(code, Some(0), "{text}");
    let shelves: Vec<_> = ParkedObject::in_folder(folder.path()).iter().map(ParkedObject::kind).collect();
    assert_eq!(shelves, [ParkedKind::Rejected]);
}

#[test]
fn points_rejected_by_partial_success_are_counted_and_their_deliveries_kept() {
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let backend = otlp(FaultSchedule::new([Step::new(Fault::PartialSuccess { rejected: 3 })]).on(METRICS));
    let (_, event) = delivery(&mut Producer::default(), 20);
    let printed = printed(&FunctionBuilder::new().otlp(&backend).parking(folder.path()), &event);
    assert_eq!((rejected(&printed, "refused"), requests(&backend)), (3, 1));
    let kept = ParkedObject::in_folder(folder.path());
    let [kept] = kept.as_slice() else { panic!("{kept:?}") };
    assert_eq!((kept.kind(), &kept.header["owes_metrics"]), (ParkedKind::Rejected, &json!(true)));
    let error = kept.header["error"].as_str().unwrap_or_default();
    assert!(error.starts_with("3 of these metric data points were refused: http://"), "{error}");
    assert!(error.ends_with(": HTTP 200: rejected by the fault schedule"), "{error}");
}

#[test]
fn points_too_old_for_datadog_are_counted() {
    let backend = datadog(FaultSchedule::default());
    let function = FunctionBuilder::new().datadog(&backend);
    // The sample is older than Datadog's limit.
    let (_, old) = delivery(&mut Producer::default(), 20);
    let of_old = printed(&function, &old);
    assert!(rejected(&of_old, "too_old") > 0 && backend.points().is_empty(), "{of_old}");
    assert_eq!(of_old.matches("metric data points are not delivered").count(), 1, "{of_old}");
    let (_, fresh) = delivery(&mut Producer::with_current_time(), 20);
    let of_fresh = printed(&function, &fresh);
    assert!(rejected(&of_fresh, "too_old") == 0 && !backend.points().is_empty(), "{of_fresh}");
}

#[test]
fn replay_of_old_logs_to_datadog_reports_that_points_are_too_old() {
    let backend = datadog(FaultSchedule::default());
    let (_, document) = Producer::default().document(20);
    let replayed = Replay::new()
        .args(["--to", "datadog", "--region", "eu-west-1", "-"])
        .env("DD_URL", backend.url())
        .env("DD_API_URL", backend.url())
        .env("DD_API_KEY", KEY)
        .stdin(document)
        .run()
        .code(0);
    let lines: Vec<_> = replayed.stderr.lines().filter(|line| line.contains("too_old")).collect();
    let [line] = lines.as_slice() else { panic!("{}", replayed.stderr) };
    assert!(line.starts_with("tailwater: metric data points not accepted by datadog: "), "{line}");
    assert_eq!(backend.logs().len(), 20);
}

#[test]
fn replay_halves_oversized_metrics_and_names_rejected_ones() {
    let check = |rejected_metric, code, points| {
        let backend = Backend::start(
            LimitedMetrics { protocol: Otlp, max_points: 500, rejected_metric },
            FaultSchedule::default(),
        );
        let replayed = Replay::new()
            .args(["--to", "otlp", "--region", "eu-west-1", "-"])
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", backend.url())
            .stdin(metric_document("shop", ORDERS, 0..2_000))
            .run()
            .code(code);
        assert_eq!(backend.points().get(ORDERS), points, "{}", replayed.stderr);
        assert_eq!(replayed.stderr.contains("metrics not delivered to otlp: refused"), code == 1);
        assert_eq!(replayed.stderr.contains("2000 refused"), code == 1);
    };
    check(None, 0, Some(&2_000));
    check(Some(ORDERS), 1, None);
}

#[test]
fn metrics_without_time_to_be_collected_again_are_parked() {
    // The first object is small, so its metrics are in one request with those of the second. Some events of the second
    // object
    // are parked together with its metrics, so the metrics of the first must be collected again, but reading that
    // object hangs.
    let (backend, s3) =
        (otlp(FaultSchedule::new([Step::default(), park_at_once()]).on("/v1/logs")), S3::new(1000));
    let server = Backend::start(s3.clone(), FaultSchedule::default());
    let records = [("0.gz", 0..3), ("1.gz", 3..6_000)]
        .map(|(key, orders)| put(&s3, key, &gzip(metric_document("shop", ORDERS, orders).as_bytes())));
    let hanging = Step::default().with_delay(Duration::from_secs(20));
    server.set_schedule(FaultSchedule::new([Step::default()]).then(hanging).on("0.gz"));
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let function = FunctionBuilder::new()
        .otlp(&backend)
        .parking(folder.path())
        .env("AWS_ENDPOINT_URL", server.url())
        .env("TAILWATER_CONCURRENCY", "1")
        .timeout(Duration::from_secs(4));
    let mut lambda = function.start();
    succeed(&mut lambda, json!({"Records": records}).to_string().as_bytes());
    assert_eq!(backend.points().get(ORDERS), None);
    let parked = ParkedObject::in_folder(folder.path());
    let first = parked.iter().find(|parked| parked.header["object"]["key"] == "0.gz");
    let header = first.map(|parked| &parked.header).expect("the object is parked");
    assert_eq!(
        (&header["owed"], &header["owes_metrics"], &header["reason"]),
        (&json!([]), &json!(true), &json!("out_of_time"))
    );

    server.set_schedule(FaultSchedule::default());
    succeed(&mut lambda, br#"{"tailwater":{"redrive":{}}}"#);
    has_orders_once(&backend, 6_000);
    assert_eq!(ParkedObject::in_folder(folder.path()).len(), 0);
}

#[test]
fn metrics_of_a_delivery_to_be_retried_are_not_sent_with_those_of_another() {
    let script = FaultSchedule::new([Step::default(), park_at_once()]);
    let backend = otlp(script.on("/v1/logs"));
    let event =
        sqs_event(&[metric_document("shop", ORDERS, 0..3), metric_document("shop", ORDERS, 3..6_000)]);
    let function = FunctionBuilder::new().otlp(&backend).env("TAILWATER_CONCURRENCY", "1");
    let mut lambda = function.env("TAILWATER_BATCH_ITEM_FAILURES", "true").start();
    let run = lambda.invoke_once("8f5f3c1e-0d6b-4b0e-9f0a-1c2d3e4f5a6b", &event);
    let response: Value = serde_json::from_slice(run.answer.response().expect("the function responds"))
        .expect("the response is JSON");
    assert_eq!(response["batchItemFailures"].as_array().map(Vec::len), Some(1), "{response}");
    has_orders_once(&backend, 3);
    // SQS sends the second delivery again.
    let again = lambda_event(metric_document("shop", ORDERS, 3..6_000).as_bytes()).to_string();
    succeed(&mut lambda, again.as_bytes());
    has_orders_once(&backend, 6_000);
}
