//! Search for the special bytes of JSON strings: quotes, backslashes and control characters.
//!
//! Strings in log lines are short, so a new search for each of them would be slow. Instead each block of text is
//! examined once, and its special bytes are kept as a bit mask for the following searches.

/// Bytes in a block.
const BLOCK: usize = 64;

/// Finder of special bytes in a text; fast if the positions are requested in ascending order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Specials<'a> {
    text: &'a [u8],
    /// Start of the block that `marks` describes; `usize::MAX` before the first search.
    block: usize,
    /// Bit mask: bit n is set if byte n of the block is special.
    marks: u64,
}

impl<'a> Specials<'a> {
    pub(crate) fn of(text: &'a [u8]) -> Self {
        Self { text, block: usize::MAX, marks: 0 }
    }

    /// Index of the first special byte at or after `from`.
    #[inline]
    pub(crate) fn find(&mut self, from: usize) -> Option<usize> {
        if from / BLOCK != self.block / BLOCK {
            self.load_block(from - from % BLOCK);
        }
        let mut ahead = self.marks & (u64::MAX << (from % BLOCK));
        while ahead == 0 {
            let next = self.block + BLOCK;
            if next >= self.text.len() {
                return None;
            }
            self.load_block(next);
            ahead = self.marks;
        }
        Some(self.block + usize::try_from(ahead.trailing_zeros()).unwrap_or(BLOCK))
    }

    #[inline]
    fn load_block(&mut self, block: usize) {
        self.block = block;
        let rest = self.text.get(block..).unwrap_or_default();
        self.marks = match rest.first_chunk::<BLOCK>() {
            Some(bytes) => marks(bytes),
            None => marks(&padded(rest)),
        };
    }
}

/// The last, shorter block of a text, filled with spaces.
fn padded(rest: &[u8]) -> [u8; BLOCK] {
    let mut bytes = [b' '; BLOCK];
    bytes.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    bytes
}

fn is_special(byte: u8) -> bool {
    // Without short-circuit operators, so that the compiler uses vector instructions.
    (byte == b'"') | (byte == b'\\') | (byte < 0x20)
}

/// Bit mask of the special bytes, the first byte in the lowest bit. Each byte is mapped to its bit within a group of
/// eight, then each group is joined into one byte.
#[inline]
fn marks(bytes: &[u8; BLOCK]) -> u64 {
    let mut bits = [0_u8; BLOCK];
    for (n, (bit, byte)) in bits.iter_mut().zip(bytes).enumerate() {
        *bit = u8::from(is_special(*byte)) << (n % 8);
    }
    let (eights, _) = bits.as_chunks::<8>();
    eights.iter().enumerate().fold(0, |marks, (n, eight)| marks | sum(*eight) << (8 * n))
}

/// Sum of eight bytes that have no bit in common: a multiplication adds them up in the highest byte.
fn sum(bytes: [u8; 8]) -> u64 {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    u64::from_le_bytes(bytes).wrapping_mul(ONES) >> 56
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn special_bytes_are_found_from_any_position(text in r#"([a-zé]{0,70}["\\\n]?){0,4}"#, from in 0_usize..200) {
            let bytes = text.as_bytes();
            let expected = |from| (from..bytes.len()).find(|at| b"\"\\\n".contains(&bytes[*at]));
            let mut specials = Specials::of(bytes);
            for from in [from, from + 1, 0, bytes.len()] {
                prop_assert_eq!(specials.find(from), expected(from));
            }
        }
    }

    #[test]
    fn only_control_characters_quotes_and_backslashes_are_special() {
        for byte in 0..=u8::MAX {
            let expected = byte < b' ' || byte == b'"' || byte == b'\\';
            assert_eq!(Specials::of(&[byte]).find(0).is_some(), expected, "{byte}");
        }
    }
}
