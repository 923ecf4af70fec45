//! Ids of traces and spans: those of X-Ray, or else hashes of ids in the logs. A delivery that is read again gives the same
//! ids.

use std::{collections::HashSet, hash::BuildHasher as _};

use foldhash::fast::FixedState;
use sha2::{Digest, Sha256};
use tailwater_parser::{Line, Origin, Record, derive::Invocation, line::TraceContext};

/// Greatest number of functions with X-Ray that are remembered.
const MAX_FUNCTIONS: usize = 4_096;

/// Trace and parent of the span of an invocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SpanIds {
    pub(super) trace_id: [u8; 16],
    pub(super) span_id: [u8; 8],
    pub(super) parent_span_id: Option<[u8; 8]>,
    /// W3C trace flags: 1, or 0 if X-Ray does not record the trace.
    pub(super) flags: u32,
}

impl SpanIds {
    /// Returns the ids of an invocation in `region`. Without X-Ray, a retry of an invocation is in the same trace.
    pub(super) fn of(invocation: &Invocation, region: &str) -> Self {
        let segment = invocation.segment.unwrap_or_default();
        let flags = u32::from(segment.recorded != Some(false));
        let own = span_id(&[&invocation.event_id]);
        match invocation.trace_id.as_deref().and_then(TraceContext::of_xray) {
            Some(TraceContext { trace_id, .. }) => Self {
                trace_id,
                span_id: segment.span_id.unwrap_or(own),
                parent_span_id: segment.parent_span_id,
                flags,
            },
            None => Self {
                trace_id: trace_id(&invocation.origin, region, request_of(invocation)),
                span_id: own,
                parent_span_id: None,
                flags,
            },
        }
    }
}

/// Request id of an invocation; the id of its REPORT if the line has none, so that such invocations do not share a trace.
fn request_of(invocation: &Invocation) -> &str {
    if invocation.request_id.is_empty() { &invocation.event_id } else { &invocation.request_id }
}

/// Returns the id of the trace of an invocation that has none from X-Ray: the first half of the SHA-256 hash of account,
/// region, function and request id, each followed by a line break.
pub(super) fn trace_id(origin: &Origin, region: &str, request_id: &str) -> [u8; 16] {
    let mut hash = Sha256::new();
    for text in [&origin.account, region, origin.function(), request_id] {
        hash.update(text);
        hash.update("\n");
    }
    first_bytes(hash)
}

/// Trace ids of log records whose invocations have none from X-Ray.
///
/// In the text format, the X-Ray id is in the REPORT, which is the last line. So functions with X-Ray are remembered: their
/// other records get no id rather than a wrong one.
#[derive(Debug, Default)]
pub(super) struct DerivedTraceIds {
    /// Hashes of the functions with X-Ray.
    with_xray: HashSet<u64, FixedState>,
    /// Hash of the function, request id and trace id of the latest record.
    latest: (u64, String, [u8; 16]),
}

impl DerivedTraceIds {
    /// Returns the trace id of a record; `None` if it belongs to no invocation, or to a function with X-Ray.
    pub(super) fn of(&mut self, record: &Record<'_>, region: &str) -> Option<TraceContext> {
        let origin = record.origin;
        let request_id = record.request_id.filter(|_| !origin.is_other_service())?;
        let function = FixedState::default().hash_one((&origin.account, region, origin.function()));
        if record.trace_id.and_then(TraceContext::of_xray).is_some() {
            if matches!(record.line, Line::Report(_)) && self.with_xray.len() < MAX_FUNCTIONS {
                self.with_xray.insert(function);
            }
            return None;
        }
        if matches!(record.line, Line::Report(_)) {
            self.with_xray.remove(&function);
        } else if self.with_xray.contains(&function) {
            return None;
        }
        if self.latest.0 != function || self.latest.1 != request_id {
            self.latest = (function, request_id.to_owned(), trace_id(origin, region, request_id));
        }
        Some(TraceContext { trace_id: self.latest.2, span_id: None, flags: None })
    }
}

/// Returns the id of a part of an invocation.
pub(super) fn part_id(invocation: &Invocation, part: &str) -> [u8; 8] {
    span_id(&[&invocation.event_id, "\n", part])
}

/// Returns the first bytes of the SHA-256 hash of texts. An id of zeros is invalid, so it becomes 1.
fn span_id(texts: &[&str]) -> [u8; 8] {
    let mut hash = Sha256::new();
    texts.iter().for_each(|text| hash.update(text));
    first_bytes(hash)
}

fn first_bytes<const N: usize>(hash: Sha256) -> [u8; N] {
    let hash = hash.finalize();
    let mut id = [0; N];
    id.iter_mut().zip(hash).for_each(|(byte, hashed)| *byte = hashed);
    if id == [0; N]
        && let Some(last) = id.last_mut()
    {
        *last = 1;
    }
    id
}
