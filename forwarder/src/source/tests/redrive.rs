use super::*;

const ALL: &str = "RedriveFilter { sink: None, since: None, limit: None }";
const SOME: &str =
    r#"RedriveFilter { sink: Some("otlp"), since: Some(UnixMillis(1772618400000)), limit: Some(100) }"#;

#[test]
fn redrive_request_is_parsed() {
    check(r#"{"tailwater":{"redrive":{}}}"#, &[ALL]);
    check(r#"{"tailwater":{"redrive":{"sink":null}}}"#, &[ALL]);
    check(r#"{"tailwater":{"redrive":{"sink":"otlp","since_ms":1772618400000,"limit":100}}}"#, &[SOME]);
    trigger(r#"{"tailwater":{"redrive":{}}}"#, Trigger::Asynchronous);
}

/// The event with which the Datadog Forwarder sends failed events again.
#[test]
fn retry_request_selects_all_parked_objects() {
    check(r#"{"retry":"true"}"#, &[ALL]);
    check(r#" { "retry" : true } "#, &[ALL]);
    for other in [r#"{"retry":""}"#, r#"{"retry":false}"#, r#"{"retry":"true","other":1}"#] {
        assert!(read_event(&mut other.as_bytes().to_vec()).is_err(), "{other}");
    }
}

#[test]
fn redrive_request_in_a_scheduled_event_is_parsed() {
    let scheduled = r#"{"version":"0","id":"53dc4d37","detail-type":"Scheduled Event","source":"aws.events",
        "account":"123456789012","time":"2026-03-04T10:00:00Z","region":"us-east-1",
        "resources":["arn:aws:events:us-east-1:123456789012:rule/redrive"],"detail":DETAIL}"#;
    let request = r#"{"tailwater":{"redrive":{"sink":"otlp","since_ms":1772618400000,"limit":100}}}"#;
    check(&scheduled.replace("DETAIL", request), &[SOME]);
    // Other scheduled events are log events.
    assert_eq!(parsed(&scheduled.replace("DETAIL", "{}")).len(), 1);
    assert!(parsed(&scheduled.replace("DETAIL", "{}"))[0].contains("DATA_MESSAGE"));
}

#[test]
fn redrive_request_in_a_queue_is_parsed() {
    check(&in_sqs(r#"{"tailwater":{"redrive":{}}}"#), &[ALL]);
}

#[test]
fn invalid_redrive_request_is_rejected() {
    let rejected = |request: &str, member: &str| {
        let event = format!(r#"{{"tailwater":{request}}}"#);
        check(&event, &[&format!("invalid event: unexpected \"{member}\"")]);
    };
    rejected(r#"{}"#, "tailwater");
    rejected(r#"{"redrive":[]}"#, "tailwater");
    rejected(r#"{"redrive":{},"other":{}}"#, "tailwater");
    rejected(r#"{"redrive":{"sink":5}}"#, "sink");
    for hostile in ["", "../input", "OTLP", "otlp\\n", &"a".repeat(33)] {
        rejected(&format!(r#"{{"redrive":{{"sink":"{hostile}"}}}}"#), "sink");
    }
    rejected(r#"{"redrive":{"since_ms":"today"}}"#, "since_ms");
    rejected(r#"{"redrive":{"limit":-1}}"#, "limit");
    rejected(r#"{"redrive":{"skin":"otlp"}}"#, "redrive");
}
