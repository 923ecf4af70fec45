//! X-Ray segment of an invocation: its ids, and the decision whether the trace is recorded.

use super::trace_context::span_id;
use crate::json::{self, Value};

/// X-Ray segment of an invocation, which is its span in OpenTelemetry's terms.
///
/// A REPORT in text states the segment id and the decision; events in JSON state the id of the parent, too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Segment {
    /// Id of the segment; never all zeros.
    pub span_id: Option<[u8; 8]>,
    /// Id of the span that caused the invocation; never all zeros.
    pub parent_span_id: Option<[u8; 8]>,
    /// True if the trace is recorded, which X-Ray calls sampled.
    pub recorded: Option<bool>,
}

impl Segment {
    /// Copies values from `other` where `self` has none.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            span_id: self.span_id.or(other.span_id),
            parent_span_id: self.parent_span_id.or(other.parent_span_id),
            recorded: self.recorded.or(other.recorded),
        }
    }

    /// Combines the segments that two lines state.
    pub(crate) fn merge(first: Option<Self>, second: Option<Self>) -> Option<Self> {
        match (first, second) {
            (Some(first), Some(second)) => Some(first.or(second)),
            (first, second) => first.or(second),
        }
    }

    /// Returns the segment; `None` if it has no value.
    pub(super) fn known(self) -> Option<Self> {
        (self != Self::default()).then_some(self)
    }

    /// Takes the id of the segment, 16 hexadecimal digits.
    pub(super) fn take_id(&mut self, text: &str) {
        self.span_id = self.span_id.or_else(|| span_id(text));
    }

    /// Takes the parent and the decision in X-Ray's tracing header, `Root=1-…;Parent=…;Sampled=1`.
    pub(super) fn take_header(&mut self, header: &str) {
        for part in header.split(';').map(str::trim_ascii) {
            if let Some(parent) = part.strip_prefix("Parent=") {
                self.parent_span_id = self.parent_span_id.or_else(|| span_id(parent));
            } else if let Some(sampled) = part.strip_prefix("Sampled=") {
                self.take_sampled(sampled);
            }
        }
    }

    /// Takes the decision: `true` or `false` in text, `1` or `0` in a header. A header may leave it open with `?`.
    pub(super) fn take_sampled(&mut self, text: &str) {
        let recorded = match text {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        };
        self.recorded = self.recorded.or(recorded);
    }
}

/// Member `tracing` of an event: `{"spanId":…,"type":"X-Amzn-Trace-Id","value":"Root=1-…;Parent=…;Sampled=1"}`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tracing<'a> {
    /// Value of the tracing header.
    pub(super) header: Option<&'a str>,
    pub(super) segment: Segment,
}

impl<'a> Tracing<'a> {
    pub(super) fn of(value: Value<'a>) -> Self {
        let mut tracing = Self::default();
        // The value is valid JSON, because the whole line is; one that is no object has no members.
        let _ = json::members(value.raw, |name, value| match name {
            "spanId" => tracing.segment.take_id(value.plain().unwrap_or_default()),
            "value" => tracing.header = value.plain(),
            _ => {}
        });
        tracing.segment.take_header(tracing.header.unwrap_or_default());
        tracing
    }
}
