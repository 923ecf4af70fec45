//! Metrics and spans that are encoded in chunks: a request body is put together from chunks, without encoding them again.

use std::ops::AddAssign;

/// Approximate maximum size of a [`Chunk`] in bytes: small compared with a request body, and large compared with the
/// data that each chunk repeats, such as attributes or tags of the function.
pub(super) const CHUNK_SIZE: usize = 64 * 1024;

/// Piece of the body of a request with metrics or spans. A body may consist of any number of chunks in any order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Encoded bytes, without [`Delimiters`].
    pub bytes: Vec<u8>,
    /// Number of data points or spans in this chunk, as the backend counts them.
    pub points: u64,
}

/// Bytes before, between and after the [`Chunk`]s of a body. All are empty for Protobuf, which merges concatenated
/// messages.
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

/// Numbers of metric data points or spans that are not delivered to a backend, by reason.
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
    /// Returns a pair for each reason: its name in logs and metrics, and its number of points.
    #[must_use]
    pub fn by_reason(self) -> [(&'static str, u64); 4] {
        let Self { too_old, too_early, unwritable, refused } = self;
        [("too_old", too_old), ("too_early", too_early), ("unwritable", unwritable), ("refused", refused)]
    }

    /// Returns the total number of points that are not delivered.
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
