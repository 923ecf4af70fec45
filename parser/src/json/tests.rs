//! Tests of the scanner against serde_json, and with truncated text.

use super::*;
use proptest::prelude::*;

fn scan(text: &str) -> Result<usize, Stop> {
    let mut cursor = Cursor::new(text.as_bytes(), 0, Controls::Refused);
    cursor.value().map(|_| cursor.at)
}

#[test]
fn value_truncated_anywhere_is_incomplete() {
    let text = r#"{"a":[1,-2.5e3,true,null,"x\u00e9\"y"],"b":{}}"#;
    for end in 0..text.len() {
        let result = scan(text.get(..end).unwrap());
        assert_eq!(result, Err(Stop::Incomplete), "cut at {end}");
    }
    assert_eq!(scan(text), Ok(text.len()));
}

#[test]
fn nesting_depth_is_limited() {
    assert_eq!(scan(&"[".repeat(100_000)), Err(Stop::Malformed(128)));
}

#[test]
fn escapes_are_unescaped() {
    let unescaped = unescape_owned(r#"a\tb\n\"c\\\/\u00e9\ud83d\ude00 tail that is longer than a word"#);
    assert_eq!(unescaped, "a\tb\n\"c\\/é😀 tail that is longer than a word");
    assert_eq!(unescape_owned(r"\ud83d!!!!!!"), "\u{FFFD}!!!!!!");
}

#[test]
fn invalid_escapes_become_replacement_characters() {
    assert_eq!(unescape_owned(&(r"\u".repeat(500) + "tail")), "\u{FFFD}".repeat(500) + "tail");
}

#[test]
fn raw_control_characters_are_kept() {
    assert_eq!(unescape_owned("a\tb\u{1}\\n"), "a\tb\u{1}\n");
}

proptest! {
    #[test]
    fn strings_are_read_as_by_serde_json(text in any::<String>()) {
        let json = serde_json::to_string(&text).unwrap();
        prop_assert_eq!(scan(&json), Ok(json.len()));
        prop_assert_eq!(unescape_owned(json.get(1..json.len() - 1).unwrap()), text);
    }

    #[test]
    fn objects_are_accepted_as_by_serde_json(
        text in r#"\{("[a\\"]{0,3}" ?: ?(-?[0-9.]{1,3}|"(\\[nu"x]|[a-f0-9]){0,6}"|true|nul|\[[0-9,]{0,3}\]),?){0,2}\} ?"#
    ) {
        let ours = members(&text, |_, _| ()).is_some();
        let theirs = serde_json::from_str::<serde_json::Value>(&text);
        // The scanner accepts half a surrogate pair, because Lambda writes them; serde_json does not.
        prop_assert_eq!(ours, theirs.is_ok() || (ours && text.contains("\\ud")), "{}", text);
    }

    #[test]
    fn arbitrary_bytes_do_not_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut cursor = Cursor::new(&bytes, 0, Controls::Allowed);
        let _ = cursor.value();
        let mut out = vec![0; unescaped_capacity(bytes.len())];
        let done = unescape(&bytes, &mut out);
        prop_assert!(done.read <= bytes.len() && done.written <= out.len());
    }
}
