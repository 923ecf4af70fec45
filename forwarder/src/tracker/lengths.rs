//! The lengths of events, of which any run can be summed up, in one or two bytes an event: there may be millions of them.

/// The sum is remembered once in so many events.
const STRIDE: u32 = 64;

/// The lengths of events, in their order.
#[derive(Debug, Default)]
pub(super) struct Lengths {
    /// One after the other, seven bits a byte, the lowest first; the last byte of each has no eighth bit.
    packed: Vec<u8>,
    sums: Vec<Sum>,
    count: u32,
    last: u64,
    total: u64,
}

/// What is known of the events before each [`STRIDE`]th one.
#[derive(Debug)]
struct Sum {
    /// Where the lengths of the others begin.
    place: usize,
    bytes: u64,
}

impl Lengths {
    /// How many there are.
    pub(super) fn count(&self) -> u32 {
        self.count
    }

    /// Appends one.
    pub(super) fn push(&mut self, len: u64) {
        if self.count.is_multiple_of(STRIDE) {
            self.sums.push(Sum { place: self.packed.len(), bytes: self.total });
        }
        let mut rest = len;
        loop {
            let [low, ..] = rest.to_le_bytes();
            rest >>= 7;
            self.packed.push(if rest == 0 { low } else { low | 0x80 });
            if rest == 0 {
                break;
            }
        }
        self.count = self.count.saturating_add(1);
        self.last = len;
        self.total = self.total.saturating_add(len);
    }

    /// The sum of the first `n`, or of all where there are not so many.
    pub(super) fn sum(&self, n: u32) -> u64 {
        match self.count.checked_sub(n) {
            None | Some(0) => self.total,
            // One event often ends when it has just come.
            Some(1) => self.total - self.last,
            Some(_) => self.sum_from_stride(n),
        }
    }

    fn sum_from_stride(&self, n: u32) -> u64 {
        let stride = usize::try_from(n / STRIDE).unwrap_or(usize::MAX);
        let Some(Sum { place, bytes }) = self.sums.get(stride) else { return self.total };
        let (mut sum, mut wanted, mut shift) = (*bytes, n % STRIDE, 0);
        for byte in self.packed.iter().skip(*place) {
            if wanted == 0 {
                break;
            }
            sum += u64::from(byte & 0x7f) << shift;
            (wanted, shift) = if byte & 0x80 == 0 { (wanted - 1, 0) } else { (wanted, shift + 7) };
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn they_add_up_as_a_plain_list_does(
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
    fn tiny_ones_take_little_room() {
        let mut lengths = Lengths::default();
        (0..64_000).for_each(|_| lengths.push(100));
        let sums = lengths.sums.len() * size_of::<Sum>();
        assert_eq!((lengths.packed.len(), sums), (64_000, 16_000));
    }
}
