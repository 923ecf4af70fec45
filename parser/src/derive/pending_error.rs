//! Failures that are complete only with the lines after them: an error that counts if nothing follows, a failure whose
//! error type follows, and the failure of an INIT whose invocation follows.

use std::{borrow::Cow, sync::Arc};

use super::{
    evidence::{Details, Evidence, EvidenceKind},
    open_invocation::{OpenInvocation, PendingEvidence},
    outcome::StartKind,
    precedence::is_platform_type,
};
use crate::{
    line::{App, Dialect, InitReport, RuntimeFailure},
    origin::Origin,
    units::UnixMillis,
};

/// Error in words that a function can write too: a failure only if the function writes nothing after it.
#[derive(Debug)]
pub(super) struct UnconfirmedError {
    pub(super) request_id: Option<Box<str>>,
    pub(super) evidence: PendingEvidence,
}

impl UnconfirmedError {
    pub(super) fn new(request_id: Option<&str>, error_type: Option<&str>, time: UnixMillis) -> Self {
        let kind = EvidenceKind::of_failure(error_type.map_or(RuntimeFailure::Unhandled, RuntimeFailure::of));
        let evidence = PendingEvidence { kind, error_type: error_type.map(Box::from), time };
        Self { request_id: request_id.map(Box::from), evidence }
    }

    /// True if the error may be of this invocation. Without a request id, it may be of any.
    pub(super) fn may_be_of(&self, request_id: Option<&str>) -> bool {
        request_id.is_none() || self.request_id.is_none() || self.request_id.as_deref() == request_id
    }

    /// True if `app` shows that the function went on after the error: a line of the same invocation that does not
    /// continue the error's text.
    pub(super) fn is_refuted_by(&self, app: &App<'_>) -> bool {
        self.may_be_of(app.request_id.as_deref()) && !continues(app.message)
    }
}

/// True if the line continues the text of the line before: it is blank or indented, or closes a bracket.
fn continues(message: &str) -> bool {
    message.is_empty()
        || message.starts_with([' ', '\t', '\r', '\n', '}', ']'])
        || message.starts_with("Caused by: ")
}

/// Failure that was written without an error type.
#[derive(Debug)]
pub(super) struct UntypedFailure {
    request_id: Option<Box<str>>,
    pub(super) kind: EvidenceKind,
}

impl UntypedFailure {
    /// Creates the failure; `None` if the error type is known, or if a failure of this kind has none.
    pub(super) fn new(
        request_id: Option<&str>,
        kind: EvidenceKind,
        error_type: Option<&str>,
    ) -> Option<Self> {
        let has_type = match kind {
            EvidenceKind::Unhandled | EvidenceKind::Exited | EvidenceKind::Killed => true,
            EvidenceKind::DetailsOnly | EvidenceKind::OutOfMemory | EvidenceKind::Timeout => false,
        };
        (has_type && error_type.is_none()).then(|| Self { request_id: request_id.map(Box::from), kind })
    }

    pub(super) fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// Error type in the line after the failure: that of an error in JSON, a member `errorType` in a line of its own, or
    /// a type of the platform alone.
    pub(super) fn error_type_in<'a>(&self, app: &'a App<'_>) -> Option<Cow<'a, str>> {
        let text = app.message.trim_ascii();
        let member = text.strip_prefix("\"errorType\":").map(|value| value.trim_matches([' ', ',', '"']));
        let alone = Some(text).filter(|text| is_platform_type(text) && !text.contains(char::is_whitespace));
        match app.dialect {
            Dialect::Json => app.error_type.as_deref().map(Cow::Borrowed),
            Dialect::Text => member.or(alone).filter(|name| !name.is_empty()).map(Cow::Borrowed),
            Dialect::Node
            | Dialect::Python
            | Dialect::Java
            | Dialect::DotNet
            | Dialect::Ruby
            | Dialect::Go => None,
        }
    }

    /// True if the error type may still follow after `app`, which is a line of the error in JSON.
    pub(super) fn may_continue_with(&self, app: &App<'_>) -> bool {
        app.dialect == Dialect::Text && (continues(app.message) || app.message.starts_with(['{', '"']))
    }
}

/// Start of an invocation that follows: its kind, and its failure if the INIT within it failed.
#[derive(Debug)]
pub(super) struct PendingStart {
    start: StartKind,
    failure: PendingEvidence,
}

impl PendingStart {
    pub(super) fn of(start: StartKind, time: UnixMillis) -> Self {
        let failure = PendingEvidence { kind: EvidenceKind::DetailsOnly, error_type: None, time };
        Self { start, failure }
    }

    /// Creates the start of an invocation in which the INIT was repeated.
    pub(super) fn of_init(report: &InitReport<'_>, time: UnixMillis) -> Self {
        let kind = EvidenceKind::of_status(report.status, report.error_type);
        let error_type = report.error_type.filter(|_| kind != EvidenceKind::DetailsOnly).map(Box::from);
        Self { start: StartKind::Cold, failure: PendingEvidence { kind, error_type, time } }
    }

    pub(super) fn add_to(self, invocation: &mut OpenInvocation) {
        let Self { start, failure } = self;
        invocation.add_evidence(failure.kind, failure.error_type.as_deref(), failure.time);
        invocation.add_details(Details::of_start(start));
    }

    /// Converts this to evidence for an invocation in another input.
    pub(super) fn evidence(self, origin: &Arc<Origin>) -> Evidence {
        Evidence { details: Details::of_start(self.start), ..self.failure.evidence("", origin) }
    }
}
