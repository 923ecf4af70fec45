//! The line of the tests is echoed in every way in which backends are known to repeat what they were sent.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use proptest::prelude::*;

use super::*;
use crate::sink::Encoding;

/// Returns a part of a text, whose bounds are between characters.
fn part(text: &str, range: std::ops::Range<usize>) -> &str {
    text.get(range).expect("the bounds are between characters")
}

/// Log line that was sent.
const LINE: &str = "payment of Zoë Sørensen <zoe@example.org>, card 4111-1111-1111-1111, \"declined\"";

/// Words of the line that must not be shown.
const PRIVATE: [&str; 5] = ["Zoë", "Sørensen", "zoe@", "4111", "payment of"];

const KEY: &str = "0123456789abcdef0123456789abcdef";

fn request(body: &str) -> RequestData {
    RequestData::new(body.as_bytes(), Encoding::Identity, vec![format!("Bearer {KEY}").into_bytes()])
}

#[track_caller]
fn check(explanation: &str, body: &str, expected: &str) {
    assert_eq!(redact(explanation, &request(body)), expected);
}

/// Checks that an explanation that repeats the line shows nothing of it, but the words before it.
#[track_caller]
fn check_echo(echo: &str) {
    // As OTLP sends it, and as Datadog does.
    for body in [format!("\u{a}\u{6}{LINE}\u{12}"), serde_json::json!([{"message": LINE}]).to_string()] {
        let shown = redact(&format!("cannot read: {echo}"), &request(&body));
        let private = PRIVATE.iter().find(|word| shown.contains(*word));
        assert!(private.is_none() && shown.starts_with("cannot read: …"), "{echo}\n{shown}");
    }
}

fn json_string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Escapes every character as in JSON that is sent to systems that only read ASCII.
fn unicode_escapes(text: &str) -> String {
    text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect()
}

fn percent_encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

fn html_escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('ø', "&#xf8;")
}

#[test]
fn words_of_the_backend_are_shown() {
    for words in [
        "entry too far behind: oldest acceptable timestamp is yesterday",
        "404 page not found",
        "tenant 4711 can't exceed its limit of 500000 streams (see https://example.org/limits)",
        "Grüße vom Server; 数据太旧",
    ] {
        check(words, "x\n", words);
        check(words, LINE, words);
    }
}

#[test]
fn line_is_not_shown_however_it_is_repeated() {
    let escaped = json_string(LINE);
    let inner = escaped.trim_matches('"');
    for echo in [
        LINE.to_owned(),
        format!("'{LINE}'"),
        format!("`{LINE}` is too long"),
        format!("“{LINE}”"),
        escaped.clone(),
        inner.to_owned(),
        json_string(&escaped),
        json_string(&json_string(&escaped)),
        format!("{{message={LINE}}} at 1"),
        format!("{{\"message\":{escaped},\"a\":{{}}}} at 1"),
        unicode_escapes(LINE),
        percent_encoded(LINE),
        percent_encoded(&percent_encoded(LINE)),
        percent_encoded(LINE).replace("%20", "+"),
        html_escaped(LINE),
        html_escaped(&escaped),
        html_escaped(&html_escaped(LINE)),
        format!("&#34;{LINE}&#34;"),
        BASE64_STANDARD.encode(LINE),
        BASE64_STANDARD.encode(part(LINE, 0..20)),
        format!("body/{}", BASE64_STANDARD.encode(LINE)),
        LINE.bytes().map(|byte| format!("{byte:02x}")).collect(),
        format!("{}, then {}", part(LINE, 0..40), part(LINE, 24..LINE.len())),
    ] {
        check_echo(&echo);
    }
}

#[test]
fn runs_of_sixteen_bytes_that_were_sent_are_left_out() {
    check("bad: 0 abcdefghijklmno", "abcdefghijklmno", "bad: 0 abcdefghijklmno");
    check("bad: 0 abcdefghijklmnop", "abcdefghijklmnop", "bad: 0 …");
    check("abcdefghijklmnopqrst is bad", "xxx abcdefghijklmnopqrst yyy", "…is bad");
    check("bad: ééééééééx", "ééééééééy", "bad: …x");
}

#[test]
fn short_words_with_a_digit_that_were_sent_are_left_out() {
    check("cannot read c4n4ry at 12", "c4n4ry", "cannot read … at 12");
    check("cannot read c4n4ry at 12", "canary", "cannot read c4n4ry at 12");
    check("cannot read YzRuNHJ5", "c4n4ry", "cannot read …");
    check("id=order-1234,x", "order-1234", "id=…,x");
}

#[test]
fn quoted_and_braced_parts_are_left_out() {
    check("can't take line 'card 4' of {card=\"4\"} in \"4", "", "can't take line … of … in …");
    check("entry 'it can't be' refused", "", "entry … refused");
    check(r#"a "b \"c\" d" e"#, "", "a … e");
    check(r#"a \"b \\\"c\\\" d\" e"#, "", "a … e");
    check(r#"labels {a="}", b="{"} of {} and {{x}} end"#, "", "labels … of … and … end");
    check("&quot;hidden&quot; shown %22hidden%22 \\u0022hidden\\u0022", "", "… shown … …");
}

#[test]
fn credentials_are_not_shown() {
    for echo in [
        KEY.to_owned(),
        format!("Bearer {KEY}"),
        part(KEY, 4..KEY.len()).to_owned(),
        BASE64_STANDARD.encode(KEY),
        percent_encoded(&format!("Bearer {KEY}")),
    ] {
        let shown = redact(&format!("unknown key {echo}"), &request("x"));
        // The padding of base64 tells nothing.
        let is_redacted = shown.starts_with("unknown key") && shown.trim_end_matches('=').ends_with('…');
        assert!(is_redacted, "{shown}");
        assert!(
            KEY.as_bytes().windows(6).all(|part| !shown.contains(&*String::from_utf8_lossy(part))),
            "{shown}"
        );
    }
}

#[test]
fn long_opaque_data_is_left_out() {
    let data = BASE64_STANDARD.encode([0x1f; 90]).replace('H', "8");
    check(&format!("cannot inflate {data}"), "", "cannot inflate …");
    check(
        "request 8f5f3c1e-0d6b-4b0e-9f0a-1c2d3e4f5a6b failed",
        "",
        "request 8f5f3c1e-0d6b-4b0e-9f0a-1c2d3e4f5a6b failed",
    );
}

#[test]
fn compressed_bodies_are_compared_decompressed() {
    use std::io::Write as _;
    let level = flate2::Compression::fast();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), level);
    let mut deflate = flate2::write::ZlibEncoder::new(Vec::new(), level);
    gzip.write_all(LINE.as_bytes()).unwrap();
    deflate.write_all(LINE.as_bytes()).unwrap();
    for (body, encoding) in [
        (gzip.finish().unwrap(), Encoding::Gzip),
        (deflate.finish().unwrap(), Encoding::Deflate),
        (zstd::encode_all(LINE.as_bytes(), 1).unwrap(), Encoding::Zstd),
        (LINE.into(), Encoding::Zstd),
    ] {
        let request = RequestData::new(&body, encoding, Vec::new());
        assert_eq!(redact(part(LINE, 0..60), &request), "…", "{encoding:?}");
    }
}

#[test]
fn control_characters_are_escaped_and_the_text_is_short() {
    check("a\u{1b}[31mb\nc\td\u{0}\u{202e}e", "", "a\\u{1b}[31mb\\nc\\td\\u{0}\\u{202e}e");
    check(" \r\n padded \n", "", "padded");
    check("%1B[31m \\u001b[0m", "", "\\u{1b}[31m \\u{1b}[0m");
    check(&"é".repeat(300), "", &"é".repeat(200));
    check(&"\u{1}".repeat(300), "", &"\\u{1}".repeat(40));
}

#[test]
fn text_that_only_looks_escaped_is_kept() {
    for text in ["50 % of 5%", "a & b; c && d", "AT&T;", "C:\\dir", "100%zz", "\\u12", "&#x110000;"] {
        check(text, "", text);
    }
}

proptest! {
    #[test]
    fn any_text_is_redacted_to_one_short_line(text in any::<String>(), body in any::<String>()) {
        let shown = redact(&text, &request(&body));
        prop_assert!(shown.chars().count() <= MAX_CHARS && !shown.contains(char::is_control), "{shown:?}");
    }

    #[test]
    fn nothing_long_of_a_body_is_shown(body in "[a-zA-Z0-9 .,:;_é-]{16,80}", before in "[a-z ]{0,12}") {
        let shown = redact(&format!("{before}{body}"), &request(&body));
        let is_shown = body.as_bytes().windows(BODY_RUN_CHARS).any(|run| {
            shown.as_bytes().windows(BODY_RUN_CHARS).any(|other| other == run)
        });
        prop_assert!(!is_shown, "{shown}");
    }
}

const BODY_RUN_CHARS: usize = 16;
