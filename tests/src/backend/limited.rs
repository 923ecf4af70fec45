//! Backends with lower limits than usual, or that reject certain events or metrics.

use super::{Protocol, RequestContents, decode_body};
use crate::http::{Request, Response};

/// Wraps a protocol and adds limits for logs.
#[derive(Clone, Debug)]
pub struct Limited<P> {
    /// Wrapped protocol.
    pub protocol: P,
    /// Maximum number of log events per request; a request with more is answered with 413.
    pub max_events: usize,
    /// Maximum size of a decoded body in bytes; a request with a larger one is answered with 413.
    pub max_bytes: Option<usize>,
    /// A request that contains a log event with this text is answered with 400.
    pub rejected_text: Option<&'static str>,
}

impl<P: Protocol> Protocol for Limited<P> {
    fn decode(&self, request: &Request) -> Result<RequestContents, Response> {
        if let Some(max_bytes) = self.max_bytes {
            decode_body(request, &["identity", "gzip", "deflate", "zstd"], max_bytes)?;
        }
        let contents = self.protocol.decode(request)?;
        if contents.logs.len() > self.max_events {
            return Err(Response::new(413, ""));
        }
        let is_rejected =
            self.rejected_text.is_some_and(|word| contents.logs.iter().any(|log| log.message.contains(word)));
        if is_rejected { Err(Response::new(400, "")) } else { Ok(contents) }
    }

    fn respond(&self, request: &Request, rejected: usize) -> Response {
        self.protocol.respond(request, rejected)
    }
}

/// Wraps a protocol and adds limits for metrics.
#[derive(Clone, Debug)]
pub struct LimitedMetrics<P> {
    /// Wrapped protocol.
    pub protocol: P,
    /// Maximum number of data points per request; a request with more is answered with 413.
    pub max_points: u64,
    /// A request that contains this metric is answered with 400.
    pub rejected_metric: Option<&'static str>,
}

impl<P: Protocol> Protocol for LimitedMetrics<P> {
    fn decode(&self, request: &Request) -> Result<RequestContents, Response> {
        let contents = self.protocol.decode(request)?;
        if contents.points.values().sum::<u64>() > self.max_points {
            return Err(Response::new(413, ""));
        }
        let is_rejected = self.rejected_metric.is_some_and(|metric| contents.points.contains_key(metric));
        if is_rejected { Err(Response::new(400, "")) } else { Ok(contents) }
    }

    fn respond(&self, request: &Request, rejected: usize) -> Response {
        self.protocol.respond(request, rejected)
    }
}
