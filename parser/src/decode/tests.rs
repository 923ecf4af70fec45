//! Deliveries whole, cut, damaged and odd.

use std::io::Write as _;

use flate2::{Compression as Level, write::GzEncoder};
use proptest::prelude::*;

use super::*;

/// What was received, one line a thing.
#[derive(Default)]
struct Seen(Vec<String>);

impl Receive for Seen {
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
        let repaired = if event.text == Text::Repaired { " repaired" } else { "" };
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
    let mut seen = Seen::default();
    let pushed = pieces.iter().try_for_each(|piece| decoder.push(piece, &mut seen));
    if let Err(error) = pushed.and_then(|()| decoder.finish(&mut seen)) {
        seen.0.push(format!("error: {error}"));
    }
    seen.0.join("\n")
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
const READ: &str = "from 0123||/aws/lambda/f|2023/11/04/[7]ab|f\n31 1600110003794 \"START \\\"x\\\"\\té\\n\"\n32 -5 \"plain\"";

#[test]
fn a_document_gives_its_events() {
    assert_eq!(read(DOCUMENT.as_bytes()), READ);
    assert_eq!(read(&gzip(DOCUMENT.as_bytes())), READ);
    assert_eq!(read(&zstd::encode_all(DOCUMENT.as_bytes(), 1).unwrap()), READ);
}

#[test]
fn documents_back_to_back_and_in_several_members_are_all_read() {
    let twice = [DOCUMENT, DOCUMENT].concat();
    assert_eq!(read(twice.as_bytes()), [READ, READ].join("\n"));
    let members = [gzip(DOCUMENT.as_bytes()), gzip(DOCUMENT.as_bytes())].concat();
    assert_eq!(read(&members), [READ, READ].join("\n"));
    let frames = zstd::encode_all(DOCUMENT.as_bytes(), 1).unwrap().repeat(2);
    assert_eq!(read(&frames), [READ, READ].join("\n"));
}

#[test]
fn a_document_with_sorted_keys_still_names_its_origin_first() {
    let sorted = r#"{"logEvents":[{"id":"1","message":"m","timestamp":2}],"logGroup":"g","logStream":"s","messageType":"DATA_MESSAGE","owner":"o"}"#;
    assert_eq!(read(sorted.as_bytes()), "from o||g|s|g\n1 2 \"m\"");
}

#[test]
fn a_cut_document_with_sorted_keys_keeps_its_events() {
    let cut = r#"{"logEvents":[{"id":"1","message":"m","timestamp":2}],"logGr"#;
    assert_eq!(
        read(cut.as_bytes()),
        "from ||||file\n1 2 \"m\"\nerror: the text ends at byte 60 inside a document"
    );
}

#[test]
fn control_messages_and_empty_documents_carry_no_events() {
    let control = r#"{"messageType":"CONTROL_MESSAGE","owner":"CloudwatchLogs","logGroup":"","logStream":"","subscriptionFilters":[],"logEvents":[{"id":"","timestamp":1600110003794,"message":"CWL CONTROL MESSAGE: Checking health of destination Firehose."}]}"#;
    assert_eq!(read(control.as_bytes()), "control");
    assert_eq!(read(br#"{"messageType":"DATA_MESSAGE","logEvents":[]}"#), "");
}

#[test]
fn pages_of_the_api_name_a_stream_an_event() {
    let page = br#"{"events":[{"logStreamName":"2023/11/04/[1]a","timestamp":1,"message":"a","ingestionTime":2,"eventId":"3"},
        {"logStreamName":"2023/11/04/g[2]b","timestamp":1,"message":"b","eventId":"4"}],"searchedLogStreams":[],"nextToken":"t"}"#;
    assert_eq!(read(page), "from |||2023/11/04/[1]a|file\n3 1 \"a\"\nfrom |||2023/11/04/g[2]b|g\n4 1 \"b\"");
}

#[test]
fn query_results_are_lists_of_fields() {
    let results = br#"{"results":[[{"field":"@timestamp","value":"2026-03-04 10:00:00.123"},{"field":"@message","value":"m\n"},
        {"field":"@log","value":"123:/aws/lambda/f"},{"field":"@ptr","value":"p"}]],"status":"Complete"}"#;
    assert_eq!(read(results), "from 123||/aws/lambda/f||f\np 1772618400123 \"m\\n\"");
}

#[test]
fn insights_messages_may_be_objects() {
    let export = br#"[{"@timestamp":"2026-03-04 10:00:00.123","@message":{"level":"INFO"}},{"@timestamp":"2026-03-04 10:00:00.124","@message":"t"}]"#;
    let seen = read_in(Shape::Events, Keys::CloudWatch, &[export]);
    assert_eq!(
        seen,
        "from ||||file\n- 1772618400123 \"{\\\"level\\\":\\\"INFO\\\"}\"\n- 1772618400124 \"t\""
    );
}

#[test]
fn our_own_records_come_back() {
    let records = br#"{"kind":"log","time":5,"event_id":"e","account":"1","region":"eu-west-1","log_group":"g","log_stream":"s","function":"f","body":"hi"}"#;
    assert_eq!(read_in(Shape::Events, Keys::Records, &[records]), "from 1|eu-west-1|g|s|f\ne 5 \"hi\"");
}

#[test]
fn null_says_nothing() {
    let records = br#"{"time":5,"event_id":null,"account":null,"region":null,"log_group":null,"log_stream":"s","function":null,"body":null}"#;
    assert_eq!(read_in(Shape::Events, Keys::Records, &[records]), "from |||s|file\n- 5 \"\"");
}

#[test]
fn system_fields_name_account_and_region() {
    let document = br#"{"messageType":"DATA_MESSAGE","owner":"9","logGroup":"g","logStream":"s","logEvents":[
        {"id":"1","timestamp":2,"message":"m","extractedFields":{"@aws.account":"1","@aws.region":"eu-west-1"}}]}"#;
    assert_eq!(read(document), "from 1|eu-west-1|g|s|g\n1 2 \"m\"");
}

#[test]
fn times_at_the_extremes_are_kept() {
    let events = br#"{"id":"1","timestamp":9223372036854775807,"message":""}{"timestamp":-99999999999999999999,"message":"x"}{"timestamp":null}"#;
    let seen = read_in(Shape::Events, Keys::CloudWatch, &[events]);
    assert_eq!(seen, format!("from ||||file\n1 {} \"\"\n- {} \"x\"\n- - \"\"", i64::MAX, i64::MIN));
}

#[test]
fn damage_is_an_error_with_its_offset_after_what_was_read() {
    let whole = gzip(DOCUMENT.as_bytes());
    let cut = read(&whole[..whole.len() - 4]);
    assert_eq!(
        cut,
        format!("{READ}\nerror: truncated gzip data: it ends at byte {} inside a member", whole.len() - 4)
    );
    let mut flipped = whole.clone();
    let at = whole.len() - 6;
    flipped[at] ^= 1;
    assert!(
        read(&flipped).starts_with(&format!("{READ}\nerror: damaged gzip data at byte ")),
        "{}",
        read(&flipped)
    );
    let garbage = [whole.clone(), b"garbage".to_vec()].concat();
    let expected = format!("{READ}\nerror: gzip data followed by something else at byte {}", whole.len());
    assert_eq!(read(&garbage), expected);
}

#[test]
fn a_number_of_an_unknown_member_may_be_cut_where_it_arrives() {
    let text = DOCUMENT.replacen('{', "{\"version\":1234,", 1);
    let cut = text.find("34,").unwrap();
    let pieces = [&text.as_bytes()[..cut], &text.as_bytes()[cut..]];
    assert_eq!(read_in(Shape::Documents, Keys::CloudWatch, &pieces), READ);
}

#[test]
fn blocks_of_zstd_before_a_damaged_one_are_read() {
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
    for _ in 0..2 {
        std::io::Write::write_all(&mut encoder, DOCUMENT.as_bytes()).unwrap();
        // Ends a block.
        std::io::Write::flush(&mut encoder).unwrap();
    }
    let at = encoder.get_ref().len();
    let mut frame = encoder.finish().unwrap();
    // What follows is a block of a kind that there is not.
    frame[at] |= 0b110;
    assert!(
        read(&frame).starts_with(&format!("{READ}\n{READ}\nerror: damaged zstd data")),
        "{}",
        read(&frame)
    );
}

#[test]
fn what_is_no_document_is_refused_with_its_offset() {
    assert_eq!(read(b"  hello"), "error: not a log envelope at byte 2 of the text: expected a JSON document");
    let half = format!("{DOCUMENT}{{\"logEvents\":[12]}}");
    assert!(read(half.as_bytes()).ends_with("expected a log event"), "{}", read(half.as_bytes()));
}

#[test]
fn a_bomb_stops_at_the_limit() {
    let bomb = gzip(&[DOCUMENT.as_bytes(), &vec![b' '; 80 << 20]].concat());
    assert_eq!(read(&bomb), format!("{READ}\nerror: inflates to more than 64 MiB"));
}

#[test]
fn nesting_without_end_is_refused() {
    let nested = format!("{{\"extra\":{}", "[".repeat(100_000));
    assert!(read(nested.as_bytes()).starts_with("error: not a log envelope at byte"));
}

#[test]
fn a_message_over_the_limit_comes_in_parts() {
    let message = "é\\u00e9\\\"x".repeat(1_200_000);
    let document = format!(
        r#"{{"messageType":"D","owner":"o","logGroup":"g","logStream":"s","logEvents":[{{"id":"1","timestamp":2,"message":"{message}","x":[1]}},{{"id":"2","timestamp":3,"message":"next"}}]}}"#
    );
    let mut decoder = Decoder::new(Envelope::default(), ByteSize(u64::MAX));
    let mut whole = Whole::default();
    for piece in document.as_bytes().chunks(70_001) {
        decoder.push(piece, &mut whole).unwrap();
    }
    decoder.finish(&mut whole).unwrap();
    assert_eq!(whole.text, format!("{}next", "éé\"x".repeat(1_200_000)));
    assert!(whole.longest <= MESSAGE_LIMIT + 12, "{}", whole.longest);
    assert_eq!((whole.events, whole.parts > 10), (2, true));
}

/// Joins parts again.
#[derive(Default)]
struct Whole {
    text: String,
    longest: usize,
    parts: usize,
    events: usize,
}

impl Receive for Whole {
    fn batch(&mut self, _: &Origin) {}

    fn event(&mut self, event: &Event<'_>) {
        self.text.push_str(event.message);
        self.longest = self.longest.max(event.message.len());
        self.parts += 1;
        self.events += usize::from(event.part.is_first());
        assert_eq!(event.text, Text::Utf8);
    }
}

#[test]
fn escapes_anywhere_in_a_message_of_any_length_are_undone() {
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
fn broken_escapes_do_not_cost_the_message() {
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
    let mut seen = Seen::default();
    let pushed = decoder.push(&bytes[taken..], &mut seen);
    if let Err(error) = pushed.and_then(|()| decoder.finish(&mut seen)) {
        seen.0.push(format!("error: {error}"));
    }
    (taken, seen.0.join("\n"))
}

#[test]
fn a_previewed_input_reads_the_same() {
    for packed in
        [DOCUMENT.into(), gzip(DOCUMENT.as_bytes()), zstd::encode_all(DOCUMENT.as_bytes(), 1).unwrap()]
    {
        for wanted in [0, 1, 100, DOCUMENT.len()] {
            assert_eq!(read_previewed(&packed, wanted).1, READ);
        }
    }
}

#[test]
fn damage_that_a_preview_meets_is_told_once_behind_what_was_read() {
    let whole = gzip(DOCUMENT.as_bytes());
    let mut decoder = Decoder::<Envelope>::default();
    let followed = [&*whole, b"no gzip"].concat();
    decoder.preview(&followed, More::No, 10_000);
    let mut seen = Seen::default();
    let told = decoder.push(&[], &mut seen);
    assert!(matches!(told, Err(DecodeError::TrailingGarbage { .. })), "{told:?}");
    assert_eq!(seen.0.join("\n"), READ);
}

#[test]
fn an_input_too_short_to_tell_its_compression_is_previewed() {
    let mut decoder = Decoder::<Envelope>::default();
    assert_eq!((decoder.preview(b"{}", More::No, 100), decoder.unread()), (2, &b"{}"[..]));
    let mut decoder = Decoder::<Envelope>::default();
    assert_eq!((decoder.preview(b"{}", More::Maybe, 100), decoder.unread()), (2, &b""[..]));
}

/// The longest that a window has to be for these texts, each read in pieces of 256 KiB.
fn longest_window(texts: &[String]) -> usize {
    let read = |text: &String| {
        let (mut envelope, mut window) =
            (Envelope::new(Shape::Documents, Keys::CloudWatch, Origin::default()), Window::default());
        let mut longest = 0;
        for piece in text.as_bytes().chunks(256 * 1024) {
            let room = window.spare();
            let fits = piece.len().min(room.len());
            room[..fits].copy_from_slice(&piece[..fits]);
            window.filled(fits);
            longest = longest.max(window.unread().len());
            if envelope.scan(&mut window, More::Maybe, &mut Seen::default()).is_err() {
                break;
            }
        }
        longest
    };
    texts.iter().map(read).max().unwrap_or(0)
}

#[test]
fn no_blank_between_things_takes_room() {
    let blank = " ".repeat(40 << 20);
    let events = DOCUMENT.split_once("{\"id\"").unwrap().0;
    let texts = [format!("{events}{blank}"), format!("{{{blank}"), blank.clone(), "[\n,".repeat(10 << 20)];
    assert!(longest_window(&texts) <= 1 << 20);
}

#[test]
fn a_member_that_does_not_end_is_given_up() {
    let endless = "x".repeat(40 << 20);
    let events = DOCUMENT.split_once("{\"id\"").unwrap().0;
    let texts = [format!("{{\"a\":\"{endless}"), format!("{events}{{\"extra\":\"{endless}")];
    assert!(longest_window(&texts) <= 32 << 20);
}

#[test]
fn a_window_begins_small_and_grows_with_its_input() {
    let mut window = Window::default();
    let room = window.spare().len();
    assert_eq!(room, 16 * 1024);
    window.filled(room - 1);
    window.consume(room);
    assert_eq!(window.spare().len(), room, "it was not full");
    window.filled(room);
    window.consume(room);
    assert_eq!(window.spare().len(), 256 * 1024, "it was");
    window.filled(256 * 1024);
    assert_eq!(window.spare().len(), 256 * 1024, "what is unread stays");
    window.reset();
    assert_eq!(window.spare().len(), 256 * 1024, "twice that is given back");
}

#[test]
fn invalid_utf8_is_repaired_and_marked() {
    let document =
        [&b"{\"timestamp\":1,\"message\":\"a\xff\"}{\"timestamp\":2,\"message\":\"\\ud800\"}"[..]].concat();
    let seen = read_in(Shape::Events, Keys::CloudWatch, &[&document]);
    assert_eq!(seen, "from ||||file\n- 1 \"a\u{FFFD}\" repaired\n- 2 \"\u{FFFD}\" repaired");
}

#[test]
fn base64_is_decoded_in_pieces_and_damage_named() {
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
    fn however_it_arrives_it_reads_the_same(cuts in proptest::collection::vec(0..600_usize, 0..6), packed in 0..3_u8) {
        let text = [DOCUMENT, DOCUMENT].concat();
        let bytes = match packed {
            0 => text.into_bytes(),
            1 => [gzip(DOCUMENT.as_bytes()), gzip(DOCUMENT.as_bytes())].concat(),
            _ => zstd::encode_all(text.as_bytes(), 1).unwrap(),
        };
        let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.min(bytes.len())).chain([0, bytes.len()]).collect();
        cuts.sort_unstable();
        let pieces: Vec<_> = cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
        let seen = read_in(Shape::Documents, Keys::CloudWatch, &pieces);
        prop_assert_eq!(seen, [READ, READ].join("\n"));
    }

    #[test]
    fn any_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), gzipped in any::<bool>()) {
        let bytes = if gzipped { [&[0x1f, 0x8b, 8, 0][..], &bytes].concat() } else { bytes };
        let _ = read(&bytes);
    }

    #[test]
    fn a_flipped_byte_never_passes_for_whole(at in 10..200_usize) {
        let mut bytes = gzip(DOCUMENT.as_bytes());
        let at = at.min(bytes.len() - 1);
        bytes[at] ^= 0x10;
        prop_assert!(read(&bytes).contains("error: "), "byte {} flipped unseen", at);
    }
}
