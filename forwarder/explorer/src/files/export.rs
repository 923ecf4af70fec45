//! Files of CloudWatch's export to S3. Their paths are `<prefix>/<task id>/<stream>/000000.gz`, with `-` for
//! each `/` of the log stream. Their lines are `<ISO time>Z <message>`.

use std::path::Path;

use tailwater_parser::timestamp;

use super::boundary::EventStart;

/// Name of the file that CloudWatch writes next to an export, to test that it may write to the bucket.
pub const WRITE_TEST_FILE: &str = "aws-logs-write-test";

/// Parses the first line of an event. A line without a time continues the event before.
pub(super) fn event_start(text: &str) -> Option<EventStart<'_>> {
    let (time, rest) = timestamp::read(text)?;
    let written = text.strip_suffix(rest)?;
    let message = rest.strip_prefix(' ').or_else(|| rest.trim_end().is_empty().then_some(rest))?;
    (written.ends_with('Z') && !is_timeout(message)).then_some(())?;
    Some(EventStart { time: Some(time), message, ..EventStart::default() })
}

/// True for the message of a timeout line. Lambda itself writes `<ISO time>Z <request id> Task timed out
/// after 3.00 seconds`, so such a line is plain output, not an export.
fn is_timeout(message: &str) -> bool {
    message.split_once(' ').is_some_and(|(_, rest)| rest.starts_with("Task timed out after "))
}

/// Log stream and prefix, from the path of an exported file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ExportPath {
    pub(super) log_stream: String,
    /// Last part of the prefix that the user chose: the closest to a function name.
    pub(super) prefix: String,
}

impl ExportPath {
    /// Parses a path. Returns `None` if it is not a path that an export creates.
    pub(super) fn parse(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?;
        let number = name.split('.').next()?;
        (number.len() == 6 && number.bytes().all(|byte| byte.is_ascii_digit())).then_some(())?;
        let mut folders = path.parent()?.iter().rev().map(|folder| folder.to_string_lossy());
        let log_stream = log_stream_name(&folders.next()?);
        let prefix = folders.nth(1).unwrap_or_default().into_owned();
        Some(Self { log_stream, prefix })
    }
}

/// Restores the slashes in the date of a log stream name, which an export replaces by hyphens. Other hyphens
/// may be part of the name, so they stay.
fn log_stream_name(folder: &str) -> String {
    let shape: String = folder.chars().take(11).map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    if shape == "0000-00-00-" { folder.replacen('-', "/", 3) } else { folder.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<(i64, &str)>) {
        let found = event_start(text).map(|start| (start.time.unwrap().0, start.message));
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn event_starts_with_utc_time_and_a_space() {
        check("1970-01-01T00:00:01.000Z START RequestId: x\n", Some((1000, "START RequestId: x\n")));
        check("1970-01-01T00:00:01.000Z\n", Some((1000, "\n")));
        check("1970-01-01T00:00:01.000+00:00 x", None);
        check("1970-01-01T00:00:01 x", None);
        check("1970-01-01T00:00:01.000Z\tid\tINFO\tx", None);
        check("\tat Object.<anonymous>", None);
    }

    #[test]
    fn timeout_line_of_lambda_is_not_an_export() {
        check("2020-06-09T15:02:26.150Z 7c9567b5-107b Task timed out after 3.00 seconds\n", None);
    }

    #[test]
    fn paths_of_other_files_are_not_parsed() {
        assert_eq!(ExportPath::parse(Path::new("logs/checkout.gz")), None);
        let path = ExportPath::parse(Path::new("my-stream/000001.gz")).unwrap();
        assert_eq!((path.log_stream.as_str(), path.prefix.as_str()), ("my-stream", ""));
    }
}
