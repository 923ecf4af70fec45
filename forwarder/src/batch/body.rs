//! Finished request body, and the attempts that led to it.

use bytes::Bytes;

use super::ranges::RangeSet;
use crate::sink::Signal;

/// Index of a sink in the settings, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SinkIndex(pub usize);

/// Finished request body.
#[derive(Clone, Debug)]
pub struct Body {
    /// Sink that it is sent to.
    pub sink: SinkIndex,
    /// Signal of its content.
    pub signal: Signal,
    /// Encoded and compressed content.
    pub bytes: Bytes,
    /// Numbers of the events that are delivered with this body; of metrics, the numbers of the chunks.
    pub covers: RangeSet,
    /// Number of the event of which this body holds only a part. The event is covered by the body with its last part, and
    /// delivered only with all parts.
    pub part_of: Option<u32>,
    /// Attempts to send the larger body that this one is a part of.
    pub history: History,
}

/// Attempts to send a body before it was split into smaller ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct History {
    /// Number of credential refreshes.
    pub refreshes: u32,
    /// Number of parts in which its only event is sent; 1 if it is sent whole.
    pub parts: u32,
}

impl Default for History {
    fn default() -> Self {
        Self { refreshes: 0, parts: 1 }
    }
}
