//! Text as a JSON string: the escapes put in that reading undoes.

use super::specials::Specials;

/// Appends `text` as a JSON string, quotes included.
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

/// What stands between two escapes is rarely longer.
const SHORT: usize = 16;

/// Appends what stands before `end`: of what is short a fixed length, of which the rest is taken away again, because
/// that is quicker than a length that only shows.
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
            // There is no control character from 32 on.
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
        fn it_is_written_as_serde_has_it(text in "\\PC{0,80}(\"|\\\\|\n|\u{1}|\u{1f}|[a-z\"]{0,90}|\u{0}){0,9}") {
            let mut out = b"before".to_vec();
            write_string(&text, &mut out);
            prop_assert_eq!(String::from_utf8(out).unwrap(), format!("before{}", serde_json::to_string(&text).unwrap()));
        }
    }

    #[test]
    fn every_byte_of_ascii_is_written_as_serde_has_it() {
        for byte in 0..128_u8 {
            let (text, mut out) = (char::from(byte).to_string(), Vec::new());
            write_string(&text, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), serde_json::to_string(&text).unwrap());
        }
    }
}
