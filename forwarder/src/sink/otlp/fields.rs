//! Protobuf reader for responses. A response may be cut, or may not be protobuf: reading ends at the first invalid
//! field.

use tailwater_parser::varint;

/// Value of a protobuf field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value<'a> {
    /// Varint.
    Number(u64),
    /// Length-delimited value: string, bytes or message. If the response ends too early, only the beginning of the
    /// value.
    Bytes(&'a [u8]),
    /// Value of a wire type that responses do not use.
    Other,
}

impl<'a> Value<'a> {
    pub(super) fn number(self) -> Option<u64> {
        match self {
            Self::Number(number) => Some(number),
            Self::Bytes(_) | Self::Other => None,
        }
    }

    pub(super) fn bytes(self) -> Option<&'a [u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            Self::Number(_) | Self::Other => None,
        }
    }
}

/// Returns the value of the first field with the number `wanted`.
pub(super) fn find(message: &[u8], wanted: u64) -> Option<Value<'_>> {
    Fields(message).find_map(|(field, value)| (field == wanted).then_some(value))
}

/// Iterator over the fields of a message, until its end or the first invalid field.
struct Fields<'a>(&'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = (u64, Value<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let tag = varint::read(&mut self.0)?;
        let value = match tag & 7 {
            0 => Value::Number(varint::read(&mut self.0)?),
            1 => self.skip(8),
            2 => {
                let length = varint::read(&mut self.0)?;
                Value::Bytes(self.at_most(length))
            }
            5 => self.skip(4),
            _ => return None,
        };
        Some((tag >> 3, value)).filter(|(field, _)| *field > 0)
    }
}

impl<'a> Fields<'a> {
    /// Takes up to `length` bytes.
    fn at_most(&mut self, length: u64) -> &'a [u8] {
        let length = usize::try_from(length).unwrap_or(usize::MAX).min(self.0.len());
        let (bytes, rest) = self.0.split_at_checked(length).unwrap_or_default();
        self.0 = rest;
        bytes
    }

    fn skip(&mut self, length: u64) -> Value<'a> {
        self.at_most(length);
        Value::Other
    }
}
