//! Event boundary of plain function output: one event per line, except for lines that continue the event of
//! the line before.

use tailwater_forwarder::source::members::Members;
use tailwater_parser::{UnixMillis, timestamp};

use super::boundary::{EventBoundary, EventStart};

/// Boundary of plain output. A line without a time gets the time of the line before. If the first line has no
/// time, it gets the last modification of the file.
#[derive(Debug)]
pub(super) struct PlainBoundary {
    time: Option<UnixMillis>,
    current: EventKind,
}

/// Kind of the current event. It decides which lines may continue the event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum EventKind {
    /// No event yet.
    NoEvent,
    /// Line of the Lambda platform that no other line continues.
    Platform,
    /// REPORT line; a line about X-Ray may follow.
    Report,
    /// Fault reported by the platform; a line with the error type follows.
    Fault,
    /// Error reported by a language runtime; a traceback may follow.
    Error,
    /// Python traceback without a line before it; continues up to its last line, which is not indented.
    Trace,
    /// Any other line.
    Text,
}

impl PlainBoundary {
    /// Creates the boundary. `modified` is the last modification of the file.
    pub(super) fn new(modified: Option<UnixMillis>) -> Self {
        Self { time: modified, current: EventKind::NoEvent }
    }

    fn continues_event(&mut self, line: &str) -> bool {
        if line.trim().is_empty() {
            return true;
        }
        let indented = line.starts_with([' ', '\t']);
        match self.current {
            EventKind::NoEvent | EventKind::Platform => false,
            EventKind::Report => line.starts_with("XRAY TraceId:"),
            EventKind::Fault => {
                ["Runtime.", "Extension.", "Sandbox.", "Function."].iter().any(|it| line.starts_with(it))
            }
            EventKind::Error if line.starts_with(PYTHON_TRACEBACK) => true,
            EventKind::Error | EventKind::Text => {
                indented || line.starts_with(['}', ']', ')']) || line.starts_with("Caused by: ")
            }
            EventKind::Trace if indented => true,
            EventKind::Trace => {
                self.current = EventKind::Text;
                timestamp::read(line).is_none() && EventKind::of(line) == EventKind::Text
            }
        }
    }
}

impl EventBoundary for PlainBoundary {
    fn event_start<'l>(&mut self, line: &'l str) -> Option<EventStart<'l>> {
        if self.continues_event(line) {
            return None;
        }
        self.current = EventKind::of(line);
        self.time = line_time(line).or(self.time);
        Some(EventStart { time: self.time, log_stream: "", message: line })
    }
}

/// First line of a Python traceback.
const PYTHON_TRACEBACK: &str = "Traceback (most recent call last)";

/// Line prefixes that determine the kind of an event.
const PREFIXES: [(&str, EventKind); 14] = [
    ("START RequestId:", EventKind::Platform),
    ("END RequestId:", EventKind::Platform),
    ("REPORT RequestId:", EventKind::Report),
    ("INIT_START ", EventKind::Platform),
    ("INIT_REPORT ", EventKind::Platform),
    ("RESTORE_START ", EventKind::Platform),
    ("RESTORE_REPORT ", EventKind::Platform),
    ("EXTENSION\t", EventKind::Platform),
    ("TELEMETRY\t", EventKind::Platform),
    ("LOGS\t", EventKind::Platform),
    ("RequestId: ", EventKind::Fault),
    ("[ERROR]", EventKind::Error),
    ("[CRITICAL]", EventKind::Error),
    (PYTHON_TRACEBACK, EventKind::Trace),
];

impl EventKind {
    fn of(line: &str) -> Self {
        let found = PREFIXES.iter().find(|(prefix, _)| line.starts_with(prefix));
        found.map_or(Self::Text, |(_, kind)| *kind)
    }
}

/// Returns the time in a line: at its start (Node.js, .NET, platform), after the level (Python), or in its JSON.
fn line_time(line: &str) -> Option<UnixMillis> {
    let after_level = || line.strip_prefix('[')?.split_once("]\t").map(|(_, rest)| rest);
    let leading = timestamp::read(line).or_else(|| timestamp::read(after_level()?));
    leading.map(|(time, _)| time).or_else(|| json_time(line.as_bytes()))
}

fn json_time(text: &[u8]) -> Option<UnixMillis> {
    Members::of(text)?.find_map(|member| match member.name {
        b"time" | b"timestamp" | b"@timestamp" | b"Timestamp" => {
            member.string().map_or_else(|| epoch_time(member.value()), timestamp::read_all)
        }
        b"_aws" => json_time(member.value()),
        _ => None,
    })
}

/// Parses Unix milliseconds, or seconds as some libraries write them.
fn epoch_time(value: &[u8]) -> Option<UnixMillis> {
    const FIRST_MILLIS: i64 = 100_000_000_000;
    let number: i64 = std::str::from_utf8(value).ok()?.split('.').next()?.parse().ok()?;
    let millis = if number.abs() < FIRST_MILLIS { number * 1000 } else { number };
    Some(UnixMillis(millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Asserts at which of `lines` events start, and their times.
    fn check(lines: &[&str], expected: &[(usize, i64)]) {
        let mut boundary = PlainBoundary::new(Some(UnixMillis(1)));
        let starts =
            lines.iter().enumerate().filter_map(|(n, line)| Some((n, boundary.event_start(line)?.time?.0)));
        assert_eq!(starts.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn line_without_time_has_the_time_of_the_line_before() {
        check(
            &["one", "two", "1970-01-01T00:00:05.000Z\tid\tINFO\tx", "three"],
            &[(0, 1), (1, 1), (2, 5000), (3, 5000)],
        );
    }

    #[test]
    fn time_of_each_runtime_is_parsed() {
        check(&["[INFO]\t1970-01-01T00:00:05.000Z\tid\tx"], &[(0, 5000)]);
        check(&[r#"{"level":"INFO","timestamp":"1970-01-01T00:00:05Z"}"#], &[(0, 5000)]);
        check(&[r#"{"time":1772618400123,"msg":"x"}"#], &[(0, 1_772_618_400_123)]);
        check(&[r#"{"time":1772618400.5,"msg":"x"}"#], &[(0, 1_772_618_400_000)]);
        check(&[r#"{"_aws":{"Timestamp":1772618400123},"n":1}"#], &[(0, 1_772_618_400_123)]);
    }

    #[test]
    fn only_x_ray_line_continues_a_report() {
        check(&["REPORT RequestId: x", "XRAY TraceId: 1-5", "XRAY-like", "  indented"], &[(0, 1), (2, 1)]);
        check(&["REPORT RequestId: x", "  indented"], &[(0, 1), (1, 1)]);
        check(&["START RequestId: x", "  indented"], &[(0, 1), (1, 1)]);
    }

    #[test]
    fn error_type_continues_a_fault() {
        check(
            &["RequestId: x Error: Runtime exited", "Runtime.ExitError", "START RequestId: y"],
            &[(0, 1), (2, 1)],
        );
    }

    #[test]
    fn traceback_continues_its_error() {
        check(
            &["[ERROR] KeyError: 'a'", "Traceback (most recent call last):", "  File x", "next"],
            &[(0, 1), (3, 1)],
        );
        check(&["Error: x", "    at y", "Caused by: z", "\tat w", "next"], &[(0, 1), (4, 1)]);
        check(
            &["Traceback (most recent call last):", "  File x", "KeyError: 'a'", "next"],
            &[(0, 1), (3, 1)],
        );
        check(&["Traceback (most recent call last):", "  File x", "END RequestId: x"], &[(0, 1), (2, 1)]);
        check(&["{", "  a: 1", "}", "next"], &[(0, 1), (3, 1)]);
    }
}
