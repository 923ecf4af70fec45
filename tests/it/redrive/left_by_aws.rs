//! What AWS itself put away of failed invocations: records in a bucket, here a copy of it in a folder.

use serde_json::json;
use tests::{
    backend::{Script, Step},
    function::{datadog, otlp},
    pack::lambda_event,
    parked::Parked,
    producer::Producer,
};

use super::{Verb, has_each_once, left, put};

/// The record that an on-failure destination gets of an event.
pub(super) fn record(document: &[u8]) -> String {
    json!({
        "version": "1.0", "timestamp": "2026-03-04T10:00:00.000Z",
        "requestContext": {"requestId": "r", "functionArn": "arn:aws:lambda:eu-west-1:123456789012:function:tailwater:live",
                           "condition": "RetriesExhausted", "approximateInvokeCount": 3},
        "requestPayload": lambda_event(document), "responseContext": {"statusCode": 200, "functionError": "Unhandled"},
        "responsePayload": null,
    })
    .to_string()
}

pub(super) const KEY: &str = "aws/lambda/async/tailwater/2026/03/04/2026-03-04T10.00.00-0b1c";

#[test]
fn a_record_of_a_failed_invocation_is_owed_to_all() {
    let (one, other) = (otlp(Script::default()), datadog(Script::default()));
    let folder = tempfile::tempdir().expect("a folder");
    let (numbers, document) = Producer::default().document(30);
    put(folder.path(), KEY, record(&document).as_bytes());
    let listed = Verb::folder(folder.path()).args(&["--dry-run"]).run().with(0);
    assert!(listed.stdout.contains("  all: an event that AWS put away, "), "{}", listed.stdout);
    // It is not what one of them alone is owed.
    let chosen = Verb::folder(folder.path()).both(&one, &other).args(&["--sink", "otlp"]).run().with(0);
    assert!(chosen.stdout.starts_with("0 parked objects settled"), "{}", chosen.stdout);
    Verb::folder(folder.path()).both(&one, &other).run().with(0);
    has_each_once(&one, &numbers);
    has_each_once(&other, &numbers);
    assert!(!folder.path().join(KEY).exists());
}

#[test]
fn what_one_sink_does_not_take_of_it_is_parked_for_that_one() {
    let (well, dead) = (otlp(Script::default()), datadog(Script::always(Step::status(401))));
    let folder = tempfile::tempdir().expect("a folder");
    let (numbers, document) = Producer::default().document(30);
    put(folder.path(), KEY, record(&document).as_bytes());
    let ended = Verb::folder(folder.path()).both(&well, &dead).run().with(1);
    assert!(ended.stderr.contains(&format!("{KEY}: a part of it is still owed")), "{}", ended.stderr);
    has_each_once(&well, &numbers);
    let sums = well.sums();
    assert!(!sums.is_empty() && !folder.path().join(KEY).exists());
    let parked = Parked::in_folder(folder.path());
    assert!(parked.len() == 1 && parked[0].sink() == "datadog", "{parked:?}");

    dead.play(Script::default());
    Verb::folder(folder.path()).both(&well, &dead).run().with(0);
    has_each_once(&dead, &numbers);
    has_each_once(&well, &numbers);
    assert_eq!(well.sums(), sums, "metrics have no ids, so none may come twice");
    assert_eq!(left(folder.path()), 0);
}

#[test]
fn one_sink_alone_gets_it_when_it_is_named() {
    let (one, other) = (otlp(Script::default()), datadog(Script::default()));
    let folder = tempfile::tempdir().expect("a folder");
    let (numbers, document) = Producer::default().document(30);
    put(folder.path(), KEY, record(&document).as_bytes());
    Verb::folder(folder.path()).both(&one, &other).args(&["--to", "datadog"]).run().with(0);
    has_each_once(&other, &numbers);
    assert_eq!(one.seen().len(), 0);
    assert!(!folder.path().join(KEY).exists());
}

#[test]
fn the_record_of_another_function_stays() {
    let backend = otlp(Script::default());
    let folder = tempfile::tempdir().expect("a folder");
    let other =
        r#"{"version":"1.0","requestContext":{},"requestPayload":{"order":1},"responsePayload":null}"#;
    put(folder.path(), KEY, other.as_bytes());
    let ended = Verb::folder(folder.path()).otlp(&backend).run().with(1);
    assert!(ended.stderr.contains("no known source"), "{}", ended.stderr);
    assert!(folder.path().join(KEY).exists() && backend.seen().is_empty());
}
