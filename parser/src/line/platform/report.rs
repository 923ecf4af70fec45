//! Parser for `REPORT`, a line of fields whose order and separators vary.

use super::{Report, Status, invoke::request_id};
use crate::line::{
    Line, Segment,
    field::{Fields, memory, millis, word},
};

/// First key of a REPORT.
const FIRST_KEY: &str = "Duration:";

/// Parses a REPORT. A request id and a duration are required.
pub(in crate::line) fn read(text: &str) -> Option<Line<'_>> {
    let (request_id, fields) = id_and_fields(text)?;
    let (common_fields, fields) = common_fields(fields).unwrap_or((Report::default(), fields));
    let mut report = Report { request_id, ..common_fields };
    for (key, value) in Fields::of(fields) {
        if take(&mut report, key, value).is_none() {
            report.unknown_fields += 1;
        }
    }
    report.duration.is_some().then_some(Line::Report(report))
}

/// Splits a REPORT into its request id and its fields. A copy may have lost the tab between them.
fn id_and_fields(text: &str) -> Option<(&str, &str)> {
    let (request_id, fields) = request_id(text, "REPORT")?;
    let Some(glued_id) = request_id.strip_suffix(FIRST_KEY) else { return Some((request_id, fields)) };
    let fields = text.get(text.len() - fields.len() - FIRST_KEY.len()..)?;
    Some((glued_id, fields)).filter(|(id, _)| !id.is_empty())
}

/// Parses the line that `sls logs` of the Serverless Framework 3 prints instead of END and REPORT, without a request id:
/// `END Duration: 3.22 ms (init: 198.57 ms) Memory Used: 55 MB`, in early versions `END` and the fields of a REPORT.
///
/// Duration and memory are required and no other text is allowed, because a function may write a similar line.
pub(in crate::line) fn without_request_id(text: &str) -> Option<Line<'_>> {
    let fields = text.strip_prefix("END ").filter(|fields| fields.starts_with(FIRST_KEY))?;
    let (init, before, after) = match fields.split_once(" (init: ") {
        Some((before, rest)) => {
            let (init, after) = rest.split_once(" ms)")?;
            (Some(millis(init)?), before, after)
        }
        None => (None, fields, ""),
    };
    let mut report = Report { init_duration: init, ..Report::default() };
    for (key, value) in Fields::of(before).chain(Fields::of(after)) {
        match key {
            "Memory Used" => report.max_memory_used = Some(memory(value)?),
            _ => take(&mut report, key, value)?,
        }
    }
    (report.duration.is_some() && report.max_memory_used.is_some()).then_some(Line::Report(report))
}

/// Fast path: parses the fields that nearly every REPORT begins with, if they have the order in which Lambda writes
/// them. The general path gives the same result, but most of its time is the search for keys.
fn common_fields(text: &str) -> Option<(Report<'_>, &str)> {
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

/// Splits off `<key><word> <unit>`; returns the word and the rest.
fn between<'a>(key: &str, text: &'a str, unit: &str) -> Option<(&'a str, &'a str)> {
    let (value, rest) = word(text.trim_ascii_start().strip_prefix(key)?)?;
    let (found, rest) = word(rest.strip_prefix(' ')?)?;
    (found == unit).then_some((value, rest))
}

/// Stores a field in the report; `None` if the field is unknown or its value cannot be parsed.
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
        "SegmentId" => {
            report.segment_id = Some(value);
            change_segment(report, |segment| segment.take_id(value));
        }
        "Sampled" => change_segment(report, |segment| segment.take_sampled(value)),
        _ => return None,
    }
    Some(())
}

fn change_segment(report: &mut Report<'_>, change: impl FnOnce(&mut Segment)) {
    let mut segment = report.segment.unwrap_or_default();
    change(&mut segment);
    report.segment = segment.known();
}
