//! A set of word hashes in few bytes: it may claim to hold what it does not, never the reverse.
//!
//! It is built at its largest size, where every word costs four bits, then folded in half while it stays sparse. So
//! nobody has to count distinct words first. At the fill where folding stops, one absent word in 40 seems present.

/// 64-bit cells of a filter before folding: 16 KiB, which stays in the nearest cache.
const CELLS: usize = 2048;
/// Cells of the smallest filter.
const MIN_CELLS: usize = 2;
/// Bits set for each hash.
const PROBES: u32 = 4;
/// Folding stops when more than this percentage of the bits would be set.
const MAX_FILL_PERCENT: usize = 40;

/// A filter being filled; reused for one block after the other.
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
            let (cell, bit) = place(probe, CELLS);
            if let Some(cell) = self.cells.get_mut(cell) {
                *cell |= bit;
            }
        }
    }

    /// The filter, folded; the builder is empty afterwards.
    pub(super) fn finish(&mut self) -> Vec<u8> {
        let mut folded = std::mem::replace(&mut self.cells, vec![0; CELLS]);
        while let Some(half) = fold(&folded) {
            folded = half;
        }
        folded.iter().flat_map(|cell| cell.to_le_bytes()).collect()
    }
}

/// The same set in half the size; `None` when it would be too full.
fn fold(cells: &[u64]) -> Option<Vec<u64>> {
    let (low, high) = cells.split_at_checked(cells.len() / 2).filter(|(low, _)| low.len() >= MIN_CELLS)?;
    let half: Vec<u64> = low.iter().zip(high).map(|(low, high)| low | high).collect();
    let set: usize = half.iter().map(|cell| usize::try_from(cell.count_ones()).unwrap_or(64)).sum();
    (set * 100 <= half.len() * 64 * MAX_FILL_PERCENT).then_some(half)
}

/// Whether the filter `bloom` may hold `hash`.
pub(super) fn may_hold(bloom: &[u8], hash: u64) -> bool {
    let (cells, _) = bloom.as_chunks::<8>();
    probes(hash).all(|probe| {
        let (cell, bit) = place(probe, cells.len());
        cells.get(cell).is_some_and(|cell| u64::from_le_bytes(*cell) & bit != 0)
    })
}

/// The bits of a hash, by double hashing; their low bits alone decide in a folded filter.
fn probes(hash: u64) -> impl Iterator<Item = u64> {
    let (first, step) = (hash >> 32, (hash & 0xffff_ffff) | 1);
    (0..u64::from(PROBES)).map(move |n| first.wrapping_add(step.wrapping_mul(n)))
}

/// Cell and mask of a bit in a filter of `cells` cells, which is a power of two.
fn place(probe: u64, cells: usize) -> (usize, u64) {
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
        fn what_was_inserted_is_held(count in 0_u64..5000) {
            let bloom = bloom(0..count);
            prop_assert!((0..count).all(|n| may_hold(&bloom, xxh3_64(&n.to_le_bytes()))));
        }
    }

    #[test]
    fn few_words_take_few_bytes() {
        assert_eq!(bloom(0..0).len(), 16);
        assert_eq!(bloom(0..100).len(), 128);
        assert_eq!(bloom(0..100_000).len(), CELLS * 8);
    }

    #[test]
    fn one_absent_word_in_forty_seems_present_at_worst() {
        for count in [50, 500, 3000, 8000] {
            let bloom = bloom(0..count);
            let wrong =
                (100_000..200_000_u64).filter(|n| may_hold(&bloom, xxh3_64(&n.to_le_bytes()))).count();
            assert!(wrong < 3000, "{count} words: {wrong} of 100,000");
        }
    }

    #[test]
    fn a_builder_starts_empty_again() {
        let mut builder = BloomBuilder::default();
        builder.insert(7);
        builder.finish();
        assert!(!may_hold(&builder.finish(), 7));
    }

    #[test]
    fn a_damaged_filter_holds_nothing() {
        assert!(!may_hold(&[], 7));
    }
}
