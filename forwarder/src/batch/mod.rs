//! Open bodies: records encoded and compressed as they come, closed when full, each with the events it covers.

mod batcher;
mod compress;
pub mod parts;
mod ranges;
#[cfg(test)]
mod tests;

use bytes::Bytes;

pub(crate) use self::batcher::COMPRESSOR_SLACK;
pub use self::{
    batcher::{Batcher, EventGroup, Selection},
    compress::{Compressor, Level},
    ranges::RangeSet,
};
use crate::sink::Signal;

/// A sink of an invocation, by its place in the settings, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SinkIndex(pub usize);

/// A finished request body.
#[derive(Clone, Debug)]
pub struct Body {
    /// Whose it is.
    pub sink: SinkIndex,
    /// What it holds.
    pub signal: Signal,
    /// As it is sent.
    pub bytes: Bytes,
    /// The events that the sink has once it has this body; of metrics the pieces.
    pub covers: RangeSet,
    /// An event of which only a part is in this body, and nothing else: it is covered by the body that ends it, and
    /// delivered only with all.
    pub part_of: Option<u32>,
    /// What was tried with the body that this one is a part of.
    pub history: History,
}

/// What was tried with a body before it was divided into smaller ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct History {
    /// Times that it was sent again with fresher credentials.
    pub refreshes: u32,
    /// In how many parts its only event is sent; 1 when whole.
    pub parts: u32,
}

impl Default for History {
    fn default() -> Self {
        Self { refreshes: 0, parts: 1 }
    }
}
