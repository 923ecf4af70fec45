//! Backends: encoding of request bodies, endpoints, and interpretation of responses. No I/O.
//!
//! A [`Sink`] encodes records and metrics into bodies, defines the endpoint of each signal, and interprets responses.
//! Batching, compression, sending, retries and the ledger are the same for all sinks, and are in other modules.

mod chunk;
pub mod datadog;
pub mod ndjson;
pub mod otlp;
mod retry_after;
mod signal;
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
    signal::{Signal, Signals},
    verdict::{Answer, NOBODY_THERE, Verdict},
};

/// Limits of a request body, as the backend's API documents them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Maximum number of events.
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

/// Endpoint of a signal: everything in a request except body and secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Absolute `http` or `https` URL.
    pub url: String,
    /// Value of the header `Content-Type`.
    pub content_type: &'static str,
    /// Content encoding of the body.
    pub encoding: Encoding,
}

/// Backend: its formats, limits and endpoints, and the meaning of its responses.
pub trait Sink: Debug + Send + Sync {
    /// Returns the limits of a body of `signal`.
    fn limits(&self, signal: Signal) -> Limits;

    /// Creates an empty body of log events.
    fn logs(&self) -> Box<dyn LogsBody>;

    /// Creates an empty collection of metrics.
    fn metrics(&self) -> Box<dyn MetricsBody>;

    /// Returns the endpoint of `signal`; `None` if bodies are written to standard output or a file.
    fn endpoint(&self, signal: Signal) -> Option<&Endpoint>;

    /// Returns the name of the header with the seconds until a retry may succeed, for responses without `Retry-After`.
    fn wait_header(&self) -> Option<&'static str> {
        None
    }

    /// Interprets a response that was received at `now`.
    fn verdict(&self, answer: &Answer<'_>, now: UnixMillis) -> Verdict;
}

/// Reason why a record was not added to a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoRoom {
    /// The body is full. The record may fit in the next one.
    Body,
    /// The record is too large for any body. Its message must be split.
    Event,
}

/// Request body of log events under construction. It is reused for the next body.
pub trait LogsBody: Debug + Send {
    /// Appends a record that was received at `now`.
    ///
    /// # Errors
    /// Returns an error if the record does not fit. The body is unchanged then.
    fn add(&mut self, record: &Record<'_>, now: UnixMillis) -> Result<(), NoRoom>;

    /// Appends the encoded bytes that are final to `out`, if there are enough of them, so that they can be compressed while
    /// the body grows.
    fn take(&mut self, out: &mut Vec<u8>);

    /// Appends the rest of the body to `out`, and begins the next body.
    fn finish(&mut self, out: &mut Vec<u8>);
}

/// Metrics of many invocations, collected until they are encoded in chunks.
pub trait MetricsBody: Debug + Send {
    /// Adds the metrics of an invocation, with its cost on `terms`. Returns the points that are left out because the backend
    /// would reject them.
    fn add_invocation(
        &mut self,
        invocation: &Invocation,
        terms: &Terms<'_>,
        now: UnixMillis,
    ) -> RejectedPoints;

    /// Adds the metrics that a line in the embedded metric format declares. Returns the points that are left out because the
    /// backend would reject them.
    fn add_declared(&mut self, record: &Record<'_>, emf: &Emf<'_>, now: UnixMillis) -> RejectedPoints;

    /// Returns the approximate size of all chunks in bytes.
    fn weight(&self) -> usize;

    /// Encodes all metrics in chunks, those of one series in order of time, and removes them. A chunk has some ten kilobytes,
    /// unless a single point is longer.
    fn finish(&mut self) -> Vec<Chunk>;

    /// Returns the bytes around the chunks of a body.
    fn delimiters(&self) -> Delimiters {
        Delimiters::default()
    }
}

/// Minimum number of bytes that [`LogsBody::take`] moves at once.
const WORTH_TAKING: usize = 64 * 1024;
