//! Text of values in JSON messages.

use std::borrow::Cow;

use tailwater_parser::json::{Found, Kind, Reader};

/// Text of a string; of another value its source text.
pub(super) fn text_of<'a>(value: &Found, message: &'a str) -> Cow<'a, str> {
    let raw = message.get(value.span.clone()).unwrap_or_default();
    if value.kind != (Kind::String { escaped: true }) {
        return Cow::Borrowed(raw);
    }
    // Escapes of single surrogates are no text: they stay as written.
    serde_json::from_str(&format!("\"{raw}\"")).map_or(Cow::Borrowed(raw), Cow::Owned)
}

/// True if all of a message is one JSON object.
pub(super) fn is_object(message: &str) -> bool {
    let mut reader = Reader::new(message, 0);
    reader.skip_space() == Some(b'{') && reader.value().is_some() && reader.skip_space().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_validated_as_by_serde_json() {
        let check = |text: &str| {
            let theirs = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text).is_ok();
            assert_eq!(is_object(text), theirs, "{text}");
        };
        for text in [
            "{}",
            " {\"a\":[1,-0.5e+3,true,false,null,\"x\\n\\u00e9\"]} ",
            "{\"a\":01}",
            "{\"a\":1.}",
            "{\"a\":tru}",
            "{\"a\":1,}",
            "{\"a\" 1}",
            "{\"a\":\"\n\"}",
            "{\"a\":\"\\x\"}",
            "[]",
            "{} {}",
            "{\"a\":{\"b\":[]}",
            "",
            "{\"a\":\"\\u12g4\"}",
            "{a:1}",
            "{\"a\":[1 2]}",
            "{\"a\":-}",
            "{\"a\":1e}",
            "nul",
            "{\"aaaaaaaaaaaaaaaa\":\"bbbbbbbbbbbb\u{1}\"}",
            "{\"aaaaaaaaaé\":\"bbbbb\\\\bbbb\\\"bbb\u{7f}\u{80}\"}",
        ] {
            check(text);
        }
        assert!(!is_object(&format!("{}1", "{\"a\":".repeat(100_000))));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "[{}\\[\\]\":,a1\\\\u .e-]{0,40}|\\PC{0,40}") {
            is_object(&text);
        }
    }
}
