//! Escapes characters that control a terminal or change the order of text. Names, keys and reasons come from outside:
//! such a character in one of them could hide or forge output, or send commands to the terminal.

use std::{borrow::Cow, fmt::Write as _};

/// True for control characters (C0, DEL and C1), for those that change the direction of text, and for the separators of
/// lines and paragraphs.
fn is_unsafe(character: char) -> bool {
    let is_format = matches!(
        character,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    );
    is_format || character.is_control()
}

/// Escapes control characters as Rust does: ESC becomes `\u{1b}`, a line feed `\n`. Other text is not changed.
#[must_use]
pub fn escape_controls<'t>(text: impl Into<Cow<'t, str>>) -> Cow<'t, str> {
    let text = text.into();
    if !text.contains(is_unsafe) {
        return text;
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if is_unsafe(character) {
            escaped.extend(character.escape_default());
        } else {
            escaped.push(character);
        }
    }
    Cow::Owned(escaped)
}

/// Escapes the control characters that JSON permits inside strings, from DEL on. The text stays JSON of the same meaning;
/// line feeds between documents stay as they are.
#[must_use]
pub fn escape_json(json: &str) -> Cow<'_, str> {
    let is_escaped = |character: char| character >= '\u{7f}' && is_unsafe(character);
    if !json.contains(is_escaped) {
        return Cow::Borrowed(json);
    }
    let mut escaped = String::with_capacity(json.len() + 16);
    for character in json.chars() {
        if is_escaped(character) {
            // Writing to a string cannot fail. All of these characters have four digits.
            let _ = write!(escaped, "\\u{:04x}", u32::from(character));
        } else {
            escaped.push(character);
        }
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(escape_controls(text), expected);
    }

    #[test]
    fn ordinary_text_is_not_changed() {
        for text in ["", "checkout-api", "Bücher 本 👩‍👩‍👧 ▁▍", r"C:\logs\n", "a\u{a0}b"] {
            check(text, text);
            assert!(matches!(escape_controls(text), Cow::Borrowed(_)));
        }
    }

    #[test]
    fn terminal_commands_are_escaped() {
        check("a\u{1b}[2Jb", r"a\u{1b}[2Jb");
        check("\u{1b}]0;title\u{7}", r"\u{1b}]0;title\u{7}");
        check("\u{9b}31m", r"\u{9b}31m");
        check("del\u{7f}\u{8}", r"del\u{7f}\u{8}");
    }

    #[test]
    fn line_ends_and_tabs_are_escaped() {
        check("a\r\nb\tc", r"a\r\nb\tc");
        check("a\u{2028}b\u{2029}c\u{85}", r"a\u{2028}b\u{2029}c\u{85}");
    }

    #[test]
    fn characters_that_change_the_direction_are_escaped() {
        check("gpj.\u{202e}exe", r"gpj.\u{202e}exe");
        for control in ['\u{61c}', '\u{200e}', '\u{200f}', '\u{202a}', '\u{2066}', '\u{2069}'] {
            check(&control.to_string(), &control.escape_default().to_string());
        }
    }

    #[test]
    fn escaped_json_has_the_same_meaning() {
        let text = "a\u{1b}\u{7f}\u{9b}31m\u{202e}\u{2028}ü";
        let json = serde_json::json!({ "function": text }).to_string() + "\n";
        let escaped = escape_json(&json);
        assert!(escaped.ends_with("}\n") && !escaped.trim_end().contains(is_unsafe), "{escaped:?}");
        let read: serde_json::Value = serde_json::from_str(&escaped).unwrap();
        assert_eq!(read["function"], text);
    }
}
