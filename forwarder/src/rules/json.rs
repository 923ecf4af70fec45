//! Reader of JSON text that finds values by their path and validates what it passes.

use std::{borrow::Cow, ops::Range};

/// Deepest nesting that is read. A text that is nested deeper is no JSON object.
const MAX_DEPTH: u32 = 128;

/// Value in a JSON text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) kind: Kind,
    /// Bytes of the value; of a string without its quotes.
    pub(super) span: Range<usize>,
}

/// Type of a JSON value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text { is_escaped: bool },
    Number,
    True,
    False,
    Null,
    Object,
    Array,
}

/// Position in a JSON text.
#[derive(Clone, Debug)]
pub(super) struct Reader<'a> {
    text: &'a str,
    pub(super) at: usize,
    depth: u32,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str, at: usize) -> Self {
        Self { text, at, depth: 0 }
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Skips white space; returns the byte after it.
    pub(super) fn skip_space(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.byte() {
            self.at += 1;
        }
        self.byte()
    }

    fn expect(&mut self, wanted: u8) -> Option<()> {
        (self.skip_space()? == wanted).then(|| self.at += 1)
    }

    /// Enters an object or an array. Returns false if it is empty; then the reader is behind it.
    pub(super) fn enter(&mut self, open: u8, close: u8) -> Option<bool> {
        self.expect(open)?;
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let is_empty = self.skip_space()? == close;
        if is_empty {
            self.at += 1;
            self.depth -= 1;
        }
        Some(!is_empty)
    }

    /// Reads what follows a member or an element. Returns false at the end of the object or array.
    pub(super) fn another(&mut self, close: u8) -> Option<bool> {
        let byte = self.skip_space()?;
        self.at += 1;
        if byte == close {
            self.depth -= 1;
            return Some(false);
        }
        (byte == b',').then_some(true)
    }

    /// Reads the name of a member and its colon.
    pub(super) fn key(&mut self) -> Option<Value> {
        self.expect(b'"')?;
        let key = self.string_rest()?;
        self.expect(b':')?;
        Some(key)
    }

    /// Reads any value.
    pub(super) fn value(&mut self) -> Option<Value> {
        let first = self.skip_space()?;
        let start = self.at;
        let kind = match first {
            b'"' => {
                self.at += 1;
                return self.string_rest();
            }
            b'{' => self.object()?,
            b'[' => self.array()?,
            b't' => self.literal("true", Kind::True)?,
            b'f' => self.literal("false", Kind::False)?,
            b'n' => self.literal("null", Kind::Null)?,
            _ => self.number()?,
        };
        Some(Value { kind, span: start..self.at })
    }

    fn object(&mut self) -> Option<Kind> {
        let mut more = self.enter(b'{', b'}')?;
        while more {
            self.key()?;
            self.value()?;
            more = self.another(b'}')?;
        }
        Some(Kind::Object)
    }

    fn array(&mut self) -> Option<Kind> {
        let mut more = self.enter(b'[', b']')?;
        while more {
            self.value()?;
            more = self.another(b']')?;
        }
        Some(Kind::Array)
    }

    fn literal(&mut self, word: &str, kind: Kind) -> Option<Kind> {
        let rest = self.text.as_bytes().get(self.at..)?;
        rest.starts_with(word.as_bytes()).then(|| self.at += word.len()).map(|()| kind)
    }

    fn number(&mut self) -> Option<Kind> {
        if self.byte() == Some(b'-') {
            self.at += 1;
        }
        if self.byte() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.byte() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.byte() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.byte() {
                self.at += 1;
            }
            self.digits()?;
        }
        Some(Kind::Number)
    }

    /// Reads at least one digit.
    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while self.byte().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        (self.at > start).then_some(())
    }

    /// Reads the rest of a string after its opening quote.
    fn string_rest(&mut self) -> Option<Value> {
        let start = self.at;
        let mut is_escaped = false;
        loop {
            self.at = find_special(self.text.as_bytes(), self.at)?;
            if self.byte().is_some_and(|byte| byte < 0x20) {
                return None;
            }
            if self.byte() == Some(b'"') {
                let span = start..self.at;
                self.at += 1;
                return Some(Value { kind: Kind::Text { is_escaped }, span });
            }
            is_escaped = true;
            self.escape()?;
        }
    }

    fn escape(&mut self) -> Option<()> {
        match self.text.as_bytes().get(self.at + 1)? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => self.at += 2,
            b'u' => {
                let digits = self.text.as_bytes().get(self.at + 2..self.at + 6)?;
                digits.iter().all(u8::is_ascii_hexdigit).then_some(())?;
                self.at += 6;
            }
            _ => return None,
        }
        Some(())
    }
}

/// Finds the next byte, from `at` on, that ends plain text in a string: a quote, a backslash or a control character.
/// Strings are short, so eight bytes are looked at together.
#[inline]
fn find_special(bytes: &[u8], mut at: usize) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = ONES * 0x80;
    // Flags the bytes that are below `n`, which is at most 0x80. The lowest flag is always right.
    let below = |word: u64, n: u64| word.wrapping_sub(ONES * n) & !word & HIGH;
    while let Some(chunk) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let word = u64::from_le_bytes(*chunk);
        let is_byte = |byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
        let found = is_byte(b'"') | is_byte(b'\\') | below(word, 0x20);
        if found != 0 {
            return Some(at + usize::try_from(found.trailing_zeros() / 8).ok()?);
        }
        at += 8;
    }
    let rest = bytes.get(at..)?.iter();
    rest.clone().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)).map(|found| at + found)
}

impl Value {
    /// Source text of the value; of a string without its quotes, still escaped.
    pub(super) fn raw<'a>(&self, text: &'a str) -> &'a str {
        text.get(self.span.clone()).unwrap_or_default()
    }

    /// Text of a string; of another value its source text.
    pub(super) fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let raw = self.raw(text);
        match self.kind {
            Kind::Text { is_escaped: true } => {
                // Escapes of single surrogates are no text: they stay as written.
                serde_json::from_str(&format!("\"{raw}\"")).map_or(Cow::Borrowed(raw), Cow::Owned)
            }
            Kind::Text { is_escaped: false }
            | Kind::Number
            | Kind::True
            | Kind::False
            | Kind::Null
            | Kind::Object
            | Kind::Array => Cow::Borrowed(raw),
        }
    }
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
