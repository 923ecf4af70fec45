//! Tests of the OTLP sink. Bodies are decoded with OpenTelemetry's own types and compared as text; responses are
//! encoded with the same types.

mod declared;
mod logs;
mod metrics;
mod origins;
mod properties;
mod responses;
mod spans;

use std::fmt::Write;

use opentelemetry_proto::tonic::{
    common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value},
    resource::v1::Resource,
};
use tailwater_parser::{
    Origin, Record, UnixMillis,
    decode::{Part, Utf8},
    line,
    record::EventId,
};

use super::Enrichment;

/// 2026-03-04T10:00:00.123Z
const TIME: UnixMillis = UnixMillis(1_772_618_400_123);

fn origin(stream: &str) -> Origin {
    let mut origin = Origin::default();
    origin.set_names("/aws/lambda/checkout", stream);
    origin.account = "012345678901".to_owned();
    origin.region = "eu-west-1".to_owned();
    origin
}

fn enrichment(attributes: &[(&str, &str)]) -> Enrichment {
    let attributes = attributes.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    Enrichment { region: "us-east-1".to_owned(), attributes: attributes.collect() }
}

/// Builds a record of a message, without request id and tenant.
fn record<'a>(origin: &'a Origin, message: &'a str) -> Record<'a> {
    let line = line::parse(message);
    Record {
        origin,
        event_id: EventId::CloudWatch("38000000000000000000000000000000000000000000000000000001"),
        time: TIME,
        message,
        level: None,
        line,
        request_id: None,
        trace_id: None,
        invocation_segment: None,
        trace_context: None,
        tenant: None,
        part: Part::Whole,
        utf8: Utf8::Valid,
        additions: None,
    }
}

fn show_group(resource: Option<&Resource>, scope: Option<&InstrumentationScope>) -> String {
    let scope = scope.expect("a scope");
    assert_eq!((scope.name.as_str(), scope.version.as_str()), ("tailwater", env!("CARGO_PKG_VERSION")));
    format!("{}\n", show_attributes(&resource.expect("a resource").attributes))
}

/// Returns attributes in their order as text, and checks that there are no duplicates.
fn show_attributes(attributes: &[KeyValue]) -> String {
    attributes.iter().fold(String::new(), |mut text, KeyValue { key, value, .. }| {
        assert_eq!(attributes.iter().filter(|other| other.key == *key).count(), 1, "{key} comes twice");
        let separator = if text.is_empty() { "" } else { " " };
        write!(text, "{separator}{key}={}", show_value(value.as_ref())).unwrap();
        text
    })
}

#[expect(clippy::wildcard_enum_match_arm, reason = "of another's enum, what is never written")]
fn show_value(value: Option<&AnyValue>) -> String {
    match value.and_then(|value| value.value.as_ref()).expect("a value") {
        any_value::Value::StringValue(text) => text.clone(),
        any_value::Value::IntValue(number) => number.to_string(),
        any_value::Value::DoubleValue(number) => number.to_string(),
        any_value::Value::BoolValue(is_true) => is_true.to_string(),
        any_value::Value::ArrayValue(array) => {
            let values: Vec<_> = array.values.iter().map(|value| show_value(Some(value))).collect();
            format!("[{}]", values.join(", "))
        }
        other => panic!("{other:?}"),
    }
}
