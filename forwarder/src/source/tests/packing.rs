//! Deliveries with several records inside: aggregated Kinesis records, and data that is compressed twice.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use md5::{Digest, Md5};

use super::*;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Packs records as the Kinesis Producer Library does.
fn aggregated(records: &[&[u8]]) -> Vec<u8> {
    use tailwater_parser::varint;
    let field = |number: u8, content: &[u8]| {
        let mut out = vec![number << 3 | 2];
        varint::write_size(&mut out, content.len());
        [out, content.to_vec()].concat()
    };
    let record = |data: &&[u8]| field(3, &[vec![8, 0], field(3, data)].concat());
    let message = [field(1, b"key"), records.iter().flat_map(record).collect()].concat();
    [&[0xf3, 0x89, 0x9a, 0xc2], message.as_slice(), Md5::digest(&message).as_slice()].concat()
}

fn envelope(group: &str, message: &str) -> String {
    format!(
        r#"{{"messageType":"DATA_MESSAGE","owner":"9","logGroup":"{group}","logStream":"s","logEvents":[{{"id":"31","timestamp":7,"message":"{message}"}}]}}"#
    )
}

/// Reads bytes that are in the event, and that are pushed in small pieces. Both give the same.
fn check_bytes(bytes: &[u8], expected: &[&str]) {
    read(Content::Base64(STANDARD.encode(bytes).into()), expected);
    for size in [1, 3, 1000] {
        let mut origin = tailwater_parser::Origin::default();
        origin.set_function("fallback");
        let mut reader = DeliveryReader::new(tailwater_parser::ByteSize::mib(1), origin);
        let time = Some(tailwater_parser::UnixMillis(5));
        let delivery = Delivery { name: "m1".into(), time, ..delivery(Content::Missing("content")) };
        reader.expect(&delivery, "");
        let mut found = Found::default();
        if let Err(error) = push_all(&mut reader, bytes.chunks(size), &mut found) {
            found.0.push(error.to_string());
        }
        assert_eq!(found.0, expected, "{size} bytes at a time");
    }
}

fn push_all<'b>(
    reader: &mut DeliveryReader,
    mut pieces: impl Iterator<Item = &'b [u8]>,
    found: &mut Found,
) -> Result<(), DeliveryError> {
    loop {
        if reader.has_unread() {
            reader.read_on(found)?;
        } else if let Some(piece) = pieces.next() {
            reader.push(piece, found)?;
        } else if reader.finish(found)? == Progress::Complete {
            return Ok(());
        }
    }
}

#[test]
fn records_of_an_aggregated_record_are_events() {
    check_bytes(
        &aggregated(&[b"{\"level\":\"INFO\"}", b"", b"two\nlines\n"]),
        &[
            "from fallback",
            r#"Some("m1/0/0") Some(5) {"level":"INFO"}"#,
            "from fallback",
            r#"Some("m1/2/0") Some(5) two"#,
            r#"Some("m1/2/1") Some(5) lines"#,
        ],
    );
    check_bytes(&aggregated(&[]), &[]);
}

#[test]
fn record_of_an_aggregated_record_can_be_an_envelope() {
    let compressed = gzip(envelope("/aws/lambda/f", "one").as_bytes());
    check_bytes(
        &aggregated(&[
            &compressed,
            b"plain",
            envelope("/aws/lambda/g", "two").as_bytes(),
            &gzip(&compressed),
        ]),
        &[
            "from f",
            r#"Some("31") Some(7) one"#,
            "from fallback",
            r#"Some("m1/1/0") Some(5) plain"#,
            "from g",
            r#"Some("31") Some(7) two"#,
            "from f",
            r#"Some("31") Some(7) one"#,
        ],
    );
}

#[test]
fn damaged_aggregated_record_has_no_events() {
    let mut bytes = aggregated(&[b"one", b"two"]);
    let hash = bytes.len() - 16;
    *bytes.last_mut().unwrap() ^= 1;
    let error = format!("damaged aggregated Kinesis record at byte {hash}: its MD5 hash is wrong");
    check_bytes(&bytes, &[&error]);
    check_bytes(&bytes[..19], &["damaged aggregated Kinesis record at byte 19: it is truncated"]);
    check_bytes(&bytes[..4], &["damaged aggregated Kinesis record at byte 4: it is truncated"]);
    check_bytes(&bytes[..3], &["from fallback", "Some(\"m1/0\") Some(5) \u{FFFD}"]);
}

#[test]
fn damage_in_a_record_of_an_aggregated_record_costs_only_that_record() {
    let cut = &gzip(b"lost")[..12];
    check_bytes(
        &aggregated(&[b"one", cut, b"\0binary", b"two"]),
        &[
            "from fallback",
            r#"Some("m1/0/0") Some(5) one"#,
            "from fallback",
            r#"Some("m1/3/0") Some(5) two"#,
            "truncated gzip data: it ends at byte 12 inside a member",
        ],
    );
}

#[test]
fn records_of_an_aggregated_record_share_the_limit() {
    let large = gzip("x\n".repeat(300_000).as_bytes());
    let mut reader = DeliveryReader::new(tailwater_parser::ByteSize::mib(1), Default::default());
    let content = |records: &[&[u8]]| delivery(Content::Base64(STANDARD.encode(aggregated(records)).into()));
    assert_eq!(reader.read(&content(&[&large]), &mut Counted::default()), Ok(()));
    let error = reader.read(&content(&[&large, &large]), &mut Counted::default()).unwrap_err();
    assert_eq!(error.to_string(), "decompressed size exceeds the limit of 1 MiB");
}

#[test]
fn records_of_an_aggregated_record_are_read_in_steps() {
    let record = gzip("a\n".repeat(100_000).as_bytes());
    let records = [record.as_slice(); 20];
    let mut reader = DeliveryReader::new(tailwater_parser::ByteSize::mib(8), Default::default());
    let delivery = delivery(Content::Base64(STANDARD.encode(aggregated(&records)).into()));
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
fn data_compressed_twice_is_read() {
    let twice = [
        gzip(envelope("/aws/lambda/f", "one").as_bytes()),
        gzip(envelope("/aws/lambda/g", "two").as_bytes()),
    ];
    check_bytes(
        &gzip(&twice.concat()),
        &["from f", r#"Some("31") Some(7) one"#, "from g", r#"Some("31") Some(7) two"#],
    );
    check_bytes(&gzip(&gzip(b"line\n")), &["from fallback", r#"Some("m1/0") Some(5) line"#]);
}

#[test]
fn envelope_with_a_long_header_is_recognised() {
    let filter = "f".repeat(200_000);
    let document =
        envelope("/aws/lambda/f", "one").replacen('{', &format!("{{\"filters\":[\"{filter}\"],"), 1);
    check_bytes(document.as_bytes(), &["from f", r#"Some("31") Some(7) one"#]);
}
