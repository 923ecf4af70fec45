//! Compact binary encoding of a sketch, for storage.
//!
//! The fields are: version (1 byte), scale (1 byte), number of zeros, sum (16 bytes), minimum and maximum (8 bytes
//! each), number of buckets; then for each bucket the distance of its index from the one before (the first: its
//! signed index) and its count. Fields without a size are variable-length integers of the module [`varint`]; the
//! others are little-endian.

use std::collections::BTreeMap;

use super::{COARSEST, FINEST, Sketch};
use crate::varint;

const VERSION: u8 = 1;

/// The bytes are not the encoding of a sketch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid encoding of a sketch")]
pub struct InvalidSketch;

impl Sketch {
    /// Encodes the sketch: about 40 bytes, and two to four for each bucket.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(64 + self.buckets.len() * 3);
        out.extend([VERSION, self.scale.to_le_bytes()[0]]);
        varint::write(&mut out, self.zeros);
        out.extend(self.sum.to_le_bytes());
        out.extend(self.min.to_le_bytes());
        out.extend(self.max.to_le_bytes());
        varint::write_size(&mut out, self.buckets.len());
        let mut before = None;
        for (index, count) in &self.buckets {
            match before {
                None => varint::write_signed(&mut out, i64::from(*index)),
                Some(before) => varint::write(&mut out, u64::from(index.abs_diff(before))),
            }
            varint::write(&mut out, *count);
            before = Some(*index);
        }
        out
    }

    /// Decodes the output of [`Sketch::to_bytes`].
    ///
    /// # Errors
    /// Returns [`InvalidSketch`] if the bytes are not a valid encoding. An encoding that [`Sketch::to_bytes`] would not
    /// write may be accepted.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, InvalidSketch> {
        decode(bytes).ok_or(InvalidSketch)
    }
}

fn decode(mut bytes: &[u8]) -> Option<Sketch> {
    let input = &mut bytes;
    (take(input)? == [VERSION]).then_some(())?;
    let scale = i8::from_le_bytes(take(input)?);
    let zeros = varint::read(input)?;
    let sum = u128::from_le_bytes(take(input)?);
    let (min, max) = (f64::from_le_bytes(take(input)?), f64::from_le_bytes(take(input)?));
    let buckets = decode_buckets(input)?;
    let count = buckets.values().try_fold(zeros, |sum: u64, count| sum.checked_add(*count))?;
    let has_range = if count == 0 {
        min == f64::INFINITY && max == f64::NEG_INFINITY
    } else {
        min >= 0.0 && min <= max && max.is_finite()
    };
    let is_valid = has_range && (COARSEST..=FINEST).contains(&scale) && input.is_empty();
    is_valid.then_some(Sketch { scale, count, zeros, buckets, sum, min, max })
}

fn decode_buckets(input: &mut &[u8]) -> Option<BTreeMap<i32, u64>> {
    let mut buckets = BTreeMap::new();
    let mut index = None;
    for _ in 0..varint::read(input)? {
        let next = match index {
            None => i32::try_from(varint::read_signed(input)?).ok()?,
            Some(before) => i32::checked_add_unsigned(before, u32::try_from(varint::read(input)?).ok()?)?,
        };
        buckets.insert(next, varint::read(input)?);
        index = Some(next);
    }
    Some(buckets)
}

/// Takes `N` bytes from the front of `input`.
fn take<const N: usize>(input: &mut &[u8]) -> Option<[u8; N]> {
    let (array, rest) = input.split_first_chunk()?;
    *input = rest;
    Some(*array)
}
