//! Unescaping of JSON strings.

use super::specials::Specials;

/// Progress of [`unescape`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Unescaped {
    /// Bytes read: up to the closing quote, or to the end of the text or an escape that is incomplete there.
    pub(crate) read: usize,
    /// Bytes written.
    pub(crate) written: usize,
    /// True if an invalid escape or half a surrogate pair was replaced by U+FFFD.
    pub(crate) is_repaired: bool,
    /// True if the closing quote was found.
    pub(crate) is_closed: bool,
}

/// Buffer size that [`unescape`] needs for `len` bytes of text. It can exceed `len`: an invalid `\u` of
/// two bytes becomes U+FFFD, of three bytes.
pub(crate) fn unescaped_capacity(len: usize) -> usize {
    len + len / 2 + SHORT
}

/// Unescapes a JSON string into `out`. `text` begins after the opening quote and may contain more than the string: one
/// pass finds the closing quote and copies the text before it. `out` must have [`unescaped_capacity`].
pub(crate) fn unescape(text: &[u8], out: &mut [u8]) -> Unescaped {
    let mut specials = Specials::of(text);
    let mut done = Unescaped::default();
    loop {
        let special = specials.find(done.read).unwrap_or(text.len());
        done = copy_up_to(special, text, done, out);
        done = match text.get(special..).unwrap_or_default() {
            [b'"', ..] => return Unescaped { is_closed: true, ..done },
            [] | [b'\\'] => return done,
            [b'\\', b'u', ..] => match unicode_escape(text.get(special..).unwrap_or_default()) {
                Escape::Incomplete => return done,
                Escape::Char(used, character) => put_char(character, used, done, out),
            },
            [b'\\', escape, ..] => put_byte(unescaped(*escape), 2, done, out),
            [control, ..] => put_byte(*control, 1, done, out),
        };
    }
}

/// Size of the fixed-length copy; the text between two escapes is rarely longer.
const SHORT: usize = 16;

/// Copies the text before `end`. Short text is copied with a fixed length, which is a single instruction; the surplus
/// is overwritten later.
#[inline]
fn copy_up_to(end: usize, text: &[u8], done: Unescaped, out: &mut [u8]) -> Unescaped {
    let len = end - done.read;
    let from = text.get(done.read..).unwrap_or_default();
    let to = out.get_mut(done.written..).unwrap_or_default();
    match (from.first_chunk::<SHORT>(), to.first_chunk_mut::<SHORT>()) {
        (Some(from), Some(to)) if len <= SHORT => *to = *from,
        _ => {
            if let (Some(from), Some(to)) = (from.get(..len), to.get_mut(..len)) {
                to.copy_from_slice(from);
            }
        }
    }
    Unescaped { read: end, written: done.written + len, ..done }
}

#[inline]
fn put_byte(byte: u8, used: usize, done: Unescaped, out: &mut [u8]) -> Unescaped {
    if let Some(slot) = out.get_mut(done.written) {
        *slot = byte;
    }
    Unescaped { read: done.read + used, written: done.written + 1, ..done }
}

/// Character that a backslash and `escape` stand for.
fn unescaped(escape: u8) -> u8 {
    match escape {
        b'n' => b'\n',
        b't' => b'\t',
        b'r' => b'\r',
        b'b' => 8,
        b'f' => 12,
        quoted => quoted,
    }
}

fn put_char(character: Option<char>, used: usize, done: Unescaped, out: &mut [u8]) -> Unescaped {
    let mut utf8 = [0; 4];
    let encoded = character.unwrap_or(char::REPLACEMENT_CHARACTER).encode_utf8(&mut utf8).as_bytes();
    if let Some(slot) = out.get_mut(done.written..done.written + encoded.len()) {
        slot.copy_from_slice(encoded);
    }
    Unescaped {
        read: done.read + used,
        written: done.written + encoded.len(),
        is_repaired: done.is_repaired || character.is_none(),
        ..done
    }
}

/// A `\uXXXX` escape, or two that form a surrogate pair.
enum Escape {
    /// The text ends inside the escape.
    Incomplete,
    /// Length of the escape, and its character; `None` if the escape is invalid or half a surrogate pair.
    Char(usize, Option<char>),
}

fn unicode_escape(text: &[u8]) -> Escape {
    if text.len() < 6 {
        return Escape::Incomplete;
    }
    let Some(first) = hex_unit(text) else {
        return Escape::Char(2, None);
    };
    if let Some(character) = char::from_u32(first) {
        return Escape::Char(6, Some(character));
    }
    let is_high = (0xD800..0xDC00).contains(&first);
    if is_high
        && text.len() < 12
        && text.get(6..).is_some_and(|rest| b"\\u".starts_with(rest.get(..2).unwrap_or(rest)))
    {
        return Escape::Incomplete;
    }
    let low = text.get(6..).filter(|_| is_high).and_then(hex_unit);
    match low.filter(|low| (0xDC00..0xE000).contains(low)) {
        Some(low) => Escape::Char(12, char::from_u32(0x10000 + ((first - 0xD800) << 10) + (low - 0xDC00))),
        None => Escape::Char(6, None),
    }
}

fn hex_unit(text: &[u8]) -> Option<u32> {
    let digits = text.strip_prefix(b"\\u")?.get(..4)?;
    digits.iter().try_fold(0, |unit, &digit| Some(unit * 16 + char::from(digit).to_digit(16)?))
}

/// Unescapes a whole string, given without its quotes.
pub(super) fn unescape_owned(raw: &str) -> String {
    let mut out = vec![0; unescaped_capacity(raw.len())];
    let done = unescape(raw.as_bytes(), &mut out);
    out.truncate(done.written);
    if done.read < raw.len() {
        // Half a surrogate pair: the other half cannot follow any more.
        out.extend_from_slice("\u{FFFD}".as_bytes());
    }
    String::from_utf8(out).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}
