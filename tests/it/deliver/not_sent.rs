//! Events that are acknowledged but not sent: control messages, empty deliveries, and excluded log groups.

use serde_json::json;
use tests::{
    backend::FaultSchedule,
    encoding::lambda_event,
    forms,
    function_builder::{FunctionBuilder, otlp},
    sample,
};

use super::succeed;

/// Checks that a document is acknowledged and nothing is sent; returns the output.
fn check(function: &FunctionBuilder, document: &[u8]) -> String {
    let backend = otlp(FaultSchedule::default());
    let mut lambda = function.clone().otlp(&backend).start();
    succeed(&mut lambda, lambda_event(document).to_string().as_bytes());
    assert_eq!(backend.requests(), []);
    let output = lambda.finish().output;
    (String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr)).into_owned()
}

#[test]
fn control_message_is_acknowledged() {
    check(&FunctionBuilder::new(), &forms::control_message());
}

#[test]
fn delivery_without_events_is_acknowledged() {
    check(&FunctionBuilder::new(), &forms::document(&[]));
}

#[test]
fn own_log_group_is_filtered_and_counted() {
    let document = forms::document_of("/aws/lambda/tailwater", sample::STREAM, &sample::events());
    let printed = check(&FunctionBuilder::new(), &document);
    assert!(printed.contains("12"), "twelve events were filtered:\n{printed}");
}

#[test]
fn excluded_log_group_is_filtered() {
    let function = FunctionBuilder::new().env("TAILWATER_EXCLUDE_LOG_GROUPS", "/aws/lambda/checkout-*");
    check(&function, &forms::document(&sample::events()));
}

#[test]
fn other_deliveries_in_the_event_are_sent() {
    let backend = otlp(FaultSchedule::default());
    let own = forms::document_of("/aws/lambda/tailwater", sample::STREAM, &sample::events());
    let bodies: Vec<_> =
        [own, forms::document(&sample::events())].map(|document| lambda_event(&document).to_string()).into();
    let event = forms::sqs_event(&bodies);
    assert_eq!(event["Records"].as_array().map(Vec::len), Some(2), "{}", json!(bodies.len()));
    succeed(&mut FunctionBuilder::new().otlp(&backend).start(), event.to_string().as_bytes());
    assert_eq!(backend.logs().len(), sample::events().len());
}
