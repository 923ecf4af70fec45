//! Writing of JSON strings.

use super::specials::Specials;

/// Appends `text` as a JSON string, with quotes.
///
/// ```
/// let mut out = Vec::new();
/// tailwater_parser::json::write_string("a\t\"b\"\u{1}", &mut out);
/// assert_eq!(out, br#""a\t\"b\"\u0001""#);
/// ```
pub fn write_string(text: &str, out: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    out.reserve(bytes.len() + bytes.len() / 8 + SHORT);
    out.push(b'"');
    let (mut specials, mut at) = (Specials::of(bytes), 0);
    while let Some(special) = specials.find(at) {
        push_up_to(special, bytes, at, out);
        push_escape(bytes.get(special).copied().unwrap_or_default(), out);
        at = special + 1;
    }
    out.extend_from_slice(bytes.get(at..).unwrap_or_default());
    out.push(b'"');
}

/// Size of the fixed-length copy; the text between two escapes is rarely longer.
const SHORT: usize = 16;

/// Appends the text before `end`. Short text is copied with a fixed length and then truncated, which is faster than a
/// copy of variable length.
#[inline]
fn push_up_to(end: usize, bytes: &[u8], at: usize, out: &mut Vec<u8>) {
    let len = end - at;
    let from = bytes.get(at..).unwrap_or_default();
    match from.first_chunk::<SHORT>() {
        Some(chunk) if len <= SHORT => {
            let before = out.len();
            out.extend_from_slice(chunk);
            out.truncate(before + len);
        }
        _ => out.extend_from_slice(from.get(..len).unwrap_or_default()),
    }
}

#[inline]
fn push_escape(special: u8, out: &mut Vec<u8>) {
    let short = match special {
        b'"' | b'\\' => special,
        b'\n' => b'n',
        b'\t' => b't',
        b'\r' => b'r',
        8 => b'b',
        12 => b'f',
        _ => {
            // Control characters are below 32, so the first digit is 0 or 1.
            let first = if special < 16 { b'0' } else { b'1' };
            let second = b"0123456789abcdef".get(usize::from(special & 15)).copied().unwrap_or(b'0');
            return out.extend_from_slice(&[b'\\', b'u', b'0', b'0', first, second]);
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn strings_are_written_as_by_serde_json(text in "\\PC{0,80}(\"|\\\\|\n|\u{1}|\u{1f}|[a-z\"]{0,90}|\u{0}){0,9}") {
            let mut out = b"before".to_vec();
            write_string(&text, &mut out);
            prop_assert_eq!(String::from_utf8(out).unwrap(), format!("before{}", serde_json::to_string(&text).unwrap()));
        }
    }

    #[test]
    fn all_ascii_characters_are_written_as_by_serde_json() {
        for byte in 0..128_u8 {
            let (text, mut out) = (char::from(byte).to_string(), Vec::new());
            write_string(&text, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), serde_json::to_string(&text).unwrap());
        }
    }
}
