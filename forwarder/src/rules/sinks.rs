//! Sets of sinks, by their index in the names that rules were compiled for.

/// Set of sinks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sinks(u64);

impl Sinks {
    /// All sinks.
    pub const ALL: Self = Self(u64::MAX);
    /// No sink.
    pub const NONE: Self = Self(0);

    /// The set of one sink. Sinks with an index over 63 are in no set.
    #[must_use]
    pub fn one(idx: usize) -> Self {
        Self(u32::try_from(idx).ok().and_then(|idx| 1_u64.checked_shl(idx)).unwrap_or_default())
    }

    /// Sinks that are in this set, in `other`, or in both.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Sinks that are in both sets.
    #[must_use]
    pub fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// True if a sink is in both sets.
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}
