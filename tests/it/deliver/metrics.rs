//! Metrics have no ids: what a backend took must not come again, and what it will never take must not come for ever.

use std::{ops::Range, time::Duration};

use serde_json::{Value, json};
use tests::{
    backend::{Backend, Fault, Script, Step, narrow::NarrowPoints, otlp::Otlp, s3::S3},
    forms,
    function::{Function, KEY, datadog, otlp},
    http::Response,
    pack::{gzip, lambda_event},
    parked::{Parked, Shelf},
    producer::{Producer, id},
    replay::Replay,
    sample::{Event, STREAM},
};

use super::{delivery, objects::put, redrive, succeed};

const METRICS: &str = "/v1/metrics";

/// A metric that functions of these tests declare.
const ORDERS: &str = "orders";

/// One more, for backends that do not like it.
const DISLIKED: &str = "disliked";

/// A subscription document of a function that declares a metric once for each of these orders, with the order as dimension:
/// each is a data point of its own, and 2,000 of them are more than half a body.
fn declared(function: &str, metric: &str, orders: Range<u64>) -> String {
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

/// An event of SQS in which each of these documents is a delivery of its own.
fn messages(documents: &[String]) -> Vec<u8> {
    forms::sqs_event(documents).to_string().into_bytes()
}

/// A step that is parked at once.
fn busy() -> Step {
    Step::of(Fault::Answer(Response::new(429, "").with("Retry-After", "600")))
}

fn requests(backend: &Backend) -> usize {
    backend.seen().iter().filter(|seen| seen.path == METRICS).count()
}

/// Fails unless a backend has so many data points of the orders, each of them once.
#[track_caller]
fn has_orders_once(backend: &Backend, orders: u64) {
    assert_eq!(backend.points().get(ORDERS), Some(&orders));
    let sum = backend.sums().get(ORDERS).copied().unwrap_or_default();
    assert!((sum - f64::from(u32::try_from(orders).expect("a few"))).abs() < 0.5, "{sum}");
}

/// What an invocation of this function with this event printed.
#[track_caller]
fn said(function: &Function, event: &[u8]) -> String {
    let mut lambda = function.start();
    succeed(&mut lambda, event);
    let output = lambda.finish().output;
    [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat()
}

/// The points that a sink will never have, by reason, of all invocations in what was printed.
fn rejected(said: &str, reason: &str) -> u64 {
    let documents = said.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    documents.filter_map(|line| line["tailwater_rejected_points_by_reason"][reason].as_u64()).sum()
}

fn settings(backend: &Backend) -> [(&'static str, String); 2] {
    [("TAILWATER_SINKS", "otlp".to_owned()), ("OTEL_EXPORTER_OTLP_ENDPOINT", backend.url())]
}

#[test]
fn metrics_that_were_taken_do_not_come_again_because_others_were_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let backend = otlp(Script::new([Step::default(), busy()]).on(METRICS));
    let orders = [0..2_000, 2_000..4_000, 4_000..6_000];
    let event = messages(&orders.map(|orders| declared("shop", ORDERS, orders)));
    succeed(&mut Function::new().otlp(&backend).parking(folder.path()).start(), &event);
    assert_eq!((backend.points()[ORDERS], requests(&backend)), (4_000, 3));
    let parked = Parked::in_folder(folder.path());
    assert_eq!(parked.iter().map(Parked::shelf).collect::<Vec<_>>(), [Shelf::Parked]);
    assert_eq!(parked[0].header["owes_metrics"], true);

    let (code, text) = redrive(folder.path(), &settings(&backend));
    assert_eq!(code, Some(0), "{text}");
    has_orders_once(&backend, 6_000);
    assert_eq!(Parked::in_folder(folder.path()).len(), 0);
}

#[test]
fn metrics_of_many_small_deliveries_are_one_body() {
    let backend = otlp(Script::default());
    let documents: Vec<_> = (0..50).map(|n| declared("shop", ORDERS, n * 10..n * 10 + 10)).collect();
    succeed(&mut Function::new().otlp(&backend).start(), &messages(&documents));
    has_orders_once(&backend, 500);
    assert_eq!(requests(&backend), 1);
}

#[test]
fn metrics_that_are_too_large_at_once_are_halved() {
    let folder = tempfile::tempdir().expect("a folder");
    let narrow = NarrowPoints { protocol: Otlp, most_points: 500, dislikes: None };
    let backend = Backend::start(narrow, Script::default());
    let event = messages(&[declared("shop", ORDERS, 0..2_000)]);
    succeed(&mut Function::new().otlp(&backend).parking(folder.path()).start(), &event);
    has_orders_once(&backend, 2_000);
    assert!((5..40).contains(&requests(&backend)), "{} requests", requests(&backend));
    assert_eq!(Parked::in_folder(folder.path()).len(), 0);
}

#[test]
fn metrics_of_one_function_that_are_refused_cost_no_other_function_its_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let narrow = NarrowPoints { protocol: Otlp, most_points: u64::MAX, dislikes: Some(DISLIKED) };
    let backend = Backend::start(narrow, Script::default());
    let event = messages(&[
        declared("one", ORDERS, 0..10),
        declared("two", DISLIKED, 0..7),
        declared("three", ORDERS, 10..20),
    ]);
    let said = said(&Function::new().otlp(&backend).parking(folder.path()), &event);
    has_orders_once(&backend, 20);
    assert_eq!((backend.points().get(DISLIKED), rejected(&said, "refused")), (None, 7));
    let kept = Parked::in_folder(folder.path());
    assert!(kept.iter().all(|kept| kept.shelf() == Shelf::Rejected && kept.sink() == "otlp"), "{kept:?}");
}

#[test]
fn metrics_that_are_refused_are_kept_with_the_reason_and_never_sent_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let backend = otlp(Script::always(Step::status(400)).on(METRICS));
    let (_, event) = delivery(&mut Producer::default(), 20);
    let said = said(&Function::new().otlp(&backend).parking(folder.path()), &event);
    let kept = Parked::in_folder(folder.path());
    let [kept] = kept.as_slice() else { panic!("{kept:?}") };
    assert_eq!((kept.shelf(), kept.sink()), (Shelf::Rejected, "otlp"));
    let header = &kept.header;
    assert_eq!((&header["reason"], &header["error"]), (&json!("refused"), &json!("HTTP 400")));
    assert_eq!((&header["owes_metrics"], &header["owed"]), (&json!(true), &json!([])));
    assert!(rejected(&said, "refused") > 0, "{said}");
    assert_eq!(said.matches("points of metrics are lost to a sink").count(), 1, "{said}");

    let before = requests(&backend);
    backend.play(Script::default());
    let (code, text) = redrive(folder.path(), &settings(&backend));
    assert_eq!((code, requests(&backend)), (Some(0), before), "{text}");
}

#[test]
fn metrics_that_are_refused_are_over_without_a_place_to_keep_them() {
    let backend = otlp(Script::always(Step::status(400)).on(METRICS));
    let (_, event) = delivery(&mut Producer::default(), 20);
    assert!(rejected(&said(&Function::new().otlp(&backend), &event), "refused") > 0);
}

#[test]
fn metrics_that_are_refused_when_they_are_redriven_are_over_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let backend = otlp(Script::always(busy()).on(METRICS));
    let (_, event) = delivery(&mut Producer::default(), 20);
    succeed(&mut Function::new().otlp(&backend).parking(folder.path()).start(), &event);
    backend.play(Script::always(Step::status(400)).on(METRICS));
    let (code, text) = redrive(folder.path(), &settings(&backend));
    assert_eq!(code, Some(0), "{text}");
    let shelves: Vec<_> = Parked::in_folder(folder.path()).iter().map(Parked::shelf).collect();
    assert_eq!(shelves, [Shelf::Rejected]);
}

#[test]
fn points_that_a_partial_success_refuses_are_counted_and_their_deliveries_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let backend = otlp(Script::new([Step::of(Fault::Partial { rejected: 3 })]).on(METRICS));
    let (_, event) = delivery(&mut Producer::default(), 20);
    let said = said(&Function::new().otlp(&backend).parking(folder.path()), &event);
    assert_eq!((rejected(&said, "refused"), requests(&backend)), (3, 1));
    let kept = Parked::in_folder(folder.path());
    let [kept] = kept.as_slice() else { panic!("{kept:?}") };
    assert_eq!((kept.shelf(), &kept.header["owes_metrics"]), (Shelf::Rejected, &json!(true)));
    let error = kept.header["error"].as_str().unwrap_or_default();
    assert!(error.starts_with("3 of these points were refused: "), "{error}");
}

#[test]
fn points_that_datadog_would_refuse_for_their_age_are_counted() {
    let backend = datadog(Script::default());
    let function = Function::new().datadog(&backend);
    // The sample's day is long over.
    let (_, old) = delivery(&mut Producer::default(), 20);
    let of_old = said(&function, &old);
    assert!(rejected(&of_old, "too_old") > 0 && backend.points().is_empty(), "{of_old}");
    assert_eq!(of_old.matches("points of metrics are lost to a sink").count(), 1, "{of_old}");
    let (_, fresh) = delivery(&mut Producer::of_now(), 20);
    let of_fresh = said(&function, &fresh);
    assert!(rejected(&of_fresh, "too_old") == 0 && !backend.points().is_empty(), "{of_fresh}");
}

#[test]
fn a_replay_of_old_logs_to_datadog_says_that_their_points_are_too_old() {
    let backend = datadog(Script::default());
    let (_, document) = Producer::default().document(20);
    let replayed = Replay::new()
        .args(["--to", "datadog", "--region", "eu-west-1", "-"])
        .env("DD_URL", backend.url())
        .env("DD_API_KEY", KEY)
        .stdin(document)
        .run()
        .code(0);
    let lines: Vec<_> = replayed.stderr.lines().filter(|line| line.contains("too_old")).collect();
    let [line] = lines.as_slice() else { panic!("{}", replayed.stderr) };
    assert!(line.starts_with("tailwater: metric points not accepted by datadog: "), "{line}");
    assert_eq!(backend.logs().len(), 20);
}

#[test]
fn a_replay_halves_metrics_that_are_too_large_and_names_those_that_are_refused() {
    let check = |dislikes, code, points| {
        let backend =
            Backend::start(NarrowPoints { protocol: Otlp, most_points: 500, dislikes }, Script::default());
        let replayed = Replay::new()
            .args(["--to", "otlp", "--region", "eu-west-1", "-"])
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", backend.url())
            .stdin(declared("shop", ORDERS, 0..2_000))
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
fn metrics_that_there_is_no_time_to_gather_again_are_parked() {
    // The first object is small, so that its metrics are gathered with those of the second one. Some of that one's events are
    // parked, and its metrics with them, so that those of the first have to be gathered alone: it does not come again.
    let (backend, s3) = (otlp(Script::new([Step::default(), busy()]).on("/v1/logs")), S3::new(1000));
    let server = Backend::start(s3.clone(), Script::default());
    let records = [("0.gz", 0..3), ("1.gz", 3..6_000)]
        .map(|(key, orders)| put(&s3, key, &gzip(declared("shop", ORDERS, orders).as_bytes())));
    let hanging = Step::default().delayed(Duration::from_secs(20));
    server.play(Script::new([Step::default()]).then(hanging).on("0.gz"));
    let folder = tempfile::tempdir().expect("a folder");
    let function = Function::new()
        .otlp(&backend)
        .parking(folder.path())
        .env("AWS_ENDPOINT_URL", server.url())
        .env("TAILWATER_CONCURRENCY", "1")
        .timeout(Duration::from_secs(4));
    let mut lambda = function.start();
    succeed(&mut lambda, json!({"Records": records}).to_string().as_bytes());
    assert_eq!(backend.points().get(ORDERS), None);
    let parked = Parked::in_folder(folder.path());
    let first = parked.iter().find(|parked| parked.header["object"]["key"] == "0.gz");
    let header = first.map(|parked| &parked.header).expect("it is parked");
    assert_eq!(
        (&header["owed"], &header["owes_metrics"], &header["reason"]),
        (&json!([]), &json!(true), &json!("out_of_time"))
    );

    server.play(Script::default());
    succeed(&mut lambda, br#"{"tailwater":{"redrive":{}}}"#);
    has_orders_once(&backend, 6_000);
    assert_eq!(Parked::in_folder(folder.path()).len(), 0);
}

#[test]
fn metrics_of_one_delivery_that_comes_again_are_not_sent_with_those_of_another() {
    let script = Script::new([Step::default(), busy()]);
    let backend = otlp(script.on("/v1/logs"));
    let event = messages(&[declared("shop", ORDERS, 0..3), declared("shop", ORDERS, 3..6_000)]);
    let mut lambda = Function::new().otlp(&backend).env("TAILWATER_CONCURRENCY", "1").start();
    let run = lambda.invoke_once("8f5f3c1e-0d6b-4b0e-9f0a-1c2d3e4f5a6b", &event);
    let response: Value =
        serde_json::from_slice(run.answer.response().expect("it is answered")).expect("JSON");
    assert_eq!(response["batchItemFailures"].as_array().map(Vec::len), Some(1), "{response}");
    has_orders_once(&backend, 3);
    // SQS sends the second one again.
    let again = lambda_event(declared("shop", ORDERS, 3..6_000).as_bytes()).to_string();
    succeed(&mut lambda, again.as_bytes());
    has_orders_once(&backend, 6_000);
}
