//! Eight bytes of text at a time: where the next quote, backslash or control character stands.

/// Repeats `byte` over a word.
pub(super) const fn spread(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

/// The high bit of each byte of `word` that is zero (and perhaps of bytes above the first such).
pub(super) const fn zero_bytes(word: u64) -> u64 {
    word.wrapping_sub(spread(1)) & !word & spread(0x80)
}

/// Index of the next quote, backslash or control character at or behind `from`, eight bytes at a time.
#[inline]
pub(crate) fn find_special(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    while let Some(chunk) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let special = special_bytes(u64::from_le_bytes(*chunk));
        if special != 0 {
            return Some(at + first_marked(special));
        }
        at += 8;
    }
    let tail = bytes.get(at..)?;
    tail.iter().position(|&byte| byte == b'"' || byte == b'\\' || byte < 0x20).map(|found| at + found)
}

/// Marks quotes, backslashes and control characters of a little-endian word; right up to the first marked byte.
const fn special_bytes(word: u64) -> u64 {
    let controls = word.wrapping_sub(spread(0x20)) & !word & spread(0x80);
    zero_bytes(word ^ spread(b'"')) | zero_bytes(word ^ spread(b'\\')) | controls
}

pub(super) const fn first_marked(marks: u64) -> usize {
    const INDEX: [usize; 9] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
    #[expect(clippy::as_conversions, clippy::indexing_slicing, reason = "at most 64 / 8, in a const fn")]
    INDEX[(marks.trailing_zeros() / 8) as usize]
}
