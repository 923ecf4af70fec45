//! Protobuf writer: appends the fields of a message to a buffer.

use tailwater_parser::varint;

/// Number of a protobuf field. All numbers used here but that of [`Message::fixed32`] are below 16, so that a tag (number and
/// wire type) is one byte.
pub(super) type Field = u8;

const VARINT: u8 = 0;
const FIXED64: u8 = 1;
const LENGTH_DELIMITED: u8 = 2;
const FIXED32: u8 = 5;

/// Number of bytes reserved for the length of a nested message before it is known. Two bytes fit most log records,
/// which have between 128 and 16,383 bytes.
const RESERVED_LEN: usize = 2;

/// Writer that appends the fields of one protobuf message to a buffer.
pub(super) struct Message<'b> {
    out: &'b mut Vec<u8>,
}

impl<'b> Message<'b> {
    /// Creates a writer that appends to `out`.
    pub(super) fn on(out: &'b mut Vec<u8>) -> Self {
        Self { out }
    }

    /// Appends fields that are encoded already.
    pub(super) fn encoded(&mut self, fields: &[u8]) {
        self.out.extend_from_slice(fields);
    }

    /// Appends a field with an unsigned integer, an enumeration value or a boolean.
    pub(super) fn varint(&mut self, field: Field, value: u64) {
        self.tag(field, VARINT);
        varint::write(self.out, value);
    }

    /// Appends a `sint32`, which is short for small numbers of either sign.
    pub(super) fn zigzag(&mut self, field: Field, value: i32) {
        self.tag(field, VARINT);
        varint::write_signed(self.out, i64::from(value));
    }

    /// Appends a `fixed64` or `sfixed64`.
    pub(super) fn fixed64(&mut self, field: Field, value: u64) {
        self.tag(field, FIXED64);
        self.out.extend_from_slice(&value.to_le_bytes());
    }

    /// Appends a `fixed32`. The number of its field may be 16 or more.
    pub(super) fn fixed32(&mut self, field: Field, value: u32) {
        if field < 16 {
            self.tag(field, FIXED32);
        } else {
            varint::write(self.out, u64::from(field) << 3 | u64::from(FIXED32));
        }
        self.out.extend_from_slice(&value.to_le_bytes());
    }

    /// Appends a `double`.
    pub(super) fn double(&mut self, field: Field, value: f64) {
        self.fixed64(field, value.to_bits());
    }

    /// Appends a string or bytes.
    pub(super) fn bytes(&mut self, field: Field, value: &[u8]) {
        self.head(field, value.len());
        self.out.extend_from_slice(value);
    }

    /// Appends tag and length of a nested message. The caller must then append its fields, which have `length` bytes.
    pub(super) fn head(&mut self, field: Field, length: usize) {
        self.tag(field, LENGTH_DELIMITED);
        varint::write_size(self.out, length);
    }

    /// Appends a nested message whose fields `fill` writes. Its length is inserted afterwards. A length of two
    /// bytes, the usual case, is written without the loop of [`varint::write`].
    #[inline]
    pub(super) fn nested(&mut self, field: Field, fill: impl FnOnce(&mut Message<'_>)) {
        self.tag(field, LENGTH_DELIMITED);
        let at = self.out.len();
        self.out.extend_from_slice(&[0; RESERVED_LEN]);
        fill(&mut Message::on(self.out));
        let begin = at + RESERVED_LEN;
        let length = self.out.len().saturating_sub(begin);
        match self.out.get_mut(at..begin) {
            Some([low, high]) if (128..1 << 14).contains(&length) => {
                let [least, next, ..] = (length << 1).to_le_bytes();
                (*low, *high) = ((least >> 1) | 0x80, next);
            }
            Some([low, _]) if length < 128 => {
                let [least, ..] = length.to_le_bytes();
                *low = least;
                // One byte is enough. The move is cheap, because the message is short.
                self.out.remove(at + 1);
            }
            Some(_) | None => {
                let mut encoded = Vec::new();
                varint::write_size(&mut encoded, length);
                self.out.splice(at..begin, encoded);
            }
        }
    }

    /// Appends a packed `repeated uint64`.
    pub(super) fn packed(&mut self, field: Field, values: impl Iterator<Item = u64>) {
        self.nested(field, |message| values.for_each(|value| varint::write(message.out, value)));
    }

    fn tag(&mut self, field: Field, wire_type: u8) {
        debug_assert!(field < 16, "the tag needs two bytes");
        self.out.push((field << 3) | wire_type);
    }
}

/// Returns the size in bytes of a length-delimited field whose content has `length` bytes.
pub(super) fn field_len(length: usize) -> usize {
    1 + varint::encoded_len(u64::try_from(length).unwrap_or(u64::MAX)) + length
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
    fn fields_match_the_examples_of_the_specification() {
        assert_eq!(written(|m| m.varint(1, 150)), [0x08, 0x96, 0x01]);
        assert_eq!(written(|m| m.varint(1, 0)), [0x08, 0x00]);
        assert_eq!(written(|m| m.bytes(2, b"testing")), b"\x12\x07testing");
        assert_eq!(
            written(|m| m.packed(6, [3, 270, 86_942].into_iter())),
            b"\x32\x06\x03\x8e\x02\x9e\xa7\x05"
        );
        assert_eq!(written(|m| m.fixed32(16, 1)), [0x85, 0x01, 1, 0, 0, 0]);
        assert_eq!(written(|m| m.fixed64(1, 1)), [0x09, 1, 0, 0, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn signed_numbers_are_zigzag_encoded() {
        let folded = [0, -1, 1, -2, i32::MAX, i32::MIN].map(|value| written(|m| m.zigzag(1, value)));
        let expected =
            [0, 1, 2, 3, 4_294_967_294, 4_294_967_295].map(|value| written(|m| m.varint(1, value)));
        assert_eq!(folded, expected);
    }

    proptest! {
        #[test]
        fn length_inserted_afterwards_equals_the_known_one(length in prop_oneof![0..300_usize, 16_000..17_000_usize]) {
            let content = vec![7; length];
            let later = written(|m| m.nested(3, |m| m.encoded(&content)));
            prop_assert_eq!(&later, &written(|m| m.bytes(3, &content)));
            prop_assert_eq!(later.len(), field_len(length));
        }

        #[test]
        fn any_number_is_decoded(value in any::<u64>()) {
            let encoded = written(|m| m.varint(1, value));
            prop_assert_eq!(prost::encoding::decode_varint(&mut &encoded[1..]).unwrap(), value);
        }
    }
}
