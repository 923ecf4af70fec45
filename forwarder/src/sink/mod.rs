//! Backends: encoding of request bodies, endpoints, and interpretation of responses. No I/O.
//!
//! A [`Sink`] encodes log records and metrics into request bodies, defines the endpoint of each [`Signal`], and
//! interprets responses. Batching, compression, sending, retries and the ledger, which counts what became of each
//! event, are the same for all sinks, and are in other modules.

mod chunk;
pub mod datadog;
mod emf_scope;
mod explanation;
mod metric_line;
pub mod ndjson;
pub mod otlp;
mod retry_after;
mod signal;
mod span_scope;
mod text;
mod verdict;

use std::fmt::Debug;

use tailwater_parser::{
    Record, UnixMillis,
    derive::{Invocation, Terms},
    line::Emf,
};

use self::chunk::CHUNK_SIZE;
pub use self::{
    chunk::{Chunk, Delimiters, RejectedPoints},
    emf_scope::EmfScope,
    explanation::explain,
    metric_line::{MetricLine, has_traces},
    signal::{Signal, Signals},
    span_scope::SpanScope,
    verdict::{BackendResponse, Verdict},
};
use crate::rules::MetricPoint;

/// Limits of a request body, as the backend's API documents them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Maximum number of log events in a body.
    pub events: u64,
    /// Maximum size in bytes before compression.
    pub encoded: usize,
    /// Maximum size in bytes after compression.
    pub compressed: usize,
}

/// Content encoding (compression) of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// No compression.
    Identity,
    /// `gzip`.
    Gzip,
    /// `zstd`.
    Zstd,
    /// `deflate`, which is a zlib stream in HTTP.
    Deflate,
}

impl Encoding {
    /// Returns the value of the header `Content-Encoding`; `None` without compression.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Identity => None,
            Self::Gzip => Some("gzip"),
            Self::Zstd => Some("zstd"),
            Self::Deflate => Some("deflate"),
        }
    }
}

/// Endpoint of a [`Signal`]: URL, content type and encoding of its requests. Body and secrets are added when a
/// request is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Absolute `http` or `https` URL.
    pub url: String,
    /// Value of the header `Content-Type`.
    pub content_type: &'static str,
    /// Content encoding of the body.
    pub encoding: Encoding,
    /// Name, in lower case, and value of one more header; `None` without it.
    pub header: Option<(&'static str, &'static str)>,
}

/// Backend: its formats, limits and endpoints, and the meaning of its responses.
pub trait Sink: Debug + Send + Sync {
    /// Returns the limits of a body of `signal`.
    fn limits(&self, signal: Signal) -> Limits;

    /// Creates an empty body of log events.
    fn logs(&self) -> Box<dyn LogsBody>;

    /// Creates an empty collection of metrics.
    fn metrics(&self) -> Box<dyn MetricsBody>;

    /// Creates an empty collection of spans; `None` if the sink does not support traces.
    fn spans(&self) -> Option<Box<dyn SpansBody>> {
        None
    }

    /// Returns the endpoint of `signal`; `None` if this sink writes bodies to standard output or a file instead.
    fn endpoint(&self, signal: Signal) -> Option<&Endpoint>;

    /// True if log lines of Datadog's libraries with a metric are metrics for this sink, and no logs.
    fn takes_metric_lines(&self) -> bool {
        false
    }

    /// Returns the name of the header with the seconds until a retry may succeed, for responses without `Retry-After`.
    fn retry_header(&self) -> Option<&'static str> {
        None
    }

    /// Returns the backend's explanation of a response, such as the message of an error; `None` if it gives none. It may
    /// repeat data that was sent, so it must be redacted before it is shown or stored.
    fn explanation(&self, response: &BackendResponse<'_>) -> Option<String> {
        explain(response)
    }

    /// Interprets a response that was received at `now`.
    fn verdict(&self, response: &BackendResponse<'_>, now: UnixMillis) -> Verdict;
}

/// Reason why a record was not added to a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddError {
    /// The body is full. The record may fit in the next one.
    BodyFull,
    /// The record is too large for any body. Its message must be split.
    EventTooLarge,
}

/// Request body of log events under construction. It is reused for the next body.
pub trait LogsBody: Debug + Send {
    /// Appends a record that Tailwater received at `now`.
    ///
    /// # Errors
    /// Returns an error if the record does not fit. The body is unchanged then.
    fn add(&mut self, record: &Record<'_>, now: UnixMillis) -> Result<(), AddError>;

    /// Moves encoded bytes that will not change any more to the end of `out`, if there are enough of them. So they
    /// can be compressed while the body grows.
    fn take(&mut self, out: &mut Vec<u8>);

    /// Appends the bytes of the body that [`Self::take`] has not taken to `out`. Afterwards, this value is an empty
    /// body.
    fn finish(&mut self, out: &mut Vec<u8>);
}

/// Metrics of many invocations, collected until they are encoded in [`Chunk`]s.
pub trait MetricsBody: Debug + Send {
    /// Adds the metrics of an invocation, with its cost, which depends on `terms`. Returns the numbers of points
    /// that are left out because the backend would reject them.
    fn add_invocation(
        &mut self,
        invocation: &Invocation,
        terms: &Terms<'_>,
        now: UnixMillis,
    ) -> RejectedPoints;

    /// Adds the metrics that a log line in the embedded metric format (EMF) declares. Returns the numbers of points
    /// that are left out because the backend would reject them.
    fn add_declared(&mut self, record: &Record<'_>, emf: &Emf<'_>, now: UnixMillis) -> RejectedPoints;

    /// Adds a data point that a rule makes of an event. Returns the numbers of points that are left out because the
    /// backend would reject them.
    fn add_point(&mut self, record: &Record<'_>, point: &MetricPoint<'_>, now: UnixMillis) -> RejectedPoints;

    /// Adds the metric of a log line that is no log for this sink. Returns the numbers of points that are left out.
    fn add_metric_line(&mut self, _: &Record<'_>, _: &MetricLine, _: UnixMillis) -> RejectedPoints {
        RejectedPoints::default()
    }

    /// Returns the approximate size in bytes of all chunks that [`Self::finish`] would return.
    fn weight(&self) -> usize;

    /// Encodes all metrics in chunks and removes them from this collection. Points of one series are in order of
    /// time. A chunk has some ten kilobytes, unless a single point is longer.
    fn finish(&mut self) -> Vec<Chunk>;

    /// Returns the bytes before, between and after the chunks of a request body.
    fn delimiters(&self) -> Delimiters {
        Delimiters::default()
    }
}

/// Spans of many invocations, collected until they are encoded in [`Chunk`]s.
pub trait SpansBody: Debug + Send {
    /// Adds the spans of an invocation. Returns false if the settings exclude them.
    fn add(&mut self, invocation: &Invocation) -> bool;

    /// Returns the approximate size in bytes of all chunks that [`Self::finish`] would return.
    fn weight(&self) -> usize;

    /// Returns all spans in chunks, and removes them from this collection.
    fn finish(&mut self) -> Vec<Chunk>;
}

/// Minimum number of bytes that [`LogsBody::take`] moves at once.
const WORTH_TAKING: usize = 64 * 1024;
