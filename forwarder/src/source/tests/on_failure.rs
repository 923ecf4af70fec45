use super::*;

/// Returns the record that a destination receives after three failed attempts.
fn failed(payload: &str) -> String {
    format!(
        r#"{{"version":"1.0","timestamp":"2019-11-14T18:16:05.568Z","requestContext":{{"requestId":"e4b46cbf",
        "functionArn":"arn:aws:lambda:us-east-2:123456789012:function:tailwater:$LATEST",
        "condition":"RetriesExhausted","approximateInvokeCount":3}},"requestPayload":{payload},
        "responseContext":{{"statusCode":200,"executedVersion":"$LATEST","functionError":"Unhandled"}},
        "responsePayload":{{"errorMessage":"late"}}}}"#
    )
}

const SUBSCRIPTION: &str = r#"{"awslogs":{"data":"H4sIAAAA"}}"#;

#[test]
fn event_of_a_failed_invocation_is_parsed() {
    let seen = r#" 0 None Base64("H4sIAAAA")"#;
    check(&failed(SUBSCRIPTION), &[seen]);
    check(&in_sqs(&failed(SUBSCRIPTION)), &[&format!("m1{seen}")]);
    check(&in_sqs(&notification(&failed(SUBSCRIPTION))), &[&format!("m1(n1){seen}")]);
    check(
        &failed(r#"{"tailwater":{"redrive":{}}}"#),
        &["RedriveFilter { sink: None, since: None, limit: None }"],
    );
}

#[test]
fn event_in_a_dead_letter_queue_is_parsed() {
    check(&in_sqs(SUBSCRIPTION), &[r#"m1 0 None Base64("H4sIAAAA")"#]);
    let s3 = r#"{"Records":[{"s3":{"bucket":{"name":"b"},"object":{"key":"k","versionId":"v"}}}]}"#;
    check(&in_sqs(s3), &[r#"m1(b/k/v) 0 None s3://b/k Id("v") - None"#]);
}

#[test]
fn escapes_in_the_original_event_are_decoded_once() {
    let line = r#"{"Records":[{"Sns":{"MessageId":"n","Message":"a \"quoted\"\nline"}}]}"#;
    check(&failed(line), &[r#"n 0 None Text("a \"quoted\"\nline")"#]);
}

#[test]
fn event_of_a_failed_invocation_through_eventbridge_is_parsed() {
    let event = |source: &str| {
        format!(
            r#"{{"version":"0","id":"a","detail-type":"Lambda Function Invocation Result - Failure","source":"{source}",
            "account":"1","time":"2020-01-01T00:00:00Z","region":"r","resources":[],"detail":{}}}"#,
            failed(SUBSCRIPTION)
        )
    };
    check(&event("lambda"), &[r#" 0 None Base64("H4sIAAAA")"#]);
    // An event of another source with that name, and a failure of another function.
    for log in [event("my.app"), event("lambda").replace("awslogs", "order")] {
        assert!(parsed(&log)[0].contains("DATA_MESSAGE"), "{:?}", parsed(&log));
    }
}

#[test]
fn batch_of_a_stream_is_parsed() {
    let batch = r#"{"Records":[{"kinesis":{"sequenceNumber":"495","data":"SGk="}}]}"#;
    let record = |payload: &str| {
        format!(
            r#"{{"requestContext":{{"requestId":"c9b8fa9f"}},"responseContext":{{"statusCode":200}},"version":"1.0",
            "timestamp":"2019-11-14T00:38:06.021Z","KinesisBatchInfo":{{"shardId":"shardId-000000000001",
            "startSequenceNumber":"495","batchSize":1}}{payload}}}"#
        )
    };
    let payload = format!(r#","payload":{}"#, serde_json::json!(batch));
    check(&record(&payload), &[r#"495 0 None Base64("SGk=")"#]);
    check(&record(""), &["invalid event: unexpected \"payload\""]);
}

#[test]
fn unknown_original_event_is_an_error() {
    check(&failed("[1]"), &["unknown event: 3 bytes, not an object but an array of 1"]);
    let deep = format!("{}1{}", r#"{"requestPayload":"#.repeat(50_000), "}".repeat(50_000));
    check(&deep, &["invalid event: nested too deeply in other events"]);
}
