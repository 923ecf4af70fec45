//! A sketch in few bytes, for a database.
//!
//! A version byte, the scale, the zeros, the sum (16 bytes), least and greatest value (8 each), the number of buckets,
//! then for each bucket its distance from the one before (the first: its index, zigzag) and its count. All without a
//! length given are variable: seven bits a byte, the lowest first. All is little-endian.

use std::collections::BTreeMap;

use super::{COARSEST, FINEST, Sketch};

const VERSION: u8 = 1;

/// The bytes are not those of a sketch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the bytes of a sketch")]
pub struct DamagedSketch;

impl Sketch {
    /// The whole sketch: some 40 bytes, and two to four for each bucket.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(64 + self.buckets.len() * 3);
        out.extend([VERSION, self.scale.to_le_bytes()[0]]);
        push(&mut out, self.zeros);
        out.extend(self.sum.to_le_bytes());
        out.extend(self.min.to_le_bytes());
        out.extend(self.max.to_le_bytes());
        push(&mut out, u64::try_from(self.buckets.len()).unwrap_or(u64::MAX));
        let mut before = None;
        for (index, count) in &self.buckets {
            push(&mut out, before.map_or_else(|| zigzag(*index), |before| u64::from(index.abs_diff(before))));
            push(&mut out, *count);
            before = Some(*index);
        }
        out
    }

    /// Reads what [`Sketch::to_bytes`] wrote.
    ///
    /// # Errors
    /// The bytes are anything else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DamagedSketch> {
        read(&mut Reader(bytes)).ok_or(DamagedSketch)
    }
}

fn read(bytes: &mut Reader<'_>) -> Option<Sketch> {
    (bytes.array()? == [VERSION]).then_some(())?;
    let scale = i8::from_le_bytes(bytes.array()?);
    let zeros = bytes.number()?;
    let sum = u128::from_le_bytes(bytes.array()?);
    let (min, max) = (f64::from_le_bytes(bytes.array()?), f64::from_le_bytes(bytes.array()?));
    let buckets = read_buckets(bytes)?;
    let count = buckets.values().try_fold(zeros, |sum: u64, count| sum.checked_add(*count))?;
    let has_range = if count == 0 {
        min == f64::INFINITY && max == f64::NEG_INFINITY
    } else {
        min >= 0.0 && min <= max && max.is_finite()
    };
    let is_sound = has_range && (COARSEST..=FINEST).contains(&scale) && bytes.0.is_empty();
    is_sound.then_some(Sketch { scale, count, zeros, buckets, sum, min, max })
}

fn read_buckets(bytes: &mut Reader<'_>) -> Option<BTreeMap<i32, u64>> {
    let mut buckets = BTreeMap::new();
    let mut index = None;
    for _ in 0..bytes.number()? {
        let step = bytes.number()?;
        let next = match index {
            None => unzigzag(step)?,
            Some(before) => i32::checked_add_unsigned(before, u32::try_from(step).ok()?)?,
        };
        buckets.insert(next, bytes.number()?);
        index = Some(next);
    }
    Some(buckets)
}

/// What is still to be read.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*array)
    }

    fn number(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let [byte] = self.array()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }
}

fn push(out: &mut Vec<u8>, mut value: u64) {
    loop {
        let [low, ..] = (value & 0x7f).to_le_bytes();
        value >>= 7;
        if value == 0 {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}

/// Small for small numbers of either sign: 0, -1, 1, -2, … become 0, 1, 2, 3, …
fn zigzag(index: i32) -> u64 {
    let sign = u64::from(index < 0);
    u64::from(if index < 0 { !index } else { index }.unsigned_abs()) << 1 | sign
}

fn unzigzag(value: u64) -> Option<i32> {
    let magnitude = i32::try_from(value >> 1).ok()?;
    Some(if value & 1 == 1 { !magnitude } else { magnitude })
}
