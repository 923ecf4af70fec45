//! State of one invocation while its lines are being read.

use std::sync::Arc;

use super::{
    Collect,
    event_meta::EventMeta,
    evidence::{Details, Evidence, EvidenceKind},
    invocation::Invocation,
    outcome::{StartKind, reported_outcome},
    precedence::is_more_specific,
};
use crate::{
    line::{PlatformSpan, Report, Segment, Start},
    origin::Origin,
    units::UnixMillis,
};

/// State of an invocation, kept from its first line until no further line of it is expected.
#[derive(Debug)]
pub(super) struct OpenInvocation {
    pub(super) request_id: Box<str>,
    progress: Progress,
    first_seen: UnixMillis,
    /// Evidence before the REPORT, at most one of each kind.
    evidence: Vec<PendingEvidence>,
    details: Details,
    invocation: Option<Invocation>,
}

/// Progress of an invocation according to its own lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    /// The START was not read: only other lines contain the request id of the invocation.
    StartUnseen,
    /// Between START and END: lines without a request id belong to it.
    Running,
    /// The START was read, and the END or the REPORT.
    Ended,
}

/// Reason for closing an open invocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CloseReason {
    /// A later line of the log stream proves that the invocation is over.
    Ended,
    /// The input ended, or the state of the log stream was dropped: another input may contain more lines of the
    /// invocation.
    InputEnded,
}

/// Evidence that was read before the REPORT of its invocation.
#[derive(Debug)]
pub(super) struct PendingEvidence {
    pub(super) kind: EvidenceKind,
    pub(super) error_type: Option<Box<str>>,
    pub(super) time: UnixMillis,
}

impl PendingEvidence {
    /// Converts this to [`Evidence`], to be joined with an invocation in another input. An empty `request_id` means
    /// that the line contains none.
    pub(super) fn evidence(self, request_id: &str, origin: &Arc<Origin>) -> Evidence {
        Evidence {
            origin: Arc::clone(origin),
            request_id: request_id.into(),
            time: self.time,
            kind: self.kind,
            error_type: self.error_type,
            details: Details::default(),
        }
    }
}

impl OpenInvocation {
    /// Opens an invocation whose START was read.
    pub(super) fn started(start: &Start<'_>, time: UnixMillis) -> Self {
        Self::new(Progress::Running, start.request_id, time, Details::of_invocation_start(start, time))
    }

    /// Opens an invocation whose first line is not its START.
    pub(super) fn without_start(request_id: &str, time: UnixMillis) -> Self {
        Self::new(Progress::StartUnseen, request_id, time, Details::default())
    }

    fn new(progress: Progress, request_id: &str, first_seen: UnixMillis, details: Details) -> Self {
        Self {
            request_id: request_id.into(),
            progress,
            first_seen,
            evidence: Vec::new(),
            details,
            invocation: None,
        }
    }

    pub(super) fn is_running(&self) -> bool {
        self.progress == Progress::Running
    }

    /// True if the START of the invocation was read.
    pub(super) fn has_start(&self) -> bool {
        self.progress != Progress::StartUnseen
    }

    pub(super) fn is_reported(&self) -> bool {
        self.invocation.is_some()
    }

    pub(super) fn trace_id(&self) -> Option<&str> {
        self.details.trace_id.as_deref()
    }

    pub(super) fn segment(&self) -> Option<&Segment> {
        self.details.segment.as_ref()
    }

    pub(super) fn tenant(&self) -> Option<&str> {
        self.details.tenant.as_deref()
    }

    /// Records that the END of the invocation was read.
    pub(super) fn end(&mut self) {
        if self.progress == Progress::Running {
            self.progress = Progress::Ended;
        }
    }

    /// Adds evidence: applies it if the REPORT was read, else keeps it until then.
    pub(super) fn add_evidence(&mut self, kind: EvidenceKind, error_type: Option<&str>, time: UnixMillis) {
        if kind == EvidenceKind::DetailsOnly {
            return;
        }
        if let Some(invocation) = &mut self.invocation {
            invocation.apply_evidence(kind, error_type);
            return;
        }
        match self.evidence.iter_mut().find(|pending| pending.kind == kind) {
            Some(known) if is_more_specific(error_type, known.error_type.as_deref()) => {
                known.error_type = error_type.map(Box::from);
            }
            Some(_) => {}
            None => self.evidence.push(PendingEvidence { kind, error_type: error_type.map(Box::from), time }),
        }
    }

    /// Adds details: to the invocation if the REPORT was read, else keeps them until then.
    pub(super) fn add_details(&mut self, details: Details) {
        match &mut self.invocation {
            Some(invocation) => invocation.fill_missing(details),
            None => self.details.fill_missing(details),
        }
    }

    /// Adds the time of the `INIT_START` or `RESTORE_START` before the invocation.
    pub(super) fn add_init_start(&mut self, time: UnixMillis) {
        self.add_details(Details { init_start_time: Some(time), ..Details::default() });
    }

    /// Records its REPORT, and applies the evidence and details that were read before.
    pub(super) fn report(&mut self, report: &Report<'_>, origin: &Arc<Origin>, meta: &EventMeta<'_>) {
        self.end();
        let mut invocation = reported(report, origin, meta);
        for pending in self.evidence.drain(..) {
            invocation.apply_evidence(pending.kind, pending.error_type.as_deref());
        }
        invocation.fill_missing(std::mem::take(&mut self.details));
        invocation.at_edge = self.progress == Progress::StartUnseen;
        self.invocation = Some(invocation);
    }

    /// Emits the invocation, or the evidence if its REPORT was not read.
    pub(super) fn close(self, reason: CloseReason, origin: &Arc<Origin>, out: &mut dyn Collect) {
        if let Some(mut invocation) = self.invocation {
            invocation.at_edge |= reason == CloseReason::InputEnded;
            out.invocation(invocation);
            return;
        }
        if self.details.is_evidence() {
            let details_only =
                PendingEvidence { kind: EvidenceKind::DetailsOnly, error_type: None, time: self.first_seen };
            out.evidence(Evidence {
                details: self.details,
                ..details_only.evidence(&self.request_id, origin)
            });
        }
        for pending in self.evidence {
            out.evidence(pending.evidence(&self.request_id, origin));
        }
    }
}

/// Builds an invocation from its REPORT alone.
fn reported(report: &Report<'_>, origin: &Arc<Origin>, meta: &EventMeta<'_>) -> Invocation {
    Invocation {
        origin: Arc::clone(origin),
        event_id: meta.event_id.to_string().into(),
        time: meta.time,
        start_time: None,
        init_start_time: None,
        request_id: report.request_id.into(),
        outcome: reported_outcome(report),
        reported: report.status,
        error_type: report.error_type.as_deref().map(Box::from),
        start: start_kind(report),
        duration: report.duration,
        billed_duration: report.billed_duration,
        memory_size: report.memory_size,
        max_memory_used: report.max_memory_used,
        init_duration: report.init_duration,
        restore_duration: report.restore_duration,
        billed_restore_duration: report.billed_restore_duration,
        produced_bytes: report.produced_bytes,
        response_latency: report.response_latency,
        trace_id: report.trace_id.map(Box::from),
        segment: report.segment,
        spans: report.spans.map(PlatformSpan::read_all).unwrap_or_default(),
        tenant: report.tenant.map(Box::from),
        at_edge: false,
    }
}

fn start_kind(report: &Report<'_>) -> StartKind {
    match (report.init_duration, report.restore_duration) {
        (Some(_), _) => StartKind::Cold,
        (None, Some(_)) => StartKind::Restored,
        (None, None) => StartKind::Warm,
    }
}
