//! A backend that takes less than others: few events at once, few bytes, or not those with a certain word.

use super::{Protocol, RequestContents, decode_body};
use crate::http::{Request, Response};

/// Another protocol, with limits of its own.
#[derive(Clone, Debug)]
pub struct Limited<P> {
    /// The protocol.
    pub protocol: P,
    /// A request with more events is refused as too large (413).
    pub max_events: usize,
    /// So is one whose body has more bytes than this without its coding.
    pub max_bytes: Option<usize>,
    /// A request with an event that has this in its text is refused as wrong (400), whatever else is in it.
    pub rejected_text: Option<&'static str>,
}

impl<P: Protocol> Protocol for Limited<P> {
    fn decode(&self, request: &Request) -> Result<RequestContents, Response> {
        if let Some(most) = self.max_bytes {
            decode_body(request, &["identity", "gzip", "deflate", "zstd"], most)?;
        }
        let taken = self.protocol.decode(request)?;
        if taken.logs.len() > self.max_events {
            return Err(Response::new(413, ""));
        }
        let disliked =
            self.rejected_text.is_some_and(|word| taken.logs.iter().any(|log| log.message.contains(word)));
        if disliked { Err(Response::new(400, "")) } else { Ok(taken) }
    }

    fn respond(&self, request: &Request, rejected: usize) -> Response {
        self.protocol.respond(request, rejected)
    }
}

/// The same for metrics: few data points at once, or not a certain metric.
#[derive(Clone, Debug)]
pub struct LimitedMetrics<P> {
    /// The protocol.
    pub protocol: P,
    /// A request with more data points is refused as too large (413).
    pub max_points: u64,
    /// A request with this metric is refused as wrong (400), whatever else is in it.
    pub rejected_metric: Option<&'static str>,
}

impl<P: Protocol> Protocol for LimitedMetrics<P> {
    fn decode(&self, request: &Request) -> Result<RequestContents, Response> {
        let taken = self.protocol.decode(request)?;
        if taken.points.values().sum::<u64>() > self.max_points {
            return Err(Response::new(413, ""));
        }
        let disliked = self.rejected_metric.is_some_and(|metric| taken.points.contains_key(metric));
        if disliked { Err(Response::new(400, "")) } else { Ok(taken) }
    }

    fn respond(&self, request: &Request, rejected: usize) -> Response {
        self.protocol.respond(request, rejected)
    }
}
