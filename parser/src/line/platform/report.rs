//! `REPORT`: what an invocation took, in one line of fields whose order and separators vary.

use super::{Report, Status, invoke::request_id};
use crate::line::{
    Line,
    field::{Fields, memory, millis},
};

/// Reads a REPORT. Without a request id and a duration it is none.
pub(in crate::line) fn read(text: &str) -> Option<Line<'_>> {
    let (request_id, rest) = request_id(text, "REPORT")?;
    let mut report = Report { request_id, ..Report::default() };
    for (key, value) in Fields::of(rest) {
        if take(&mut report, key, value).is_none() {
            report.unknown_fields += 1;
        }
    }
    report.duration.is_some().then_some(Line::Report(report))
}

/// `None` when this version does not know the field or cannot read its value.
fn take<'a>(report: &mut Report<'a>, key: &str, value: &'a str) -> Option<()> {
    match key {
        "Duration" => report.duration = Some(millis(value)?),
        "Billed Duration" => report.billed_duration = Some(millis(value)?),
        "Memory Size" => report.memory_size = Some(memory(value)?),
        "Max Memory Used" => report.max_memory_used = Some(memory(value)?),
        "Init Duration" => report.init_duration = Some(millis(value)?),
        "Restore Duration" => report.restore_duration = Some(millis(value)?),
        "Billed Restore Duration" => report.billed_restore_duration = Some(millis(value)?),
        "Status" => report.status = Some(Status::read(value)),
        "Error Type" => report.error_type = Some(value.into()),
        "XRAY TraceId" => report.trace_id = Some(value),
        "SegmentId" => report.segment_id = Some(value),
        "Sampled" => {}
        _ => return None,
    }
    Some(())
}
