//! What lines other than the REPORT prove about an invocation.

use std::{sync::Arc, time::Duration};

use super::invocation::{Outcome, StartKind};
use crate::{
    line::{FailureSign, Fault, FaultKind, RuntimeDone, Status},
    origin::Origin,
    units::{ByteSize, UnixMillis},
};

/// The platform's name for running out of memory.
pub(super) const OUT_OF_MEMORY: &str = "Runtime.OutOfMemory";

/// The platform's name for a runtime that ended by itself or was killed.
pub(super) const EXIT_ERROR: &str = "Runtime.ExitError";

/// What a line other than the REPORT proves about an invocation.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// Where the line stands.
    pub origin: Arc<Origin>,
    /// The invocation it speaks of; empty where the line names none: then it is the one that ran in this stream at
    /// this time.
    pub request_id: Box<str>,
    /// When it was written.
    pub time: UnixMillis,
    /// What it proves.
    pub kind: EvidenceKind,
    /// Why it failed.
    pub error_type: Option<Box<str>>,
    /// What it tells besides.
    pub details: Details,
}

/// What can be proved, from weak to strong: a stronger one prevails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EvidenceKind {
    /// No failure: the line only tells [`Details`].
    Seen,
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

/// What START and `platform.runtimeDone` tell about an invocation and its REPORT may not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    /// What it had to wait for, where a line before its START tells.
    pub start: Option<StartKind>,
    /// Size of the response.
    pub produced_bytes: Option<ByteSize>,
    /// Time until the response began.
    pub response_latency: Option<Duration>,
    /// X-Ray trace id.
    pub trace_id: Option<Box<str>>,
    /// Tenant it ran for.
    pub tenant: Option<Box<str>>,
}

impl EvidenceKind {
    /// How an invocation ended of which nothing but this is known.
    #[must_use]
    pub fn outcome(self) -> Outcome {
        match self {
            Self::Seen => Outcome::Success,
            Self::Unhandled | Self::Exited => Outcome::Error,
            Self::OutOfMemory | Self::Killed => Outcome::OutOfMemory,
            Self::Timeout => Outcome::Timeout,
        }
    }

    /// What the platform's own line about a failure proves.
    pub(super) fn of_fault(fault: &Fault<'_>) -> Self {
        match fault.kind {
            FaultKind::Timeout(_) => Self::Timeout,
            FaultKind::Killed => Self::Killed,
            FaultKind::Exited if fault.error_type == Some(OUT_OF_MEMORY) => Self::OutOfMemory,
            FaultKind::Exited => Self::Exited,
        }
    }

    /// What the runtime's notice that it is done proves.
    pub(super) fn of_runtime_done(done: &RuntimeDone<'_>) -> Self {
        match done.status {
            None | Some(Status::Success | Status::Unknown) => Self::Seen,
            Some(Status::Timeout) => Self::Timeout,
            Some(Status::Error | Status::Failure) => match done.error_type.as_deref() {
                Some(OUT_OF_MEMORY) => Self::OutOfMemory,
                Some(EXIT_ERROR) => Self::Exited,
                Some(_) | None => Self::Unhandled,
            },
        }
    }

    /// What the runtime's words in the function's log prove.
    pub(super) fn of_sign(sign: FailureSign) -> Self {
        match sign {
            FailureSign::Unhandled => Self::Unhandled,
            FailureSign::OutOfMemory => Self::OutOfMemory,
        }
    }
}

impl Details {
    /// Only how the invocation began.
    pub(super) fn of_start(start: StartKind) -> Self {
        Self { start: Some(start), ..Self::default() }
    }

    /// What `platform.runtimeDone` tells.
    pub(super) fn of_runtime_done(done: &RuntimeDone<'_>) -> Self {
        Self {
            start: None,
            produced_bytes: done.produced_bytes,
            response_latency: done.response_latency,
            trace_id: done.trace_id.map(Box::from),
            tenant: done.tenant.map(Box::from),
        }
    }

    /// Takes what is still missing here from `later`.
    pub(super) fn fill(&mut self, later: Self) {
        let Self { start, produced_bytes, response_latency, trace_id, tenant } = later;
        self.start = self.start.or(start);
        self.produced_bytes = self.produced_bytes.or(produced_bytes);
        self.response_latency = self.response_latency.or(response_latency);
        self.trace_id = self.trace_id.take().or(trace_id);
        self.tenant = self.tenant.take().or(tenant);
    }
}
