//! Variable-length integers (LEB128, the varint of Protocol Buffers): seven bits in each byte, the lowest first. Every
//! byte but the last has its highest bit set.

/// Appends `value` to `out`: one byte for each seven bits, at most ten.
///
/// ```
/// use tailwater_parser::varint;
/// let mut out = Vec::new();
/// varint::write(&mut out, 300);
/// assert_eq!(out, [0xac, 0x02]);
/// assert_eq!(varint::read(&mut out.as_slice()), Some(300));
/// ```
#[inline]
pub fn write(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        let [low, ..] = value.to_le_bytes();
        out.push(low | 0x80);
        value >>= 7;
    }
    let [low, ..] = value.to_le_bytes();
    out.push(low);
}

/// Appends a signed `value` in zigzag encoding (Protocol Buffers' `sint64`): small numbers of either sign are short.
///
/// ```
/// use tailwater_parser::varint;
/// let mut out = Vec::new();
/// varint::write_signed(&mut out, -3);
/// assert_eq!(out, [5]);
/// assert_eq!(varint::read_signed(&mut out.as_slice()), Some(-3));
/// ```
#[inline]
pub fn write_signed(out: &mut Vec<u8>, value: i64) {
    write(out, ((value << 1) ^ (value >> 63)).cast_unsigned());
}

/// Appends a length or an index.
#[inline]
pub fn write_size(out: &mut Vec<u8>, size: usize) {
    write(out, u64::try_from(size).unwrap_or(u64::MAX));
}

/// Takes a value from the front of `input`; `None` if it is incomplete or longer than ten bytes. Bits above the 64th
/// are dropped.
#[inline]
pub fn read(input: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..u64::BITS).step_by(7) {
        let byte = *input.split_off_first()?;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

/// Takes a value that [`write_signed`] wrote from the front of `input`; `None` as for [`read`].
#[inline]
pub fn read_signed(input: &mut &[u8]) -> Option<i64> {
    let value = read(input)?;
    Some((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
}

/// Takes a length or an index from the front of `input`; `None` as for [`read`], or if it does not fit into a `usize`.
#[inline]
pub fn read_size(input: &mut &[u8]) -> Option<usize> {
    usize::try_from(read(input)?).ok()
}

/// Number of bytes that [`write()`] appends for `value`.
///
/// ```
/// use tailwater_parser::varint;
/// assert_eq!([0, 127, 128, u64::MAX].map(varint::encoded_len), [1, 1, 2, 10]);
/// ```
#[inline]
#[must_use]
pub fn encoded_len(value: u64) -> usize {
    let bits = u64::BITS - (value | 1).leading_zeros();
    usize::try_from(bits.div_ceil(7)).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn values_round_trip(unsigned: u64, bits in 0_u32..64, signed: i64, size: usize) {
            let unsigned = unsigned >> bits;
            let mut out = Vec::new();
            write(&mut out, unsigned);
            prop_assert_eq!(out.len(), encoded_len(unsigned));
            write_signed(&mut out, signed);
            write_size(&mut out, size);
            let mut input = out.as_slice();
            prop_assert_eq!((read(&mut input), read_signed(&mut input)), (Some(unsigned), Some(signed)));
            prop_assert_eq!((read_size(&mut input), input), (Some(size), &[][..]));
        }
    }

    #[test]
    fn small_numbers_of_either_sign_take_one_byte() {
        let encoded = |value| {
            let mut out = Vec::new();
            write_signed(&mut out, value);
            out
        };
        assert_eq!(
            [0, -1, 1, -2, 2, -64, 63].map(encoded),
            [0_u8, 1, 2, 3, 4, 127, 126].map(|byte| vec![byte])
        );
    }

    #[test]
    fn incomplete_and_too_long_values_are_none() {
        assert_eq!(read(&mut [].as_slice()), None);
        assert_eq!(read(&mut [0x80].as_slice()), None);
        assert_eq!(read(&mut [0x80; 11].as_slice()), None);
    }
}
