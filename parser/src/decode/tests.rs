//! Tests of decoding: complete, truncated, damaged and unusual inputs.

use std::io::Write as _;

use flate2::{Compression as Level, write::GzEncoder};
use proptest::prelude::*;

use super::*;

/// Records the calls of [`Receive`] as text: one line for each batch origin, event and control message.
#[derive(Default)]
struct Received(Vec<String>);

impl Receive for Received {
    fn batch(&mut self, origin: &Origin) {
        let names =
            [&*origin.account, &*origin.region, origin.log_group(), origin.log_stream(), origin.function()];
        self.0.push(format!("from {}", names.join("|")));
    }

    fn event(&mut self, event: &Event<'_>) {
        let time = event.time.map_or("-".to_owned(), |time| time.0.to_string());
        let part = match event.part {
            Part::Whole => String::new(),
            Part::Piece(n) => format!(" piece {n}"),
            Part::Last(n) => format!(" last {n}"),
        };
        let repaired = if event.utf8 == Utf8::Repaired { " repaired" } else { "" };
        let (id, message) = (event.id.unwrap_or("-"), event.message);
        let shown =
            if message.len() > 99 { format!("{} bytes", message.len()) } else { format!("{message:?}") };
        self.0.push(format!("{id} {time} {shown}{part}{repaired}"));
    }

    fn control_message(&mut self) {
        self.0.push("control".to_owned());
    }
}

fn read_in(shape: Shape, keys: Keys, pieces: &[&[u8]]) -> String {
    let mut fallback = Origin::default();
    fallback.set_function("file");
    let mut decoder = Decoder::new(Envelope::new(shape, keys, fallback), ByteSize::mib(64));
    let mut received = Received::default();
    let pushed = pieces.iter().try_for_each(|piece| decoder.push(piece, &mut received));
    if let Err(error) = pushed.and_then(|()| decoder.finish(&mut received)) {
        received.0.push(format!("error: {error}"));
    }
    received.0.join("\n")
}

fn read(bytes: &[u8]) -> String {
    read_in(Shape::Documents, Keys::CloudWatch, &[bytes])
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Level::new(1));
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

const DOCUMENT: &str = r#"{"messageType":"DATA_MESSAGE","owner":"0123","logGroup":"/aws/lambda/f","logStream":"2023/11/04/[7]ab",
"subscriptionFilters":["all"],"logEvents":[{"id":"31","timestamp":1600110003794,"message":"START \"x\"\t\u00e9\n"},
{"id":"32","timestamp":-5,"message":"plain"}],"policyLevel":"ACCOUNT_LEVEL_POLICY"}"#;
const EXPECTED: &str = "from 0123||/aws/lambda/f|2023/11/04/[7]ab|f\n31 1600110003794 \"START \\\"x\\\"\\té\\n\"\n32 -5 \"plain\"";

#[test]
fn document_yields_its_events() {
    assert_eq!(read(DOCUMENT.as_bytes()), EXPECTED);
    assert_eq!(read(&gzip(DOCUMENT.as_bytes())), EXPECTED);
    assert_eq!(read(&zstd::encode_all(DOCUMENT.as_bytes(), 1).unwrap()), EXPECTED);
}

#[test]
fn escapes_in_names_are_undone() {
    let escaped = r#"{"messageType":"DATA_MESSAGE","owner":"\u0030123","logGroup":"\/aws\/lambda\/f","logStream":"2023\u002f11\/04\/\u005b7\u005dab",
        "logEvents":[{"id":"\u0033\u0031","timestamp":5,"message":"m"}]}"#;
    assert_eq!(read(escaped.as_bytes()), "from 0123||/aws/lambda/f|2023/11/04/[7]ab|f\n31 5 \"m\"");
    let quoted = r#"{"logGroup":"a\"b\\c","logStream":"\ud83d\ude00\ud800","logEvents":[{"timestamp":5,"message":"m"}]}"#;
    assert_eq!(read(quoted.as_bytes()), "from ||a\"b\\c|\u{1F600}\u{FFFD}|\n- 5 \"m\"");
    let page = br#"{"events":[{"logStreamName":"2023\/11\/04\/g[2]91c9e184da775654be43e9b521187ac2","logGroupName":"\/shared","timestamp":1,"message":"b","eventId":"4"}]}"#;
    assert_eq!(read(page), "from ||/shared|2023/11/04/g[2]91c9e184da775654be43e9b521187ac2|g\n4 1 \"b\"");
    let results = br#"{"results":[[{"field":"@message","value":"m"},{"field":"@log","value":"123:\/aws\/lambda\/f"}]]}"#;
    assert_eq!(read(results), "from 123||/aws/lambda/f||f\n- - \"m\"");
    let fields = br#"{"logGroup":"g","logEvents":[{"message":"m","extractedFields":{"@aws.account":"\u0031","@aws.region":"eu\u002dwest-1"}}]}"#;
    assert_eq!(read(fields), "from 1|eu-west-1|g||\n- - \"m\"");
    let record = br#"{"time":5,"event_id":"a\/b","account":"1","log_group":"\/g","log_stream":"s\"","function":"f\/g","body":"hi"}"#;
    assert_eq!(read_in(Shape::Events, Keys::Records, &[record]), "from 1||/g|s\"|f/g\na/b 5 \"hi\"");
}

#[test]
fn names_of_any_length_and_in_any_order_are_read() {
    for len in [1, 255, 256, 512, 70_000, 1_500_000] {
        let (group, stream, filter) = ("g".repeat(len), "s".repeat(len), "f".repeat(len));
        let header = format!(
            r#""{filter}":[{{"{filter}":null}}],"subscriptionFilters":["{filter}"],"logGroup":"{group}","logStream":"{stream}","owner":"1","messageType":"DATA_MESSAGE""#
        );
        let events = r#""logEvents":[{"id":"1","timestamp":5,"message":"m"}]"#;
        let expected = format!("from 1||{group}|{stream}|\n1 5 \"m\"");
        for document in [format!("{{{header},{events}}}"), format!("{{{events},{header}}}")] {
            assert!(read(document.as_bytes()) == expected, "{len} bytes");
            assert!(read(&gzip(document.as_bytes())) == expected, "{len} bytes, compressed");
        }
    }
}

#[test]
fn concatenated_documents_and_compressed_members_are_all_read() {
    let twice = [DOCUMENT, DOCUMENT].concat();
    assert_eq!(read(twice.as_bytes()), [EXPECTED, EXPECTED].join("\n"));
    let members = [gzip(DOCUMENT.as_bytes()), gzip(DOCUMENT.as_bytes())].concat();
    assert_eq!(read(&members), [EXPECTED, EXPECTED].join("\n"));
    let frames = zstd::encode_all(DOCUMENT.as_bytes(), 1).unwrap().repeat(2);
    assert_eq!(read(&frames), [EXPECTED, EXPECTED].join("\n"));
}

#[test]
fn origin_of_a_document_with_sorted_keys_precedes_its_events() {
    let sorted = r#"{"logEvents":[{"id":"1","message":"m","timestamp":2}],"logGroup":"g","logStream":"s","messageType":"DATA_MESSAGE","owner":"o"}"#;
    assert_eq!(read(sorted.as_bytes()), "from o||g|s|\n1 2 \"m\"");
}

#[test]
fn truncated_document_with_sorted_keys_yields_its_events() {
    let truncated = r#"{"logEvents":[{"id":"1","message":"m","timestamp":2}],"logGr"#;
    assert_eq!(
        read(truncated.as_bytes()),
        "from ||||file\n1 2 \"m\"\nerror: incomplete JSON document: the text ends at byte 60"
    );
}

#[test]
fn control_messages_and_empty_documents_yield_no_events() {
    let control = r#"{"messageType":"CONTROL_MESSAGE","owner":"CloudwatchLogs","logGroup":"","logStream":"","subscriptionFilters":[],"logEvents":[{"id":"","timestamp":1600110003794,"message":"CWL CONTROL MESSAGE: Checking health of destination Firehose."}]}"#;
    assert_eq!(read(control.as_bytes()), "control");
    assert_eq!(read(br#"{"messageType":"DATA_MESSAGE","logEvents":[]}"#), "");
}

#[test]
fn api_pages_name_the_stream_of_each_event() {
    let page = br#"{"events":[{"logStreamName":"2023/11/04/[1]a","timestamp":1,"message":"a","ingestionTime":2,"eventId":"3"},
        {"logStreamName":"2023/11/04/g[2]13e3aaaabbbbccccddddeeeeffff0000","timestamp":1,"message":"b","eventId":"4"}],"searchedLogStreams":[],"nextToken":"t"}"#;
    assert_eq!(
        read(page),
        "from |||2023/11/04/[1]a|file\n3 1 \"a\"\nfrom |||2023/11/04/g[2]13e3aaaabbbbccccddddeeeeffff0000|g\n4 1 \"b\""
    );
}

#[test]
fn query_results_are_read_as_lists_of_fields() {
    let results = br#"{"results":[[{"field":"@timestamp","value":"2026-03-04 10:00:00.123"},{"field":"@message","value":"m\n"},
        {"field":"@log","value":"123:/aws/lambda/f"},{"field":"@ptr","value":"p"}]],"status":"Complete"}"#;
    assert_eq!(read(results), "from 123||/aws/lambda/f||f\np 1772618400123 \"m\\n\"");
}

#[test]
fn insights_messages_can_be_objects() {
    let export = br#"[{"@timestamp":"2026-03-04 10:00:00.123","@message":{"level":"INFO"}},{"@timestamp":"2026-03-04 10:00:00.124","@message":"t"}]"#;
    let received = read_in(Shape::Events, Keys::CloudWatch, &[export]);
    assert_eq!(
        received,
        "from ||||file\n- 1772618400123 \"{\\\"level\\\":\\\"INFO\\\"}\"\n- 1772618400124 \"t\""
    );
}

#[test]
fn tailwater_records_are_read() {
    let records = br#"{"kind":"log","time":5,"event_id":"e","account":"1","region":"eu-west-1","log_group":"g","log_stream":"s","function":"f","body":"hi"}"#;
    assert_eq!(read_in(Shape::Events, Keys::Records, &[records]), "from 1|eu-west-1|g|s|f\ne 5 \"hi\"");
}

#[test]
fn null_members_are_ignored() {
    let records = br#"{"time":5,"event_id":null,"account":null,"region":null,"log_group":null,"log_stream":"s","function":null,"body":null}"#;
    assert_eq!(read_in(Shape::Events, Keys::Records, &[records]), "from |||s|file\n- 5 \"\"");
}

#[test]
fn extracted_system_fields_set_account_and_region() {
    let document = br#"{"messageType":"DATA_MESSAGE","owner":"9","logGroup":"g","logStream":"s","logEvents":[
        {"id":"1","timestamp":2,"message":"m","extractedFields":{"@aws.account":"1","@aws.region":"eu-west-1"}}]}"#;
    assert_eq!(read(document), "from 1|eu-west-1|g|s|\n1 2 \"m\"");
}

#[test]
fn extreme_timestamps_saturate() {
    let events = br#"{"id":"1","timestamp":9223372036854775807,"message":""}{"timestamp":-99999999999999999999,"message":"x"}{"timestamp":null}"#;
    let received = read_in(Shape::Events, Keys::CloudWatch, &[events]);
    assert_eq!(received, format!("from ||||file\n1 {} \"\"\n- {} \"x\"\n- - \"\"", i64::MAX, i64::MIN));
}

#[test]
fn damage_is_reported_with_its_offset_after_the_events_before_it() {
    let whole = gzip(DOCUMENT.as_bytes());
    let truncated = read(&whole[..whole.len() - 4]);
    assert_eq!(
        truncated,
        format!(
            "{EXPECTED}\nerror: truncated gzip data: it ends at byte {} inside a member",
            whole.len() - 4
        )
    );
    let mut flipped = whole.clone();
    let at = whole.len() - 6;
    flipped[at] ^= 1;
    assert!(
        read(&flipped).starts_with(&format!("{EXPECTED}\nerror: damaged gzip data at byte ")),
        "{}",
        read(&flipped)
    );
    let garbage = [whole.clone(), b"garbage".to_vec()].concat();
    let expected = format!("{EXPECTED}\nerror: unexpected bytes after gzip data at byte {}", whole.len());
    assert_eq!(read(&garbage), expected);
}

#[test]
fn number_split_between_pushes_is_read() {
    let text = DOCUMENT.replacen('{', "{\"version\":1234,", 1);
    let split = text.find("34,").unwrap();
    let pieces = [&text.as_bytes()[..split], &text.as_bytes()[split..]];
    assert_eq!(read_in(Shape::Documents, Keys::CloudWatch, &pieces), EXPECTED);
}

#[test]
fn zstd_blocks_before_a_damaged_one_are_read() {
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
    for _ in 0..2 {
        std::io::Write::write_all(&mut encoder, DOCUMENT.as_bytes()).unwrap();
        // Ends a block.
        std::io::Write::flush(&mut encoder).unwrap();
    }
    let at = encoder.get_ref().len();
    let mut frame = encoder.finish().unwrap();
    // Makes the next block one of the reserved type.
    frame[at] |= 0b110;
    assert!(
        read(&frame).starts_with(&format!("{EXPECTED}\n{EXPECTED}\nerror: damaged zstd data")),
        "{}",
        read(&frame)
    );
}

#[test]
fn text_that_is_not_a_document_is_rejected_with_its_offset() {
    assert_eq!(read(b"  hello"), "error: not a log envelope at byte 2 of the text: expected a JSON document");
    let second = format!("{DOCUMENT}{{\"logEvents\":[12]}}");
    assert!(read(second.as_bytes()).ends_with("expected a log event"), "{}", read(second.as_bytes()));
}

#[test]
fn gzip_bomb_is_rejected_at_the_limit() {
    let bomb = gzip(&[DOCUMENT.as_bytes(), &vec![b' '; 80 << 20]].concat());
    assert_eq!(read(&bomb), format!("{EXPECTED}\nerror: decompressed size exceeds the limit of 64 MiB"));
}

#[test]
fn too_deep_nesting_is_rejected() {
    let nested = format!("{{\"extra\":{}", "[".repeat(100_000));
    assert!(read(nested.as_bytes()).starts_with("error: not a log envelope at byte"));
}

#[test]
fn message_over_the_limit_comes_in_parts() {
    let message = "é\\u00e9\\\"x".repeat(1_200_000);
    let document = format!(
        r#"{{"messageType":"D","owner":"o","logGroup":"g","logStream":"s","logEvents":[{{"id":"1","timestamp":2,"message":"{message}","x":[1]}},{{"id":"2","timestamp":3,"message":"next"}}]}}"#
    );
    let mut decoder = Decoder::new(Envelope::default(), ByteSize(u64::MAX));
    let mut whole = Joined::default();
    for piece in document.as_bytes().chunks(70_001) {
        decoder.push(piece, &mut whole).unwrap();
    }
    decoder.finish(&mut whole).unwrap();
    assert_eq!(whole.text, format!("{}next", "éé\"x".repeat(1_200_000)));
    assert!(whole.longest <= MESSAGE_LIMIT + 12, "{}", whole.longest);
    assert_eq!((whole.events, whole.parts > 10), (2, true));
}

/// Joins the parts of messages.
#[derive(Default)]
struct Joined {
    text: String,
    longest: usize,
    parts: usize,
    events: usize,
}

impl Receive for Joined {
    fn batch(&mut self, _: &Origin) {}

    fn event(&mut self, event: &Event<'_>) {
        self.text.push_str(event.message);
        self.longest = self.longest.max(event.message.len());
        self.parts += 1;
        self.events += usize::from(event.part.is_first());
        assert_eq!(event.utf8, Utf8::Valid);
    }
}

#[test]
fn escapes_are_undone_in_messages_of_any_length() {
    for n in (8 * 1024 - 20..8 * 1024 + 20).chain([0, 60_000, 70_000]) {
        for (escape, len) in [(r"\n", 1), (r"\u00e9", 2), (r"\ud83d\ude00", 4)] {
            let message = format!(r#"{{"logEvents":[{{"message":"a{}"}}]}}"#, escape.repeat(n));
            let expected =
                if 1 + n * len > 99 { format!("{} bytes", 1 + n * len) } else { r#""a""#.to_owned() };
            assert_eq!(read(message.as_bytes()), format!("from ||||file\n- - {expected}"), "{n} {escape}");
        }
    }
}

#[test]
fn invalid_escapes_are_replaced() {
    let message = format!(r#"{{"logEvents":[{{"message":"{}!"}}]}}"#, r"\u".repeat(20));
    assert_eq!(
        read(message.as_bytes()),
        format!("from ||||file\n- - \"{}!\" repaired", "\u{FFFD}".repeat(20))
    );
}

fn read_previewed(bytes: &[u8], wanted: usize) -> (usize, String) {
    let mut decoder = Decoder::<Envelope>::default();
    let taken = decoder.preview(bytes, More::No, wanted);
    assert!(decoder.unread().len() >= wanted.min(DOCUMENT.len()));
    let mut received = Received::default();
    let pushed = decoder.push(&bytes[taken..], &mut received);
    if let Err(error) = pushed.and_then(|()| decoder.finish(&mut received)) {
        received.0.push(format!("error: {error}"));
    }
    (taken, received.0.join("\n"))
}

#[test]
fn previewed_input_yields_the_same_events() {
    for packed in
        [DOCUMENT.into(), gzip(DOCUMENT.as_bytes()), zstd::encode_all(DOCUMENT.as_bytes(), 1).unwrap()]
    {
        for wanted in [0, 1, 100, DOCUMENT.len()] {
            assert_eq!(read_previewed(&packed, wanted).1, EXPECTED);
        }
    }
}

#[test]
fn damage_found_by_a_preview_is_returned_once_after_the_events() {
    let whole = gzip(DOCUMENT.as_bytes());
    let mut decoder = Decoder::<Envelope>::default();
    let followed = [&*whole, b"no gzip"].concat();
    decoder.preview(&followed, More::No, 10_000);
    let mut received = Received::default();
    let result = decoder.push(&[], &mut received);
    assert!(matches!(result, Err(DecodeError::TrailingGarbage { .. })), "{result:?}");
    assert_eq!(received.0.join("\n"), EXPECTED);
}

#[test]
fn input_too_short_to_detect_compression_is_previewed() {
    let mut decoder = Decoder::<Envelope>::default();
    assert_eq!((decoder.preview(b"{}", More::No, 100), decoder.unread()), (2, &b"{}"[..]));
    let mut decoder = Decoder::<Envelope>::default();
    assert_eq!((decoder.preview(b"{}", More::Maybe, 100), decoder.unread()), (2, &b""[..]));
}

/// Largest window that these texts need, each pushed in pieces of 256 KiB.
fn longest_window(texts: &[String]) -> usize {
    let read = |text: &String| {
        let (mut envelope, mut window) =
            (Envelope::new(Shape::Documents, Keys::CloudWatch, Origin::default()), Window::default());
        let mut longest = 0;
        for piece in text.as_bytes().chunks(256 * 1024) {
            let space = window.spare();
            let fits = piece.len().min(space.len());
            space[..fits].copy_from_slice(&piece[..fits]);
            window.filled(fits);
            longest = longest.max(window.unread().len());
            if envelope.scan(&mut window, More::Maybe, &mut Received::default()).is_err() {
                break;
            }
        }
        longest
    };
    texts.iter().map(read).max().unwrap_or(0)
}

#[test]
fn blanks_between_items_take_no_memory() {
    let blank = " ".repeat(40 << 20);
    let events = DOCUMENT.split_once("{\"id\"").unwrap().0;
    let texts = [format!("{events}{blank}"), format!("{{{blank}"), blank.clone(), "[\n,".repeat(10 << 20)];
    assert!(longest_window(&texts) <= 1 << 20);
}

#[test]
fn endless_member_is_rejected() {
    let endless = "x".repeat(40 << 20);
    let events = DOCUMENT.split_once("{\"id\"").unwrap().0;
    let texts = [format!("{{\"a\":\"{endless}"), format!("{events}{{\"extra\":\"{endless}")];
    assert!(longest_window(&texts) <= 32 << 20);
}

#[test]
fn window_grows_with_its_input() {
    let mut window = Window::default();
    let space = window.spare().len();
    assert_eq!(space, 16 * 1024);
    window.filled(space - 1);
    window.consume(space);
    assert_eq!(window.spare().len(), space, "it was not full, so it does not grow");
    window.filled(space);
    window.consume(space);
    assert_eq!(window.spare().len(), 256 * 1024, "it was full, so it grows");
    window.filled(256 * 1024);
    assert_eq!(window.spare().len(), 256 * 1024, "unread text does not count as space");
    window.reset();
    assert_eq!(window.spare().len(), 256 * 1024, "memory above the usual size is freed");
}

#[test]
fn invalid_utf8_is_replaced_and_marked() {
    let document =
        [&b"{\"timestamp\":1,\"message\":\"a\xff\"}{\"timestamp\":2,\"message\":\"\\ud800\"}"[..]].concat();
    let received = read_in(Shape::Events, Keys::CloudWatch, &[&document]);
    assert_eq!(received, "from ||||file\n- 1 \"a\u{FFFD}\" repaired\n- 2 \"\u{FFFD}\" repaired");
}

#[test]
fn base64_is_decoded_in_chunks_and_errors_have_an_offset() {
    use ::base64::{Engine, engine::general_purpose::STANDARD};
    let bytes: Vec<u8> = (0..100_000_u32).map(|n| n.to_le_bytes()[0]).collect();
    let mut text = STANDARD.encode(&bytes).into_bytes();
    let mut decoded = Vec::new();
    let mut collect = |piece: &[u8]| {
        decoded.extend_from_slice(piece);
        Ok(())
    };
    push_base64(&text, &mut collect).unwrap();
    assert_eq!(decoded, bytes);
    text[50_000] = b'*';
    assert_eq!(push_base64(&text, |_| Ok(())), Err(DecodeError::Base64 { offset: 50_000 }));
}

proptest! {
    #[test]
    fn splitting_the_input_does_not_change_the_events(cuts in proptest::collection::vec(0..600_usize, 0..6), packed in 0..3_u8) {
        let text = [DOCUMENT, DOCUMENT].concat();
        let bytes = match packed {
            0 => text.into_bytes(),
            1 => [gzip(DOCUMENT.as_bytes()), gzip(DOCUMENT.as_bytes())].concat(),
            _ => zstd::encode_all(text.as_bytes(), 1).unwrap(),
        };
        let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.min(bytes.len())).chain([0, bytes.len()]).collect();
        cuts.sort_unstable();
        let pieces: Vec<_> = cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
        let received = read_in(Shape::Documents, Keys::CloudWatch, &pieces);
        prop_assert_eq!(received, [EXPECTED, EXPECTED].join("\n"));
    }

    #[test]
    fn arbitrary_bytes_do_not_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), gzipped in any::<bool>()) {
        let bytes = if gzipped { [&[0x1f, 0x8b, 8, 0][..], &bytes].concat() } else { bytes };
        let _ = read(&bytes);
    }

    #[test]
    fn flipped_byte_is_always_detected(at in 10..200_usize) {
        let mut bytes = gzip(DOCUMENT.as_bytes());
        let at = at.min(bytes.len() - 1);
        bytes[at] ^= 0x10;
        prop_assert!(read(&bytes).contains("error: "), "flip of byte {} not detected", at);
    }
}
