//! Where a text has quotes, backslashes and control characters: all that matters inside a JSON string.
//!
//! The strings of a log line are short, so a search that starts anew for each costs more than what it finds. Here each
//! block of text is looked at once, and its special bytes are kept as bits to be asked for one after the other.

/// Bytes looked at together.
const BLOCK: usize = 64;

/// The special bytes of a text, best asked for in rising order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Specials<'a> {
    text: &'a [u8],
    /// Where the block begins that `marks` is of; far behind any text until one was looked at.
    block: usize,
    /// Bit n stands for byte n of the block.
    marks: u64,
}

impl<'a> Specials<'a> {
    pub(crate) fn of(text: &'a [u8]) -> Self {
        Self { text, block: usize::MAX, marks: 0 }
    }

    /// Index of the first special byte at or behind `from`.
    #[inline]
    pub(crate) fn find(&mut self, from: usize) -> Option<usize> {
        if from / BLOCK != self.block / BLOCK {
            self.look_at(from - from % BLOCK);
        }
        let mut ahead = self.marks & (u64::MAX << (from % BLOCK));
        while ahead == 0 {
            let next = self.block + BLOCK;
            if next >= self.text.len() {
                return None;
            }
            self.look_at(next);
            ahead = self.marks;
        }
        Some(self.block + usize::try_from(ahead.trailing_zeros()).unwrap_or(BLOCK))
    }

    #[inline]
    fn look_at(&mut self, block: usize) {
        self.block = block;
        let rest = self.text.get(block..).unwrap_or_default();
        self.marks = match rest.first_chunk::<BLOCK>() {
            Some(bytes) => marks(bytes),
            None => marks(&padded(rest)),
        };
    }
}

/// The end of a text, and spaces behind it.
fn padded(rest: &[u8]) -> [u8; BLOCK] {
    let mut bytes = [b' '; BLOCK];
    bytes.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    bytes
}

fn is_special(byte: u8) -> bool {
    // No short circuit: the compiler makes vector instructions of this.
    (byte == b'"') | (byte == b'\\') | (byte < 0x20)
}

/// One bit for each byte, the first byte's lowest: each gets its bit within its eight, then each eight become a byte.
#[inline]
fn marks(bytes: &[u8; BLOCK]) -> u64 {
    let mut bits = [0_u8; BLOCK];
    for (n, (bit, byte)) in bits.iter_mut().zip(bytes).enumerate() {
        *bit = u8::from(is_special(*byte)) << (n % 8);
    }
    let (eights, _) = bits.as_chunks::<8>();
    eights.iter().enumerate().fold(0, |marks, (n, eight)| marks | sum(*eight) << (8 * n))
}

/// The sum of eight bytes that have no bit in common: a multiplication adds all of them up in the highest byte.
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
        fn every_special_byte_is_found_from_wherever_one_asks(text in r#"([a-zé]{0,70}["\\\n]?){0,4}"#, from in 0_usize..200) {
            let bytes = text.as_bytes();
            let expected = |from| (from..bytes.len()).find(|at| b"\"\\\n".contains(&bytes[*at]));
            let mut specials = Specials::of(bytes);
            for from in [from, from + 1, 0, bytes.len()] {
                prop_assert_eq!(specials.find(from), expected(from));
            }
        }
    }

    #[test]
    fn all_control_characters_are_special_and_nothing_else() {
        for byte in 0..=u8::MAX {
            let expected = byte < b' ' || byte == b'"' || byte == b'\\';
            assert_eq!(Specials::of(&[byte]).find(0).is_some(), expected, "{byte}");
        }
    }
}
