//! Tests of each event source, with events as AWS sends them.

mod eventbridge;
mod findings;
mod on_failure;
mod origins;
mod packing;
mod parked;
mod properties;
mod redrive;
mod s3;

use super::{json::or_empty, *};

/// Checks the content of an event: its deliveries, redrive requests and ignored notifications; or the error.
fn check(event: &str, expected: &[&str]) {
    assert_eq!(parsed(event), expected, "{event}");
}

fn parsed(event: &str) -> Vec<String> {
    let mut event = event.as_bytes().to_vec();
    match read_event(&mut event) {
        Err(error) => vec![error.to_string()],
        Ok(parsed) => {
            let mut seen: Vec<_> = parsed.deliveries.iter().map(show).collect();
            seen.extend(parsed.redrives.iter().map(|redrive| format!("{redrive:?}")));
            if parsed.ignored > 0 {
                seen.push(format!("{} ignored", parsed.ignored));
            }
            seen
        }
    }
}

/// Formats id, name if it differs, index, time and content of a delivery.
fn show(delivery: &Delivery<'_>) -> String {
    let Delivery { id, name, index, time, content, .. } = delivery;
    let named = if name == id { String::new() } else { format!("({name})") };
    let content = match content {
        Content::Object(object) => {
            let (region, size) = (object.region.as_deref().unwrap_or("-"), object.size.map(|size| size.0));
            format!("s3://{}/{} {:?} {region} {size:?}", object.bucket, object.key, object.version)
        }
        Content::Parked(bytes) => format!("Parked({:?})", String::from_utf8_lossy(bytes)),
        Content::Base64(_) | Content::Text(_) | Content::Missing(_) => format!("{content:?}"),
    };
    format!("{id}{named} {index} {:?} {content}", time.map(|time| time.0))
}

fn trigger(event: &str, expected: Trigger) {
    assert_eq!(read_event(&mut event.as_bytes().to_vec()).unwrap().trigger, expected, "{event}");
}

/// Returns an event with `body` as the only message of a queue.
fn in_sqs(body: &str) -> String {
    let body = serde_json::to_string(body).unwrap();
    format!(r#"{{"Records":[{{"messageId":"m1","body":{body}}}]}}"#)
}

/// Returns the notification with which a topic sends `message` to a queue.
fn notification(message: &str) -> String {
    let message = serde_json::to_string(message).unwrap();
    format!(r#"{{"Type":"Notification","MessageId":"n1","Message":{message}}}"#)
}

#[test]
fn trigger_is_that_of_the_outermost_event() {
    trigger(r#"{"awslogs":{"data":""}}"#, Trigger::Asynchronous);
    trigger(r#"{"Records":[{"kinesis":{}}]}"#, Trigger::Kinesis);
    trigger(r#"{"records":[{"recordId":"r"}]}"#, Trigger::Firehose);
    trigger(r#"{"Records":[{"Sns":{}}]}"#, Trigger::Asynchronous);
    trigger(r#"{"Records":[{"s3":{}}]}"#, Trigger::Asynchronous);
    let queue = |name: &str| {
        format!(r#"{{"Records":["broken",{{"body":"","eventSourceARN":"arn:aws:sqs:eu-west-1:1:{name}"}}]}}"#)
    };
    trigger(&queue("logs"), Trigger::Sqs);
    trigger(&queue("logs.fifo"), Trigger::SqsFifo);
    // A nested event has no effect.
    trigger(&in_sqs(r#"{"Records":[{"kinesis":{"data":"SGk="}}]}"#), Trigger::Sqs);
}

#[test]
fn subscription_event_has_one_delivery() {
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
fn sqs_messages_are_parsed() {
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
            r#"m4(n) 3 None Text("hello")"#,
            r#"m5 4 None Text("{\"Type\":\"of my own\"}")"#,
            r#"m6 5 None Missing("body")"#,
        ],
    );
}

#[test]
fn sns_messages_are_parsed() {
    check(
        r#"{"Records":[{"EventSource":"aws:sns","Sns":{"MessageId":"n1","Message":"{\"awslogs\":{\"data\":\"H4s\"}}",
            "Timestamp":"1970-01-01T00:00:01.000Z"}}]}"#,
        &[r#"n1 0 Some(1000) Base64("H4s")"#],
    );
}

#[test]
fn unknown_event_is_described_by_names_and_sizes() {
    check(
        r#"{"source":"aws.events","detail":{"secret":"x"},"resources":[1,2],"n":1}"#,
        &["unknown event: 71 bytes, source: a string of 10 bytes, detail: an object of 1, \
           resources: an array of 2, n: a number, true, false or null"],
    );
    check("[1]", &["unknown event: 3 bytes, not an object but an array of 1"]);
    check("{}", &["unknown event: 2 bytes, no members"]);
    check(r#"{"awslogs":"#, &["not JSON at byte 10"]);
}

#[test]
fn deliveries_of_one_message_have_different_names() {
    check(
        &in_sqs(
            r#"{"Records":[{"kinesis":{"sequenceNumber":"495","data":"SGk="}},{"kinesis":{"sequenceNumber":"496","data":"SGk="}}]}"#,
        ),
        &[r#"m1(495) 0 None Base64("SGk=")"#, r#"m1(496) 0 None Base64("SGk=")"#],
    );
}

#[test]
fn event_that_is_nested_too_deeply_is_text() {
    let mut event = "hello".to_owned();
    for _ in 0..12 {
        event = notification(&event);
    }
    let seen = parsed(&in_sqs(&event));
    assert_eq!(seen.len(), 1);
    assert!(seen[0].starts_with(r#"m1(n1) 0 None Text("{\"Type\":\"Notification\""#), "{seen:?}");
}

/// Receiver that formats batches and events.
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
    let (id, name) = (or_empty(Some("a")), or_empty(Some("m1")));
    let (time, origin) = (Some(tailwater_parser::UnixMillis(5)), Default::default());
    let delivery = Delivery { id, name, index: 0, time, origin, content };
    // Twice, to check that the reader keeps nothing of a delivery.
    for _ in 0..2 {
        let mut found = Found::default();
        if let Err(error) = reader.read(&delivery, &mut found) {
            found.0.push(error.to_string());
        }
        assert_eq!(found.0, expected);
    }
}

#[test]
fn raw_lines_are_events_named_by_delivery_and_line() {
    read(
        Content::Text("{\"level\":\"INFO\"}\nsecond\n".into()),
        &["from fallback", r#"Some("m1/0") Some(5) {"level":"INFO"}"#, r#"Some("m1/1") Some(5) second"#],
    );
    read(Content::Base64("aGVsbG8=".into()), &["from fallback", r#"Some("m1/0") Some(5) hello"#]);
}

#[test]
fn unreadable_deliveries_are_errors() {
    read(Content::Missing("body"), &["the record has no text \"body\""]);
    read(Content::Base64("not base64".into()), &["not base64 at byte 3"]);
    read(Content::Base64("AAAAAAAA".into()), &["not a log envelope at byte 0 of the text: binary data"]);
    read(
        Content::Base64("H4sIAAAAAAAAAw==".into()),
        &["truncated gzip data: it ends at byte 10 inside a member"],
    );
}

/// Returns a delivery without a name, time and origin.
fn delivery(content: Content<'_>) -> Delivery<'_> {
    Delivery { id: "".into(), name: "".into(), index: 0, time: None, origin: Default::default(), content }
}

/// Receiver that counts events.
#[derive(Default)]
struct Counted(usize);

impl tailwater_parser::Receive for Counted {
    fn batch(&mut self, _: &tailwater_parser::Origin) {}

    fn event(&mut self, _: &tailwater_parser::Event<'_>) {
        self.0 += 1;
    }
}

/// Returns two million lines, compressed to a few KiB.
fn compressed_lines() -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all("a\n".repeat(2_000_000).as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// Maximum number of events in one step.
const MAX_EVENTS: usize = 200_000;

#[test]
fn step_of_highly_compressed_data_emits_few_events() {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let mut reader = DeliveryReader::new(tailwater_parser::ByteSize::mib(8), Default::default());
    let content = Content::Base64(STANDARD.encode(compressed_lines()).into());
    let delivery = delivery(content);
    let mut rest = reader.begin(&delivery).unwrap();
    let mut all = 0;
    loop {
        let mut step = Counted::default();
        let progress = reader.step(&mut rest, &mut step).unwrap();
        assert!(step.0 <= MAX_EVENTS, "{} events in one step", step.0);
        all += step.0;
        if progress == Progress::Complete {
            break;
        }
    }
    assert_eq!(all, 2_000_000);
}

#[test]
fn step_of_highly_compressed_pushed_data_emits_few_events() {
    let mut reader = DeliveryReader::new(tailwater_parser::ByteSize::mib(8), Default::default());
    let delivery = delivery(Content::Missing("body"));
    reader.expect(&delivery, "");
    let mut all = 0;
    let mut count = |step: &Counted| {
        assert!(step.0 <= MAX_EVENTS, "{} events in one step", step.0);
        all += step.0;
    };
    for bytes in compressed_lines().chunks(12 * 1024) {
        let mut step = Counted::default();
        reader.push(bytes, &mut step).unwrap();
        count(&step);
        while reader.has_unread() {
            step = Counted::default();
            reader.read_on(&mut step).unwrap();
            count(&step);
        }
    }
    let mut step = Counted::default();
    assert_eq!(reader.finish(&mut step), Ok(Progress::Complete));
    count(&step);
    assert_eq!(all, 2_000_000);
}
