//! `REPORT`: what an invocation took, in one line of fields whose order and separators vary.

use super::{Report, Status, invoke::request_id};
use crate::line::{
    Line,
    field::{Fields, memory, millis, word},
};

/// Reads a REPORT. Without a request id and a duration it is none.
pub(in crate::line) fn read(text: &str) -> Option<Line<'_>> {
    let (request_id, fields) = request_id(text, "REPORT")?;
    let (usual, fields) = usual(fields).unwrap_or((Report::default(), fields));
    let mut report = Report { request_id, ..usual };
    for (key, value) in Fields::of(fields) {
        if take(&mut report, key, value).is_none() {
            report.unknown_fields += 1;
        }
    }
    report.duration.is_some().then_some(Line::Report(report))
}

/// Reads the fields that nearly every REPORT begins with, where they are as Lambda writes them. They need no search
/// for their keys, which takes most of the time; without this the same comes out.
fn usual(text: &str) -> Option<(Report<'_>, &str)> {
    let (duration, text) = between("Duration: ", text, "ms")?;
    let (billed_duration, text) = between("Billed Duration: ", text, "ms")?;
    let (memory_size, text) = between("Memory Size: ", text, "MB")?;
    let (max_memory_used, text) = between("Max Memory Used: ", text, "MB")?;
    let report = Report {
        duration: Some(millis(duration)?),
        billed_duration: Some(millis(billed_duration)?),
        memory_size: Some(memory(memory_size)?),
        max_memory_used: Some(memory(max_memory_used)?),
        ..Report::default()
    };
    Some((report, text))
}

/// The word between a key and its unit, and what is behind.
fn between<'a>(key: &str, text: &'a str, unit: &str) -> Option<(&'a str, &'a str)> {
    let (value, behind) = word(text.trim_ascii_start().strip_prefix(key)?)?;
    let (found, behind) = word(behind.strip_prefix(' ')?)?;
    (found == unit).then_some((value, behind))
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
