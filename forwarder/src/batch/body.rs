//! Finished request body, and the attempts to send larger bodies that it was split from.

use bytes::Bytes;

use super::ranges::RangeSet;
use crate::sink::Signal;

/// Index of a sink in the settings, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SinkIndex(pub usize);

/// Signal that a sink gets, which has an endpoint of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SinkSignal {
    /// The sink.
    pub sink: SinkIndex,
    /// The signal.
    pub signal: Signal,
}

/// Finished request body: encoded, compressed and ready to be sent.
#[derive(Clone, Debug)]
pub struct Body {
    /// Sink that the body is sent to.
    pub sink: SinkIndex,
    /// Signal that the body contains.
    pub signal: Signal,
    /// Encoded and compressed content.
    pub bytes: Bytes,
    /// Numbers of the events that are delivered when this body is accepted; of a body with metrics or spans, the
    /// numbers of the chunks.
    pub covers: RangeSet,
    /// Number of the event of which this body contains only a part. The body with the last part covers the event
    /// instead (see `covers`). The event is delivered only with all parts.
    pub part_of: Option<u32>,
    /// Attempts to send the larger body that this body was split from.
    pub history: History,
}

/// Attempts to send larger bodies, from which a body was split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct History {
    /// Number of times that credentials were fetched again.
    pub refreshes: u32,
    /// Number of parts in which the only event of the body is sent; 1 if it is sent whole.
    pub parts: u32,
}

impl Default for History {
    fn default() -> Self {
        Self { refreshes: 0, parts: 1 }
    }
}
