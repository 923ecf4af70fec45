//! Objects of CloudWatch's export to S3. Their keys are `<prefix>/<task id>/<stream>/000000.gz`, with `-` for each `/` of
//! the log stream. Their lines are `<ISO time>Z <message>`; a message with line feeds goes on in the following lines.

use tailwater_parser::{UnixMillis, timestamp};

/// Name of the object that CloudWatch writes next to an export, to test that it may write to the bucket.
pub const WRITE_TEST: &str = "aws-logs-write-test";

/// Parses the first line of an event: returns its time and its message. A line without a time continues the event
/// before.
#[must_use]
pub fn event_start(line: &str) -> Option<(UnixMillis, &str)> {
    let (time, rest) = timestamp::read(line)?;
    let written = line.strip_suffix(rest)?;
    let message = rest.strip_prefix(' ').or_else(|| rest.trim_end().is_empty().then_some(rest))?;
    (written.ends_with('Z') && !is_timeout(message)).then_some((time, message))
}

/// True for the message of a timeout line. Lambda itself writes `<ISO time>Z <request id> Task timed out after 3.00
/// seconds`, so such a line is plain output, not an export.
fn is_timeout(message: &str) -> bool {
    message.split_once(' ').is_some_and(|(_, rest)| rest.starts_with("Task timed out after "))
}

/// Log stream and prefix, from the key of an exported object or the path of its copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportKey {
    /// Name of the log stream.
    pub log_stream: String,
    /// Last part of the prefix that the user chose: the closest to a function name.
    pub prefix: String,
}

impl ExportKey {
    /// Prefix of an export for which the user chose none.
    pub(super) const DEFAULT_PREFIX: &str = "exportedlogs";

    /// Parses a key, or a path with slashes. Returns `None` if it is not one that an export creates.
    #[must_use]
    pub fn parse(key: &str) -> Option<Self> {
        let mut parts = key.rsplit('/');
        let number = parts.next()?.split('.').next()?;
        (number.len() == 6 && number.bytes().all(|byte| byte.is_ascii_digit())).then_some(())?;
        let log_stream = log_stream_name(parts.next()?);
        // The task id is between stream and prefix.
        let prefix = parts.nth(1).unwrap_or_default().to_owned();
        Some(Self { log_stream, prefix })
    }
}

/// Restores the slashes in the date of a log stream name, which an export replaces by hyphens. Other hyphens may be part
/// of the name, so they stay.
fn log_stream_name(folder: &str) -> String {
    let shape: String = folder.chars().take(11).map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    if shape == "0000-00-00-" { folder.replacen('-', "/", 3) } else { folder.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: Option<(i64, &str)>) {
        let found = event_start(line).map(|(time, message)| (time.0, message));
        assert_eq!(found, expected, "{line}");
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

    fn check_key(key: &str, expected: Option<(&str, &str)>) {
        let found = ExportKey::parse(key);
        let found = found.as_ref().map(|key| (key.log_stream.as_str(), key.prefix.as_str()));
        assert_eq!(found, expected, "{key}");
    }

    #[test]
    fn key_names_stream_and_prefix() {
        check_key(
            "a/checkout/c91de064/2026-04-12-[$LATEST]15/000000.gz",
            Some(("2026/04/12/[$LATEST]15", "checkout")),
        );
        check_key("exportedlogs/c91de064/web-1-2/000012.gz", Some(("web-1-2", "exportedlogs")));
        check_key("my-stream/000001.gz", Some(("my-stream", "")));
    }

    #[test]
    fn keys_of_other_objects_are_not_parsed() {
        for key in ["", "logs/checkout.gz", "logs/00001.gz", "logs/stream/000000x.gz", "000000.gz"] {
            check_key(key, None);
        }
    }
}
