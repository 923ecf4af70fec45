//! Number of different values: exact up to a bound, then estimated.

use std::collections::HashSet;

use foldhash::fast::FixedState;
use xxhash_rust::xxh3::xxh3_64;

use crate::query::{key, value::Value};

/// Greatest number of values that are counted exactly.
const EXACT: usize = 50_000;
/// Number of bits of a hash that choose a register.
const REGISTER_BITS: u32 = 14;
/// Number of registers, which gives a standard error of 0.8 %.
const REGISTERS: usize = 1 << REGISTER_BITS;

/// Set of hashes of values; beyond a bound, a HyperLogLog sketch of them.
#[derive(Clone, Debug)]
pub(in crate::query::exec) enum Distinct {
    Exact(HashSet<u64, FixedState>),
    /// Greatest number of leading zeros, plus one, for each register.
    Sketch(Box<[u8]>),
}

impl Default for Distinct {
    fn default() -> Self {
        Self::Exact(HashSet::default())
    }
}

impl Distinct {
    /// Adds a value. Returns by how many bytes the set has grown.
    pub(super) fn add(&mut self, value: &Value<'_>) -> usize {
        let Some(key) = key::of(value) else { return 0 };
        self.add_hash(xxh3_64(&key))
    }

    fn add_hash(&mut self, hash: u64) -> usize {
        match self {
            Self::Exact(hashes) => {
                let is_new = hashes.insert(hash);
                if hashes.len() > EXACT {
                    let sketch = std::mem::take(self);
                    self.merge(sketch.into_sketch());
                }
                usize::from(is_new) * 12
            }
            Self::Sketch(registers) => {
                register(registers, hash);
                0
            }
        }
    }

    fn into_sketch(self) -> Self {
        match self {
            Self::Exact(hashes) => {
                let mut registers = vec![0; REGISTERS].into_boxed_slice();
                hashes.iter().for_each(|hash| register(&mut registers, *hash));
                Self::Sketch(registers)
            }
            Self::Sketch(_) => self,
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        match other {
            Self::Exact(hashes) => hashes.iter().for_each(|hash| {
                self.add_hash(*hash);
            }),
            Self::Sketch(theirs) => {
                let mut both = std::mem::take(self).into_sketch();
                if let Self::Sketch(ours) = &mut both {
                    ours.iter_mut().zip(theirs).for_each(|(ours, theirs)| *ours = (*ours).max(theirs));
                }
                *self = both;
            }
        }
    }

    pub(super) fn count(&self) -> u64 {
        match self {
            Self::Exact(hashes) => u64::try_from(hashes.len()).unwrap_or(u64::MAX),
            Self::Sketch(registers) => estimate(registers),
        }
    }
}

fn register(registers: &mut [u8], hash: u64) {
    let index = usize::try_from(hash >> (64 - REGISTER_BITS)).unwrap_or(0);
    // The bit behind the hash bounds the number of zeros.
    let rest = (hash << REGISTER_BITS) | (1 << (REGISTER_BITS - 1));
    let zeros = u8::try_from(rest.leading_zeros() + 1).unwrap_or(u8::MAX);
    if let Some(register) = registers.get_mut(index) {
        *register = (*register).max(zeros);
    }
}

/// Estimate of HyperLogLog; with many empty registers linear counting.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "an estimate, far below 2^53"
)]
fn estimate(registers: &[u8]) -> u64 {
    let m = registers.len() as f64;
    let sum: f64 = registers.iter().map(|zeros| (-f64::from(*zeros)).exp2()).sum();
    let raw = 0.7213 / (1.0 + 1.079 / m) * m * m / sum;
    let empty = registers.iter().filter(|zeros| **zeros == 0).count();
    let estimate = if raw <= 2.5 * m && empty > 0 { m * (m / empty as f64).ln() } else { raw };
    estimate.round() as u64
}
