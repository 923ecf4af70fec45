//! Sets of runs that are merged until each holds the runs of one request.

use super::run::{index, number};

/// Disjoint sets of the numbers below a limit.
#[derive(Debug)]
pub(super) struct Unions(Vec<u32>);

impl Unions {
    /// Creates a set of its own for each number.
    pub(super) fn new(numbers: usize) -> Self {
        Self((0..numbers).map(number).collect())
    }

    /// Smallest number of the set that has `member`.
    pub(super) fn root(&mut self, member: u32) -> u32 {
        let mut at = member;
        while let Some(next) = self.0.get(index(at)).copied().filter(|next| *next != at) {
            let skipped = self.0.get(index(next)).copied().unwrap_or(next);
            if let Some(slot) = self.0.get_mut(index(at)) {
                *slot = skipped;
            }
            at = skipped;
        }
        at
    }

    /// Merges the sets of two numbers.
    pub(super) fn merge(&mut self, one: u32, other: u32) {
        let (one, other) = (self.root(one), self.root(other));
        let (small, large) = (one.min(other), one.max(other));
        if let Some(slot) = self.0.get_mut(index(large)) {
            *slot = small;
        }
    }
}
