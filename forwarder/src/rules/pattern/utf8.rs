//! Ranges of characters as sequences of byte ranges.

/// Range of bytes.
pub(super) type ByteRange = (u8, u8);

/// First code points that take two, three and four bytes, and those around the surrogates, which are no characters.
const BORDERS: &[u32] = &[0x80, 0x800, 0xD800, 0xE000, 0x1_0000];

/// Splits a range of characters into sequences of byte ranges: the UTF-8 of each character in the range is in exactly one
/// of them.
pub(super) fn sequences(first: char, last: char) -> Vec<Vec<ByteRange>> {
    let mut found = Vec::new();
    let mut from = u32::from(first);
    let last = u32::from(last);
    for border in BORDERS.iter().copied().chain([u32::MAX]) {
        let to = last.min(border - 1);
        if from <= to {
            split(from, to, &mut found);
            from = to + 1;
        }
    }
    found
}

/// Splits a range of code points of equal length until each of its bytes varies independently.
fn split(first: u32, last: u32, found: &mut Vec<Vec<ByteRange>>) {
    let (Some(low), Some(high)) = (char::from_u32(first), char::from_u32(last)) else { return };
    for bits in [6, 12, 18] {
        let mask = (1_u32 << bits) - 1;
        if first & !mask == last & !mask {
            break;
        }
        if first & mask != 0 {
            split(first, first | mask, found);
            return split((first | mask) + 1, last, found);
        }
        if last & mask != mask {
            split(first, (last & !mask) - 1, found);
            return split(last & !mask, last, found);
        }
    }
    let (mut a, mut b) = ([0; 4], [0; 4]);
    let pairs = low.encode_utf8(&mut a).bytes().zip(high.encode_utf8(&mut b).bytes());
    found.push(pairs.collect());
}
