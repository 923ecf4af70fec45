//! What backends are given, and what their answers mean: pure descriptions that one sender carries out.
//!
//! A [`Sink`] says how records and metrics become bodies, where these go, and how an answer is to be taken. Batching,
//! compression, retry and the account of what was delivered exist once, outside.

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

/// How much one body may hold, as the backend's API states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Events.
    pub events: u64,
    /// Bytes before compression.
    pub encoded: usize,
    /// Bytes as they are sent.
    pub compressed: usize,
}

/// How a body is compressed on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Not at all.
    Identity,
    /// As `Content-Encoding: gzip` has it.
    Gzip,
    /// As `Content-Encoding: zstd` has it.
    Zstd,
    /// As `Content-Encoding: deflate` has it: a zlib stream.
    Deflate,
}

impl Encoding {
    /// The value of `Content-Encoding`, where there is one.
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

/// Where bodies of one signal go, and in what form: all of a request but its body and its secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// An absolute `http` or `https` URL.
    pub url: String,
    /// What the body is.
    pub content_type: &'static str,
    /// How it is compressed.
    pub encoding: Encoding,
}

/// A backend, as far as it can be described without sending anything.
pub trait Sink: Debug + Send + Sync {
    /// What one body of `signal` may hold.
    fn limits(&self, signal: Signal) -> Limits;

    /// An empty body of log events.
    fn logs(&self) -> Box<dyn LogsBody>;

    /// No metrics yet.
    fn metrics(&self) -> Box<dyn MetricsBody>;

    /// Where bodies of `signal` go; `None` when they are lines for an output of this machine.
    fn endpoint(&self, signal: Signal) -> Option<&Endpoint>;

    /// The header that says, in seconds, when to come again, where there is no `Retry-After`.
    fn wait_header(&self) -> Option<&'static str> {
        None
    }

    /// What an answer means; `now` is for a time that it names.
    fn verdict(&self, answer: &Answer<'_>, now: UnixMillis) -> Verdict;
}

/// Why a record was not added to a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoRoom {
    /// The body is full: it fits into the next one.
    Body,
    /// It fits into no body: it has to be split.
    Event,
}

/// The body of a request, while log events are added to it; used again for the next one.
pub trait LogsBody: Debug + Send {
    /// Appends a record, which the sink got at `now`.
    ///
    /// # Errors
    /// It does not fit; the body is as it was.
    fn add(&mut self, record: &Record<'_>, now: UnixMillis) -> Result<(), NoRoom>;

    /// Moves what will not change any more behind what `out` holds, if there is enough of it to be worth that.
    fn take(&mut self, out: &mut Vec<u8>);

    /// Moves the rest of the body behind what `out` holds, and begins the next one.
    fn finish(&mut self, out: &mut Vec<u8>);
}

/// The metrics of many invocations, on their way to be bodies.
pub trait MetricsBody: Debug + Send {
    /// Adds what an invocation tells, at the price it has on these terms. Returns the points that the backend would refuse,
    /// so that they were left out.
    fn add_invocation(
        &mut self,
        invocation: &Invocation,
        terms: &Terms<'_>,
        now: UnixMillis,
    ) -> RejectedPoints;

    /// Adds what a line declares; returns as above.
    fn add_declared(&mut self, record: &Record<'_>, emf: &Emf<'_>, now: UnixMillis) -> RejectedPoints;

    /// About how many bytes the pieces have by now.
    fn weight(&self) -> usize;

    /// Everything in pieces, those of one series in order of time, and nothing is left. Only a single point that is longer
    /// makes a piece longer than some ten kilobytes.
    fn finish(&mut self) -> Vec<Chunk>;

    /// What stands around the pieces of a body.
    fn delimiters(&self) -> Delimiters {
        Delimiters::default()
    }
}

/// Bytes that are worth to be handed on from an open body.
const WORTH_TAKING: usize = 64 * 1024;
