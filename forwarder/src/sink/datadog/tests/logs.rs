//! Bodies of logs.

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};
use tailwater_parser::{
    Level, Record, UnixMillis,
    decode::{Part, Utf8},
    record::EventId,
};

use super::{HOUR, MINUTE, NOW, checkout, checkout_in, intake::take_logs, labels, origin, record};
use crate::sink::datadog::{DoesNotFit, Forwarder, Labels, LogsEncoder, limits};

/// The rest of the body.
fn finished(encoder: &mut LogsEncoder) -> Vec<u8> {
    let mut body = Vec::new();
    encoder.finish(&mut body);
    body
}

/// The item of one record, after the intake took it.
fn item_with(record: &Record<'_>, labels: Arc<Labels>) -> Value {
    let mut encoder = LogsEncoder::new(labels);
    encoder.add(record, NOW).unwrap();
    take_logs(&finished(&mut encoder)).unwrap().remove(0)
}

fn item(record: &Record<'_>) -> Value {
    item_with(record, labels())
}

#[test]
fn an_item_is_what_datadogs_forwarder_sends() {
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
fn what_is_unknown_is_left_out() {
    let origin = origin("", "", "Some-Group", "stream");
    let record = Record { level: None, request_id: None, ..record(&origin, "x") };
    let item = item_with(&record, Arc::default());
    assert_eq!(item["host"], "Some-Group");
    assert_eq!(item["ddtags"], "functionname:some-group,env:none");
    assert_eq!(item["lambda"], json!({}));
    assert_eq!(item.get("status"), None);
}

#[test]
fn a_region_is_assumed_where_no_log_tells() {
    let origin = checkout_in("");
    let item = item_with(&record(&origin, "x"), Arc::new(Labels::in_region("us-gov-west-1")));
    assert_eq!(item["host"], "arn:aws-us-gov:lambda:us-gov-west-1:012345678901:function:checkout");
}

#[test]
fn a_record_has_its_tenant_trace_and_part() {
    let origin = checkout();
    let record = Record {
        tenant: Some("t-1"),
        trace_id: Some("1-5d8bba5a-dc29"),
        part: Part::Piece(2),
        utf8: Utf8::Repaired,
        ..record(&origin, "half a line \u{fffd}\n")
    };
    let item = item(&record);
    assert_eq!(item["message"], "half a line \u{fffd}\n", "a piece is kept whole");
    assert_eq!((&item["part"], &item["invalid_utf8"]), (&json!(2), &json!(true)));
    assert_eq!(item["lambda"]["tenant_id"], "t-1");
    assert_eq!(item["lambda"]["xray_trace_id"], "1-5d8bba5a-dc29");
}

fn check_trace_id(message: &str, expected: Option<&str>) {
    assert_eq!(item(&record(&checkout(), message)).get("dd.trace_id").and_then(Value::as_str), expected);
}

#[test]
fn a_tracers_id_is_read_from_text_only() {
    check_trace_id("[INFO] [dd.service=f dd.trace_id=7482 dd.span_id=9] hi", Some("7482"));
    check_trace_id("ends in dd.trace_id=12", Some("12"));
    check_trace_id("dd.trace_id= é", None);
    check_trace_id(r#"{"message":"hi","dd.trace_id":"7482"}"#, None);
}

#[test]
fn messages_are_the_text_that_was_logged() {
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
fn a_time_that_datadog_takes_is_sent_as_it_is() {
    check_time(-18 * HOUR, NOW.0 - 18 * HOUR);
    check_time(10 * MINUTE, NOW.0 + 10 * MINUTE);
}

#[test]
fn a_time_that_datadog_does_not_take_is_kept_as_an_attribute() {
    for offset in [-18 * HOUR - 1, 10 * MINUTE + 1, -NOW.0, -NOW.0 - 1, i64::MAX, i64::MIN] {
        check_time(offset, NOW.0);
    }
}

#[test]
fn levels_are_datadogs_statuses() {
    let origin = checkout();
    let status = |level| item(&Record { level: Some(level), ..record(&origin, "x") })["status"].clone();
    let levels = [Level::Trace, Level::Debug, Level::Info, Level::Warn, Level::Error, Level::Fatal];
    assert_eq!(levels.map(status), ["trace", "debug", "info", "warn", "error", "fatal"]);
}

#[test]
fn records_of_several_origins_share_a_body() {
    let (one, mut other) = (checkout(), checkout());
    other.set_names("/aws/lambda/billing", "2026/11/21/[7]0b");
    let mut encoder = LogsEncoder::new(labels());
    for origin in [&one, &other, &one] {
        encoder.add(&record(origin, "x"), NOW).unwrap();
    }
    let services: Vec<_> =
        take_logs(&finished(&mut encoder)).unwrap().iter().map(|item| item["service"].clone()).collect();
    assert_eq!(services, ["checkout", "billing", "checkout"]);
}

#[test]
fn a_body_has_1000_items_at_most() {
    let (origin, mut encoder) = (checkout(), LogsEncoder::new(labels()));
    for _ in 0..1_000 {
        encoder.add(&record(&origin, "x"), NOW).unwrap();
    }
    assert_eq!(encoder.add(&record(&origin, "x"), NOW), Err(DoesNotFit::BodyFull));
    assert_eq!(take_logs(&finished(&mut encoder)).unwrap().len(), 1_000);
    assert!(encoder.add(&record(&origin, "x"), NOW).is_ok(), "the next body is empty");
}

#[test]
fn a_body_has_5_mb_at_most() {
    let (origin, mut encoder) = (checkout(), LogsEncoder::new(labels()));
    let long = "x".repeat(900_000);
    let taken = (0..10).take_while(|_| encoder.add(&record(&origin, &long), NOW).is_ok()).count();
    assert_eq!(taken, 5);
    let free = limits::LOGS_BODY - encoder.encoded_len();
    let frame = encoder.add(&record(&origin, ""), NOW).unwrap();
    let rest = "x".repeat(free - 2 * frame - 2);
    assert_eq!(encoder.add(&record(&origin, &format!("{rest}x")), NOW), Err(DoesNotFit::BodyFull));
    assert!(encoder.add(&record(&origin, &rest), NOW).is_ok(), "it fits to the byte");
    assert_eq!(encoder.encoded_len(), limits::LOGS_BODY);
    assert_eq!(take_logs(&finished(&mut encoder)).unwrap().len(), 7);
}

#[test]
fn an_item_over_1_mb_is_the_callers_to_split() {
    let (origin, mut encoder) = (checkout(), LogsEncoder::new(labels()));
    let frame = encoder.add(&record(&origin, ""), NOW).unwrap();
    let longest = "\n".repeat((limits::MAX_ITEM - frame - 1) / 2) + "x";
    let size = encoder.add(&record(&origin, &longest), NOW).unwrap();
    let before = encoder.encoded_len();
    let longer = format!("{}{longest}", "x".repeat(limits::MAX_ITEM + 1 - size));
    let too_long = Err(DoesNotFit::ItemTooLong { size: limits::MAX_ITEM + 1 });
    assert_eq!(encoder.add(&record(&origin, &longer), NOW), too_long);
    assert_eq!((encoder.encoded_len(), encoder.count()), (before, 2), "the body is as it was");
    assert_eq!(take_logs(&finished(&mut encoder)).unwrap().len(), 2);
}

#[test]
fn a_body_may_be_drained_as_it_grows() {
    let (origin, mut encoder, mut body) = (checkout(), LogsEncoder::new(labels()), Vec::new());
    for message in ["one", "two"] {
        encoder.add(&record(&origin, message), NOW).unwrap();
        encoder.take_encoded(&mut body);
    }
    let len = encoder.encoded_len();
    body.extend(finished(&mut encoder));
    assert_eq!(body.len(), len);
    assert_eq!(take_logs(&body).unwrap().len(), 2);
    assert_eq!((encoder.encoded_len(), finished(&mut encoder).as_slice()), (2, &b"[]"[..]));
    encoder.add(&record(&origin, "three"), NOW).unwrap();
    assert_eq!(encoder.encoded_len(), finished(&mut encoder).len(), "what was drained before does not count");
}

proptest! {
    #[test]
    fn any_records_are_a_valid_body_of_exactly_this_length(
        names in prop::collection::vec((".*", ".*", ".*", ".*"), 1..4),
        messages in prop::collection::vec((".*", any::<i64>(), any::<u64>(), prop::option::of(".*")), 0..8),
        tags in ".*",
    ) {
        let origins: Vec<_> = names
            .into_iter()
            .map(|(account, region, group, stream)| origin(&account, &region, &group, &stream))
            .collect();
        let mut encoder = LogsEncoder::new(Arc::new(Labels::default().with_tags(&tags)));
        let mut len = 1;
        for ((message, time, id, tenant), origin) in messages.iter().zip(origins.iter().cycle()) {
            let record = Record {
                time: UnixMillis(*time),
                event_id: EventId::Position(*id),
                tenant: tenant.as_deref(),
                ..record(origin, message)
            };
            len += 1 + encoder.add(&record, NOW).unwrap();
        }
        let (expected, exact) = (messages.len(), encoder.encoded_len());
        prop_assert_eq!(exact, len.max(2));
        let body = finished(&mut encoder);
        prop_assert_eq!(body.len(), exact);
        let items = take_logs(&body).map_err(TestCaseError::fail)?;
        prop_assert_eq!(items.len(), expected);
        for (item, (message, ..)) in items.iter().zip(&messages) {
            prop_assert_eq!(item["message"].as_str(), Some(message.trim_end_matches(['\r', '\n'])));
        }
    }
}
