use super::*;

const ALL: &str = "RedriveFilter { sink: None, since: None, limit: None }";
const SOME: &str =
    r#"RedriveFilter { sink: Some("otlp"), since: Some(UnixMillis(1772618400000)), limit: Some(100) }"#;

#[test]
fn a_schedule_asks_for_a_redrive() {
    check(r#"{"tailwater":{"redrive":{}}}"#, &[ALL]);
    check(r#"{"tailwater":{"redrive":{"sink":null}}}"#, &[ALL]);
    check(r#"{"tailwater":{"redrive":{"sink":"otlp","since_ms":1772618400000,"limit":100}}}"#, &[SOME]);
    trigger(r#"{"tailwater":{"redrive":{}}}"#, Trigger::Asynchronous);
}

#[test]
fn a_scheduled_event_may_carry_the_request() {
    let scheduled = r#"{"version":"0","id":"53dc4d37","detail-type":"Scheduled Event","source":"aws.events",
        "account":"123456789012","time":"2026-03-04T10:00:00Z","region":"us-east-1",
        "resources":["arn:aws:events:us-east-1:123456789012:rule/redrive"],"detail":DETAIL}"#;
    let request = r#"{"tailwater":{"redrive":{"sink":"otlp","since_ms":1772618400000,"limit":100}}}"#;
    check(&scheduled.replace("DETAIL", request), &[SOME]);
    // A schedule that asks for nothing is an event like any other.
    assert_eq!(parsed(&scheduled.replace("DETAIL", "{}")).len(), 1);
    assert!(parsed(&scheduled.replace("DETAIL", "{}"))[0].contains("aws.events/aws.events"));
}

#[test]
fn a_request_that_fell_into_a_queue_is_one_still() {
    check(&in_sqs(r#"{"tailwater":{"redrive":{}}}"#), &[ALL]);
}

#[test]
fn a_request_that_is_not_understood_is_refused() {
    let refused = |request: &str, member: &str| {
        let event = format!(r#"{{"tailwater":{request}}}"#);
        check(&event, &[&format!("an event whose {member} is not what it has to be")]);
    };
    refused(r#"{}"#, "tailwater");
    refused(r#"{"redrive":[]}"#, "tailwater");
    refused(r#"{"redrive":{},"other":{}}"#, "tailwater");
    refused(r#"{"redrive":{"sink":5}}"#, "sink");
    refused(r#"{"redrive":{"since_ms":"today"}}"#, "since_ms");
    refused(r#"{"redrive":{"limit":-1}}"#, "limit");
    refused(r#"{"redrive":{"skin":"otlp"}}"#, "redrive");
}
