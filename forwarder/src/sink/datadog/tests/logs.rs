//! Tests of request bodies of logs, which are parsed and compared.

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};
use tailwater_parser::{
    Level, Origin, Record, UnixMillis,
    decode::{Part, Utf8},
    record::EventId,
};

use super::{HOUR, MINUTE, NOW, checkout, checkout_in, intake::take_logs, labels, origin, record};
use crate::sink::{
    AddError, LogsBody as _, WORTH_TAKING,
    datadog::{Forwarder, Labels, limits, logs::DatadogLogs},
};

/// Finishes a body and returns the bytes that were not taken before.
fn finished(body: &mut DatadogLogs) -> Vec<u8> {
    let mut bytes = Vec::new();
    body.finish(&mut bytes);
    bytes
}

/// Returns the JSON object of one record, after the simulated intake accepted the body.
fn item_with(record: &Record<'_>, labels: Arc<Labels>) -> Value {
    let mut body = DatadogLogs::new(labels);
    body.add(record, NOW).unwrap();
    take_logs(&finished(&mut body)).unwrap().remove(0)
}

/// Returns the length in bytes of the JSON object of a log with this message.
fn item_len(message: &str) -> usize {
    let mut body = DatadogLogs::new(labels());
    body.add(&record(&checkout(), message), NOW).unwrap();
    finished(&mut body).len() - "[]".len()
}

fn item(record: &Record<'_>) -> Value {
    item_with(record, labels())
}

#[test]
fn item_has_the_members_that_datadogs_forwarder_sends() {
    let forwarder = Forwarder { name: "tailwater", memory_mb: "128", version: "0.1.0" };
    let labels = Labels::default().with_tags("env:prod").with_forwarder(&forwarder);
    let item = item_with(&record(&checkout(), "[WARNING] slow\n"), Arc::new(labels));
    let arn = "arn:aws:lambda:eu-west-1:012345678901:function:checkout";
    let expected = json!({
        "id": "38812345",
        "timestamp": NOW.0,
        "message": "[WARNING] slow",
        "status": "warn",
        "ddsource": "lambda",
        "ddsourcecategory": "aws",
        "service": "checkout",
        "host": arn,
        "ddtags": "functionname:checkout,region:eu-west-1,aws_account:012345678901,executedversion:_latest,\
                   env:prod,forwardername:tailwater,forwarder_memorysize:128,forwarder_version:0.1.0",
        "aws": {"awslogs": {
            "logGroup": "/aws/lambda/CheckOut",
            "logStream": "2026/11/21/[$LATEST]4426346c2cdf4c54a74d3bd2b929fc44",
            "owner": "012345678901",
        }},
        "lambda": {"arn": arn, "request_id": "6234bffe-149a-b642-81ff-2e8e376d8aff"},
    });
    assert_eq!(item, expected);
}

#[test]
fn unknown_members_are_left_out() {
    let mut origin = Origin::default();
    origin.set_function("Some-Function");
    let record = Record { level: None, request_id: None, ..record(&origin, "x") };
    let item = item_with(&record, Arc::default());
    assert_eq!((&item["ddsource"], &item["host"]), (&json!("lambda"), &json!("Some-Function")));
    assert_eq!(item["ddtags"], "functionname:some-function,env:none");
    assert_eq!((item.get("lambda"), item.get("aws"), item.get("status")), (None, None, None));
}

#[test]
fn default_region_is_used_if_the_origin_has_none() {
    let origin = checkout_in("");
    let item = item_with(&record(&origin, "x"), Arc::new(Labels::in_region("us-gov-west-1")));
    assert_eq!(item["host"], "arn:aws-us-gov:lambda:us-gov-west-1:012345678901:function:checkout");
}

#[test]
fn item_has_tenant_trace_and_part() {
    let origin = checkout();
    let record = Record {
        tenant: Some("t-1"),
        trace_id: Some("1-5d8bba5a-dc29"),
        part: Part::Piece(2),
        utf8: Utf8::Repaired,
        ..record(&origin, "half a line \u{fffd}\n")
    };
    let item = item(&record);
    assert_eq!(item["message"], "half a line \u{fffd}\n", "the line break of a part is kept");
    assert_eq!((&item["part"], &item["invalid_utf8"]), (&json!(2), &json!(true)));
    assert_eq!(item["lambda"]["tenant_id"], "t-1");
    assert_eq!(item["lambda"]["xray_trace_id"], "1-5d8bba5a-dc29");
}

fn check_trace_id(message: &str, expected: Option<&str>) {
    assert_eq!(item(&record(&checkout(), message)).get("dd.trace_id").and_then(Value::as_str), expected);
}

#[test]
fn trace_id_of_a_tracer_is_read_from_plain_text_only() {
    check_trace_id("[INFO] [dd.service=f dd.trace_id=7482 dd.span_id=9] hi", Some("7482"));
    check_trace_id("ends in dd.trace_id=12", Some("12"));
    check_trace_id("dd.trace_id= é", None);
    check_trace_id(r#"{"message":"hi","dd.trace_id":"7482"}"#, None);
}

#[test]
fn message_is_the_logged_text() {
    for message in
        [r#"{"level":"INFO","message":"a \"b\"","n":[1,2]}"#, "tab\tquote\" \u{1}", "", "é\u{2028}"]
    {
        assert_eq!(item(&record(&checkout(), message))["message"], message);
    }
}

fn check_time(offset: i64, expected: i64) {
    let time = UnixMillis(NOW.0.saturating_add(offset));
    let item = item(&Record { time, ..record(&checkout(), "x") });
    assert_eq!(item["timestamp"], expected);
    let original = (time.0 != expected).then_some(time.0);
    assert_eq!(item.get("original_timestamp").and_then(Value::as_i64), original);
}

#[test]
fn accepted_time_is_sent_unchanged() {
    check_time(-18 * HOUR, NOW.0 - 18 * HOUR);
    check_time(10 * MINUTE, NOW.0 + 10 * MINUTE);
}

#[test]
fn time_out_of_range_is_kept_as_an_attribute() {
    for offset in [-18 * HOUR - 1, 10 * MINUTE + 1, -NOW.0, -NOW.0 - 1, i64::MAX, i64::MIN] {
        check_time(offset, NOW.0);
    }
}

#[test]
fn levels_become_statuses() {
    let origin = checkout();
    let status = |level| item(&Record { level: Some(level), ..record(&origin, "x") })["status"].clone();
    let levels = [Level::Trace, Level::Debug, Level::Info, Level::Warn, Level::Error, Level::Fatal];
    assert_eq!(levels.map(status), ["trace", "debug", "info", "warn", "error", "fatal"]);
}

#[test]
fn records_of_several_origins_share_a_body() {
    let (one, mut other) = (checkout(), checkout());
    other.set_names("/aws/lambda/billing", "2026/11/21/[7]0b");
    let mut body = DatadogLogs::new(labels());
    for origin in [&one, &other, &one] {
        body.add(&record(origin, "x"), NOW).unwrap();
    }
    let items = take_logs(&finished(&mut body)).unwrap();
    let services: Vec<_> = items.iter().map(|item| item["service"].clone()).collect();
    assert_eq!(services, ["checkout", "billing", "checkout"]);
}

#[test]
fn body_has_at_most_1000_items() {
    let (origin, mut body) = (checkout(), DatadogLogs::new(labels()));
    for _ in 0..1_000 {
        body.add(&record(&origin, "x"), NOW).unwrap();
    }
    assert_eq!(body.add(&record(&origin, "x"), NOW), Err(AddError::BodyFull));
    assert_eq!(take_logs(&finished(&mut body)).unwrap().len(), 1_000);
    assert!(body.add(&record(&origin, "x"), NOW).is_ok(), "the next body is empty");
}

#[test]
fn body_has_at_most_5_mb_with_the_bytes_taken_before() {
    let (origin, mut body, mut bytes) = (checkout(), DatadogLogs::new(labels()), Vec::new());
    let long = "x".repeat(900_000);
    for _ in 0..2 {
        bytes.clear();
        for n in 0..5 {
            assert_eq!(body.add(&record(&origin, &long), NOW), Ok(()), "{n}");
            body.take(&mut bytes);
        }
        assert_eq!(body.add(&record(&origin, &long), NOW), Err(AddError::BodyFull));
        let free = limits::LOGS_BODY - bytes.len() - "]".len();
        let rest = "x".repeat(free - ",".len() - item_len(""));
        assert_eq!(body.add(&record(&origin, &format!("{rest}x")), NOW), Err(AddError::BodyFull));
        assert_eq!(body.add(&record(&origin, &rest), NOW), Ok(()), "it fits exactly");
        body.finish(&mut bytes);
        assert_eq!(bytes.len(), limits::LOGS_BODY);
        assert_eq!(take_logs(&bytes).unwrap().len(), 6);
    }
}

#[test]
fn item_over_1_mb_is_rejected_and_the_body_stays_as_it_was() {
    let (origin, mut body) = (checkout(), DatadogLogs::new(labels()));
    // Escaped, a line break has two bytes.
    let longest = "\n".repeat((limits::MAX_ITEM - item_len("") - 1) / 2) + "x";
    let longest = "x".repeat(limits::MAX_ITEM - item_len(&longest)) + &longest;
    assert_eq!(body.add(&record(&origin, &format!("x{longest}")), NOW), Err(AddError::EventTooLarge));
    body.add(&record(&origin, &longest), NOW).unwrap();
    assert_eq!(body.add(&record(&origin, &format!("x{longest}")), NOW), Err(AddError::EventTooLarge));
    let bytes = finished(&mut body);
    assert_eq!(bytes.len(), limits::MAX_ITEM + "[]".len());
    assert_eq!(take_logs(&bytes).unwrap().len(), 1);
}

#[test]
fn body_taken_in_parts_is_the_same() {
    let (origin, long) = (checkout(), "x".repeat(WORTH_TAKING));
    let (mut whole, mut taken) = (DatadogLogs::new(labels()), DatadogLogs::new(labels()));
    let mut bytes = Vec::new();
    for message in [long.as_str(), "short", &long] {
        whole.add(&record(&origin, message), NOW).unwrap();
        taken.add(&record(&origin, message), NOW).unwrap();
        taken.take(&mut bytes);
    }
    assert!(bytes.len() > 2 * WORTH_TAKING, "long items are taken");
    taken.finish(&mut bytes);
    assert_eq!(bytes, finished(&mut whole));
    assert_eq!(finished(&mut taken), b"[]");
}

proptest! {
    #[test]
    fn any_records_are_a_valid_body(
        names in prop::collection::vec((".*", ".*", ".*", ".*"), 1..4),
        messages in prop::collection::vec((".*", any::<i64>(), any::<u64>(), prop::option::of(".*")), 0..8),
        tags in ".*",
    ) {
        let origins: Vec<_> = names
            .into_iter()
            .map(|(account, region, group, stream)| origin(&account, &region, &group, &stream))
            .collect();
        let mut body = DatadogLogs::new(Arc::new(Labels::default().with_tags(&tags)));
        for ((message, time, id, tenant), origin) in messages.iter().zip(origins.iter().cycle()) {
            let record = Record {
                time: UnixMillis(*time),
                event_id: EventId::Position(*id),
                tenant: tenant.as_deref(),
                ..record(origin, message)
            };
            body.add(&record, NOW).unwrap();
        }
        let items = take_logs(&finished(&mut body)).map_err(TestCaseError::fail)?;
        prop_assert_eq!(items.len(), messages.len());
        for (item, (message, ..)) in items.iter().zip(&messages) {
            prop_assert_eq!(item["message"].as_str(), Some(message.trim_end_matches(['\r', '\n'])));
        }
    }
}
