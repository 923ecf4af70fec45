//! Metrics as they are put into bodies: in pieces that can be divided among bodies without encoding anything again.

use std::ops::AddAssign;

/// About how long a piece is at most: small beside any body, large beside what has to be repeated in each.
pub(super) const CHUNK_SIZE: usize = 64 * 1024;

/// A part of metrics that stands in a body alone, or with others in any order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// As it is encoded.
    pub bytes: Vec<u8>,
    /// How many points it holds, as the backend counts them.
    pub points: u64,
}

/// What stands around the pieces of a body. Of protobuf it is nothing: messages one behind the other are their union.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delimiters {
    /// In front of the first piece.
    pub open: &'static [u8],
    /// Between two.
    pub between: &'static [u8],
    /// Behind the last one.
    pub close: &'static [u8],
}

impl Delimiters {
    /// Bytes of a body that holds nothing.
    #[must_use]
    pub fn total_len(self) -> usize {
        self.open.len().saturating_add(self.close.len())
    }
}

/// Points of metrics that a backend will never have, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RejectedPoints {
    /// Left out: older than the backend takes.
    pub too_old: u64,
    /// Left out: further ahead of time than the backend takes.
    pub too_early: u64,
    /// Left out: no number or no name that the backend's format has.
    pub unwritable: u64,
    /// Refused by the backend for good.
    pub refused: u64,
}

impl RejectedPoints {
    /// Each reason, as logs and metrics call it, and how many.
    #[must_use]
    pub fn by_reason(self) -> [(&'static str, u64); 4] {
        let Self { too_old, too_early, unwritable, refused } = self;
        [("too_old", too_old), ("too_early", too_early), ("unwritable", unwritable), ("refused", refused)]
    }

    /// All of them.
    #[must_use]
    pub fn sum(self) -> u64 {
        self.by_reason().iter().fold(0, |sum, (_, points)| sum.saturating_add(*points))
    }
}

impl AddAssign for RejectedPoints {
    fn add_assign(&mut self, other: Self) {
        self.too_old = self.too_old.saturating_add(other.too_old);
        self.too_early = self.too_early.saturating_add(other.too_early);
        self.unwritable = self.unwritable.saturating_add(other.unwritable);
        self.refused = self.refused.saturating_add(other.refused);
    }
}
