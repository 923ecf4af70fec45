//! Text as it is written in a JSON string, with the place of each character in the text itself. Regexes for Datadog's
//! forwarder are written for this form, because it applies them to the JSON that it sends.

use std::ops::Range;

/// Text as it is written in a JSON string by Python's `json.dumps(text, ensure_ascii=False)`.
#[derive(Debug, Default)]
pub(super) struct JsonForm {
    pub(super) text: String,
    /// Escapes in ascending order.
    escapes: Vec<Escape>,
}

#[derive(Clone, Copy, Debug)]
struct Escape {
    /// Start in the form.
    start: usize,
    /// Length in the form.
    length: usize,
    /// Index of the character in the text itself. It is one byte long there.
    original: usize,
    /// True if the escape ends with the character itself: `\"` and `\\`.
    has_character: bool,
}

impl JsonForm {
    /// Writes the form of `text`; `None` if it is the text itself. Line breaks at the end do not count.
    pub(super) fn of(text: &str) -> Option<Self> {
        let is_escaped = |byte: &u8| *byte < 0x20 || matches!(byte, b'"' | b'\\');
        let content = text.trim_end_matches(['\r', '\n']);
        content.bytes().find(|byte| is_escaped(byte))?;
        let mut form = Self { text: String::with_capacity(text.len() + text.len() / 8), escapes: Vec::new() };
        let mut copied = 0;
        for (original, byte) in text.bytes().enumerate().filter(|(_, byte)| is_escaped(byte)) {
            form.text.push_str(text.get(copied..original).unwrap_or_default());
            copied = original + 1;
            let start = form.text.len();
            let has_character = matches!(byte, b'"' | b'\\');
            match byte {
                b'"' => form.text.push_str("\\\""),
                b'\\' => form.text.push_str("\\\\"),
                b'\n' => form.text.push_str("\\n"),
                b'\r' => form.text.push_str("\\r"),
                b'\t' => form.text.push_str("\\t"),
                0x08 => form.text.push_str("\\b"),
                0x0c => form.text.push_str("\\f"),
                other => form.text.push_str(&format!("\\u{other:04x}")),
            }
            form.escapes.push(Escape { start, length: form.text.len() - start, original, has_character });
        }
        form.text.push_str(text.get(copied..).unwrap_or_default());
        Some(form)
    }

    /// Range in the text itself of a range in the form. A character whose escape is only partly in the range is within
    /// it, unless the range begins at the letter of the escape, or ends after its backslash.
    pub(super) fn original(&self, range: &Range<usize>) -> Range<usize> {
        let start = match self.escape_before(range.start) {
            None => range.start,
            Some(escape) if range.start < escape.start + escape.length => {
                escape.original + usize::from(!escape.has_character && range.start > escape.start)
            }
            Some(escape) => escape.original + 1 + (range.start - escape.start - escape.length),
        };
        let end = match self.escape_before(range.end) {
            None => range.end,
            Some(escape) if range.end <= escape.start + 1 => escape.original,
            Some(escape) if range.end < escape.start + escape.length => escape.original + 1,
            Some(escape) => escape.original + 1 + (range.end - escape.start - escape.length),
        };
        start..end.max(start)
    }

    /// The last escape that starts at or before an index.
    fn escape_before(&self, index: usize) -> Option<&Escape> {
        let before = self.escapes.partition_point(|escape| escape.start <= index);
        self.escapes.get(before.checked_sub(1)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, part: &str, expected: &str) {
        let form = JsonForm::of(text).unwrap();
        let start = form.text.find(part).unwrap();
        let range = form.original(&(start..start + part.len()));
        assert_eq!(text.get(range), Some(expected), "{part} in {}", form.text);
    }

    #[test]
    fn form_is_that_of_json() {
        for text in ["a\"b\\c\u{1}é", "{\"a\":\"b\"}\n", "tab\there\u{8}\u{c}\r\nx"] {
            let written = serde_json::to_string(text).unwrap();
            assert_eq!(format!("\"{}\"", JsonForm::of(text).unwrap().text), written);
        }
        assert!(JsonForm::of("plain é\n").is_none());
    }

    #[test]
    fn ranges_are_found_in_the_text_itself() {
        let text = "é {\"password\":\"x\ty\"}\n";
        check(text, r#"\"password\":\"x"#, "\"password\":\"x");
        check(text, r"x\ty", "x\ty");
        check(text, r"\ty", "\ty");
        check(text, "ty", "y");
        check(text, r"x\t", "x\t");
        check(text, r"x\", "x");
        check(text, r#"""#, "\"");
        check(text, "é", "é");
        check(text, r"}\n", "}\n");
    }
}
