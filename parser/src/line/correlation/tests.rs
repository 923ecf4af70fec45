//! Tests with log lines as functions and their loggers write them.

use super::*;

fn found_with(fields: &[&str], line: &str) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    Scanner::new(fields.iter().copied()).scan(line, &mut |mention, value| {
        let name = match mention {
            Mention::Id(kind) => kind.name(),
            Mention::Uses => "uses",
            Mention::HandlesEventOf => "handles",
        };
        found.push((name, value.to_owned()));
    });
    found
}

fn check(line: &str, expected: &[(&str, &str)]) {
    let found = found_with(&[], line);
    let found: Vec<_> = found.iter().map(|(kind, value)| (*kind, value.as_str())).collect();
    assert_eq!(found, expected, "{line}");
}

#[test]
fn correlation_ids_of_loggers() {
    let id = &[("correlation_id", "7f3a91c2-aa01")];
    check(r#"{"level":"INFO","message":"paid","correlation_id":"7f3a91c2-aa01"}"#, id);
    check(r#"{"level":"INFO","message":{"correlationId":"7f3a91c2-aa01"}}"#, id);
    check(r#"{"headers":{"X-Correlation-ID":"7f3a91c2-aa01"}}"#, id);
    check("2026-03-01T10:00:00.000Z\t7f-1\tINFO\t{\"CorrelationId\":\"7f3a91c2-aa01\"}\n", id);
    check("[INFO] paid correlation_id=7f3a91c2-aa01 total=3", id);
    check("INFO { correlationId: '7f3a91c2-aa01', total: 3 }", id);
    check("x-correlation-id: 7f3a91c2-aa01", id);
    check(r#"{"message":"paid, correlationId=7f3a91c2-aa01"}"#, id);
    check(r#"{"message":"{\"correlationId\":\"7f3a91c2-aa01\"}"}"#, id);
}

#[test]
fn what_stands_for_no_id_is_left_out() {
    for value in
        ["short", "00000000-0000-0000", "aaaaaaaaaaaa", "null", "undefined", "UNKNOWN", "with a blank"]
    {
        check(&format!(r#"{{"correlation_id":"{value}"}}"#), &[]);
    }
    check(r#"{"correlation_id":12345678,"requestId":"8a1b2c3d-0000-1111-2222-333344445555"}"#, &[]);
    check("START RequestId: 8a1b2c3d-0000-1111-2222-333344445555 Version: 12", &[]);
}

#[test]
fn ids_of_events_with_their_sources() {
    let sqs = r#"{"Records":[{"messageId":"19dd0b57-b21e-4ac1-bd88-01bbb068cb78","body":"{}","attributes":{"AWSTraceHeader":"Root=1-5d8bba5a-dc2932496a65bab91d2d42d4;Sampled=1"},"eventSourceARN":"arn:aws:sqs:us-east-1:123456789012:orders"}]}"#;
    check(
        sqs,
        &[
            ("sqs_message_id", "19dd0b57-b21e-4ac1-bd88-01bbb068cb78"),
            ("trace_id", "5d8bba5adc2932496a65bab91d2d42d4"),
            ("handles", "SQS:orders"),
        ],
    );
    let sns = r#"{"Records":[{"EventSource":"aws:sns","Sns":{"MessageId":"95df01b4-ee98-5cb9-9903-4c221d41eb5e","TopicArn":"arn:aws:sns:us-east-1:123456789012:paid"}}]}"#;
    check(sns, &[("sns_message_id", "95df01b4-ee98-5cb9-9903-4c221d41eb5e"), ("handles", "SNS:paid")]);
    let event = r#"{"event":{"version":"0","id":"17793124-05d4-b198-2fde-7ededc63b103","detail-type":"Paid","resources":[]}}"#;
    check(event, &[("event_id", "17793124-05d4-b198-2fde-7ededc63b103")]);
    let put = r#"{"message":"published","EventId":"17793124-05d4-b198-2fde-7ededc63b103"}"#;
    check(put, &[("event_id", "17793124-05d4-b198-2fde-7ededc63b103")]);
    let api = r#"{"event":{"requestContext":{"apiId":"a1b2c3","requestId":"c6af9ac6-7b61-11e6-9a41-93e8deadbeef"}}}"#;
    check(api, &[("handles", "API:a1b2c3"), ("api_request_id", "c6af9ac6-7b61-11e6-9a41-93e8deadbeef")]);
    let execution = "arn:aws:states:eu-west-1:123456789012:execution:billing:3f1c2a90-run";
    let line = format!(r#"{{"message":"step","executionArn":"{execution}"}}"#);
    check(&line, &[("execution", "3f1c2a90-run"), ("uses", "SFN:billing")]);
}

#[test]
fn resources_that_a_line_names() {
    check(
        r#"{"message":"sent","queueUrl":"https://sqs.eu-west-1.amazonaws.com/123456789012/orders"}"#,
        &[("uses", "SQS:orders")],
    );
    check(
        r#"{"url":"https://user:pw@api.example.com:8443/v1?x=1","referer":"https://b.com"}"#,
        &[("uses", "HTTP:api.example.com")],
    );
    check(
        r#"{"table":"arn:aws:dynamodb:eu-west-1:123456789012:table/carts","function_arn":"arn:aws:lambda:eu-west-1:123456789012:function:me"}"#,
        &[("uses", "DDB:carts")],
    );
    check(r#"{"url":"https://<script>/"}"#, &[]);
    check(r#"{"url":"arn:aws:sqs:eu-west-1:123456789012:<b>"}"#, &[]);
}

#[test]
fn paths_of_the_user_are_ids() {
    let line = r#"{"order":{"id":"ord-00017"},"order.ref":"ref-00018","n":123456789}"#;
    let found = found_with(&["order.id", "order.ref", "n", "missing.path"], line);
    let values: Vec<_> = found.iter().map(|(kind, value)| (*kind, value.as_str())).collect();
    assert_eq!(values, [("field", "ord-00017"), ("field", "ref-00018"), ("field", "123456789")]);
}

#[test]
fn one_line_gives_a_bounded_number_of_ids() {
    let records: Vec<String> = (10..90).map(|n| format!(r#"{{"messageId":"message-{n}"}}"#)).collect();
    let line = format!(r#"{{"Records":[{}]}}"#, records.join(","));
    assert_eq!(found_with(&[], &line).len(), MAX_PER_LINE);
    let long = format!(r#"{{"correlation_id":"{}"}}"#, "ab".repeat(MAX_LENGTH));
    assert!(found_with(&[], &long).is_empty());
}

#[test]
fn damaged_json_is_read_as_text() {
    check(r#"{"correlation_id":"7f3a91c2-aa01","x":"#, &[("correlation_id", "7f3a91c2-aa01")]);
    check("é correlation_id=7f3a91c2-é", &[("correlation_id", "7f3a91c2-é")]);
}

#[test]
fn value_ends_at_the_next_parameter_of_a_url() {
    check("GET /orders?correlationId=corr-0008&page=2", &[("correlation_id", "corr-0008")]);
}

#[test]
fn member_that_only_resembles_a_source_names_what_is_used() {
    check(
        r#"{"resourceArn":"arn:aws:dynamodb:eu-west-1:123456789012:table/carts"}"#,
        &[("uses", "DDB:carts")],
    );
    check(r#"{"eventSourceARN":"arn:aws:sqs:eu-west-1:123456789012:jobs"}"#, &[("handles", "SQS:jobs")]);
}

#[test]
fn value_that_is_too_long_is_no_id() {
    let line = format!("correlation_id={}", "ab1".repeat(MAX_LENGTH));
    check(&line, &[]);
    check(&format!("correlation_id={}{}", " ".repeat(40), "ab1".repeat(MAX_LENGTH)), &[]);
}
