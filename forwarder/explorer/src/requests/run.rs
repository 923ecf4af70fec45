//! Input: the runs of functions, the correlation ids of each, and the resources that their lines name.

use std::{hash::BuildHasher as _, num::NonZeroU64, time::Duration};

use foldhash::fast::FixedState;
use tailwater_parser::{
    UnixMillis, Usd,
    derive::{Invocation, Outcome, StartKind},
    line::correlation::{IdKind, canonical_trace},
};

/// Hash of a correlation id in the form in which ids are compared.
pub type IdKey = u64;

/// Returns the key of an id.
#[must_use]
pub fn id_key(id: &str) -> IdKey {
    FixedState::default().hash_one(id)
}

/// Run of a function, with what links it to others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LinkedRun {
    /// Number that the caller chose; it does not change the result.
    pub id: i64,
    /// Number of the function in [`super::GraphBuilder`].
    pub function: u32,
    /// Beginning of INIT or of the restore, else of the handler.
    pub begin: UnixMillis,
    /// End of the handler.
    pub end: UnixMillis,
    /// Run time of the handler.
    pub duration: Option<Duration>,
    /// Hash of the request id, which attempts share.
    pub request: Option<NonZeroU64>,
    /// Trace and span.
    pub link: RunLink,
    /// Kind of start.
    pub start: StartKind,
    /// Outcome.
    pub outcome: Outcome,
    /// Cost; `None` without a price.
    pub cost: Option<Usd>,
    /// True if a map counts it; other runs are looked at only to find out what caused what.
    pub is_counted: bool,
}

/// Trace and span of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RunLink {
    /// Halves of the trace id of X-Ray.
    pub trace: Option<[NonZeroU64; 2]>,
    /// Id of the run's span.
    pub span: Option<NonZeroU64>,
    /// Id of the span that caused the run.
    pub parent_span: Option<NonZeroU64>,
    /// X-Ray's decision whether the trace is recorded.
    pub recorded: Option<bool>,
    /// Time from the START to the REPORT in milliseconds.
    pub start_to_report: Option<u32>,
}

impl RunLink {
    /// Takes the ids of an invocation.
    #[must_use]
    pub fn of(invocation: &Invocation) -> Self {
        let segment = invocation.segment.unwrap_or_default();
        let span = |id: Option<[u8; 8]>| NonZeroU64::new(u64::from_be_bytes(id?));
        let since = |start: UnixMillis| u32::try_from(invocation.time.0.checked_sub(start.0)?).ok();
        let digits = invocation.trace_id.as_deref().and_then(canonical_trace);
        Self {
            trace: digits.and_then(|digits| trace_halves(&digits)),
            span: span(segment.span_id),
            parent_span: span(segment.parent_span_id),
            recorded: segment.recorded,
            start_to_report: invocation.start_time.and_then(since),
        }
    }

    /// True if the run may be linked by its trace or span.
    #[must_use]
    pub fn is_linked(&self) -> bool {
        self.trace.is_some() || self.span.is_some() || self.parent_span.is_some()
    }

    /// The 32 hexadecimal digits of the trace id of X-Ray.
    #[must_use]
    pub fn trace_id(&self) -> Option<String> {
        self.trace.map(|[high, low]| format!("{high:016x}{low:016x}"))
    }

    /// Beginning and end of a run: from its START, or the end less its duration if that was not read. `waited` is the
    /// time of INIT or of the restore before it.
    #[must_use]
    pub fn times(
        &self,
        report: UnixMillis,
        duration: Option<Duration>,
        waited: Duration,
    ) -> (UnixMillis, UnixMillis) {
        let duration = duration.unwrap_or_default();
        let to_report = self.start_to_report.map_or(duration, |millis| Duration::from_millis(millis.into()));
        let start = report.before(to_report);
        let millis = i64::try_from(duration.as_nanos().div_ceil(1_000_000)).unwrap_or(i64::MAX);
        (start.before(waited), UnixMillis(start.0.saturating_add(millis)))
    }
}

/// Halves of a trace id, each of which has a digit that is not zero.
fn trace_halves(digits: &str) -> Option<[NonZeroU64; 2]> {
    let (high, low) = digits.split_at_checked(16)?;
    let half = |text| NonZeroU64::new(u64::from_str_radix(text, 16).ok()?);
    Some([half(high)?, half(low)?])
}

/// Correlation id of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct IdUse {
    /// Id.
    pub id: IdKey,
    /// Index of the run.
    pub run: u32,
    /// Kind of the id.
    pub kind: IdKind,
}

impl LinkedRun {
    /// Sort key of a run, without the numbers that the caller chose.
    pub(super) fn order(&self) -> impl Ord + use<> {
        (self.begin, self.end, self.function, self.request, self.duration, self.link.span)
    }
}

/// Index of a run in a list; indices beyond any list are never stored.
pub(super) fn index(run: u32) -> usize {
    usize::try_from(run).unwrap_or(usize::MAX)
}

/// Converts an index to `u32`; `u32::MAX` if it is too large.
pub(super) fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}
