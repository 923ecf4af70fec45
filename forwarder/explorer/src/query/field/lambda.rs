//! Fields that CloudWatch discovers in Lambda's text lines.

use std::time::Duration;

use tailwater_parser::{
    MemoryMib,
    line::{self, Line, Report},
    millis_f64,
};

use super::EventRef;
use crate::query::value::Value;

/// Number of words at the start of a line among which the runtime writes the request id.
const ID_WORDS: usize = 4;
/// Bytes in a megabyte, as CloudWatch counts it.
const MEGABYTE: i64 = 1_000_000;

/// Field of a REPORT line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::query) enum ReportField {
    /// Milliseconds.
    Duration,
    /// Milliseconds.
    BilledDuration,
    /// Milliseconds.
    InitDuration,
    /// Bytes, where a megabyte has 1,000,000.
    MemorySize,
    /// Bytes, where a megabyte has 1,000,000.
    MaxMemoryUsed,
    /// Trace id.
    XrayTraceId,
    /// Segment id.
    XraySegmentId,
}

impl ReportField {
    pub(super) fn read<'e>(self, report: &Report<'e>) -> Value<'e> {
        let text = |text: Option<&'e str>| text.map_or(Value::Missing, Value::text);
        match self {
            Self::Duration => millis(report.duration),
            Self::BilledDuration => millis(report.billed_duration),
            Self::InitDuration => millis(report.init_duration),
            Self::MemorySize => bytes(report.memory_size),
            Self::MaxMemoryUsed => bytes(report.max_memory_used),
            Self::XrayTraceId => text(report.trace_id),
            Self::XraySegmentId => text(report.segment_id),
        }
    }
}

/// Type of a text line of the platform, for the types that CloudWatch knows.
pub(super) fn line_type(event: &EventRef<'_>) -> Option<&'static str> {
    let name = match event.kind {
        "report" => "REPORT",
        "start" => "START",
        "end" => "END",
        "init_start" => "INIT_START",
        _ => return None,
    };
    event.message.starts_with(name).then_some(name)
}

/// Request id that a text line states.
pub(super) fn request_id<'e>(event: &EventRef<'e>) -> Option<&'e str> {
    let id = event.request_id?;
    let is_text = !event.message.trim_ascii_start().starts_with('{');
    let mut words = event.message.split_ascii_whitespace().take(ID_WORDS);
    (is_text && words.any(|word| word == id)).then_some(id)
}

/// REPORT line in text.
pub(super) fn text_report<'e>(event: &EventRef<'e>) -> Option<Report<'e>> {
    if event.kind != "report" || event.message.trim_ascii_start().starts_with('{') {
        return None;
    }
    match line::parse(event.message) {
        Line::Report(report) => Some(report),
        _ => None,
    }
}

/// Milliseconds, as a whole number where they are one.
pub(super) fn millis(time: Option<Duration>) -> Value<'static> {
    time.map_or(Value::Missing, |time| Value::float(millis_f64(time)))
}

fn bytes(size: Option<MemoryMib>) -> Value<'static> {
    size.map_or(Value::Missing, |size| Value::integer(i64::from(size.0).saturating_mul(MEGABYTE)))
}
