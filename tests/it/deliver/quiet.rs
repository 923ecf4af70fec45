//! What must not be sent: control messages, empty deliveries, and the logs of whoever delivers.

use serde_json::json;
use tests::{
    backend::Script,
    forms,
    function::{Function, otlp},
    pack::lambda_event,
    sample,
};

use super::succeed;

/// These documents are acknowledged, and nothing is sent for them.
fn check(function: &Function, document: &[u8]) -> String {
    let backend = otlp(Script::default());
    let mut lambda = function.clone().otlp(&backend).start();
    succeed(&mut lambda, lambda_event(document).to_string().as_bytes());
    assert_eq!(backend.seen(), []);
    let output = lambda.finish().output;
    (String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr)).into_owned()
}

#[test]
fn a_control_message_is_acknowledged() {
    check(&Function::new(), &forms::control_message());
}

#[test]
fn a_delivery_without_events_is_acknowledged() {
    check(&Function::new(), &forms::document(&[]));
}

#[test]
fn its_own_log_group_is_refused_and_counted() {
    let document = forms::document_of("/aws/lambda/tailwater", sample::STREAM, &sample::events());
    let said = check(&Function::new(), &document);
    assert!(said.contains("12"), "twelve events were filtered:\n{said}");
}

#[test]
fn excluded_log_groups_are_refused() {
    let function = Function::new().env("TAILWATER_EXCLUDE_LOG_GROUPS", "/aws/lambda/checkout-*");
    check(&function, &forms::document(&sample::events()));
}

#[test]
fn others_of_the_same_event_are_sent() {
    let backend = otlp(Script::default());
    let own = forms::document_of("/aws/lambda/tailwater", sample::STREAM, &sample::events());
    let bodies: Vec<_> =
        [own, forms::document(&sample::events())].map(|document| lambda_event(&document).to_string()).into();
    let event = forms::sqs_event(&bodies);
    assert_eq!(event["Records"].as_array().map(Vec::len), Some(2), "{}", json!(bodies.len()));
    succeed(&mut Function::new().otlp(&backend).start(), event.to_string().as_bytes());
    assert_eq!(backend.logs().len(), sample::events().len());
}
