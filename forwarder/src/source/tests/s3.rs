use super::*;

/// Returns a record as S3 sends it, with some members that are not read.
fn record(name: &str, bucket: &str, object: &str) -> String {
    format!(
        r#"{{"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"eu-west-1","eventTime":"1970-01-01T00:00:01.000Z",
        "eventName":"{name}","userIdentity":{{"principalId":"AWS:A"}},"responseElements":{{"x-amz-request-id":"R"}},
        "s3":{{"s3SchemaVersion":"1.0","configurationId":"c","bucket":{{"name":"{bucket}","arn":"arn:aws:s3:::{bucket}"}},
        "object":{object}}}}}"#
    )
}

fn event(records: &[String]) -> String {
    format!(r#"{{"Records":[{}]}}"#, records.join(","))
}

const OBJECT: &str =
    r#"{"key":"a/b.gz","size":1024,"eTag":"d41d8c","versionId":"v1","sequencer":"0055AED6DCD90281E5"}"#;

const SEEN: &str = r#"(logs/a/b.gz/v1) 0 Some(1000) s3://logs/a/b.gz Id("v1") eu-west-1 Some(1024)"#;

#[test]
fn each_record_is_a_delivery() {
    let second = r#"{"key":"c","eTag":"e"}"#;
    check(
        &event(&[record("ObjectCreated:Put", "logs", OBJECT), record("ObjectCreated:Copy", "logs", second)]),
        &[SEEN, r#"(logs/c/e) 1 Some(1000) s3://logs/c ETag("e") eu-west-1 None"#],
    );
}

#[test]
fn keys_are_decoded() {
    let decoded = |key: &str, expected: &str| {
        let object = format!(r#"{{"key":"{key}"}}"#);
        check(&event(&[record("ObjectCreated:Put", "logs", &object)]), &[expected]);
    };
    decoded("a+b%2Bc/%C3%A9", "(logs/a b+c/é/) 0 Some(1000) s3://logs/a b+c/é Unknown eu-west-1 None");
    for damaged in ["", "a%2", "a%zz", "%ff"] {
        decoded(damaged, r#" 0 Some(1000) Missing("s3.object.key")"#);
    }
}

#[test]
fn record_without_names_does_not_affect_others() {
    let nameless = r#"{"eventName":"ObjectCreated:Put","s3":{"bucket":5}}"#.to_owned();
    check(
        &event(&[nameless, record("ObjectCreated:Put", "logs", OBJECT), "7".to_owned()]),
        &[
            r#" 0 None Missing("s3.bucket.name")"#,
            &SEEN.replace(" 0 ", " 1 "),
            r#" 2 None Missing("s3.bucket.name")"#,
        ],
    );
}

#[test]
fn deletions_and_tests_are_ignored() {
    let removed = ["ObjectRemoved:Delete", "ObjectTagging:Put", "LifecycleExpiration:Delete"];
    let mut records: Vec<_> = removed.iter().map(|name| record(name, "logs", OBJECT)).collect();
    records.push(record("s3:ObjectCreated:Put", "logs", OBJECT));
    check(&event(&records), &[&SEEN.replace(" 0 ", " 3 "), "3 ignored"]);
    let test =
        r#"{"Service":"Amazon S3","Event":"s3:TestEvent","Time":"2026-01-01T00:00:00Z","Bucket":"logs"}"#;
    check(test, &["1 ignored"]);
    // CloudWatch tests its permission before it exports to a bucket.
    let export = r#"{"key":"exportedlogs/aws-logs-write-test","size":27}"#;
    check(&event(&[record("ObjectCreated:Put", "logs", export)]), &["1 ignored"]);
    check(&in_sqs(test), &["1 ignored"]);
    check(r#"{"Event":"another"}"#, &["unknown event: 19 bytes, Event: a string of 7 bytes"]);
}

#[test]
fn notification_in_a_message_is_parsed() {
    let plain = event(&[record("ObjectCreated:Put", "logs", OBJECT)]);
    let topic =
        format!(r#"{{"Records":[{{"Sns":{{"MessageId":"n1","Message":{}}}}}]}}"#, serde_json::json!(plain));
    check(&topic, &[&format!("n1{SEEN}")]);
    check(&in_sqs(&plain), &[&format!("m1{SEEN}")]);
    check(&in_sqs(&notification(&plain)), &[&format!("m1{SEEN}")]);
}

#[test]
fn keys_in_eventbridge_events_are_not_decoded() {
    let created = r#"{"version":"0","id":"17793124-05d4","detail-type":"Object Created","source":"aws.s3",
        "account":"111122223333","time":"1970-01-01T00:00:01Z","region":"ca-central-1",
        "resources":["arn:aws:s3:::logs"],"detail":{"version":"0","bucket":{"name":"logs"},
        "object":{"key":"a+b%2Fc","size":5,"etag":"b1946a","version-id":"IYV3","sequencer":"617f08"},
        "request-id":"N4N7","requester":"123456789012","reason":"PutObject"}}"#;
    let seen = r#"(logs/a+b%2Fc/IYV3) 0 Some(1000) s3://logs/a+b%2Fc Id("IYV3") ca-central-1 Some(5)"#;
    check(created, &[seen]);
    check(&in_sqs(created), &[&format!("m1{seen}")]);
    let nameless = created.replace(r#""name":"logs""#, "");
    check(&nameless, &[r#" 0 Some(1000) Missing("detail.bucket.name")"#]);
    let unversioned = created.replace(r#","version-id":"IYV3""#, r#","version-id":"null""#);
    check(&unversioned, &[&seen.replace("IYV3", "b1946a").replace("Id", "ETag")]);
}
