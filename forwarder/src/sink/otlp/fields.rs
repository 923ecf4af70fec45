//! Protobuf read, as far as answers need it. An answer may be cut off, or no protobuf at all: reading then just ends.

/// The value of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value<'a> {
    /// A number of seven bits a byte.
    Number(u64),
    /// Text, bytes, or a message; of one that is cut off, what there is.
    Bytes(&'a [u8]),
    /// Of a kind that answers do not use.
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

/// The first field of this number.
pub(super) fn find(message: &[u8], wanted: u64) -> Option<Value<'_>> {
    Fields(message).find_map(|(field, value)| (field == wanted).then_some(value))
}

/// The fields of a message, in order, as far as they can be read.
struct Fields<'a>(&'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = (u64, Value<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let tag = self.number()?;
        let value = match tag & 7 {
            0 => Value::Number(self.number()?),
            1 => self.skip(8),
            2 => {
                let length = self.number()?;
                Value::Bytes(self.at_most(length))
            }
            5 => self.skip(4),
            _ => return None,
        };
        Some((tag >> 3, value)).filter(|(field, _)| *field > 0)
    }
}

impl<'a> Fields<'a> {
    fn number(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let (&byte, rest) = self.0.split_first()?;
            self.0 = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

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
