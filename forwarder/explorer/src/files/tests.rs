use std::{io::Cursor, path::Path};

use tailwater_parser::{Decoder, Event, Origin, decode::MESSAGE_LIMIT};

use super::{
    read::{FormScan, Reading},
    *,
};

/// Writes down all that is found, one line each.
#[derive(Default)]
struct Seen(Vec<String>);

/// Stops at the first chunk.
#[derive(Default)]
struct Impatient {
    seen: Seen,
    read: Vec<ByteSize>,
}

impl Receive for Impatient {
    fn batch(&mut self, origin: &Origin) {
        self.seen.batch(origin);
    }

    fn event(&mut self, event: &Event<'_>) {
        self.seen.event(event);
    }
}

impl Intake for Impatient {
    fn begins(&mut self, _: Form, _: &[u8]) {}

    fn rejected(&mut self, rejected: &Rejected) {
        self.seen.rejected(rejected);
    }

    fn filtered(&mut self, records: u64) {
        self.seen.filtered(records);
    }

    fn proceed(&mut self, read: ByteSize) -> Proceed {
        self.read.push(read);
        Proceed::Stop
    }
}

impl Receive for Seen {
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

impl Intake for Seen {
    fn begins(&mut self, _: Form, _: &[u8]) {}

    fn rejected(&mut self, rejected: &Rejected) {
        self.0.push(format!("rejected {rejected}"));
    }

    fn filtered(&mut self, records: u64) {
        self.0.push(format!("filtered {records}"));
    }

    fn proceed(&mut self, _: ByteSize) -> Proceed {
        Proceed::On
    }
}

fn about<'a>(path: &'a str, fallback: &'a Fallback) -> About<'a> {
    About {
        path: Path::new(path),
        fallback,
        trust: Trust::Always,
        modified: Some(UnixMillis(7)),
        delivery_limit: ByteSize::mib(64),
    }
}

fn read_file(path: &str, bytes: &[u8]) -> Vec<String> {
    let (fallback, mut seen) = (Fallback::default(), Seen::default());
    Reader::default().read(&mut Cursor::new(bytes), &about(path, &fallback), &mut seen);
    seen.0
}

/// Reads `text` as a file of this name, whole and in two parts cut anywhere.
fn check(path: &str, text: &str, expected: &[&str]) {
    assert_eq!(read_file(path, text.as_bytes()), expected, "{text}");
    let form = detect(text.as_bytes(), More::No, Trust::Always).unwrap();
    let events = |lines: &[String]| {
        let mut lines = lines.to_vec();
        lines.retain(|line| !line.starts_with("rejected") && !line.starts_with("filtered"));
        lines
    };
    for cut in 0..=text.len() {
        let (fallback, mut seen) = (Fallback::default(), Seen::default());
        let about = about(path, &fallback);
        let mut decoder = Decoder::<FormScan>::default();
        decoder.scan_mut().form = form.scanner(about.surroundings());
        let mut reading = Reading { decoder: &mut decoder, name: path };
        let (front, back) = text.as_bytes().split_at(cut);
        let pushed = reading.push(front, &mut seen).and_then(|()| reading.push(back, &mut seen));
        let _ = pushed.and_then(|()| reading.finish(&mut seen));
        let expected: Vec<_> = expected.iter().map(|line| (*line).to_owned()).collect();
        assert_eq!(events(&seen.0), events(&expected), "cut at {cut}");
    }
}

#[test]
fn the_consoles_csv() {
    check(
        "pay.csv",
        "\u{feff}timestamp,message\r\n1772618400123,\"START \"\"x\"\"\n\tmore\n\"\r\n1772618400124,plain\r\n",
        &["from pay  ", "1772618400123 START \"x\"\n\tmore", "1772618400124 plain"],
    );
}

#[test]
fn insights_csv_is_put_in_order_of_time() {
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
fn a_csv_row_without_a_message_costs_only_itself() {
    check(
        "f.csv",
        "timestamp,message\n5\n6,x\nno number,y\n",
        &["from f  ", "6 x", "? y", "rejected f.csv, byte 18: a row without a message"],
    );
}

#[test]
fn a_quote_that_nothing_closes_costs_its_row() {
    let mut text = b"timestamp,message\n1,a\n2,\"open".to_vec();
    text.extend(std::iter::repeat_n(b'x', 20 << 20));
    text.extend(b"\n3,c\n");
    let seen = read_file("f.csv", &text);
    let reason = "rejected f.csv, byte 22: a row without an end: a quote that nothing closes";
    assert_eq!(seen, ["from f  ", "1 a", reason, "3 c"]);
}

#[test]
fn aws_logs_tail_in_detail() {
    check(
        "out.txt",
        "\u{1b}[32m1970-01-01T00:00:01+00:00\u{1b}[0m \u{1b}[36m2026/03/04/pay[1]ab\u{1b}[0m Error: x\r\n    at y\n\n\
         1970-01-01T00:00:02.500000+00:00 2026/03/04/pay[1]ab END\n",
        &["from pay  2026/03/04/pay[1]ab", "1000 Error: x\r\n    at y", "2500 END"],
    );
}

#[test]
fn aws_logs_tail_in_short_and_sam_logs() {
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
fn an_export_to_s3() {
    check(
        "logs/pay/1a2b/2026-03-04-[$LATEST]ab/000000.gz",
        "1970-01-01T00:00:01.000Z REPORT RequestId: x\t\nXRAY TraceId: y\n1970-01-01T00:00:02.000Z z\n",
        &["from pay  2026/03/04/[$LATEST]ab", "1000 REPORT RequestId: x\t\nXRAY TraceId: y", "2000 z"],
    );
}

#[test]
fn plain_output() {
    check(
        "pay.log.gz",
        "hello\n1970-01-01T00:00:01.000Z\tid\tERROR\tx\n    at y\nlast",
        &["from pay  ", "7 hello", "1000 1970-01-01T00:00:01.000Z\tid\tERROR\tx\n    at y", "1000 last"],
    );
}

const DOCUMENT: &str = r#"{"messageType":"DATA_MESSAGE","owner":"1","logGroup":"/aws/lambda/pay","logStream":"s","logEvents":[{"id":"e1","timestamp":5,"message":"START"}]}"#;

#[test]
fn subscription_documents_in_a_row() {
    let text = format!("{DOCUMENT}{}", DOCUMENT.replace("e1", "e2"));
    check(
        "x.json",
        &text,
        &["from pay /aws/lambda/pay s", "#e1 5 START", "from pay /aws/lambda/pay s", "#e2 5 START"],
    );
}

#[test]
fn a_broken_document_costs_only_its_line() {
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
fn pages_of_the_command_line() {
    check(
        "pay.json",
        r#"{"events":[{"timestamp":1,"message":"a","ingestionTime":2}],"nextForwardToken":"f"}{"events":[]}"#,
        &["from pay  ", "1 a"],
    );
}

#[test]
fn insights_json_is_put_in_order_of_time() {
    check(
        "pay.json",
        r#"[{"@timestamp":"1970-01-01 00:00:02.000","@message":"END"},
            {"@timestamp":"1970-01-01 00:00:01.000","@message":"START"}]"#,
        &["from pay  ", "1000 START", "2000 END"],
    );
}

#[test]
fn events_one_a_line() {
    check(
        "pay.ndjson",
        "{\"timestamp\":1,\"message\":\"a\"}\n{\"timestamp\":\n{\"timestamp\":3,\"message\":\"c\"}\n",
        &[
            "from pay  ",
            "1 a",
            "from pay  ",
            "3 c",
            "rejected pay.ndjson, byte 30: the line ends inside an object",
        ],
    );
}

#[test]
fn of_our_own_records_only_logs_are_read() {
    check(
        "x.ndjson",
        "{\"kind\":\"log\",\"time\":1,\"event_id\":\"e\",\"log_group\":\"/aws/lambda/pay\",\"log_stream\":\"s\",\"body\":\"a\"}\n\
         {\"kind\":\"invocation\",\"time\":1,\"request_id\":\"r\"}\n{\"kind\":\"metric\",\"time\":1}\n",
        &["from pay /aws/lambda/pay s", "#e 1 a", "filtered 2"],
    );
}

#[test]
fn a_summary_among_our_records_is_no_event_and_neither_is_anything_else() {
    check(
        "x.ndjson",
        "{\"kind\":\"log\",\"time\":1,\"event_id\":\"e\",\"body\":\"a\"}\n\
         {\"ledger\":{\"received\":1},\"totals\":{}}\n\n{\"kind\":\"span\",\"time\":1}\n",
        &["from x  ", "#e 1 a", "filtered 1", "rejected x.ndjson, byte 89: neither a record nor a summary"],
    );
}

/// A Kinesis event whose one record holds the line `hello`.
const EVENT: &str = r#"{"Records":[{"kinesis":{"sequenceNumber":"4","data":"aGVsbG8="}}]}"#;

#[test]
fn lambda_events_one_a_line_or_in_a_row() {
    let found = ["from x  ", "#4/0 ? hello", "from x  ", "#4/0 ? hello"];
    check("x.json", &format!("{EVENT}\n{EVENT}\n"), &found);
    check("x.json", &format!("{EVENT}{EVENT}"), &found);
    check("x.json", &EVENT.replace('[', "[\n "), &found[..2]);
}

#[test]
fn a_broken_lambda_event_costs_only_itself() {
    let found = |broken: &str, reason: &str| {
        let text = format!("{EVENT}\n{broken}\n{EVENT}\n");
        let rejected = format!("rejected x.json, byte 67: {reason}");
        check("x.json", &text, &["from x  ", "#4/0 ? hello", "from x  ", "#4/0 ? hello", &rejected]);
    };
    found(EVENT.split_at(40).0, "a broken event: not JSON");
    found(EVENT.trim_end_matches("]}"), "a broken event: not JSON");
    found("not JSON at all {", "a broken event: not JSON");
    found(r#"{"a":1}"#, "an event of no known source: 7 bytes, a: a number, true, false or null");
    found(&EVENT.replace("aGVsbG8=", "?"), "record 0: not base64 at byte 0");
}

#[test]
fn inputs_of_no_form_are_rejected_with_a_reason() {
    let check =
        |bytes: &[u8], reason: &str| assert_eq!(read_file("x", bytes), [format!("rejected x: {reason}")]);
    check(b"", "empty");
    // The header of a gzip member, and what one of nothing is.
    let head = b"\x1f\x8b\x08\0\0\0\0\0\0\xff";
    check(head, "truncated gzip data: it ends at byte 10 inside a member");
    check(&[head.as_slice(), b"\x03\0", &[0; 8]].concat(), "empty");
    check(&[head.as_slice(), b"broken"].concat(), "truncated gzip data: it ends at byte 16 inside a member");
    check(b"\x7fELF\0\0\0", "binary data");
    check(br#"{"name":"x"}"#, "JSON with the keys name: no form of log events");
}

#[test]
fn a_long_line_comes_in_parts_and_in_bounded_memory() {
    let text = format!("START RequestId: x\n{}\nEND RequestId: x\n", "y".repeat(10 << 20));
    let seen = read_file("f.log", text.as_bytes());
    assert_eq!(seen.len(), 1 + 1 + 10 + 1);
    assert!(seen[2..12].iter().all(|line| line.len() == "7 ".len() + MESSAGE_LIMIT));
    assert_eq!(seen[12], "7 END RequestId: x");
}

#[test]
fn an_input_of_two_bytes_is_one() {
    assert_eq!(read_file("f", b"hi"), ["from f  ", "7 hi"]);
}

#[test]
fn a_reader_forgets_one_input_before_the_next() {
    let (fallback, mut seen, mut reader) = (Fallback::default(), Seen::default(), Reader::default());
    for text in ["{\"logEvents\":[{\"message\":\"cut", "hello"] {
        reader.read(&mut Cursor::new(text), &about("f", &fallback), &mut seen);
    }
    assert_eq!(seen.0.last().unwrap(), "7 hello");
}

#[test]
fn what_was_read_before_damage_stays() {
    // The start of a gzip member that stores "hello\nwor" and is cut off.
    let stored = b"\x1f\x8b\x08\0\0\0\0\0\0\x03\x01\x09\0\xf6\xffhello\nwor";
    let seen = read_file("f.log.gz", stored);
    assert_eq!(seen[..2], ["from f  ", "7 hello"]);
    assert_eq!(seen[2..], ["rejected f.log.gz: truncated gzip data: it ends at byte 24 inside a member"]);
}

#[test]
fn reading_stops_when_asked_and_hands_on_what_it_held() {
    let (fallback, mut intake) = (Fallback::default(), Impatient::default());
    let text = "hello\n".repeat(100_000);
    let ended = Reader::default().read(&mut Cursor::new(text), &about("f", &fallback), &mut intake);
    assert_eq!((ended, intake.read), (Ended::Stopped, vec![ByteSize::kib(256)]));
    assert_eq!(intake.seen.0.len(), 1 + 256 * 1024 / 6);
}

#[test]
fn many_bad_records_are_counted_not_named() {
    let text = "{\"awslogs\":{}}\n".repeat(1000);
    let seen = read_file("x", text.as_bytes());
    assert_eq!(seen.len(), 64 + 1);
    assert_eq!(seen[64], "rejected x: 936 more records that cannot be read");
}
