//! Events of every kind of event source, as JSON values in which any text can be replaced.
//!
//! An object with the only member `$text` becomes the JSON of its value as a string; `$base64`, the same in base64;
//! `$parked`, a parked object with this header in base64. So texts can be replaced at every depth.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use crate::parking::{self, Header};

/// Returns an event of each kind.
pub(super) fn templates() -> Vec<Value> {
    let (object, created) = (s3_event(), object_created());
    let notification = json!({"Type": "Notification", "TopicArn": "arn:aws:sns:eu-west-1:123456789012:t",
        "MessageId": "n1", "Subject": "Amazon S3 Notification", "Message": {"$text": object},
        "SubscribeURL": "https://sns.eu-west-1.amazonaws.com/"});
    let parked = json!({"$parked": header()});
    let failed = json!({"version": "1.0", "timestamp": "2026-03-04T10:00:00Z",
        "requestContext": {"requestId": "r", "functionArn": "arn:aws:lambda:eu-west-1:1:function:f",
            "condition": "RetriesExhausted", "approximateInvokeCount": 3},
        "requestPayload": object, "responseContext": {"statusCode": 200, "functionError": "Unhandled"}});
    vec![
        json!({"awslogs": {"data": {"$base64": document()}}}),
        kinesis(&json!({"$base64": document()})),
        kinesis(&json!({"$base64": object})),
        firehose(),
        sqs(&[json!("a line"), json!({"$text": document()})]),
        sqs(&[json!({"$text": object}), json!({"$text": notification}), json!({"$text": created})]),
        sqs(&[parked.clone(), json!({"$text": failed}), json!("a line")]),
        sns(&json!({"$text": object})),
        sns(&parked),
        notification,
        object,
        created,
        scheduled_redrive(),
        json!({"tailwater": {"redrive": {"sink": "otlp", "since_ms": 1, "limit": 3}}}),
        json!({"version": "0", "id": "i", "detail-type": "Order Placed", "source": "com.example.shop",
            "account": "123456789012", "time": "2026-03-04T10:00:00Z", "region": "eu-west-1",
            "resources": ["arn:aws:s3:::logs"], "detail": {"order": "1"}}),
        json!({"version": "0", "id": "i", "detail-type": "Lambda Function Invocation Result - Failure",
            "source": "lambda", "region": "eu-west-1", "account": "123456789012", "detail": failed}),
        failed,
        json!({"requestContext": {"requestId": "r", "condition": "RetryAttemptsExhausted"}, "version": "1.0",
            "KinesisBatchInfo": {"streamArn": "arn:aws:kinesis:eu-west-1:1:stream/s", "shardId": "0"},
            "payload": {"$text": kinesis(&json!({"$base64": document()}))}}),
        json!({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "logs"}),
    ]
}

fn document() -> Value {
    json!({"messageType": "DATA_MESSAGE", "owner": "123456789012", "logGroup": "/aws/lambda/f",
        "logStream": "2026/03/04/[$LATEST]0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a", "subscriptionFilters": ["f"],
        "logEvents": [{"id": "1", "timestamp": 1_772_618_400_000_i64, "message": "START RequestId: 8f5f3c1e"}]})
}

fn s3_event() -> Value {
    let record = |bucket: &str| {
        json!({"eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": "eu-west-1",
            "eventTime": "2026-03-04T10:00:00Z", "eventName": "ObjectCreated:Put",
            "userIdentity": {"principalId": "AWS:A"}, "requestParameters": {"sourceIPAddress": "10.0.0.1"},
            "responseElements": {"x-amz-id-2": "I"},
            "s3": {"configurationId": "c", "bucket": {"name": bucket, "arn": "arn:aws:s3:::logs"},
                "object": {"key": "a/b.gz", "size": 3, "eTag": "d41d8c", "versionId": "v1", "sequencer": "0"}}})
    };
    json!({"Records": [record("logs"), record("my.logs")]})
}

fn object_created() -> Value {
    json!({"version": "0", "id": "i", "detail-type": "Object Created", "source": "aws.s3",
        "account": "123456789012", "time": "2026-03-04T10:00:00Z", "region": "eu-west-1",
        "resources": ["arn:aws:s3:::logs"],
        "detail": {"version": "0", "bucket": {"name": "my.logs"},
            "object": {"key": "a/b.gz", "size": 5, "etag": "b1946a", "version-id": "IYV3"},
            "requester": "123456789012", "source-ip-address": "10.0.0.1", "reason": "PutObject"}})
}

fn scheduled_redrive() -> Value {
    json!({"version": "0", "id": "i", "detail-type": "Scheduled Event", "source": "aws.events",
        "account": "123456789012", "time": "2026-03-04T10:00:00Z", "region": "eu-west-1",
        "detail": {"tailwater": {"redrive": {"sink": "otlp"}}}})
}

fn kinesis(data: &Value) -> Value {
    json!({"Records": [{"eventSource": "aws:kinesis", "eventID": "shardId-0:1", "awsRegion": "eu-west-1",
        "eventSourceARN": "arn:aws:kinesis:eu-west-1:123456789012:stream/logs",
        "invokeIdentityArn": "arn:aws:iam::123456789012:role/r",
        "kinesis": {"partitionKey": "p", "sequenceNumber": "1", "data": data,
            "approximateArrivalTimestamp": 1_772_618_400.5}}]})
}

fn firehose() -> Value {
    json!({"invocationId": "i", "region": "eu-west-1",
        "deliveryStreamArn": "arn:aws:firehose:eu-west-1:123456789012:deliverystream/logs",
        "records": [{"recordId": "1", "approximateArrivalTimestamp": 1_772_618_400_000_i64,
            "data": {"$base64": document()}}]})
}

fn sqs(bodies: &[Value]) -> Value {
    let record = |body: &Value| {
        json!({"messageId": "m", "receiptHandle": "h", "body": body, "eventSource": "aws:sqs",
            "attributes": {"SentTimestamp": "1772618400000"}, "awsRegion": "eu-west-1",
            "messageAttributes": {"tailwater-key": {"stringValue": "parked/v1/k", "dataType": "String"}},
            "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:logs"})
    };
    json!({"Records": bodies.iter().map(record).collect::<Vec<_>>()})
}

fn sns(message: &Value) -> Value {
    json!({"Records": [{"EventSource": "aws:sns", "EventSubscriptionArn": "arn:aws:sns:eu-west-1:1:t:s",
        "Sns": {"Type": "Notification", "MessageId": "n1", "TopicArn": "arn:aws:sns:eu-west-1:1:t",
            "Subject": "s", "Message": message, "Timestamp": "2026-03-04T10:00:00Z",
            "UnsubscribeUrl": "https://sns.eu-west-1.amazonaws.com/"}}]})
}

fn header() -> Value {
    let header = Header {
        sink: "otlp".to_owned(),
        reason: "unreadable".to_owned(),
        account: "123456789012".to_owned(),
        region: "eu-west-1".to_owned(),
        group: "/aws/lambda/f".to_owned(),
        stream: "s".to_owned(),
        delivery_id: "d".to_owned(),
        object: Some(parking::S3Object {
            bucket: "my.logs".to_owned(),
            region: Some("eu-west-1".to_owned()),
            key: "a/b.gz".to_owned(),
            version: "v1".to_owned(),
            is_etag: false,
        }),
        owed: (0..2).into(),
        ..Header::default()
    };
    serde_json::to_value(header).expect("a header is JSON")
}

/// Returns the strings in a value, at every depth.
pub(super) fn texts(value: &mut Value) -> Vec<&mut String> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter_mut().flat_map(texts).collect(),
        Value::Object(members) => members.values_mut().flat_map(texts).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}

/// Replaces the objects with a member `$…` by what they stand for.
pub(super) fn rendered(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(rendered).collect(),
        Value::Object(members) => {
            let members: serde_json::Map<_, _> =
                members.into_iter().map(|(name, value)| (name, rendered(value))).collect();
            match members.iter().next() {
                Some((name, inner)) if name == "$text" => Value::String(inner.to_string()),
                Some((name, inner)) if name == "$base64" => {
                    Value::String(BASE64_STANDARD.encode(inner.to_string()))
                }
                Some((name, inner)) if name == "$parked" => {
                    let header: Header = serde_json::from_value(inner.clone()).unwrap_or_default();
                    Value::String(BASE64_STANDARD.encode(parking::encode(&header, b"").bytes))
                }
                Some(_) | None => Value::Object(members),
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}
