//! Encoded metrics in chunks, which can be distributed over bodies without encoding anything again.

use std::ops::AddAssign;

/// Approximate maximum size of a chunk in bytes: small compared with a body, and large compared with the data that every
/// chunk repeats.
pub(super) const CHUNK_SIZE: usize = 64 * 1024;

/// Encoded metrics that are valid in a body alone, or together with other chunks in any order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Encoded bytes.
    pub bytes: Vec<u8>,
    /// Number of data points, as the backend counts them.
    pub points: u64,
}

/// Bytes around the chunks of a body. Protobuf needs none: concatenated messages are merged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delimiters {
    /// Bytes before the first chunk.
    pub open: &'static [u8],
    /// Bytes between two chunks.
    pub between: &'static [u8],
    /// Bytes after the last chunk.
    pub close: &'static [u8],
}

impl Delimiters {
    /// Length of a body without chunks, in bytes.
    #[must_use]
    pub fn total_len(self) -> usize {
        self.open.len().saturating_add(self.close.len())
    }
}

/// Numbers of metric data points that are not delivered to a backend, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RejectedPoints {
    /// Points that are not sent, because they are older than the backend accepts.
    pub too_old: u64,
    /// Points that are not sent, because they are further in the future than the backend accepts.
    pub too_early: u64,
    /// Points that are not sent, because the backend's format cannot represent their name or value.
    pub unwritable: u64,
    /// Points that the backend rejected permanently.
    pub refused: u64,
}

impl RejectedPoints {
    /// Returns each reason, by its name in logs and metrics, with its number of points.
    #[must_use]
    pub fn by_reason(self) -> [(&'static str, u64); 4] {
        let Self { too_old, too_early, unwritable, refused } = self;
        [("too_old", too_old), ("too_early", too_early), ("unwritable", unwritable), ("refused", refused)]
    }

    /// Returns the number of points of all reasons.
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
