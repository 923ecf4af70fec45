//! Event boundary of plain function output: one event per line, except for lines that continue the event of
//! the line before.

use tailwater_forwarder::source::members::{Members, value_len};
use tailwater_parser::{UnixMillis, line::time_of};

use super::{
    boundary::{EventBoundary, EventStart},
    line_time::leading_time,
};

/// Boundary of plain output.
#[derive(Debug, Default)]
pub(super) struct PlainBoundary {
    current: EventKind,
}

/// Kind of the current event. It decides which lines may continue the event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum EventKind {
    /// No event yet.
    #[default]
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
    /// Line to which the runtime has added a time, or after which it writes JSON. JSON without such a line belongs to
    /// the same message, because the runtime adds the time to each message.
    Prefixed,
    /// Any other line.
    Text,
}

impl PlainBoundary {
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
            EventKind::Prefixed if begins_json_part(line) => true,
            EventKind::Error | EventKind::Prefixed | EventKind::Text => {
                indented || line.starts_with(['}', ']', ')']) || line.starts_with("Caused by: ")
            }
            EventKind::Trace if indented => true,
            EventKind::Trace => {
                self.current = EventKind::Text;
                leading_time(line).is_none() && EventKind::of(line) == EventKind::Text
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
        let leading = leading_time(line);
        if leading.is_some() && self.current == EventKind::Text {
            self.current = EventKind::Prefixed;
        }
        let time = leading.or_else(|| time_of(line));
        Some(EventStart { time, message: line, ..EventStart::default() })
    }

    /// Returns the time in JSON that spans several lines.
    fn message_time(&self, message: &str) -> Option<UnixMillis> {
        let is_on_lines = || memchr::memchr(b'\n', message.as_bytes()).is_some();
        (message.starts_with('{') && is_on_lines()).then(|| time_of(message))?
    }
}

/// True for a line that begins JSON which is only a part of a message: an opening bracket alone, or an object without any
/// member of a log line.
fn begins_json_part(line: &str) -> bool {
    const LOG_MEMBERS: [&[u8]; 10] = [
        b"level",
        b"log_level",
        b"severity",
        b"message",
        b"msg",
        b"time",
        b"timestamp",
        b"@timestamp",
        b"record",
        b"_aws",
    ];
    let line = line.trim_end();
    if matches!(line, "{" | "[") {
        return true;
    }
    let is_whole = || value_len(line.as_bytes()) == Some(line.len());
    let mut members = Members::of(line.as_bytes()).into_iter().flatten();
    line.starts_with('{') && is_whole() && !members.any(|member| LOG_MEMBERS.contains(&member.name))
}

/// First line of a Python traceback.
const PYTHON_TRACEBACK: &str = "Traceback (most recent call last)";

/// Line prefixes that determine the kind of an event.
const PREFIXES: [(&str, EventKind); 16] = [
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
    ("Error raised from handler method", EventKind::Prefixed),
    ("Critical exception from handler", EventKind::Prefixed),
];

impl EventKind {
    fn of(line: &str) -> Self {
        let found = PREFIXES.iter().find(|(prefix, _)| line.starts_with(prefix));
        found.map_or(Self::Text, |(_, kind)| *kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Asserts at which of `lines` events start.
    fn check(lines: &[&str], expected: &[usize]) {
        let mut boundary = PlainBoundary::default();
        let starts = lines.iter().enumerate().filter(|(_, line)| boundary.event_start(line).is_some());
        assert_eq!(starts.map(|(number, _)| number).collect::<Vec<_>>(), expected, "{lines:?}");
    }

    const NODE: &str = "2026-03-04T10:00:00.000Z\tid\tINFO\tEVENT";

    #[test]
    fn json_below_the_line_of_a_runtime_continues_it() {
        check(&[NODE, "{", "  \"a\": 1", "}", NODE], &[0, 4]);
        check(&[NODE, "[", "  1", "]", NODE], &[0, 4]);
        check(&[NODE, r#"{"errorType":"TypeError","stack":[]}"#, NODE], &[0, 2]);
        check(&["Error raised from handler method", "{", "  \"a\": 1", "}", "next"], &[0, 4]);
        check(&["Critical exception from handler {", "  \"a\": 1", "}", "next"], &[0, 3]);
    }

    #[test]
    fn json_of_its_own_starts_an_event() {
        check(&[NODE, r#"{"level":"INFO","msg":"x"}"#, r#"{"_aws":{}}"#], &[0, 1, 2]);
        check(&["START RequestId: x", "{", "  \"level\": \"INFO\"", "}", "{", "  \"a\": 1", "}"], &[0, 1, 4]);
        check(&["hello", "{", "  \"a\": 1", "}"], &[0, 1]);
    }

    #[test]
    fn time_is_at_the_start_of_the_line_or_in_its_json() {
        let time = |line: &str| PlainBoundary::default().event_start(line).unwrap().time.map(|time| time.0);
        assert_eq!(time("1970-01-01T00:00:05.000Z\tid\tINFO\tx"), Some(5000));
        assert_eq!(time(r#"{"timestamp":"1970-01-01T00:00:05Z"}"#), Some(5000));
        assert_eq!(time("START RequestId: x"), None);
        let pretty = "{\n  \"time\": \"1970-01-01T00:00:05Z\"\n}";
        assert_eq!(PlainBoundary::default().message_time(pretty), Some(UnixMillis(5000)));
    }

    #[test]
    fn only_x_ray_line_continues_a_report() {
        check(&["REPORT RequestId: x", "XRAY TraceId: 1-5", "XRAY-like", "  indented"], &[0, 2]);
        check(&["REPORT RequestId: x", "  indented"], &[0, 1]);
        check(&["START RequestId: x", "  indented"], &[0, 1]);
    }

    #[test]
    fn error_type_continues_a_fault() {
        check(&["RequestId: x Error: Runtime exited", "Runtime.ExitError", "START RequestId: y"], &[0, 2]);
    }

    #[test]
    fn traceback_continues_its_error() {
        check(&["[ERROR] KeyError: 'a'", "Traceback (most recent call last):", "  File x", "next"], &[0, 3]);
        check(&["Error: x", "    at y", "Caused by: z", "\tat w", "next"], &[0, 4]);
        check(&["Traceback (most recent call last):", "  File x", "KeyError: 'a'", "next"], &[0, 3]);
        check(&["Traceback (most recent call last):", "  File x", "END RequestId: x"], &[0, 2]);
        check(&["{", "  a: 1", "}", "next"], &[0, 3]);
    }
}
