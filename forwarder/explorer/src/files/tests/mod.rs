//! Tests of every input format, with the input read as a whole and split in two.

use std::{io::Cursor, ops::ControlFlow, path::Path};

use tailwater_parser::{
    ByteSize, Decoder, Event, Origin, Receive,
    decode::{MESSAGE_LIMIT, More},
};

use super::{
    reader::{DecoderScan, InputDecoder},
    *,
};

mod copies;
mod growing;

/// Handler that records everything as text, one line each.
#[derive(Default)]
struct Recorder(Vec<String>);

/// Handler that stops after the first chunk.
#[derive(Default)]
struct StopAfterChunk {
    recorder: Recorder,
    read: Vec<ByteSize>,
}

impl Receive for StopAfterChunk {
    fn batch(&mut self, origin: &Origin) {
        self.recorder.batch(origin);
    }

    fn event(&mut self, event: &Event<'_>) {
        self.recorder.event(event);
    }
}

impl InputHandler for StopAfterChunk {
    fn on_start(&mut self, _: InputFormat, _: &[u8]) {}

    fn on_rejected(&mut self, rejected: &RejectedInput) {
        self.recorder.on_rejected(rejected);
    }

    fn on_filtered(&mut self, records: u64) {
        self.recorder.on_filtered(records);
    }

    fn on_progress(&mut self, read: ByteSize) -> ControlFlow<()> {
        self.read.push(read);
        ControlFlow::Break(())
    }
}

impl Receive for Recorder {
    fn batch(&mut self, origin: &Origin) {
        let (group, stream) = (origin.log_group(), origin.log_stream());
        self.0.push(format!("from {} {group} {stream}", origin.function()));
    }

    fn event(&mut self, event: &Event<'_>) {
        let id = event.id.map(|id| format!("#{id} ")).unwrap_or_default();
        let time = event.time.map_or_else(|| "?".to_owned(), |time| time.0.to_string());
        self.0.push(format!("{id}{time} {}", event.message));
    }

    fn control_message(&mut self) {
        self.0.push("control".to_owned());
    }
}

impl InputHandler for Recorder {
    fn on_start(&mut self, _: InputFormat, _: &[u8]) {}

    fn on_rejected(&mut self, rejected: &RejectedInput) {
        self.0.push(format!("rejected {rejected}"));
    }

    fn on_filtered(&mut self, records: u64) {
        self.0.push(format!("filtered {records}"));
    }

    fn on_progress(&mut self, _: ByteSize) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

fn context<'a>(path: &'a str, defaults: &'a OriginDefaults) -> InputContext<'a> {
    InputContext {
        path: Path::new(path),
        defaults,
        text_policy: TextPolicy::AcceptAny,
        delivery_limit: ByteSize::mib(64),
    }
}

fn read_file(path: &str, bytes: &[u8]) -> Vec<String> {
    let (defaults, mut seen) = (OriginDefaults::default(), Recorder::default());
    Reader::default().read(&mut Cursor::new(bytes), &context(path, &defaults), &mut seen);
    seen.0
}

/// Asserts what is found in `text` as a file of this name, read whole and in two parts cut anywhere.
fn check(path: &str, text: &str, expected: &[&str]) {
    assert_eq!(read_file(path, text.as_bytes()), expected, "{text}");
    let format = detect(text.as_bytes(), More::No, TextPolicy::AcceptAny).unwrap();
    let events = |lines: &[String]| {
        let mut lines = lines.to_vec();
        lines.retain(|line| !line.starts_with("rejected") && !line.starts_with("filtered"));
        lines
    };
    for cut in 0..=text.len() {
        let (defaults, mut seen) = (OriginDefaults::default(), Recorder::default());
        let context = context(path, &defaults);
        let mut decoder = Decoder::<DecoderScan>::default();
        decoder.scan_mut().scanner = scanners::create(format, context.scan_context());
        let mut decoding = InputDecoder { decoder: &mut decoder, name: path };
        let (front, back) = text.as_bytes().split_at(cut);
        let pushed = decoding.push(front, &mut seen).and_then(|()| decoding.push(back, &mut seen));
        let _ = pushed.and_then(|()| decoding.finish(&mut seen));
        let expected: Vec<_> = expected.iter().map(|line| (*line).to_owned()).collect();
        assert_eq!(events(&seen.0), events(&expected), "cut at {cut}");
    }
}

#[test]
fn console_csv_is_read() {
    check(
        "pay.csv",
        "\u{feff}timestamp,message\r\n1772618400123,\"START \"\"x\"\"\n\tmore\n\"\r\n1772618400124,plain\r\n",
        &["from pay  ", "1772618400123 START \"x\"\n\tmore", "1772618400124 plain"],
    );
}

#[test]
fn insights_csv_is_sorted_by_time() {
    check(
        "r.csv",
        "@ptr,@message,@timestamp,@log,@logStream\n\
         p3,REPORT,1970-01-01 00:00:02.000,1:/aws/lambda/pay,s1\n\
         p2,END,1970-01-01 00:00:02.000,1:/aws/lambda/pay,s1\n\
         p9,other,1970-01-01 00:00:01.500,1:/aws/lambda/pay,s2\n\
         p1,START,1970-01-01 00:00:01.000,1:/aws/lambda/pay,s1\n",
        &[
            "from pay /aws/lambda/pay s1",
            "#p1 1000 START",
            "#p2 2000 END",
            "#p3 2000 REPORT",
            "from pay /aws/lambda/pay s2",
            "#p9 1500 other",
        ],
    );
}

#[test]
fn csv_row_without_message_is_rejected_alone() {
    check(
        "f.csv",
        "timestamp,message\n5\n6,x\nno number,y\n",
        &["from f  ", "6 x", "? y", "rejected f.csv, byte 18: CSV row without a message"],
    );
}

#[test]
fn csv_row_with_unterminated_quote_is_rejected_alone() {
    let mut text = b"timestamp,message\n1,a\n2,\"open".to_vec();
    text.extend(std::iter::repeat_n(b'x', 20 << 20));
    text.extend(b"\n3,c\n");
    let seen = read_file("f.csv", &text);
    let reason = "rejected f.csv, byte 22: CSV row with an unterminated quote";
    assert_eq!(seen, ["from f  ", "1 a", reason, "3 c"]);
}

#[test]
fn aws_logs_tail_detailed_is_read() {
    check(
        "out.txt",
        "\u{1b}[32m1970-01-01T00:00:01+00:00\u{1b}[0m \u{1b}[36m2026/03/04/pay[1]4426346c2cdf4c54a74d3bd2b929fc44\u{1b}[0m Error: x\r\n    at y\n\n\
         1970-01-01T00:00:02.500000+00:00 2026/03/04/pay[1]4426346c2cdf4c54a74d3bd2b929fc44 END\n",
        &[
            "from pay  2026/03/04/pay[1]4426346c2cdf4c54a74d3bd2b929fc44",
            "1000 Error: x\r\n    at y",
            "2500 END",
        ],
    );
}

#[test]
fn aws_logs_tail_short_and_sam_logs_are_read() {
    check(
        "out.txt",
        "1970-01-01T00:00:01 a\nb\n1970-01-01T00:00:02 c",
        &["from out  ", "1000 a\nb", "2000 c"],
    );
    check(
        "out.txt",
        "2026/03/04/[$LATEST]a 1970-01-01T00:00:01.5 x\n2026/03/04/[$LATEST]b 1970-01-01T00:00:02 y\n",
        &["from out  2026/03/04/[$LATEST]a", "1500 x", "from out  2026/03/04/[$LATEST]b", "2000 y"],
    );
}

#[test]
fn export_to_s3_is_read() {
    check(
        "logs/pay/1a2b/2026-03-04-[$LATEST]ab/000000.gz",
        "1970-01-01T00:00:01.000Z REPORT RequestId: x\t\nXRAY TraceId: y\n1970-01-01T00:00:02.000Z z\n",
        &["from pay  2026/03/04/[$LATEST]ab", "1000 REPORT RequestId: x\t\nXRAY TraceId: y", "2000 z"],
    );
}

#[test]
fn plain_output_is_read() {
    check(
        "pay.log.gz",
        "hello\n1970-01-01T00:00:01.000Z\tid\tERROR\tx\n    at y\nlast",
        &["from pay  ", "1000 hello", "1000 1970-01-01T00:00:01.000Z\tid\tERROR\tx\n    at y", "? last"],
    );
}

const DOCUMENT: &str = r#"{"messageType":"DATA_MESSAGE","owner":"1","logGroup":"/aws/lambda/pay","logStream":"s","logEvents":[{"id":"e1","timestamp":5,"message":"START"}]}"#;

#[test]
fn concatenated_subscription_documents_are_read() {
    let text = format!("{DOCUMENT}{}", DOCUMENT.replace("e1", "e2"));
    check(
        "x.json",
        &text,
        &["from pay /aws/lambda/pay s", "#e1 5 START", "from pay /aws/lambda/pay s", "#e2 5 START"],
    );
}

#[test]
fn broken_document_is_rejected_with_its_line_alone() {
    let text = format!("{DOCUMENT}\n{{\"logGroup\":\"x\",!\n{}\n", DOCUMENT.replace("e1", "e2"));
    let seen = read_file("x.json", text.as_bytes());
    let events: Vec<_> = seen.iter().filter(|line| line.starts_with('#')).collect();
    assert_eq!(events, ["#e1 5 START", "#e2 5 START"]);
    assert_eq!(
        seen.iter().filter(|line| line.starts_with("rejected x.json, byte 146:")).count(),
        1,
        "{seen:?}"
    );
}

#[test]
fn pages_of_get_log_events_are_read() {
    check(
        "pay.json",
        r#"{"events":[{"timestamp":1,"message":"a","ingestionTime":2}],"nextForwardToken":"f"}{"events":[]}"#,
        &["from pay  ", "1 a"],
    );
}

#[test]
fn insights_json_is_sorted_by_time() {
    check(
        "pay.json",
        r#"[{"@timestamp":"1970-01-01 00:00:02.000","@message":"END"},
            {"@timestamp":"1970-01-01 00:00:01.000","@message":"START"}]"#,
        &["from pay  ", "1000 START", "2000 END"],
    );
}

#[test]
fn events_on_lines_are_read() {
    check(
        "pay.ndjson",
        "{\"timestamp\":1,\"message\":\"a\"}\n{\"timestamp\":\n{\"timestamp\":3,\"message\":\"c\"}\n",
        &[
            "from pay  ",
            "1 a",
            "from pay  ",
            "3 c",
            "rejected pay.ndjson, byte 30: incomplete JSON object at the end of the line",
        ],
    );
}

#[test]
fn derived_records_are_filtered() {
    check(
        "x.ndjson",
        "{\"kind\":\"log\",\"time\":1,\"event_id\":\"e\",\"log_group\":\"/aws/lambda/pay\",\"log_stream\":\"s\",\"body\":\"a\"}\n\
         {\"kind\":\"invocation\",\"time\":1,\"request_id\":\"r\"}\n{\"kind\":\"metric\",\"time\":1}\n",
        &["from pay /aws/lambda/pay s", "#e 1 a", "filtered 2"],
    );
}

#[test]
fn summary_is_filtered_and_unknown_record_is_rejected() {
    check(
        "x.ndjson",
        "{\"kind\":\"log\",\"time\":1,\"event_id\":\"e\",\"body\":\"a\"}\n\
         {\"ledger\":{\"received\":1},\"totals\":{}}\n\n{\"kind\":\"span\",\"time\":1}\n",
        &[
            "from x  ",
            "#e 1 a",
            "filtered 1",
            "rejected x.ndjson, byte 89: neither a Tailwater record nor a summary",
        ],
    );
}

/// A Kinesis event whose one record holds the line `hello`.
const EVENT: &str = r#"{"Records":[{"kinesis":{"sequenceNumber":"4","data":"aGVsbG8="}}]}"#;

#[test]
fn lambda_events_on_lines_or_concatenated_are_read() {
    let found = ["from x  ", "#4/0 ? hello", "from x  ", "#4/0 ? hello"];
    check("x.json", &format!("{EVENT}\n{EVENT}\n"), &found);
    check("x.json", &format!("{EVENT}{EVENT}"), &found);
    check("x.json", &EVENT.replace('[', "[\n "), &found[..2]);
}

#[test]
fn broken_lambda_event_is_rejected_alone() {
    let found = |broken: &str, reason: &str| {
        let text = format!("{EVENT}\n{broken}\n{EVENT}\n");
        let rejected = format!("rejected x.json, byte 67: {reason}");
        check("x.json", &text, &["from x  ", "#4/0 ? hello", "from x  ", "#4/0 ? hello", &rejected]);
    };
    found(EVENT.split_at(40).0, "invalid Lambda event: not JSON");
    found(EVENT.trim_end_matches("]}"), "invalid Lambda event: not JSON");
    found("not JSON at all {", "invalid Lambda event: not JSON");
    found(r#"{"a":1}"#, "unknown event: 7 bytes, a: a number, true, false or null");
    found(&EVENT.replace("aGVsbG8=", "?"), "record 0: not base64 at byte 0");
}

#[test]
fn unknown_inputs_are_rejected_with_a_reason() {
    let check =
        |bytes: &[u8], reason: &str| assert_eq!(read_file("x", bytes), [format!("rejected x: {reason}")]);
    check(b"", "empty");
    // The header of a gzip member; with the next bytes, a member without content.
    let head = b"\x1f\x8b\x08\0\0\0\0\0\0\xff";
    check(head, "truncated gzip data: it ends at byte 10 inside a member");
    check(&[head.as_slice(), b"\x03\0", &[0; 8]].concat(), "empty");
    check(&[head.as_slice(), b"broken"].concat(), "truncated gzip data: it ends at byte 16 inside a member");
    check(b"\x7fELF\0\0\0", "binary data");
    check(
        br#"{"name":"x"}"#,
        "JSON without log events (keys: name): expected events with message and timestamp, or @message and @timestamp, \
         or lines of a function, one object a line",
    );
}

#[test]
fn long_line_is_split_into_parts() {
    let text = format!("START RequestId: x\n{}\nEND RequestId: x\n", "y".repeat(10 << 20));
    let seen = read_file("f.log", text.as_bytes());
    assert_eq!(seen.len(), 1 + 1 + 10 + 1);
    assert!(seen[2..12].iter().all(|line| line.len() == "? ".len() + MESSAGE_LIMIT));
    assert_eq!(seen[12], "? END RequestId: x");
}

#[test]
fn input_of_two_bytes_is_read() {
    assert_eq!(read_file("f", b"hi"), ["from f  ", "? hi"]);
}

#[test]
fn reader_keeps_no_state_between_inputs() {
    let (defaults, mut seen, mut reader) =
        (OriginDefaults::default(), Recorder::default(), Reader::default());
    for text in ["{\"logEvents\":[{\"message\":\"cut", "hello"] {
        reader.read(&mut Cursor::new(text), &context("f", &defaults), &mut seen);
    }
    assert_eq!(seen.0.last().unwrap(), "? hello");
}

#[test]
fn events_before_damage_are_kept() {
    // The start of a gzip member that stores "hello\nwor" and is cut off.
    let stored = b"\x1f\x8b\x08\0\0\0\0\0\0\x03\x01\x09\0\xf6\xffhello\nwor";
    let seen = read_file("f.log.gz", stored);
    assert_eq!(seen[..2], ["from f  ", "? hello"]);
    assert_eq!(seen[2..], ["rejected f.log.gz: truncated gzip data: it ends at byte 24 inside a member"]);
}

#[test]
fn stopping_flushes_buffered_events() {
    let (defaults, mut handler) = (OriginDefaults::default(), StopAfterChunk::default());
    let text = "hello\n".repeat(100_000);
    let status = Reader::default().read(&mut Cursor::new(text), &context("f", &defaults), &mut handler);
    assert_eq!((status, handler.read), (ReadStatus::Stopped, vec![ByteSize::kib(256)]));
    assert_eq!(handler.recorder.0.len(), 1 + 256 * 1024 / 6);
}

#[test]
fn bad_records_beyond_the_limit_are_counted_only() {
    let text = "{\"awslogs\":{}}\n".repeat(1000);
    let seen = read_file("x", text.as_bytes());
    assert_eq!(seen.len(), 64 + 1);
    assert_eq!(seen[64], "rejected x: 936 more records cannot be read");
}
