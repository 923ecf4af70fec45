//! Objects that AWS services write to S3: which of their text is a log event, with which time and origin.

use std::sync::Arc;

use tailwater_parser::{Arrival, ByteSize, Decoder};

use super::*;

/// Receiver that formats batches and events.
#[derive(Default)]
struct Found(Vec<String>);

impl Receive for Found {
    fn batch(&mut self, origin: &Origin) {
        let names = [&*origin.account, &*origin.region, origin.log_stream(), origin.function()];
        self.0.push(format!("from {}", names.join("|")));
    }

    fn event(&mut self, event: &Event<'_>) {
        let id = event.id.unwrap_or("-");
        let time = event.time.map_or(0, |time| time.0);
        let message = event.message;
        let shown = if message.len() > 400 { format!("{} bytes", message.len()) } else { message.to_owned() };
        let part = if event.part == Part::Whole { String::new() } else { format!(" {:?}", event.part) };
        self.0.push(format!("{id} {time} {shown}{part}"));
    }
}

/// Reads the text of an object that arrives `size` bytes at a time.
fn read(key: &str, text: &[u8], size: usize) -> Vec<String> {
    let mut origin = Origin::default();
    origin.region = "eu-west-1".to_owned();
    origin.arrival =
        (!key.is_empty()).then(|| Arc::new(Arrival { key: key.to_owned(), ..Arrival::default() }));
    let about =
        About { name: "o".to_owned(), time: Some(UnixMillis(5)), origin, envelope_region: String::new() };
    let mut decoder = Decoder::new(DeliveryScan::new(about), ByteSize::mib(64));
    let mut found = Found::default();
    let pushed = text.chunks(size).try_for_each(|piece| decoder.push(piece, &mut found));
    if let Err(error) = pushed.and_then(|()| decoder.finish(&mut found)) {
        found.0.push(error.to_string());
    }
    found.0
}

fn check(key: &str, text: &str, expected: &[&str]) {
    for size in [1, 7, 4096] {
        assert_eq!(read(key, text.as_bytes(), size), expected, "{size} bytes at a time");
    }
}

const TRAIL: &str =
    "AWSLogs/1/CloudTrail/eu-west-1/2026/04/12/1_CloudTrail_eu-west-1_20260412T0900Z_a1.json.gz";

fn record(id: &str, more: &str) -> String {
    format!(
        r#"{{"eventVersion":"1.11","userIdentity":{{"type":"Root"}},"eventTime":"1970-01-01T00:00:01Z","eventSource":"s3.amazonaws.com","eventID":"{id}"{more}}}"#
    )
}

#[test]
fn each_record_of_cloudtrail_is_an_event_with_its_time_region_and_account() {
    let (first, second) =
        (record("a", ""), record("b", r#","awsRegion":"us-east-1","recipientAccountId":"42""#));
    let third = record(
        "c",
        r#","requestParameters":{"text":"}]\"{"},"awsRegion":"us-east-1","recipientAccountId":"42""#,
    );
    let expected = [
        "from |eu-west-1||",
        &format!("a 1000 {first}"),
        "from 42|us-east-1||",
        &format!("b 1000 {second}"),
        &format!("c 1000 {third}"),
    ];
    check(TRAIL, &format!("{{\"Records\":[{first},{second},{third}]}}"), &expected);
    check(TRAIL, &format!(" {{ \"Records\" : [\n{first} ,\n {second},\n{third}\n] }}\n"), &expected);
    // By its content, under any key or in a message.
    check("copy", &format!("{{\"Records\":[{first},{second},{third}]}}"), &expected);
    check("", &format!("{{\"Records\":[{first},{second},{third}]}}"), &expected);
}

#[test]
fn record_of_cloudtrail_that_names_no_region_has_that_of_the_object() {
    let (first, second) =
        (record("a", r#","awsRegion":"us-east-1","recipientAccountId":"42""#), record("b", ""));
    check(
        TRAIL,
        &format!("{{\"Records\":[{first},{second}]}}"),
        &[
            "from 42|us-east-1||",
            &format!("a 1000 {first}"),
            "from |eu-west-1||",
            &format!("b 1000 {second}"),
        ],
    );
}

#[test]
fn documents_of_cloudtrail_can_follow_one_another() {
    let document = format!("{{\"Records\":[{}],\"more\":{{\"a\":[\"}}\"]}}}}", record("a", ""));
    let event = format!("a 1000 {}", record("a", ""));
    check(TRAIL, &document.repeat(2), &["from |eu-west-1||", &event, &event]);
    check(TRAIL, &format!("{{\"Records\":[]}}\n{document}"), &["from |eu-west-1||", &event]);
}

#[test]
fn record_of_cloudtrail_without_id_or_time_gets_those_of_the_object() {
    let text = r#"{"Records":[{"eventTime":"no time","eventSource":"x"},{"eventName":"y"}]}"#;
    check(
        TRAIL,
        text,
        &[
            "from |eu-west-1||",
            r#"o/0 5 {"eventTime":"no time","eventSource":"x"}"#,
            r#"o/1 5 {"eventName":"y"}"#,
        ],
    );
}

#[test]
fn insights_of_cloudtrail_are_events() {
    let insight = r#"{"eventVersion":"1.09","eventTime":"1970-01-01T00:00:02Z","eventID":"i","eventType":"AwsCloudTrailInsight","insightDetails":{"eventSource":"x"}}"#;
    let text = format!("{{\"Records\":[{insight}]}}");
    check(TRAIL, &text, &["from |eu-west-1||", &format!("i 2000 {insight}")]);
}

#[test]
fn object_of_cloudtrail_without_records_has_no_events() {
    check(TRAIL, r#"{"Records":[]}"#, &[]);
    check("", r#"{"Records":[]}"#, &["from |eu-west-1||", r#"o/0 5 {"Records":[]}"#]);
}

#[test]
fn truncated_object_of_cloudtrail_is_an_error_after_its_whole_records() {
    let (first, second) = (record("a", ""), record("b", ""));
    let whole = format!("{{\"Records\":[{first},{second}]}}");
    let event = format!("a 1000 {first}");
    let cut = whole.get(..whole.len() - 20).unwrap();
    let error = format!("incomplete JSON document: the text ends at byte {}", cut.len());
    check(TRAIL, cut, &["from |eu-west-1||", &event, &error]);
    let text = format!("{{\"Records\":[{first},5]}}");
    let offset = first.len() + 13;
    let error = format!("not a log envelope at byte {offset} of the text: expected a record of CloudTrail");
    check(TRAIL, &text, &["from |eu-west-1||", &event, &error]);
}

#[test]
fn long_record_of_cloudtrail_is_emitted_in_parts() {
    let text = format!("{{\"Records\":[{}]}}", record("a", &format!(r#","x":"{}""#, "é".repeat(1_000_000))));
    let found = read(TRAIL, text.as_bytes(), 64 * 1024);
    let parts: Vec<_> = found.iter().map(|line| line.split("bytes").nth(1).unwrap_or(line)).collect();
    assert_eq!(parts, ["from |eu-west-1||", " Piece(0)", " Last(1)"]);
    assert!(found[1].starts_with("a 1000 ") && found[2].starts_with("a 1000 "), "{found:?}");
}

#[test]
fn other_lists_of_records_are_lines() {
    let notification = r#"{"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","eventTime":"1970-01-01T00:00:01Z","s3":{}}]}"#;
    for text in [
        notification,
        r#"{"Records":[1]}"#,
        r#"{"Records":[{"a":1}]}"#,
        r#"{"Records":["#,
        r#"{"Records":5}"#,
    ] {
        check("some/key", text, &["from |eu-west-1||", &format!("o/0 5 {text}")]);
    }
}

#[test]
fn names_of_columns_are_no_event() {
    let default = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status";
    let row = "2 210987654321 eni-0a1b 10.0.0.0 10.0.0.9 443 34000 6 10 840 1775984400 1775984460 ACCEPT OK";
    let expected = ["from |eu-west-1||", &format!("o/0 5 {row}")];
    let flows =
        "AWSLogs/1/vpcflowlogs/eu-west-1/2026/04/12/1_vpcflowlogs_eu-west-1_fl-0a_20260412T0900Z_9f8e.log.gz";
    check(flows, &format!("{default}\n{row}\n"), &expected);
    check("copied.log", &format!("{default}\r\n{row}\n"), &expected);
    check("custom.log", &format!("action az-id srcaddr\n{row}\n"), &expected);
    check("transit.log", &format!("version resource-type account-id tgw-id\n{row}\n"), &expected);
    check("accelerator.log", &format!("version aws_account_id gip gip_port\n{row}\n"), &expected);
    // Columns that AWS added later are known only by the key.
    let hive = "aws-account-id=1/aws-service=vpcflowlogs/aws-region=eu-west-1/f.log.gz";
    check(hive, &format!("action brand-new-column\n{row}\n"), &expected);
    // Only the first line, and only in objects.
    check(
        flows,
        &format!("{row}\n{row}\n"),
        &["from |eu-west-1||", &format!("o/0 5 {row}"), &format!("o/1 5 {row}")],
    );
    check("", "action srcaddr\n", &["from |eu-west-1||", "o/0 5 action srcaddr"]);
    check("app.log", "start\nversion two\n", &["from |eu-west-1||", "o/0 5 start", "o/1 5 version two"]);
}

#[test]
fn directives_of_the_extended_log_format_are_no_events() {
    let text =
        "#Version: 1.0\n#Fields: date time x-edge-location\n2026-04-12\t09:00:00\tFRA2\n#Fields: later\n";
    let row = "o/0 5 2026-04-12\t09:00:00\tFRA2";
    check("E2.2026-04-12-09.abc.gz", text, &["from |eu-west-1||", row, "o/1 5 #Fields: later"]);
    check("", "#Version: 1.0\n", &["from |eu-west-1||", "o/0 5 #Version: 1.0"]);
    check(
        "notes.md",
        "# Version: 1\n#Chapter: 2\n",
        &["from |eu-west-1||", "o/0 5 # Version: 1", "o/1 5 #Chapter: 2"],
    );
}

const EXPORT: &str = "exportedlogs/c91de064-bdcc-5d4a-a68b-a5d605c011de/2026-04-12-[$LATEST]152e2f82ac5f583c94a9f32980ad9e2f/000000.gz";

#[test]
fn export_of_cloudwatch_has_the_times_of_its_lines() {
    check(
        EXPORT,
        "1970-01-01T00:00:01.000Z START RequestId: x\n1970-01-01T00:00:02.000Z Traceback:\n  File \"a.py\"\n\nError\n1970-01-01T00:00:03.000Z last",
        &[
            "from |eu-west-1|2026/04/12/[$LATEST]152e2f82ac5f583c94a9f32980ad9e2f|",
            "o/0 1000 START RequestId: x",
            "o/1 2000 Traceback:\n  File \"a.py\"\n\nError",
            "o/2 3000 last",
        ],
    );
}

#[test]
fn export_of_cloudwatch_may_begin_inside_an_event() {
    let text = "  rest of the event before\n1970-01-01T00:00:02.000Z next\n";
    check(
        "a/checkout/c91de064/2026-04-12-[7]152e2f82ac5f583c94a9f32980ad9e2f/000001.gz",
        text,
        &[
            "from |eu-west-1|2026/04/12/[7]152e2f82ac5f583c94a9f32980ad9e2f|checkout",
            "o/0 5   rest of the event before",
            "o/1 2000 next",
        ],
    );
}

#[test]
fn export_names_a_function_only_for_streams_of_functions() {
    let text = "1970-01-01T00:00:01.000Z x\n";
    check("a/web/c91de064/i-0abc/000000.gz", text, &["from |eu-west-1|i-0abc|", "o/0 1000 x"]);
    check(
        "a/shared/c91de064/2026-04-12-checkout[7]152e2f82ac5f583c94a9f32980ad9e2f/000000.gz",
        text,
        &["from |eu-west-1|2026/04/12/checkout[7]152e2f82ac5f583c94a9f32980ad9e2f|checkout", "o/0 1000 x"],
    );
}

#[test]
fn lines_with_times_in_other_objects_stay_as_they_are() {
    let text = "1970-01-01T00:00:01.000Z x\n";
    check("app/2026-04-12.log", text, &["from |eu-west-1||", "o/0 5 1970-01-01T00:00:01.000Z x"]);
    check(EXPORT, "no time\nin any line\n", &["from |eu-west-1||", "o/0 5 no time", "o/1 5 in any line"]);
    let binary = [
        "from |eu-west-1|2026/04/12/[$LATEST]152e2f82ac5f583c94a9f32980ad9e2f|",
        "o/0 1000 x",
        "not a log envelope at byte 27 of the text: binary data",
    ];
    check(EXPORT, &format!("{text}\0\n"), &binary);
}
