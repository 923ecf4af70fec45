//! Evidence: facts about an invocation from log lines other than its REPORT.

use std::{sync::Arc, time::Duration};

use super::outcome::{EXIT_ERROR, OUT_OF_MEMORY, Outcome, StartKind};
use crate::{
    line::{Fault, FaultKind, PlatformSpan, RuntimeDone, RuntimeFailure, Segment, Start, Status},
    origin::Origin,
    units::{ByteSize, UnixMillis},
};

/// A fact about an invocation, from a line other than its REPORT.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// Origin of the line.
    pub origin: Arc<Origin>,
    /// Request id of the invocation. Empty if the line names none: then the evidence is about the invocation that ran
    /// in this stream at this time.
    pub request_id: Box<str>,
    /// Time of the line.
    pub time: UnixMillis,
    /// Kind of failure that the line proves.
    pub kind: EvidenceKind,
    /// Error type, if the line names one.
    pub error_type: Option<Box<str>>,
    /// Further facts from the line.
    pub details: Details,
}

/// Kind of [`Evidence`]: the failure that a line proves. The kinds are in ascending order of severity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EvidenceKind {
    /// No failure: the line only supplies [`Details`].
    DetailsOnly,
    /// The handler ended with an uncaught error.
    Unhandled,
    /// The runtime exited.
    Exited,
    /// The runtime reported that memory ran out.
    OutOfMemory,
    /// The runtime was killed, which happens at the memory limit.
    Killed,
    /// The function's timeout was reached.
    Timeout,
}

/// Facts about an invocation that its REPORT may lack, from the START, from lines before the START, or from
/// `platform.runtimeDone`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    /// Kind of start, if a line before the START of the invocation states it.
    pub start: Option<StartKind>,
    /// Time of the START.
    pub start_time: Option<UnixMillis>,
    /// Time of the `INIT_START` or `RESTORE_START` before the START.
    pub init_start_time: Option<UnixMillis>,
    /// Size of the response in bytes.
    pub produced_bytes: Option<ByteSize>,
    /// Time until the first byte of the response.
    pub response_latency: Option<Duration>,
    /// X-Ray trace id.
    pub trace_id: Option<Box<str>>,
    /// X-Ray segment.
    pub segment: Option<Segment>,
    /// Parts of the invocation that the platform measured, each once.
    pub spans: Vec<PlatformSpan>,
    /// Tenant id, for functions with tenant isolation.
    pub tenant: Option<Box<str>>,
}

/// Adds the parts of an invocation whose names are missing.
pub(super) fn add_missing(spans: &mut Vec<PlatformSpan>, more: Vec<PlatformSpan>) {
    if spans.is_empty() {
        *spans = more;
        return;
    }
    for span in more {
        if spans.iter().all(|known| known.name != span.name) {
            spans.push(span);
        }
    }
}

impl EvidenceKind {
    /// Outcome that this evidence proves, if neither the REPORT nor another line states a different one.
    #[must_use]
    pub fn outcome(self) -> Outcome {
        match self {
            Self::DetailsOnly => Outcome::Success,
            Self::Unhandled | Self::Exited => Outcome::Error,
            Self::OutOfMemory | Self::Killed => Outcome::OutOfMemory,
            Self::Timeout => Outcome::Timeout,
        }
    }

    /// Kind of evidence in the platform's line about a failure.
    pub(super) fn of_fault(fault: &Fault<'_>) -> Self {
        match fault.kind {
            FaultKind::Timeout(_) => Self::Timeout,
            FaultKind::Killed => Self::Killed,
            FaultKind::Exited if fault.error_type == Some(OUT_OF_MEMORY) => Self::OutOfMemory,
            FaultKind::Exited => Self::Exited,
        }
    }

    /// Kind of evidence in a `platform.runtimeDone` event.
    pub(super) fn of_runtime_done(done: &RuntimeDone<'_>) -> Self {
        Self::of_status(done.status, done.error_type.as_deref())
    }

    /// Kind of evidence in a line of the platform with this status and error type.
    pub(super) fn of_status(status: Option<Status>, error_type: Option<&str>) -> Self {
        match status {
            None | Some(Status::Success | Status::Unknown) => Self::DetailsOnly,
            Some(Status::Timeout) => Self::Timeout,
            Some(Status::Error | Status::Failure) => match error_type {
                Some(OUT_OF_MEMORY) => Self::OutOfMemory,
                Some(EXIT_ERROR) => Self::Exited,
                Some(_) | None => Self::Unhandled,
            },
        }
    }

    /// Kind of evidence in a line that the language runtime writes to the function's log.
    pub(super) fn of_failure(failure: RuntimeFailure) -> Self {
        match failure {
            RuntimeFailure::Unhandled | RuntimeFailure::UnhandledIfLast => Self::Unhandled,
            RuntimeFailure::OutOfMemory => Self::OutOfMemory,
        }
    }
}

impl Details {
    /// True if the details have more than start times. Only such details are joined with an invocation in another input;
    /// without its start time, the begin of an invocation follows from its end and duration.
    pub(super) fn is_evidence(&self) -> bool {
        let (start_time, init_start_time) = (self.start_time, self.init_start_time);
        *self != Self { start_time, init_start_time, ..Self::default() }
    }

    /// Creates details with a start kind only.
    pub(super) fn of_start(start: StartKind) -> Self {
        Self { start: Some(start), ..Self::default() }
    }

    /// Takes the details from a START at this time.
    pub(super) fn of_invocation_start(start: &Start<'_>, time: UnixMillis) -> Self {
        Self {
            start_time: Some(time),
            trace_id: start.trace_id.map(Box::from),
            segment: start.segment,
            tenant: start.tenant.map(Box::from),
            ..Self::default()
        }
    }

    /// Takes the details from a `platform.runtimeDone` event.
    pub(super) fn of_runtime_done(done: &RuntimeDone<'_>) -> Self {
        Self {
            produced_bytes: done.produced_bytes,
            response_latency: done.response_latency,
            trace_id: done.trace_id.map(Box::from),
            segment: done.segment,
            spans: done.spans.map(PlatformSpan::read_all).unwrap_or_default(),
            tenant: done.tenant.map(Box::from),
            ..Self::default()
        }
    }

    /// Copies values from `later` where `self` has none.
    pub(super) fn fill_missing(&mut self, later: Self) {
        let Self {
            start,
            start_time,
            init_start_time,
            produced_bytes,
            response_latency,
            trace_id,
            segment,
            spans,
            tenant,
        } = later;
        self.start = self.start.or(start);
        self.start_time = self.start_time.or(start_time);
        self.init_start_time = self.init_start_time.or(init_start_time);
        self.produced_bytes = self.produced_bytes.or(produced_bytes);
        self.response_latency = self.response_latency.or(response_latency);
        self.trace_id = self.trace_id.take().or(trace_id);
        self.segment = Segment::merge(self.segment, segment);
        add_missing(&mut self.spans, spans);
        self.tenant = self.tenant.take().or(tenant);
    }
}
