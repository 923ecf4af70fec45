use super::*;

/// The deliveries of `event`, one a line, or the error.
fn check(event: &str, expected: &[&str]) {
    let mut seen = Vec::new();
    let result = deliveries(&mut event.as_bytes().to_vec(), &mut |delivery| {
        let time = delivery.time.map(|time| time.0);
        seen.push(format!("{} {} {time:?} {:?}", delivery.id, delivery.index, delivery.content));
    });
    if let Err(error) = result {
        seen.push(error.to_string());
    }
    assert_eq!(seen, expected, "{event}");
}

#[test]
fn a_subscription_invokes_with_one_delivery() {
    check(r#"{"awslogs":{"data":"H4sIAAAA","new":1},"other":{}}"#, &[r#" 0 None Base64("H4sIAAAA")"#]);
    check(r#"{"awslogs":{"data":5}}"#, &[r#" 0 None Missing("awslogs.data")"#]);
}

#[test]
fn kinesis_records_are_named_by_sequence_number() {
    check(
        r#"{"Records":[
            {"kinesis":{"sequenceNumber":"495","data":"SGk=","approximateArrivalTimestamp":1545084650.987}},
            {"kinesis":{"sequenceNumber":"496"}},
            "broken",
            {"kinesis":{"sequenceNumber":"498","data":"SGk=","approximateArrivalTimestamp":1545084650}}]}"#,
        &[
            r#"495 0 Some(1545084650987) Base64("SGk=")"#,
            r#"496 1 None Missing("kinesis.data")"#,
            r#" 2 None Missing("kinesis.data")"#,
            r#"498 3 Some(1545084650000) Base64("SGk=")"#,
        ],
    );
}

#[test]
fn firehose_records_are_named_by_record_id() {
    check(
        r#"{"deliveryStreamArn":"arn:x","records":[{"recordId":"r1","data":"SGk=","approximateArrivalTimestamp":7}]}"#,
        &[r#"r1 0 Some(7) Base64("SGk=")"#],
    );
}

#[test]
fn sqs_bodies_are_opened() {
    check(
        r#"{"Records":[
            {"messageId":"m1","body":"START RequestId","attributes":{"SentTimestamp":"1545082649183"}},
            {"messageId":"m2","body":"{\"awslogs\":{\"data\":\"H4s\"}}"},
            {"messageId":"m3","body":" H4sIAAAA\n"},
            {"messageId":"m4","body":"{\"Type\":\"Notification\",\"Message\":\"hello\",\"MessageId\":\"n\"}"},
            {"messageId":"m5","body":"{\"Type\":\"of my own\"}"},
            {"messageId":"m6"}]}"#,
        &[
            r#"m1 0 Some(1545082649183) Text("START RequestId")"#,
            r#"m2 1 None Base64("H4s")"#,
            r#"m3 2 None Base64("H4sIAAAA")"#,
            r#"m4 3 None Text("hello")"#,
            r#"m5 4 None Text("{\"Type\":\"of my own\"}")"#,
            r#"m6 5 None Missing("body")"#,
        ],
    );
}

#[test]
fn sns_messages_are_opened() {
    check(
        r#"{"Records":[{"EventSource":"aws:sns","Sns":{"MessageId":"n1","Message":"{\"awslogs\":{\"data\":\"H4s\"}}",
            "Timestamp":"1970-01-01T00:00:01.000Z"}}]}"#,
        &[r#"n1 0 Some(1000) Base64("H4s")"#],
    );
}

#[test]
fn an_unknown_event_is_told_by_its_shape() {
    check(
        r#"{"source":"aws.events","detail":{"secret":"x"},"resources":[1,2],"n":1}"#,
        &["an event of no known source: 71 bytes, source: a string of 10 bytes, detail: an object of 1, \
           resources: an array of 2, n: a number, true, false or null"],
    );
    check("[1]", &["an event of no known source: 3 bytes, not an object but an array of 1"]);
    check("{}", &["an event of no known source: 2 bytes, no members"]);
    check(r#"{"awslogs":"#, &["not JSON at byte 10"]);
}

/// What a reader finds in one delivery.
#[derive(Default)]
struct Found(Vec<String>);

impl tailwater_parser::Receive for Found {
    fn batch(&mut self, origin: &tailwater_parser::Origin) {
        self.0.push(format!("from {}", origin.function()));
    }

    fn event(&mut self, event: &tailwater_parser::Event<'_>) {
        self.0.push(format!("{:?} {:?} {}", event.id, event.time.map(|time| time.0), event.message));
    }
}

fn read(content: Content<'_>, expected: &[&str]) {
    let mut origin = tailwater_parser::Origin::default();
    origin.set_function("fallback");
    let mut reader = DeliveryReader::new(tailwater_parser::ByteSize::mib(1), origin);
    let delivery = Delivery { id: "m1", index: 0, time: Some(tailwater_parser::UnixMillis(5)), content };
    // Twice: nothing of one delivery stays in the reader.
    for _ in 0..2 {
        let mut found = Found::default();
        if let Err(error) = reader.read(&delivery, &mut found) {
            found.0.push(error.to_string());
        }
        assert_eq!(found.0, expected);
    }
}

#[test]
fn raw_lines_are_events_named_by_delivery_and_place() {
    read(
        Content::Text("{\"level\":\"INFO\"}\nsecond\n"),
        &["from fallback", r#"Some("m1/0") Some(5) {"level":"INFO"}"#, r#"Some("m1/1") Some(5) second"#],
    );
    read(Content::Base64("aGVsbG8="), &["from fallback", r#"Some("m1/0") Some(5) hello"#]);
}

#[test]
fn what_cannot_be_read_says_why() {
    read(Content::Missing("body"), &["no text body in the record"]);
    read(Content::Base64("not base64"), &["not base64 at byte 3"]);
    read(Content::Base64("AAAAAAAA"), &["not a log envelope at byte 0 of the text: binary data"]);
    read(Content::Base64("H4sIAAAAAAAAAw=="), &["truncated gzip data: it ends at byte 10 inside a member"]);
}
