//! Protobuf, as far as OTLP needs it: fields appended to a buffer, each length in front of what it measures.

/// Number of a field. All that OTLP needs here are below 16, so a tag is one byte.
pub(super) type Field = u8;

const VARINT: u8 = 0;
const FIXED64: u8 = 1;
const LENGTH_DELIMITED: u8 = 2;

/// Room kept for a length that is not known yet: most log records have between 128 and 16,383 bytes.
const LENGTH_ROOM: usize = 2;

/// Appends the fields of one message to a buffer.
pub(super) struct Message<'b> {
    out: &'b mut Vec<u8>,
}

impl<'b> Message<'b> {
    /// What is written goes behind what `out` holds.
    pub(super) fn on(out: &'b mut Vec<u8>) -> Self {
        Self { out }
    }

    /// Fields that are encoded already.
    pub(super) fn encoded(&mut self, fields: &[u8]) {
        self.out.extend_from_slice(fields);
    }

    /// An unsigned number, an enumeration or a boolean.
    pub(super) fn varint(&mut self, field: Field, value: u64) {
        self.tag(field, VARINT);
        self.number(value);
    }

    /// A signed number that is small whatever its sign, as protobuf's `sint32`.
    pub(super) fn zigzag(&mut self, field: Field, value: i32) {
        let folded = value.unsigned_abs() << 1;
        self.varint(field, u64::from(if value < 0 { folded.wrapping_sub(1) } else { folded }));
    }

    /// Eight bytes, as protobuf's `fixed64` and `sfixed64`.
    pub(super) fn fixed64(&mut self, field: Field, value: u64) {
        self.tag(field, FIXED64);
        self.out.extend_from_slice(&value.to_le_bytes());
    }

    /// A floating-point number.
    pub(super) fn double(&mut self, field: Field, value: f64) {
        self.fixed64(field, value.to_bits());
    }

    /// Text or bytes.
    pub(super) fn bytes(&mut self, field: Field, value: &[u8]) {
        self.head(field, value.len());
        self.out.extend_from_slice(value);
    }

    /// The tag and length of a message whose `length` is known; its fields have to follow.
    pub(super) fn head(&mut self, field: Field, length: usize) {
        self.tag(field, LENGTH_DELIMITED);
        self.number(wide(length));
    }

    /// A message whose length is known only when `fill` has written its fields.
    #[inline]
    pub(super) fn nested(&mut self, field: Field, fill: impl FnOnce(&mut Message<'_>)) {
        self.tag(field, LENGTH_DELIMITED);
        let at = self.out.len();
        self.out.extend_from_slice(&[0; LENGTH_ROOM]);
        fill(&mut Message::on(self.out));
        let begin = at + LENGTH_ROOM;
        let length = self.out.len().saturating_sub(begin);
        match self.out.get_mut(at..begin) {
            Some([low, high]) if (128..1 << 14).contains(&length) => {
                let [least, next, ..] = (length << 1).to_le_bytes();
                (*low, *high) = ((least >> 1) | 0x80, next);
            }
            Some([low, _]) if length < 128 => {
                let [least, ..] = length.to_le_bytes();
                *low = least;
                // One byte was enough, and what stands behind it is short.
                self.out.remove(at + 1);
            }
            Some(_) | None => {
                let mut encoded = Vec::new();
                Message::on(&mut encoded).number(wide(length));
                self.out.splice(at..begin, encoded);
            }
        }
    }

    /// Numbers one behind the other, as protobuf's packed `repeated uint64`.
    pub(super) fn packed(&mut self, field: Field, values: impl Iterator<Item = u64>) {
        self.nested(field, |message| values.for_each(|value| message.number(value)));
    }

    fn tag(&mut self, field: Field, wire_type: u8) {
        debug_assert!(field < 16, "a tag of two bytes");
        self.out.push((field << 3) | wire_type);
    }

    /// Seven bits a byte, the lowest first.
    fn number(&mut self, mut value: u64) {
        while value >= 0x80 {
            let [low, ..] = value.to_le_bytes();
            self.out.push(low | 0x80);
            value >>= 7;
        }
        let [low, ..] = value.to_le_bytes();
        self.out.push(low);
    }
}

/// The bytes of a length-delimited field whose content has `length` bytes.
pub(super) fn field_len(length: usize) -> usize {
    1 + varint_len(length) + length
}

/// The bytes of a number, seven bits in each.
fn varint_len(value: usize) -> usize {
    let bits = (usize::BITS - (value | 1).leading_zeros()).div_ceil(7);
    usize::try_from(bits).unwrap_or(usize::MAX)
}

fn wide(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(write: impl FnOnce(&mut Message<'_>)) -> Vec<u8> {
        let mut out = Vec::new();
        write(&mut Message::on(&mut out));
        out
    }

    #[test]
    fn numbers_are_as_the_specification_shows_them() {
        assert_eq!(written(|m| m.varint(1, 150)), [0x08, 0x96, 0x01]);
        assert_eq!(written(|m| m.varint(1, 0)), [0x08, 0x00]);
        assert_eq!(written(|m| m.bytes(2, b"testing")), b"\x12\x07testing");
        assert_eq!(
            written(|m| m.packed(6, [3, 270, 86_942].into_iter())),
            b"\x32\x06\x03\x8e\x02\x9e\xa7\x05"
        );
        assert_eq!(written(|m| m.fixed64(1, 1)), [0x09, 1, 0, 0, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn signed_numbers_fold_around_zero() {
        let folded = [0, -1, 1, -2, i32::MAX, i32::MIN].map(|value| written(|m| m.zigzag(1, value)));
        let expected =
            [0, 1, 2, 3, 4_294_967_294, 4_294_967_295].map(|value| written(|m| m.varint(1, value)));
        assert_eq!(folded, expected);
    }

    proptest! {
        #[test]
        fn a_length_filled_in_later_is_the_one_known_before(length in prop_oneof![0..300_usize, 16_000..17_000_usize]) {
            let content = vec![7; length];
            let later = written(|m| m.nested(3, |m| m.encoded(&content)));
            prop_assert_eq!(&later, &written(|m| m.bytes(3, &content)));
            prop_assert_eq!(later.len(), field_len(length));
        }

        #[test]
        fn any_number_is_read_back(value in any::<u64>()) {
            let encoded = written(|m| m.number(value));
            prop_assert_eq!(prost::encoding::decode_varint(&mut &encoded[..]).unwrap(), value);
        }
    }
}
