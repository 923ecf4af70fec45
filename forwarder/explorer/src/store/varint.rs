//! Variable-length integers (LEB128, as in Protocol Buffers): seven bits in each byte, least significant first.

/// Appends an unsigned integer.
pub(super) fn write(out: &mut Vec<u8>, mut value: u64) {
    loop {
        let [low, ..] = value.to_le_bytes();
        value >>= 7;
        if value == 0 {
            out.push(low & 0x7f);
            return;
        }
        out.push(low | 0x80);
    }
}

/// Appends a signed integer in zigzag encoding, so that small negative numbers are short too.
pub(super) fn write_signed(out: &mut Vec<u8>, value: i64) {
    write(out, ((value << 1) ^ (value >> 63)).cast_unsigned());
}

/// Decodes an unsigned integer from the front of `input` and advances `input`. Returns `None` if the encoding is
/// truncated or longer than ten bytes.
pub(super) fn read(input: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = *input.split_off_first()?;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

/// Decodes a signed integer that [`write_signed`] encoded.
pub(super) fn read_signed(input: &mut &[u8]) -> Option<i64> {
    let value = read(input)?;
    Some((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
}

/// Decodes a length or an index.
pub(super) fn read_size(input: &mut &[u8]) -> Option<usize> {
    usize::try_from(read(input)?).ok()
}

/// Appends a length or an index.
pub(super) fn write_size(out: &mut Vec<u8>, size: usize) {
    write(out, u64::try_from(size).unwrap_or(u64::MAX));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn encoded_values_decode_unchanged(unsigned: u64, signed: i64) {
            let mut out = Vec::new();
            write(&mut out, unsigned);
            write_signed(&mut out, signed);
            let mut input = out.as_slice();
            prop_assert_eq!((read(&mut input), read_signed(&mut input)), (Some(unsigned), Some(signed)));
            prop_assert!(input.is_empty());
        }
    }

    #[test]
    fn truncated_value_is_none() {
        assert_eq!(read(&mut [0x80].as_slice()), None);
        assert_eq!(read(&mut [].as_slice()), None);
    }
}
