//! Properties of redaction: no panic, valid JSON, linear time.

use proptest::prelude::*;
use serde_json::Value;

use super::*;

fn everything() -> RefCell<RedactorSet> {
    let keys = with_keys(&["k", "a.*.b", "x.0"]);
    set(&[options(&DETECTORS), keys, with_pattern("p[0-9]+|q.*q")])
}

/// Texts that secrets, JSON and escapes are made of.
fn pieces() -> impl Strategy<Value = String> {
    let piece = proptest::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        "\"",
        ":",
        ",",
        "\\",
        "\\\"",
        "\\n",
        "\\u0040",
        "\\ud83d\\ude00",
        " ",
        "\n",
        "k",
        "\"k\":",
        "\"a\":{",
        "a@x.com",
        "@",
        ".",
        "10.0.0.1",
        "::1",
        "fe80::",
        "4111111111111111",
        "4111 1111",
        " 1111 1111",
        "-",
        "AKIAIOSFODNN7EXAMPLE",
        "secret key",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "Bearer ",
        "abcdefghijklmnop",
        "eyJhbGciOiJIUzI1NiJ9",
        ".eyJh.c",
        "-----BEGIN PRIVATE KEY-----",
        "-----END PRIVATE KEY-----",
        "p1",
        "q",
        "é",
        "😀",
        "true",
        "1e5",
        "null",
    ]);
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// JSON values with secrets in strings, names and numbers.
fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        pieces().prop_map(Value::from),
        Just(Value::from(4_111_111_111_111_111_u64)),
        any::<i32>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((pieces(), inner.clone()), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
            inner.prop_map(|value| Value::from(value.to_string())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_redacted_once_and_for_all(texts in proptest::collection::vec(prop_oneof![pieces(), any::<String>()], 1..4)) {
        let set = everything();
        let texts: Vec<_> = texts.iter().map(String::as_str).collect();
        let redacted = redact_all(&set, &texts);
        for secret in ["a@x.com", "10.0.0.1", "AKIAIOSFODNN7EXAMPLE "] {
            // A secret may be a part of a text that is none: `1.10.0.0.1`.
            let is_alone = |text: &str| text.contains(&format!(" {secret} "));
            prop_assert!(!redacted.iter().any(|text| is_alone(text)), "{redacted:?}");
        }
    }

    #[test]
    fn json_stays_valid(value in values(), prefix in "[a-f \t]{0,3}") {
        let set = everything();
        let json = format!("{prefix}{value}");
        let redacted = redact(&set, &json);
        let after = redacted.get(prefix.len()..).unwrap_or_default();
        let is_scalar = !(value.is_object() || value.is_array());
        prop_assert!(is_scalar || serde_json::from_str::<Value>(after).is_ok(), "{json}\n{redacted}");
        if let (Value::Object(before), Ok(Value::Object(after))) = (&value, serde_json::from_str(after)) {
            prop_assert_eq!(before.len(), after.len(), "{}\n{}", json, redacted);
        }
    }

    #[test]
    fn parts_are_redacted_as_the_whole(text in prop_oneof![pieces(), values().prop_map(|value| value.to_string())], cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..3)) {
        let set = everything();
        let whole = redact(&set, &text);
        let mut cuts: Vec<_> = cuts.iter().map(|cut| text.floor_char_boundary(cut.index(text.len() + 1))).collect();
        cuts.sort_unstable();
        let (mut state, mut counts, mut joined, mut start) = (State::default(), Counts::default(), String::new(), 0);
        for cut in cuts {
            joined += &redact_with(&set, &mut state, Part::Piece, part(&text, start..cut), &mut counts);
            start = cut;
        }
        joined += &redact_with(&set, &mut state, Part::Last, part(&text, start..text.len()), &mut counts);
        prop_assert_eq!(joined, whole);
    }
}

/// Hostile messages of 250 KB are redacted in linear time: a quadratic algorithm would need minutes for each.
#[test]
fn hostile_messages_are_redacted_in_linear_time() {
    let set = everything();
    let slow_pattern =
        self::set(&[with_pattern("[A-Z]|.*[^A-Z]"), with_pattern("(a*)*b"), with_pattern("(x+x+)+y")]);
    let pieces = [
        "a@a@a@",
        "{",
        "[",
        "{\"",
        "[\"",
        "{\"a\":",
        "[[1],",
        "\\",
        "\\\"",
        "\"",
        "\" ",
        "\":",
        "{\\\"",
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----x ",
        "-----BEGIN ",
        "END ",
        "-----END PRIVATE KEY-----",
        "eyJ",
        "eyJhbGciOiJIUzI1NiJ9.",
        "bearer ",
        "bearer",
        "secret",
        "secretkey=",
        "1.",
        "1",
        "1 ",
        "4111 ",
        ":",
        "::",
        "a:",
        "AKIA",
        "[1,",
        "p1",
        "q",
        "\"k\":",
        "\"k\":{",
        "\\u0040",
        "A",
        "x",
        "aaaa",
        "\n",
        "@x.com",
        "[1,[2,",
        "{\"a\":\"{\\\"a\\\":",
        "\\\\\\\\\"",
        "%",
        "é",
        "a@x.com ",
        "{\"a@x.com\":1,",
        "\"a@x.com\":1,",
    ];
    for piece in pieces {
        let text = piece.repeat(250_000 / piece.len());
        for text in [&text, &format!("{{\"a\":\"{}", text), &format!("a@x.com {}q", text)] {
            redact(&set, text);
            redact(&slow_pattern, text);
            redact_all(&set, &["-----BEGIN PRIVATE KEY-----", text]);
        }
    }
}
