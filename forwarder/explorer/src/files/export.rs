//! CloudWatch's "export to S3": `<prefix>/<task id>/<stream with / as ->/000000.gz`, lines `<ISO time>Z <message>`.

use std::path::Path;

use tailwater_parser::timestamp;

use super::text::Beginning;

/// Written by CloudWatch beside an export, to see whether it may.
pub(super) const WRITE_TEST: &str = "aws-logs-write-test";

/// The beginning of an event; a line without a time continues the one before.
pub(super) fn line(text: &str) -> Option<Beginning<'_>> {
    let (time, rest) = timestamp::read(text)?;
    let written = text.strip_suffix(rest)?;
    let message = rest.strip_prefix(' ').or_else(|| rest.trim_end().is_empty().then_some(rest))?;
    (written.ends_with('Z') && !is_timeout(message)).then_some(())?;
    Some(Beginning { time: Some(time), log_stream: "", message })
}

/// Lambda itself writes `<ISO time>Z <request id> Task timed out after 3.00 seconds`: plain output, not an export.
fn is_timeout(message: &str) -> bool {
    message.split_once(' ').is_some_and(|(_, rest)| rest.starts_with("Task timed out after "))
}

/// What the path of an exported file tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Exported {
    pub(super) log_stream: String,
    /// Last part of the prefix that the user chose: the nearest thing to a name of the function.
    pub(super) prefix: String,
}

impl Exported {
    /// `None` when the path is not one that an export makes.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?;
        let number = name.split('.').next()?;
        (number.len() == 6 && number.bytes().all(|byte| byte.is_ascii_digit())).then_some(())?;
        let mut folders = path.parent()?.iter().rev().map(|folder| folder.to_string_lossy());
        let log_stream = stream(&folders.next()?);
        let prefix = folders.nth(1).unwrap_or_default().into_owned();
        Some(Self { log_stream, prefix })
    }
}

/// Puts the slashes of a date back: only these can be told from hyphens that were there before.
fn stream(folder: &str) -> String {
    let shape: String = folder.chars().take(11).map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    if shape == "0000-00-00-" { folder.replacen('-', "/", 3) } else { folder.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<(i64, &str)>) {
        let found = line(text).map(|begins| (begins.time.unwrap().0, begins.message));
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn events_begin_with_a_time_in_utc_and_a_space() {
        check("1970-01-01T00:00:01.000Z START RequestId: x\n", Some((1000, "START RequestId: x\n")));
        check("1970-01-01T00:00:01.000Z\n", Some((1000, "\n")));
        check("1970-01-01T00:00:01.000+00:00 x", None);
        check("1970-01-01T00:00:01 x", None);
        check("1970-01-01T00:00:01.000Z\tid\tINFO\tx", None);
        check("\tat Object.<anonymous>", None);
    }

    #[test]
    fn the_platforms_timeout_line_is_no_export() {
        check("2020-06-09T15:02:26.150Z 7c9567b5-107b Task timed out after 3.00 seconds\n", None);
    }

    #[test]
    fn paths_that_no_export_makes_tell_nothing() {
        assert_eq!(Exported::of(Path::new("logs/checkout.gz")), None);
        let exported = Exported::of(Path::new("my-stream/000001.gz")).unwrap();
        assert_eq!((exported.log_stream.as_str(), exported.prefix.as_str()), ("my-stream", ""));
    }
}
