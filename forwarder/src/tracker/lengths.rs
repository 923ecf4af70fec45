//! Lengths of events, packed into one or two bytes each, since there may be millions of them. The sum of any range can
//! be computed fast.

use tailwater_parser::varint;

/// Number of events between two stored sums.
const STRIDE: u32 = 64;

/// Lengths of events, in their order.
#[derive(Debug, Default)]
pub(super) struct Lengths {
    /// Lengths as varints.
    packed: Vec<u8>,
    sums: Vec<Sum>,
    count: u32,
    last: u64,
    total: u64,
}

/// Sum of all lengths before each [`STRIDE`]th event.
#[derive(Debug)]
struct Sum {
    /// Offset in `packed` of the event's length.
    offset: usize,
    bytes: u64,
}

impl Lengths {
    /// Returns the number of events.
    pub(super) fn count(&self) -> u32 {
        self.count
    }

    /// Appends the length of the next event.
    pub(super) fn push(&mut self, len: u64) {
        if self.count.is_multiple_of(STRIDE) {
            self.sums.push(Sum { offset: self.packed.len(), bytes: self.total });
        }
        varint::write(&mut self.packed, len);
        self.count = self.count.saturating_add(1);
        self.last = len;
        self.total = self.total.saturating_add(len);
    }

    /// Returns the sum of the first `n` lengths, or of all if there are fewer.
    pub(super) fn sum(&self, n: u32) -> u64 {
        match self.count.checked_sub(n) {
            None | Some(0) => self.total,
            // The common case of an event that ends as soon as it is received.
            Some(1) => self.total - self.last,
            Some(_) => self.sum_from_stride(n),
        }
    }

    fn sum_from_stride(&self, n: u32) -> u64 {
        let stride = usize::try_from(n / STRIDE).unwrap_or(usize::MAX);
        let Some(Sum { offset, bytes }) = self.sums.get(stride) else { return self.total };
        let mut packed = self.packed.get(*offset..).unwrap_or_default();
        let lengths = (0..n % STRIDE).map_while(|_| varint::read(&mut packed));
        lengths.fold(*bytes, |sum, len| sum + len)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn sums_match_those_of_a_list(
            lens in prop::collection::vec(prop_oneof![0..200_u64, 0..20_000_u64, 0..1_u64 << 40], 0..300),
        ) {
            let mut lengths = Lengths::default();
            lens.iter().for_each(|len| lengths.push(*len));
            prop_assert_eq!(lengths.count(), u32::try_from(lens.len()).unwrap());
            for n in 0..=lens.len() + 2 {
                let sum: u64 = lens.iter().take(n).sum();
                prop_assert_eq!(lengths.sum(u32::try_from(n).unwrap()), sum, "the first {}", n);
            }
        }
    }

    #[test]
    fn short_lengths_take_one_byte() {
        let mut lengths = Lengths::default();
        (0..64_000).for_each(|_| lengths.push(100));
        let sums = lengths.sums.len() * size_of::<Sum>();
        assert_eq!((lengths.packed.len(), sums), (64_000, 16_000));
    }
}
