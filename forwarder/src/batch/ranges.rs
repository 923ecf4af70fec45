//! Sets of event numbers, stored as ranges: the events that a body covers, or that are pending.

use std::ops::Range;

/// Set of numbers, stored as ascending ranges that neither overlap nor touch: ten thousand consecutive events are one range.
///
/// ```
/// use tailwater_forwarder::batch::RangeSet;
/// let mut set = RangeSet::from(0..10);
/// set.remove(4..6);
/// assert_eq!(set.iter().collect::<Vec<_>>(), [0..4, 6..10]);
/// let (first, second) = set.halve().unwrap();
/// assert_eq!((first, second), (RangeSet::from(0..4), RangeSet::from(6..10)));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RangeSet {
    ranges: Vec<Range<u32>>,
}

impl From<Range<u32>> for RangeSet {
    fn from(range: Range<u32>) -> Self {
        std::iter::once(range).collect()
    }
}

impl FromIterator<Range<u32>> for RangeSet {
    fn from_iter<I: IntoIterator<Item = Range<u32>>>(ranges: I) -> Self {
        let mut set = Self::default();
        ranges.into_iter().for_each(|range| set.insert(range));
        set
    }
}

impl RangeSet {
    /// Adds the numbers of `range`.
    pub fn insert(&mut self, range: Range<u32>) {
        if range.is_empty() {
            return;
        }
        // The common case: it continues the last range.
        if let Some(last) = self.ranges.last_mut().filter(|last| last.end == range.start) {
            last.end = range.end;
            return;
        }
        let first = self.ranges.partition_point(|held| held.end < range.start);
        let past = self.ranges.partition_point(|held| held.start <= range.end);
        let joined = self.ranges.get(first..past).unwrap_or_default();
        let union =
            joined.iter().fold(range, |union, held| union.start.min(held.start)..union.end.max(held.end));
        self.ranges.splice(first..past, [union]);
    }

    /// Removes the numbers of `range`; those that are not in the set are ignored.
    pub fn remove(&mut self, range: Range<u32>) {
        if range.is_empty() {
            return;
        }
        let first = self.ranges.partition_point(|held| held.end <= range.start);
        let past = self.ranges.partition_point(|held| held.start < range.end);
        let cut = self.ranges.get(first..past).unwrap_or_default();
        let before = cut.first().map(|held| held.start..range.start);
        let behind = cut.last().map(|held| range.end..held.end);
        let kept = [before, behind].into_iter().flatten().filter(|rest| !rest.is_empty());
        self.ranges.splice(first..past, kept.collect::<Vec<_>>());
    }

    /// Adds all numbers of `other`.
    pub fn insert_all(&mut self, other: &Self) {
        other.iter().for_each(|range| self.insert(range));
    }

    /// Removes all numbers of `other`.
    pub fn remove_all(&mut self, other: &Self) {
        other.iter().for_each(|range| self.remove(range));
    }

    /// True if all numbers of `other` are in the set.
    #[must_use]
    pub fn contains_all(&self, other: &Self) -> bool {
        other.ranges.iter().all(|range| {
            let at = self.ranges.partition_point(|held| held.end < range.end);
            self.ranges.get(at).is_some_and(|held| held.start <= range.start)
        })
    }

    /// True if `number` is in the set.
    #[must_use]
    pub fn contains(&self, number: u32) -> bool {
        let at = self.ranges.partition_point(|held| held.end <= number);
        self.ranges.get(at).is_some_and(|held| held.start <= number)
    }

    /// Returns the last number plus 1; 0 if the set is empty.
    #[must_use]
    pub fn end(&self) -> u32 {
        self.ranges.last().map_or(0, |held| held.end)
    }

    /// Returns the numbers of the set that are inside `span`.
    #[must_use]
    pub fn within(&self, span: &Range<u32>) -> Self {
        let first = self.ranges.partition_point(|held| held.end <= span.start);
        let touched = self.ranges.iter().skip(first).take_while(|held| held.start < span.end);
        let clip = |held: &Range<u32>| held.start.max(span.start)..held.end.min(span.end);
        Self { ranges: touched.map(clip).filter(|range| !range.is_empty()).collect() }
    }

    /// Returns the numbers of the set from `origin` on, minus `origin`.
    #[must_use]
    pub fn relative_to(&self, origin: u32) -> Self {
        let from_origin = self.within(&(origin..u32::MAX));
        let shift = |held: Range<u32>| held.start.saturating_sub(origin)..held.end.saturating_sub(origin);
        Self { ranges: from_origin.ranges.into_iter().map(shift).collect() }
    }

    /// Returns how many numbers the set holds.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.ranges.iter().map(|range| u64::from(range.end.saturating_sub(range.start))).sum()
    }

    /// True if the set is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// Iterates over the ranges, ascending.
    pub fn iter(&self) -> impl Iterator<Item = Range<u32>> + '_ {
        self.ranges.iter().cloned()
    }

    /// Splits the set into its first `n` numbers and the others.
    #[must_use]
    pub fn split_at(&self, n: u64) -> (Self, Self) {
        let (mut first, mut second) = (Self::default(), Self::default());
        let mut wanted = n;
        for range in self.iter() {
            let len = range.end.saturating_sub(range.start);
            let taken = u32::try_from(wanted).unwrap_or(u32::MAX).min(len);
            wanted = wanted.saturating_sub(u64::from(taken));
            let cut = range.start.saturating_add(taken);
            first.insert(range.start..cut);
            second.insert(cut..range.end);
        }
        (first, second)
    }

    /// Splits the set into two halves, in order; the first one is larger by one if the count is odd. `None` if the set holds
    /// fewer than two numbers.
    #[must_use]
    pub fn halve(&self) -> Option<(Self, Self)> {
        let count = self.count();
        (count > 1).then(|| self.split_at(count.div_ceil(2)))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    /// Small enough that random ranges touch and overlap.
    const INDICES: u32 = 40;

    fn indices(set: &RangeSet) -> BTreeSet<u32> {
        set.iter().flatten().collect()
    }

    fn is_canonical(set: &RangeSet) -> bool {
        set.ranges.iter().all(|range| !range.is_empty())
            && set.ranges.windows(2).all(|pair| pair[0].end < pair[1].start)
    }

    fn any_range() -> impl Strategy<Value = Range<u32>> {
        (0..INDICES, 0..INDICES).prop_map(|(start, end)| start..end)
    }

    fn any_set() -> impl Strategy<Value = RangeSet> {
        proptest::collection::vec(any_range(), 0..6).prop_map(|ranges| ranges.into_iter().collect())
    }

    proptest! {
        #[test]
        fn set_matches_a_set_of_single_numbers(
            steps in proptest::collection::vec((any::<bool>(), any_range()), 0..30)
        ) {
            let (mut set, mut model) = (RangeSet::default(), BTreeSet::new());
            for (is_insert, range) in steps {
                if is_insert {
                    set.insert(range.clone());
                    model.extend(range);
                } else {
                    set.remove(range.clone());
                    model.retain(|index| !range.contains(index));
                }
                prop_assert!(is_canonical(&set), "{set:?}");
                prop_assert_eq!(indices(&set), model.clone());
                prop_assert_eq!(set.count(), u64::try_from(model.len()).unwrap());
                prop_assert_eq!(set.is_empty(), model.is_empty());
                prop_assert_eq!(set.end(), model.last().map_or(0, |last| last + 1));
                prop_assert!((0..=INDICES).all(|index| set.contains(index) == model.contains(&index)));
            }
        }

        #[test]
        fn set_operations_match_those_of_single_numbers(one in any_set(), other in any_set()) {
            prop_assert_eq!(one.contains_all(&other), indices(&other).is_subset(&indices(&one)));
            let (mut union, mut rest) = (one.clone(), one.clone());
            union.insert_all(&other);
            rest.remove_all(&other);
            prop_assert_eq!(indices(&union), indices(&one).union(&indices(&other)).copied().collect());
            prop_assert_eq!(indices(&rest), indices(&one).difference(&indices(&other)).copied().collect());
        }

        #[test]
        fn within_and_relative_to_match_single_numbers(set in any_set(), span in any_range()) {
            let inside = set.within(&span);
            prop_assert!(is_canonical(&inside), "{inside:?}");
            prop_assert_eq!(indices(&inside), indices(&set).into_iter().filter(|i| span.contains(i)).collect());
            let shifted = indices(&set).into_iter().filter_map(|index| index.checked_sub(span.start)).collect();
            prop_assert_eq!(indices(&set.relative_to(span.start)), shifted);
        }

        #[test]
        fn split_parts_add_up_to_the_set(set in any_set(), n in 0..u64::from(INDICES)) {
            let (first, second) = set.split_at(n);
            prop_assert!(is_canonical(&first) && is_canonical(&second));
            prop_assert_eq!(first.count(), n.min(set.count()));
            let together: Vec<_> = first.iter().flatten().chain(second.iter().flatten()).collect();
            prop_assert_eq!(together, indices(&set).into_iter().collect::<Vec<_>>());
        }

        #[test]
        fn halves_differ_by_at_most_one(set in any_set()) {
            match set.halve() {
                None => prop_assert!(set.count() < 2),
                Some((first, second)) => prop_assert!(first.count() - second.count() < 2 && !second.is_empty()),
            }
        }
    }
}
