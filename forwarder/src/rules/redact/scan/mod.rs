//! Scanner of messages: plain text, JSON, JSON after or within text, and JSON in JSON strings, all of which may be cut.
//!
//! It does not need valid JSON: from where a text breaks JSON's grammar, it is plain text again, until an object, an array
//! or a quoted name with a colon follows. Every token is read a fixed number of times.

mod content;
mod members;

use super::{
    super::pattern::PatternCache,
    Combined,
    detect::{Found, PemState},
    edit::Edit,
    keys::Positions,
    lexer::{Skip, closing_quote, ends_value, is_one_line, scalar_end, skip_space},
};

use self::members::{Frame, Owner};
use super::places::Places;

/// Most layers of JSON strings in JSON strings that are read.
pub(super) const MAX_LAYERS: usize = 8;
/// Deepest nesting of objects and arrays in one layer that is read as JSON.
const MAX_DEPTH: usize = 10_000;
/// Bytes at the end of a part of a message that are read again with the next part.
const OVERLAP: usize = 4 * 1024;
/// Most bytes that are kept for the next part.
const MAX_CARRY: usize = 64 * 1024;

/// Rules, caches and state that all layers of a message share.
pub(super) struct Shared<'s> {
    pub(super) set: &'s Combined,
    pub(super) caches: &'s mut [PatternCache],
    pub(super) pem: &'s mut PemState,
    pub(super) found: &'s mut Found,
    /// Places in the outermost layer at which detectors may find something.
    pub(super) places: &'s mut Places,
    /// Number of strings, from here on, that may hold the key of a name like "secret access key".
    pub(super) secret_name_age: &'s mut u8,
}

/// Token that may follow in an object or an array.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Expected {
    #[default]
    Value,
    ValueOrClose,
    Name,
    NameOrClose,
    CommaOrClose,
}

/// Part of a message, as far as the scanner knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// The message ends with the text.
    ToEnd,
    /// More text follows.
    Cut,
}

/// Scanner of one layer of a message; between two parts of a message it holds the position in its JSON.
#[derive(Debug, Default)]
pub(super) struct Scanner {
    pub(super) edits: Vec<Edit>,
    frames: Vec<Frame>,
    expected: Expected,
    /// Name of the last member, without escapes.
    name: String,
    /// Positions of the paths of keys at the next value.
    value: Positions,
    /// Positions of the paths at the string that this layer is in.
    outer: Positions,
    layer: usize,
    /// True if the text was cut in a string.
    in_string: bool,
    /// True if the text was cut in a token that was redacted.
    in_secret: bool,
    /// Value that is redacted whole and was cut.
    skip: Option<Skip>,
}

/// Progress of the scanner.
enum Step {
    /// Continue at this index.
    To(usize),
    /// Stops at an index: the rest is read again with the next part.
    Stop(usize),
}

impl Scanner {
    /// Reads `text` and collects its edits. Returns the index from which the text has to be read again together with the
    /// next part; the end, unless more text follows.
    pub(super) fn scan(&mut self, shared: &mut Shared<'_>, text: &str, extent: Extent) -> usize {
        let mut at = match self.resume(shared, text, extent) {
            Step::To(at) => at,
            Step::Stop(at) => return at,
        };
        let stop = match extent {
            Extent::ToEnd => text.len(),
            Extent::Cut => text.len().saturating_sub(OVERLAP),
        };
        while at < text.len() {
            let step = match self.frames.is_empty() {
                true => self.plain_text(shared, text, at, extent),
                false if at >= stop => return at,
                false => self.json(shared, text, at, extent),
            };
            match step {
                Step::To(next) => at = next,
                Step::Stop(at) => return at,
            }
        }
        at
    }

    /// Reads the rest of what the last part was cut in.
    fn resume(&mut self, shared: &mut Shared<'_>, text: &str, extent: Extent) -> Step {
        let bytes = text.as_bytes();
        if let Some(mut skip) = self.skip.take() {
            let end = skip.end(bytes, 0);
            self.skip = end.is_none().then_some(skip);
            self.edits.push(Edit { end: end.unwrap_or(bytes.len()), ..Edit::removal() });
            return end.map_or(Step::Stop(bytes.len()), Step::To);
        }
        let mut at = 0;
        if std::mem::take(&mut self.in_secret) {
            at = super::detect::run_end(bytes, 0, |byte| {
                byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte)
            });
            self.edits.push(Edit { end: at, ..Edit::removal() });
            if at == bytes.len() && extent == Extent::Cut {
                self.in_secret = true;
                return Step::Stop(at);
            }
        }
        if !std::mem::take(&mut self.in_string) {
            return Step::To(at);
        }
        match closing_quote(bytes, at) {
            Some(end) => {
                self.string_content(shared, text, at..end);
                self.expected = Expected::CommaOrClose;
                Step::To(end + 1)
            }
            None => self.cut_string(shared, text, at, extent),
        }
    }

    /// Reads plain text from `start` up to the JSON that follows it.
    fn plain_text(&mut self, shared: &mut Shared<'_>, text: &str, start: usize, extent: Extent) -> Step {
        let bytes = text.as_bytes();
        let (mut at, mut may_have_strings) = (start, true);
        while let Some(found) = bytes.get(at..).and_then(|rest| memchr::memchr3(b'{', b'[', b'"', rest)) {
            at += found;
            if let Some((close, next, expected)) = opening(bytes, at, &mut may_have_strings) {
                self.text_content(shared, text, start..at);
                self.value = shared.set.keys.root(&self.outer);
                self.frames.push(Frame::new(close, &self.value));
                self.expected = expected;
                return Step::To(next);
            }
            at += 1;
        }
        match extent {
            Extent::ToEnd => {
                self.text_content(shared, text, start..text.len());
                Step::To(text.len())
            }
            Extent::Cut => Step::Stop(self.cut(shared, text, start, |scanner, shared| {
                scanner.text_content(shared, text, start..text.len());
            })),
        }
    }

    /// Reads the next token of an object or an array.
    fn json(&mut self, shared: &mut Shared<'_>, text: &str, at: usize, extent: Extent) -> Step {
        let bytes = text.as_bytes();
        let at = skip_space(bytes, at);
        let Some(byte) = bytes.get(at).copied() else { return Step::To(at) };
        match (self.expected, byte) {
            (Expected::Value | Expected::ValueOrClose, b']') if self.expected == Expected::ValueOrClose => {
                self.close(byte, at)
            }
            (Expected::Value | Expected::ValueOrClose, _) => self.any_value(shared, text, at, extent),
            (Expected::Name | Expected::NameOrClose, b'"') => self.member_name(shared, text, at, extent),
            (Expected::NameOrClose | Expected::CommaOrClose, b'}' | b']') => self.close(byte, at),
            (Expected::CommaOrClose, b',') => {
                let is_array = self.frames.last().is_some_and(|frame| frame.close == b']');
                self.expected = if is_array { Expected::Value } else { Expected::Name };
                Step::To(at + 1)
            }
            (Expected::Name | Expected::NameOrClose | Expected::CommaOrClose, _) => self.leave_json(at),
        }
    }

    /// Reads a value; that of a key is redacted whole.
    fn any_value(&mut self, shared: &mut Shared<'_>, text: &str, at: usize, extent: Extent) -> Step {
        let owner = self.enter_element(shared);
        let bytes = text.as_bytes();
        if let Some(Owner(rule)) = owner {
            return self.keyed_value(shared, rule, text, at, extent);
        }
        match bytes.get(at) {
            Some(b'"') => self.string_value(shared, text, at, extent),
            Some(b'{') => self.open(b'}', Expected::NameOrClose, at),
            Some(b'[') => self.open(b']', Expected::ValueOrClose, at),
            Some(b'-' | b'0'..=b'9' | b't' | b'f' | b'n') => self.scalar(shared, text, at),
            Some(_) | None => self.leave_json(at),
        }
    }

    fn string_value(&mut self, shared: &mut Shared<'_>, text: &str, at: usize, extent: Extent) -> Step {
        let bytes = text.as_bytes();
        let Some(end) = closing_quote(bytes, at + 1) else {
            return match extent {
                Extent::Cut if at + MAX_CARRY >= text.len() => Step::Stop(at),
                Extent::Cut | Extent::ToEnd => self.cut_string(shared, text, at + 1, extent),
            };
        };
        let next = skip_space(bytes, end + 1);
        if !ends_value(bytes.get(next).copied().unwrap_or(0)) || !is_one_line(bytes, at..end) {
            return self.leave_json(at);
        }
        self.string_content(shared, text, at + 1..end);
        self.expected = Expected::CommaOrClose;
        Step::To(end + 1)
    }

    /// Reads the content of a string that does not end in `text`.
    fn cut_string(&mut self, shared: &mut Shared<'_>, text: &str, start: usize, extent: Extent) -> Step {
        match extent {
            Extent::ToEnd => {
                // Raw line ends may be in it: then what follows is not a part of the string.
                let rest = text.as_bytes().get(start..).unwrap_or_default();
                let end = memchr::memchr(b'\n', rest).map_or(text.len(), |length| start + length);
                self.string_content(shared, text, start..end);
                self.frames.clear();
                Step::To(end)
            }
            Extent::Cut => {
                self.in_string = true;
                Step::Stop(self.cut(shared, text, start, |scanner, shared| {
                    scanner.string_content(shared, text, start..text.len());
                }))
            }
        }
    }

    /// Reads a number, `true`, `false` or `null`.
    fn scalar(&mut self, shared: &mut Shared<'_>, text: &str, at: usize) -> Step {
        let bytes = text.as_bytes();
        let end = scalar_end(bytes, at);
        let scalar = text.get(at..end).unwrap_or_default();
        let is_name = matches!(scalar, "true" | "false" | "null");
        let is_number = scalar.starts_with(['-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9'])
            && scalar.parse::<f64>().is_ok();
        let next = bytes.get(skip_space(bytes, end)).copied().unwrap_or(0);
        if !ends_value(next) || !(is_name || is_number) {
            return self.leave_json(at);
        }
        if is_number {
            self.number_content(shared, text, at..end);
        }
        self.expected = Expected::CommaOrClose;
        Step::To(end)
    }

    fn open(&mut self, close: u8, expected: Expected, at: usize) -> Step {
        if self.frames.len() >= MAX_DEPTH {
            self.frames.clear();
            return Step::To(at + 1);
        }
        self.frames.push(Frame::new(close, &self.value));
        self.expected = expected;
        Step::To(at + 1)
    }

    fn close(&mut self, byte: u8, at: usize) -> Step {
        let is_open = self.frames.last().is_some_and(|frame| frame.close == byte);
        if !is_open {
            return self.leave_json(at);
        }
        self.frames.pop();
        self.expected = Expected::CommaOrClose;
        if self.frames.is_empty() {
            self.name.clear();
        }
        Step::To(at + 1)
    }

    /// Takes the text from `at` for plain text.
    fn leave_json(&mut self, at: usize) -> Step {
        self.frames.clear();
        Step::To(at)
    }

    /// Reads a text that more text follows. Returns the index from which it has to be read again: no secret is cut there.
    fn cut(
        &mut self,
        shared: &mut Shared<'_>,
        text: &str,
        start: usize,
        read: impl FnOnce(&mut Self, &mut Shared<'_>),
    ) -> usize {
        let (pem, age, first) = (*shared.pem, *shared.secret_name_age, self.edits.len());
        read(self, shared);
        let mut at = safe_boundary(text, start);
        let edits = self.edits.get(first..).unwrap_or_default();
        for edit in edits.iter().rev() {
            if edit.from < at && at < edit.end {
                at = edit.from;
            }
        }
        if text.len() - at > MAX_CARRY {
            self.in_secret = edits.last().is_some_and(|edit| edit.end == text.len());
            return text.len();
        }
        if edits.last().is_some_and(|edit| edit.end > at) {
            *shared.pem = pem;
        }
        if at == start {
            *shared.secret_name_age = age;
        }
        while self.edits.len() > first && self.edits.last().is_some_and(|edit| edit.start >= at) {
            self.edits.pop();
        }
        at
    }
}

/// Returns an index about [`OVERLAP`] bytes before the end of a text, but not before `start`: after a space or a comma,
/// or at least outside of escapes.
fn safe_boundary(text: &str, start: usize) -> usize {
    let latest = text.len().saturating_sub(OVERLAP);
    if latest <= start {
        return start;
    }
    let bytes = text.as_bytes();
    let is_gap = |byte: &u8| matches!(byte, b' ' | b',');
    let before = bytes.get(start.max(latest.saturating_sub(1024))..latest).unwrap_or_default();
    if let Some(gap) = before.iter().rev().position(is_gap) {
        return latest - gap;
    }
    let tail = bytes.get(start.max(latest.saturating_sub(16))..latest).unwrap_or_default();
    let escape = tail.iter().position(|byte| *byte == b'\\').map_or(latest, |at| latest - tail.len() + at);
    let before = bytes.get(start..escape).unwrap_or_default();
    let escape = escape - before.iter().rev().take_while(|byte| **byte == b'\\').count();
    text.floor_char_boundary(escape).max(start)
}

/// Returns the byte that closes the JSON that begins at `at`, the index of its first token, and what this may be.
fn opening(bytes: &[u8], at: usize, may_have_strings: &mut bool) -> Option<(u8, usize, Expected)> {
    let next = skip_space(bytes, at + 1);
    let first = bytes.get(next).copied().unwrap_or(0);
    match bytes.get(at)? {
        b'{' => matches!(first, b'"' | b'}').then(|| (b'}', at + 1, Expected::NameOrClose)),
        b'[' => {
            let is_value =
                matches!(first, b'"' | b'{' | b'[' | b']' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n');
            is_value.then(|| (b']', at + 1, Expected::ValueOrClose))
        }
        _ => {
            let is_escaped = at.checked_sub(1).and_then(|before| bytes.get(before)) == Some(&b'\\');
            if is_escaped || !*may_have_strings {
                return None;
            }
            let Some(end) = closing_quote(bytes, at + 1) else {
                *may_have_strings = false;
                return None;
            };
            let is_name = bytes.get(skip_space(bytes, end + 1)) == Some(&b':') && is_one_line(bytes, at..end);
            is_name.then_some((b'}', at, Expected::Name))
        }
    }
}
