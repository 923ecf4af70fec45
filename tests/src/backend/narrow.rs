//! A backend that takes less than others: few events at once, few bytes, or not those with a certain word.

use super::{Protocol, Taken, decoded};
use crate::http::{Request, Response};

/// Another protocol, with limits of its own.
#[derive(Clone, Debug)]
pub struct Narrow<P> {
    /// The protocol.
    pub protocol: P,
    /// A request with more events is refused as too large (413).
    pub most_events: usize,
    /// So is one whose body has more bytes than this without its coding.
    pub most_bytes: Option<usize>,
    /// A request with an event that has this in its text is refused as wrong (400), whatever else is in it.
    pub dislikes: Option<&'static str>,
}

impl<P: Protocol> Protocol for Narrow<P> {
    fn take(&self, request: &Request) -> Result<Taken, Response> {
        if let Some(most) = self.most_bytes {
            decoded(request, &["identity", "gzip", "deflate", "zstd"], most)?;
        }
        let taken = self.protocol.take(request)?;
        if taken.logs.len() > self.most_events {
            return Err(Response::new(413, ""));
        }
        let disliked =
            self.dislikes.is_some_and(|word| taken.logs.iter().any(|log| log.message.contains(word)));
        if disliked { Err(Response::new(400, "")) } else { Ok(taken) }
    }

    fn accepted(&self, request: &Request, rejected: usize) -> Response {
        self.protocol.accepted(request, rejected)
    }
}

/// The same for metrics: few data points at once, or not a certain metric.
#[derive(Clone, Debug)]
pub struct NarrowPoints<P> {
    /// The protocol.
    pub protocol: P,
    /// A request with more data points is refused as too large (413).
    pub most_points: u64,
    /// A request with this metric is refused as wrong (400), whatever else is in it.
    pub dislikes: Option<&'static str>,
}

impl<P: Protocol> Protocol for NarrowPoints<P> {
    fn take(&self, request: &Request) -> Result<Taken, Response> {
        let taken = self.protocol.take(request)?;
        if taken.points.values().sum::<u64>() > self.most_points {
            return Err(Response::new(413, ""));
        }
        let disliked = self.dislikes.is_some_and(|metric| taken.points.contains_key(metric));
        if disliked { Err(Response::new(400, "")) } else { Ok(taken) }
    }

    fn accepted(&self, request: &Request, rejected: usize) -> Response {
        self.protocol.accepted(request, rejected)
    }
}
