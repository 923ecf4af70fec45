//! What a function wrote, as it wrote it: a line an event, except for lines that go on with the one before.

use tailwater_forwarder::source::members::Members;
use tailwater_parser::{UnixMillis, timestamp};

use super::text::{Beginning, Rule};

/// Reads plain output. A line without a time has that of the line before, the first that of the file.
#[derive(Debug)]
pub(super) struct Plain {
    time: Option<UnixMillis>,
    open: Kind,
}

/// What the open event began as: tells what may continue it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// There is none.
    Nothing,
    /// One of the platform's one-line events.
    Platform,
    /// A REPORT, which may go on with a line about X-Ray.
    Report,
    /// The platform's words on a fault, which go on with its type.
    Fault,
    /// A runtime's error, which may go on with a trace.
    Error,
    /// A trace of its own, which goes on to its last, unindented line.
    Trace,
    /// Anything else.
    Text,
}

impl Plain {
    /// `modified` is when the file was last written.
    pub(super) fn new(modified: Option<UnixMillis>) -> Self {
        Self { time: modified, open: Kind::Nothing }
    }

    fn continues(&mut self, line: &str) -> bool {
        if line.trim().is_empty() {
            return true;
        }
        let indented = line.starts_with([' ', '\t']);
        match self.open {
            Kind::Nothing | Kind::Platform => false,
            Kind::Report => line.starts_with("XRAY TraceId:"),
            Kind::Fault => {
                ["Runtime.", "Extension.", "Sandbox.", "Function."].iter().any(|it| line.starts_with(it))
            }
            Kind::Error if line.starts_with(TRACE) => true,
            Kind::Error | Kind::Text => {
                indented || line.starts_with(['}', ']', ')']) || line.starts_with("Caused by: ")
            }
            Kind::Trace if indented => true,
            Kind::Trace => {
                self.open = Kind::Text;
                timestamp::read(line).is_none() && Kind::of(line) == Kind::Text
            }
        }
    }
}

impl Rule for Plain {
    fn begins<'l>(&mut self, line: &'l str) -> Option<Beginning<'l>> {
        if self.continues(line) {
            return None;
        }
        self.open = Kind::of(line);
        self.time = own_time(line).or(self.time);
        Some(Beginning { time: self.time, log_stream: "", message: line })
    }
}

/// How Python begins a trace.
const TRACE: &str = "Traceback (most recent call last)";

/// How lines begin that tell what may follow them.
const BEGINNINGS: [(&str, Kind); 14] = [
    ("START RequestId:", Kind::Platform),
    ("END RequestId:", Kind::Platform),
    ("REPORT RequestId:", Kind::Report),
    ("INIT_START ", Kind::Platform),
    ("INIT_REPORT ", Kind::Platform),
    ("RESTORE_START ", Kind::Platform),
    ("RESTORE_REPORT ", Kind::Platform),
    ("EXTENSION\t", Kind::Platform),
    ("TELEMETRY\t", Kind::Platform),
    ("LOGS\t", Kind::Platform),
    ("RequestId: ", Kind::Fault),
    ("[ERROR]", Kind::Error),
    ("[CRITICAL]", Kind::Error),
    (TRACE, Kind::Trace),
];

impl Kind {
    fn of(line: &str) -> Self {
        let found = BEGINNINGS.iter().find(|(beginning, _)| line.starts_with(beginning));
        found.map_or(Self::Text, |(_, kind)| *kind)
    }
}

/// The time a line gives: in front (Node.js, .NET, the platform), behind the level (Python), or in its JSON.
fn own_time(line: &str) -> Option<UnixMillis> {
    let behind_level = || line.strip_prefix('[')?.split_once("]\t").map(|(_, rest)| rest);
    let leading = timestamp::read(line).or_else(|| timestamp::read(behind_level()?));
    leading.map(|(time, _)| time).or_else(|| json_time(line.as_bytes()))
}

fn json_time(text: &[u8]) -> Option<UnixMillis> {
    Members::of(text)?.find_map(|member| match member.name {
        b"time" | b"timestamp" | b"@timestamp" | b"Timestamp" => {
            member.string().map_or_else(|| number(member.value()), timestamp::read_all)
        }
        b"_aws" => json_time(member.value()),
        _ => None,
    })
}

/// Milliseconds, or the seconds that some libraries write.
fn number(value: &[u8]) -> Option<UnixMillis> {
    const FIRST_MILLIS: i64 = 100_000_000_000;
    let number: i64 = std::str::from_utf8(value).ok()?.split('.').next()?.parse().ok()?;
    let millis = if number.abs() < FIRST_MILLIS { number * 1000 } else { number };
    Some(UnixMillis(millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where events begin among `lines`, and their times.
    fn check(lines: &[&str], expected: &[(usize, i64)]) {
        let mut plain = Plain::new(Some(UnixMillis(1)));
        let begins = lines.iter().enumerate().filter_map(|(n, line)| Some((n, plain.begins(line)?.time?.0)));
        assert_eq!(begins.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_line_is_an_event_and_has_the_time_of_the_last() {
        check(
            &["one", "two", "1970-01-01T00:00:05.000Z\tid\tINFO\tx", "three"],
            &[(0, 1), (1, 1), (2, 5000), (3, 5000)],
        );
    }

    #[test]
    fn each_runtimes_time_is_read() {
        check(&["[INFO]\t1970-01-01T00:00:05.000Z\tid\tx"], &[(0, 5000)]);
        check(&[r#"{"level":"INFO","timestamp":"1970-01-01T00:00:05Z"}"#], &[(0, 5000)]);
        check(&[r#"{"time":1772618400123,"msg":"x"}"#], &[(0, 1_772_618_400_123)]);
        check(&[r#"{"time":1772618400.5,"msg":"x"}"#], &[(0, 1_772_618_400_000)]);
        check(&[r#"{"_aws":{"Timestamp":1772618400123},"n":1}"#], &[(0, 1_772_618_400_123)]);
    }

    #[test]
    fn a_report_goes_on_with_x_ray_only() {
        check(&["REPORT RequestId: x", "XRAY TraceId: 1-5", "XRAY-like", "  indented"], &[(0, 1), (2, 1)]);
        check(&["REPORT RequestId: x", "  indented"], &[(0, 1), (1, 1)]);
        check(&["START RequestId: x", "  indented"], &[(0, 1), (1, 1)]);
    }

    #[test]
    fn a_fault_goes_on_with_its_type() {
        check(
            &["RequestId: x Error: Runtime exited", "Runtime.ExitError", "START RequestId: y"],
            &[(0, 1), (2, 1)],
        );
    }

    #[test]
    fn traces_stay_with_their_error() {
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
