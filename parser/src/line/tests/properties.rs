use proptest::prelude::*;

use super::testdata::files;
use crate::line::{Line, parse};

/// Random sequences of the words and separators in log lines.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "REPORT RequestId: ",
        "START RequestId: ",
        "INIT_REPORT ",
        "RequestId: ",
        "EXTENSION\tName: ",
        "a",
        "\t",
        "\n",
        "\r",
        " ",
        "  ",
        ": ",
        ":",
        "Duration: ",
        "Billed ",
        "Init ",
        "1.5 ms",
        "128 MB",
        ".",
        "Status: error",
        "Error: ",
        "[ERROR] ",
        "]",
        "[",
        "2026-03-04T10:00:00.123Z",
        "INFO",
        "I, [",
        " #8",
        " -- ",
        "{",
        "}",
        "\"",
        "\\",
        "\"_aws\":",
        "\"type\":\"platform.report\",",
        "\"record\":{}",
        "é",
        "🦀",
        "Exception in thread \"",
    ]);
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// Random JSON in which the member names known to the parser are frequent.
fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        ".{0,8}".prop_map(Into::into),
        Just("platform.report".into()),
    ];
    let name = prop_oneof![
        prop::sample::select(vec!["type", "time", "level", "requestId", "message", "_aws", "metrics"])
            .prop_map(str::to_owned),
        ".{0,4}",
    ];
    leaf.prop_recursive(4, 32, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            prop::collection::hash_map(name.clone(), inner, 0..6)
                .prop_map(|members| members.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    })
}

#[test]
fn prefixes_of_real_lines_do_not_panic() {
    for text in files().values() {
        for end in 0..text.len() {
            let _ = text.get(..end).map(parse);
        }
    }
}

proptest! {
    #[test]
    fn arbitrary_text_does_not_panic(text in any::<String>()) {
        let _ = parse(&text);
    }

    #[test]
    fn arbitrary_sequences_of_known_words_do_not_panic(text in pieces()) {
        let _ = parse(&text);
    }

    #[test]
    fn json_without_a_record_is_a_line_of_the_function(value in json()) {
        let text = value.to_string();
        let is_own = matches!(parse(&text), Line::App(_) | Line::Emf(_));
        prop_assert!(is_own, "{}", text);
    }
}
