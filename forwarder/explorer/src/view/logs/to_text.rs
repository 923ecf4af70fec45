//! Size that a line of Lambda's JSON format would have in the text format.

use std::fmt::Write as _;

use tailwater_parser::{
    Line,
    line::{InitStart, Report, Start, Status},
    millis_f64,
};

use super::line::text_parts;

/// Bytes that CloudWatch counts for each event besides its message.
pub(super) const EVENT_OVERHEAD: u64 = 26;

/// Size of an event in the text format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TextSize {
    /// Bytes of the lines, with what CloudWatch adds to each.
    Known(u64),
    /// The text format of the line is not known.
    Unknown,
}

/// Size of the line, which is JSON, in the text format.
pub(super) fn text_size(line: &Line<'_>, message: &str) -> TextSize {
    match line {
        Line::Start(start) => lines(&[&start_text(start)]),
        Line::InitStart(start) if start.runtime_version.is_some() => lines(&[&init_start_text(start)]),
        // The text format has an END for each REPORT.
        Line::Report(report) => {
            lines(&[&format!("END RequestId: {}\n", report.request_id), &report_text(report)])
        }
        // These have no line in the text format.
        Line::RuntimeDone(_) | Line::InitRuntimeDone(_) | Line::RestoreRuntimeDone(_) => TextSize::Known(0),
        Line::App(_) => app_size(message),
        Line::InitStart(_)
        | Line::InitReport(_)
        | Line::RestoreStart(_)
        | Line::RestoreReport(_)
        | Line::End(_)
        | Line::Fault(_)
        | Line::Extension(_)
        | Line::Subscription(_)
        | Line::LogsDropped(_)
        | Line::OtherPlatform(_)
        | Line::Emf(_) => TextSize::Unknown,
    }
}

fn lines(texts: &[&str]) -> TextSize {
    let size = |text: &&str| u64::try_from(text.len()).unwrap_or(u64::MAX).saturating_add(EVENT_OVERHEAD);
    TextSize::Known(texts.iter().map(size).sum())
}

fn start_text(start: &Start<'_>) -> String {
    format!("START RequestId: {} Version: {}\n", start.request_id, start.version.unwrap_or("$LATEST"))
}

fn init_start_text(start: &InitStart<'_>) -> String {
    let (version, arn) =
        (start.runtime_version.unwrap_or_default(), start.runtime_version_arn.unwrap_or_default());
    format!("INIT_START Runtime Version: {version}\tRuntime Version ARN: {arn}\n")
}

fn report_text(report: &Report<'_>) -> String {
    let mut text = format!("REPORT RequestId: {}\t", report.request_id);
    // Writing to a string cannot fail.
    if let Some(duration) = report.duration {
        let _ = write!(text, "Duration: {:.2} ms\t", millis_f64(duration));
    }
    if let Some(billed) = report.billed_duration {
        let _ = write!(text, "Billed Duration: {} ms\t", billed.as_millis());
    }
    if let Some(size) = report.memory_size {
        let _ = write!(text, "Memory Size: {} MB\t", size.0);
    }
    if let Some(used) = report.max_memory_used {
        let _ = write!(text, "Max Memory Used: {} MB\t", used.0);
    }
    if let Some(init) = report.init_duration {
        let _ = write!(text, "Init Duration: {:.2} ms\t", millis_f64(init));
    }
    if let Some(restore) = report.restore_duration {
        let _ = write!(text, "Restore Duration: {:.2} ms\t", millis_f64(restore));
    }
    if let Some(restore) = report.billed_restore_duration {
        let _ = write!(text, "Billed Restore Duration: {} ms\t", restore.as_millis());
    }
    match report.status {
        Some(Status::Timeout) => text.push_str("Status: timeout\t"),
        Some(Status::Error | Status::Failure | Status::Unknown) => text.push_str("Status: error\t"),
        Some(Status::Success) | None => {}
    }
    if let Some(error) = &report.error_type {
        let _ = write!(text, "Error Type: {error}\t");
    }
    if let (Some(trace), Some(segment)) = (report.trace_id, report.segment_id) {
        let _ = write!(text, "\nXRAY TraceId: {trace}\tSegmentId: {segment}\tSampled: true\t");
    }
    text.push('\n');
    text
}

/// Size of a line of the function as the runtimes write it: `TIME\tREQUEST_ID\tLEVEL\tMESSAGE\n`.
fn app_size(message: &str) -> TextSize {
    /// Length of `2026-03-04T10:00:00.123Z`.
    const TIME: usize = 24;
    /// Length of a request id.
    const REQUEST_ID: usize = 36;
    let Some([time, id, level, Some(text)]) = text_parts(message) else { return TextSize::Unknown };
    let separators = 4;
    let size = time.unwrap_or(TIME) + id.unwrap_or(REQUEST_ID) + level.unwrap_or(4) + text + separators;
    TextSize::Known(u64::try_from(size).unwrap_or(u64::MAX).saturating_add(EVENT_OVERHEAD))
}

#[cfg(test)]
mod tests {
    use tailwater_parser::line;

    use super::*;

    const ID: &str = "8f5f5a3e-6b1b-4c0e-9d2f-0123456789ab";

    /// The sizes of these text lines, whose JSON form is `json`.
    fn check(json: &str, texts: &[&str]) {
        let expected: usize = texts.iter().map(|text| text.len() + 26).sum();
        let expected = TextSize::Known(u64::try_from(expected).unwrap());
        assert_eq!(text_size(&line::parse(json), json), expected, "{json}");
    }

    #[test]
    fn platform_lines_have_the_size_of_their_text_form() {
        let start = format!(
            r#"{{"time":"2026-03-04T10:00:00.000Z","type":"platform.start","record":{{"requestId":"{ID}","version":"41"}}}}"#
        );
        check(&start, &[&format!("START RequestId: {ID} Version: 41\n")]);
        let report = format!(
            r#"{{"time":"2026-03-04T10:00:00.000Z","type":"platform.report","record":{{"requestId":"{ID}","metrics":{{"durationMs":46.84,"billedDurationMs":47,"memorySizeMB":512,"maxMemoryUsedMB":79,"initDurationMs":101.5}},"status":"success"}}}}"#
        );
        let text = format!(
            "REPORT RequestId: {ID}\tDuration: 46.84 ms\tBilled Duration: 47 ms\tMemory Size: 512 MB\tMax Memory Used: 79 MB\tInit Duration: 101.50 ms\t\n"
        );
        check(&report, &[&format!("END RequestId: {ID}\n"), &text]);
    }

    #[test]
    fn line_of_the_function_needs_a_text_message() {
        let json = format!(
            r#"{{"timestamp":"2026-03-04T10:00:00.123Z","level":"INFO","requestId":"{ID}","message":"paid \"17\""}}"#
        );
        check(&json, &[&format!("2026-03-04T10:00:00.123Z\t{ID}\tINFO\tpaid \"17\"\n")]);
        for json in [r#"{"level":"INFO","message":{"a":1}}"#, r#"{"level":"INFO"}"#] {
            assert_eq!(text_size(&line::parse(json), json), TextSize::Unknown, "{json}");
        }
    }
}
