//! Removal of one layer of JSON escapes, with the place of each character in the escaped text.

/// Text without one layer of escapes.
#[derive(Debug, Default)]
pub(super) struct Unescaped {
    pub(super) text: String,
    /// Ends of escapes, in ascending order.
    ends: Vec<EscapeEnd>,
}

#[derive(Clone, Copy, Debug)]
struct EscapeEnd {
    unescaped: usize,
    escaped: usize,
}

impl Unescaped {
    /// Removes the escapes of `escaped`; what is no valid escape stays. `None` if there is none.
    pub(super) fn new(escaped: &str) -> Option<Self> {
        let Self { mut text, mut ends } = Self::default();
        let has_escapes = unescape_into(escaped, &mut text, |end| ends.push(end));
        has_escapes.then_some(Self { text, ends })
    }

    /// Index in the escaped text of an index in the unescaped one.
    pub(super) fn escaped_index(&self, at: usize) -> usize {
        let before = self.ends.partition_point(|end| end.unescaped <= at);
        match before.checked_sub(1).and_then(|last| self.ends.get(last)) {
            Some(end) => end.escaped + (at - end.unescaped),
            None => at,
        }
    }
}

/// Removes all layers of escapes of `text`, up to `layers`. Returns `None` if it has none.
pub(super) fn unescape_all(text: &str, layers: usize, out: &mut [String; 2]) -> bool {
    let [current, next] = out;
    current.clear();
    current.push_str(text);
    let mut is_changed = false;
    for _ in 0..layers {
        next.clear();
        if !unescape_into(current, next, |_| {}) {
            break;
        }
        std::mem::swap(current, next);
        is_changed = true;
    }
    is_changed
}

/// Writes `text` without one layer of escapes to `out`, which must be empty, and calls `each` with the end of each escape.
/// Returns false, and writes nothing, if there is none. What is no valid escape stays.
fn unescape_into(text: &str, out: &mut String, mut each: impl FnMut(EscapeEnd)) -> bool {
    let bytes = text.as_bytes();
    let (mut copied, mut at) = (0, 0);
    while let Some(found) = bytes.get(at..).and_then(|rest| memchr::memchr(b'\\', rest)) {
        at += found;
        let Some((c, length)) = bytes.get(at..).and_then(escape_at) else {
            at += 1;
            continue;
        };
        out.push_str(text.get(copied..at).unwrap_or_default());
        out.push(c);
        at += length;
        copied = at;
        each(EscapeEnd { unescaped: out.len(), escaped: at });
    }
    if copied == 0 {
        return false;
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    true
}

/// Reads the escape at the start of `text`: its character and its length.
fn escape_at(text: &[u8]) -> Option<(char, usize)> {
    let c = match text.get(1)? {
        b'"' => '"',
        b'\\' => '\\',
        b'/' => '/',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return unicode_escape(text),
        _ => return None,
    };
    Some((c, 2))
}

fn unicode_escape(text: &[u8]) -> Option<(char, usize)> {
    let unit = |at: usize| {
        let digits = text.get(at..at + 4)?;
        digits.iter().try_fold(0, |value, digit| Some(value * 16 + char::from(*digit).to_digit(16)?))
    };
    let first = unit(2)?;
    if (0xD800..0xDC00).contains(&first)
        && text.get(6..8) == Some(b"\\u")
        && let Some(second @ 0xDC00..0xE000) = unit(8)
    {
        let code = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
        return Some((char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 12));
    }
    Some((char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER), 6))
}

/// Appends `text` as it is written in a JSON string.
pub(super) fn escape_into(text: &str, out: &mut String) {
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
}
