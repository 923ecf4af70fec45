//! One run of a function, and what other lines prove about it.

use std::{sync::Arc, time::Duration};

use crate::{
    line::Status,
    origin::Origin,
    units::{ByteSize, MemoryMib, MibMillis, UnixMillis},
};

/// One run of a function: exactly one for each REPORT, so an asynchronous retry with the same request id is another.
#[derive(Clone, Debug, PartialEq)]
pub struct Invocation {
    /// Where it ran; `region` and `version` as far as the stream's own lines tell.
    pub origin: Arc<Origin>,
    /// Identity of the REPORT, and so of the invocation.
    pub event_id: Box<str>,
    /// When the REPORT was written: the end of the invocation.
    pub time: UnixMillis,
    /// Request id; the same again for a retry.
    pub request_id: Box<str>,
    /// How it ended, after all evidence.
    pub outcome: Outcome,
    /// How it ended in the REPORT's own words: `None` in text when it went well, or before AWS wrote it.
    pub reported: Option<Status>,
    /// Why it failed, such as `Runtime.ExitError` or `TypeError`.
    pub error_type: Option<Box<str>>,
    /// Whether its environment was made for it.
    pub start: StartKind,
    /// What the handler took.
    pub duration: Option<Duration>,
    /// What AWS bills.
    pub billed_duration: Option<Duration>,
    /// Memory the function is configured with.
    pub memory_size: Option<MemoryMib>,
    /// The most it used.
    pub max_memory_used: Option<MemoryMib>,
    /// What INIT took.
    pub init_duration: Option<Duration>,
    /// What the restore from a snapshot took.
    pub restore_duration: Option<Duration>,
    /// The part of the restore that was billed.
    pub billed_restore_duration: Option<Duration>,
    /// Size of the response, where a line tells.
    pub produced_bytes: Option<ByteSize>,
    /// Time until the response began, where a line tells.
    pub response_latency: Option<Duration>,
    /// X-Ray trace id.
    pub trace_id: Option<Box<str>>,
    /// Tenant it ran for.
    pub tenant: Option<Box<str>>,
    /// True when lines of this invocation may stand in another input: its START was not seen, or nothing behind its
    /// REPORT was.
    pub at_edge: bool,
}

/// How an invocation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Well.
    Success,
    /// With an error.
    Error,
    /// It took longer than its timeout.
    Timeout,
    /// It used more memory than it has.
    OutOfMemory,
    /// In a word this version does not know.
    Unknown,
}

/// What an invocation had to wait for before it began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StartKind {
    /// Nothing: the environment was there.
    Warm,
    /// INIT.
    Cold,
    /// A restore from a SnapStart snapshot.
    Restored,
}

/// What a line other than the REPORT proves about an invocation.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// Where the line stands.
    pub origin: Arc<Origin>,
    /// The invocation it speaks of.
    pub request_id: Box<str>,
    /// When it was written.
    pub time: UnixMillis,
    /// What it proves.
    pub kind: EvidenceKind,
    /// Why it failed.
    pub error_type: Option<Box<str>>,
}

/// What can be proved, from weak to strong: a stronger one prevails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EvidenceKind {
    /// The handler ended with an error that nothing caught.
    Unhandled,
    /// The runtime exited.
    Exited,
    /// The runtime said that memory ran out.
    OutOfMemory,
    /// The runtime was killed for its memory.
    Killed,
    /// The platform's time limit struck.
    Timeout,
}

impl Invocation {
    /// Memory x billed time; `None` where the log does not tell both.
    #[must_use]
    pub fn billed_memory_time(&self) -> Option<MibMillis> {
        Some(MibMillis::of(self.memory_size?, self.billed_duration?))
    }
}
