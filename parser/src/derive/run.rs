//! What is known of one invocation while its lines come in.

use std::sync::Arc;

use super::{
    Collect,
    evidence::{Details, Evidence, EvidenceKind},
    invocation::{Invocation, StartKind},
    outcome::{is_more_telling, reported_outcome},
    stream::Mark,
};
use crate::{
    line::{Report, Start},
    origin::Origin,
    units::UnixMillis,
};

/// An invocation from its first line to the moment that nothing more is expected of it.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) request_id: Box<str>,
    progress: Progress,
    first_seen: UnixMillis,
    /// At most one of each kind.
    clues: Vec<Clue>,
    details: Details,
    invocation: Option<Invocation>,
}

/// How far a run has come, by its own lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    /// Its START stands elsewhere: it is only spoken of.
    Mentioned,
    /// Between START and END: lines without a request id are its.
    Running,
    /// Its END or REPORT came, and its START before.
    Ended,
}

/// Whether a run is over for certain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closing {
    /// The stream went on to something else.
    Over,
    /// The input ended, or the stream was forgotten: lines of the run may follow elsewhere.
    Cut,
}

/// Evidence that waits for its REPORT.
#[derive(Debug)]
pub(super) struct Clue {
    pub(super) kind: EvidenceKind,
    pub(super) error_type: Option<Box<str>>,
    pub(super) time: UnixMillis,
}

impl Clue {
    /// To be joined with an invocation in another input; an empty request id stands for none.
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

impl Run {
    /// A run whose START is seen, behind what prepared it.
    pub(super) fn begun(start: &Start<'_>, preparation: Option<StartKind>, time: UnixMillis) -> Self {
        let details = Details {
            start: preparation,
            trace_id: start.trace_id.map(Box::from),
            tenant: start.tenant.map(Box::from),
            ..Details::default()
        };
        Self { progress: Progress::Running, details, ..Self::mentioned(start.request_id, time) }
    }

    /// A run of which another line than START is seen first.
    pub(super) fn mentioned(request_id: &str, time: UnixMillis) -> Self {
        Self {
            request_id: request_id.into(),
            progress: Progress::Mentioned,
            first_seen: time,
            clues: Vec::new(),
            details: Details::default(),
            invocation: None,
        }
    }

    pub(super) fn is_running(&self) -> bool {
        self.progress == Progress::Running
    }

    /// Whether its START is seen.
    pub(super) fn has_begun(&self) -> bool {
        self.progress != Progress::Mentioned
    }

    pub(super) fn is_reported(&self) -> bool {
        self.invocation.is_some()
    }

    pub(super) fn trace_id(&self) -> Option<&str> {
        self.details.trace_id.as_deref()
    }

    pub(super) fn tenant(&self) -> Option<&str> {
        self.details.tenant.as_deref()
    }

    /// Its END is seen.
    pub(super) fn end(&mut self) {
        if self.progress == Progress::Running {
            self.progress = Progress::Ended;
        }
    }

    /// Takes what a line proves, before the REPORT or after it.
    pub(super) fn note(&mut self, kind: EvidenceKind, error_type: Option<&str>, time: UnixMillis) {
        if kind == EvidenceKind::Seen {
            return;
        }
        if let Some(invocation) = &mut self.invocation {
            invocation.weigh(kind, error_type);
            return;
        }
        match self.clues.iter_mut().find(|clue| clue.kind == kind) {
            Some(known) if is_more_telling(error_type, known.error_type.as_deref()) => {
                known.error_type = error_type.map(Box::from);
            }
            Some(_) => {}
            None => self.clues.push(Clue { kind, error_type: error_type.map(Box::from), time }),
        }
    }

    /// Takes what a line tells besides, before the REPORT or after it.
    pub(super) fn describe(&mut self, details: Details) {
        match &mut self.invocation {
            Some(invocation) => invocation.fill(details),
            None => self.details.fill(details),
        }
    }

    /// Its REPORT is seen: what was gathered so far becomes an invocation.
    pub(super) fn report(&mut self, report: &Report<'_>, origin: &Arc<Origin>, mark: &Mark<'_>) {
        self.end();
        let mut invocation = reported(report, origin, mark);
        for clue in self.clues.drain(..) {
            invocation.weigh(clue.kind, clue.error_type.as_deref());
        }
        invocation.fill(std::mem::take(&mut self.details));
        invocation.at_edge = self.progress == Progress::Mentioned;
        self.invocation = Some(invocation);
    }

    /// Hands on what became of it: an invocation, or evidence for one whose REPORT stands elsewhere.
    pub(super) fn close(self, closing: Closing, origin: &Arc<Origin>, out: &mut dyn Collect) {
        if let Some(mut invocation) = self.invocation {
            invocation.at_edge |= closing == Closing::Cut;
            out.invocation(invocation);
            return;
        }
        if self.details != Details::default() {
            let seen = Clue { kind: EvidenceKind::Seen, error_type: None, time: self.first_seen };
            out.evidence(Evidence { details: self.details, ..seen.evidence(&self.request_id, origin) });
        }
        for clue in self.clues {
            out.evidence(clue.evidence(&self.request_id, origin));
        }
    }
}

/// An invocation as its REPORT alone tells it.
fn reported(report: &Report<'_>, origin: &Arc<Origin>, mark: &Mark<'_>) -> Invocation {
    Invocation {
        origin: Arc::clone(origin),
        event_id: mark.event_id.to_string().into(),
        time: mark.time,
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
