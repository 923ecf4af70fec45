//! Parsers for `INIT_START`, `INIT_REPORT`, `RESTORE_START` and `RESTORE_REPORT`.

use super::{InitReport, InitStart, Phase, RestoreReport, Status};
use crate::line::{
    Line,
    field::{Fields, millis, non_empty},
};

/// Parses `INIT_START Runtime Version: <version>\tRuntime Version ARN: <arn>`.
pub(in crate::line) fn init_start(text: &str) -> Option<Line<'_>> {
    runtime(text.strip_prefix("INIT_START ")?).map(Line::InitStart)
}

/// Parses `RESTORE_START`, which has the fields of `INIT_START`.
pub(in crate::line) fn restore_start(text: &str) -> Option<Line<'_>> {
    runtime(text.strip_prefix("RESTORE_START ")?).map(Line::RestoreStart)
}

/// Parses the fields of a start line. The key `Runtime Version` is required, but its value is empty for container
/// images.
fn runtime(fields: &str) -> Option<InitStart<'_>> {
    let mut start = InitStart::default();
    let mut names_runtime = false;
    for (key, value) in Fields::of(fields) {
        match key {
            "Runtime Version" => {
                names_runtime = true;
                start.runtime_version = non_empty(value);
            }
            "Runtime Version ARN" => start.runtime_version_arn = non_empty(value),
            "" => return None,
            _ => {}
        }
    }
    names_runtime.then_some(start)
}

/// Parses `INIT_REPORT Init Duration: <ms>[\tPhase: <phase>][\tStatus: <status>][\tError Type: <type>]`.
pub(in crate::line) fn init_report(text: &str) -> Option<Line<'_>> {
    let mut report = InitReport::default();
    for (key, value) in Fields::of(text.strip_prefix("INIT_REPORT ")?) {
        match key {
            "Init Duration" => report.duration = millis(value),
            "Phase" => report.phase = Phase::read(value),
            "Status" => report.status = Some(Status::read(value)),
            "Error Type" => report.error_type = Some(value),
            "" => return None,
            _ => {}
        }
    }
    report.duration.is_some().then_some(Line::InitReport(report))
}

/// Parses `RESTORE_REPORT Restore Duration: <ms>[\tStatus: <status>][\tError Type: <type>]`.
pub(in crate::line) fn restore_report(text: &str) -> Option<Line<'_>> {
    let mut report = RestoreReport::default();
    for (key, value) in Fields::of(text.strip_prefix("RESTORE_REPORT ")?) {
        match key {
            "Restore Duration" => report.duration = millis(value),
            "Status" => report.status = Some(Status::read(value)),
            "Error Type" => report.error_type = Some(value),
            "" => return None,
            _ => {}
        }
    }
    report.duration.is_some().then_some(Line::RestoreReport(report))
}
