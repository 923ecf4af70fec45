//! Bloom filter over the word hashes of a block: a compact set with false positives but no false negatives.
//!
//! A filter is built at its largest size, then folded in half while at most 40 % of its bits would be set. So the
//! number of distinct words need not be known in advance. At 40 % the false positive rate is one in 40.

/// Number of 64-bit cells of a filter before folding: 16 KiB, which fits into the L1 cache.
const CELLS: usize = 2048;
/// Number of cells of the smallest filter.
const MIN_CELLS: usize = 2;
/// Number of bits set for each hash.
const PROBES: u32 = 4;
/// Highest percentage of set bits that a folded filter may have. A filter that would exceed it is not folded
/// further.
const MAX_FILL_PERCENT: usize = 40;

/// Bloom filter under construction; its memory is reused for the next block.
#[derive(Debug)]
pub(super) struct BloomBuilder {
    cells: Vec<u64>,
}

impl Default for BloomBuilder {
    fn default() -> Self {
        Self { cells: vec![0; CELLS] }
    }
}

impl BloomBuilder {
    pub(super) fn insert(&mut self, hash: u64) {
        for probe in probes(hash) {
            let (cell, bit) = cell_and_mask(probe, CELLS);
            if let Some(cell) = self.cells.get_mut(cell) {
                *cell |= bit;
            }
        }
    }

    /// Returns the filter at its smallest permitted size, and clears the builder for the next block.
    pub(super) fn finish(&mut self) -> Vec<u8> {
        let mut folded = std::mem::replace(&mut self.cells, vec![0; CELLS]);
        while let Some(half) = fold(&folded) {
            folded = half;
        }
        folded.iter().flat_map(|cell| cell.to_le_bytes()).collect()
    }
}

/// Folds a filter to half its size. Returns `None` if the result would be too full or too small.
fn fold(cells: &[u64]) -> Option<Vec<u64>> {
    let (low, high) = cells.split_at_checked(cells.len() / 2).filter(|(low, _)| low.len() >= MIN_CELLS)?;
    let half: Vec<u64> = low.iter().zip(high).map(|(low, high)| low | high).collect();
    let set: usize = half.iter().map(|cell| usize::try_from(cell.count_ones()).unwrap_or(64)).sum();
    (set * 100 <= half.len() * 64 * MAX_FILL_PERCENT).then_some(half)
}

/// True if the filter `bloom` may contain `hash`, false if it surely does not.
pub(super) fn may_contain(bloom: &[u8], hash: u64) -> bool {
    let (cells, _) = bloom.as_chunks::<8>();
    probes(hash).all(|probe| {
        let (cell, bit) = cell_and_mask(probe, cells.len());
        cells.get(cell).is_some_and(|cell| u64::from_le_bytes(*cell) & bit != 0)
    })
}

/// Returns the bit positions of a hash, by double hashing. A filter uses only their low bits, so that folding keeps
/// them valid.
fn probes(hash: u64) -> impl Iterator<Item = u64> {
    let (first, step) = (hash >> 32, (hash & 0xffff_ffff) | 1);
    (0..u64::from(PROBES)).map(move |n| first.wrapping_add(step.wrapping_mul(n)))
}

/// Returns the cell index and bit mask of a probe in a filter of `cells` cells, a power of two.
fn cell_and_mask(probe: u64, cells: usize) -> (usize, u64) {
    let cell = usize::try_from(probe >> 6).unwrap_or(0) & cells.wrapping_sub(1);
    (cell, 1 << (probe & 63))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use xxhash_rust::xxh3::xxh3_64;

    use super::*;

    fn bloom(range: std::ops::Range<u64>) -> Vec<u8> {
        let mut builder = BloomBuilder::default();
        range.for_each(|n| builder.insert(xxh3_64(&n.to_le_bytes())));
        builder.finish()
    }

    proptest! {
        #[test]
        fn inserted_hashes_are_contained(count in 0_u64..5000) {
            let bloom = bloom(0..count);
            prop_assert!((0..count).all(|n| may_contain(&bloom, xxh3_64(&n.to_le_bytes()))));
        }
    }

    #[test]
    fn filter_size_grows_with_the_number_of_words() {
        assert_eq!(bloom(0..0).len(), 16);
        assert_eq!(bloom(0..100).len(), 128);
        assert_eq!(bloom(0..100_000).len(), CELLS * 8);
    }

    #[test]
    fn false_positive_rate_is_below_three_percent() {
        for count in [50, 500, 3000, 8000] {
            let bloom = bloom(0..count);
            let false_positives =
                (100_000..200_000_u64).filter(|n| may_contain(&bloom, xxh3_64(&n.to_le_bytes()))).count();
            assert!(false_positives < 3000, "{count} words: {false_positives} of 100,000");
        }
    }

    #[test]
    fn builder_is_empty_after_finish() {
        let mut builder = BloomBuilder::default();
        builder.insert(7);
        builder.finish();
        assert!(!may_contain(&builder.finish(), 7));
    }

    #[test]
    fn empty_filter_contains_nothing() {
        assert!(!may_contain(&[], 7));
    }
}
