//! Rows of a time and a message, in no format of a particular tool: as copied from the CloudWatch console, saved by
//! AWS extensions of editors, or printed by `sls logs`.
//!
//! The time may have an offset from UTC, also in parentheses, or be a number of milliseconds. The message follows after
//! a tab, spaces or a vertical bar, or on the next line.

use tailwater_parser::{
    UnixMillis,
    line::{App, Dialect, Line, parse},
    timestamp,
};

use super::{
    boundary::{EventBoundary, EventStart},
    tail::{Zone, skip_colours, zone},
};

/// Number of lines that are examined to recognise rows.
const EXAMINED_LINES: usize = 40;

/// Width of the time in the narrowest rows. Blanks of this width before a message stand for the time of the row before.
const TIME_WIDTH: usize = "2026-03-04T10:00:00".len();

/// One row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Row<'l> {
    time: UnixMillis,
    /// Time as written; empty for a number.
    written: &'l str,
    zone: Zone,
    separator: Separator,
    message: &'l str,
}

/// Text between the time and the message of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Separator {
    Tab,
    /// One or more spaces.
    Spaces,
    /// A vertical bar between spaces.
    Bar,
    /// Nothing, not even a message.
    LineEnd,
    /// Nothing: the copy lost it. Accepted only before a line of Lambda or a runtime.
    Missing,
}

impl<'l> Row<'l> {
    fn read(line: &'l str) -> Option<Self> {
        let text = skip_colours(line);
        let (time, rest) = timestamp::read(text).or_else(|| epoch_millis(text))?;
        let zone = zone(text, rest);
        let written = text.strip_suffix(rest).unwrap_or_default();
        let (separator, message) = Separator::read(skip_colours(rest))?;
        Some(Self { time, written, zone, separator, message })
    }

    /// True if text of a function hardly ever looks like this: the time is in a form in which only a tool writes it, or
    /// the message is a line of Lambda or a runtime.
    fn is_certain(&self) -> bool {
        match self.separator {
            Separator::Bar => true,
            Separator::Tab if self.zone == Zone::Offset => true,
            Separator::Tab | Separator::Missing => is_runtime_line(self.message),
            Separator::Spaces => self.is_console_row() || is_runtime_line(self.message),
            Separator::LineEnd => false,
        }
    }

    /// True if the time is as in the console, which always writes milliseconds and a local offset. `aws logs tail`
    /// writes microseconds or no fraction, and then a log stream.
    fn is_console_row(&self) -> bool {
        let fraction = self.written.split_once('.').map_or("", |(_, fraction)| fraction);
        let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
        let word = self.message.split(' ').next().unwrap_or_default();
        let is_stream = word.contains('/') && word.contains('[');
        self.zone == Zone::Offset && (digits == 3 || self.written.ends_with(')')) && !is_stream
    }
}

/// Parses Unix milliseconds of this century, which have 13 digits.
fn epoch_millis(text: &str) -> Option<(UnixMillis, &str)> {
    const DIGITS: usize = 13;
    let (number, rest) = text.split_at_checked(DIGITS)?;
    let is_number = number.bytes().all(|byte| byte.is_ascii_digit()) && number.starts_with('1');
    let ends = rest.is_empty() || rest.starts_with(|next: char| next.is_ascii_whitespace() || next == '|');
    (is_number && ends).then_some(())?;
    Some((UnixMillis(number.parse().ok()?), rest))
}

impl Separator {
    fn read(rest: &str) -> Option<(Self, &str)> {
        if rest.trim_ascii_end().is_empty() {
            return Some((Self::LineEnd, ""));
        }
        if let Some(message) = rest.strip_prefix('\t') {
            return Some((Self::Tab, message));
        }
        let message = rest.trim_start_matches(' ');
        if let Some(message) = message.strip_prefix('|') {
            return Some((Self::Bar, message.strip_prefix(' ').unwrap_or(message)));
        }
        if let Some(message) = message.strip_prefix('\t') {
            return Some((Self::Spaces, message));
        }
        if message.len() < rest.len() {
            return Some((Self::Spaces, message));
        }
        is_runtime_line(rest).then_some((Self::Missing, rest))
    }
}

/// True if Lambda or a language runtime writes such a line, or if it is JSON.
pub(super) fn is_runtime_line(line: &str) -> bool {
    let parsed = parse(skip_colours(line).trim_ascii_end());
    // The formats of Java and Go are short, so that other text may look like them.
    let is_unsure = |app: &App<'_>| matches!(app.dialect, Dialect::Java | Dialect::Go | Dialect::Text);
    !matches!(&parsed, Line::App(app) if is_unsure(app))
}

/// True if Lambda itself writes such a line.
fn is_platform_line(line: &str) -> bool {
    !matches!(parse(line.trim_ascii_end()), Line::App(_) | Line::Emf(_))
}

/// True if the first of `lines` that allow a decision are rows.
pub(super) fn are_rows<'l>(lines: impl Iterator<Item = &'l str>) -> bool {
    let mut awaits_message = false;
    for line in lines.take(EXAMINED_LINES) {
        if is_runtime_line(line) {
            return awaits_message;
        }
        awaits_message = match Row::read(line) {
            Some(row) if row.is_certain() => return true,
            Some(row) => row.separator == Separator::LineEnd,
            None => false,
        };
    }
    false
}

/// Boundary of rows.
#[derive(Debug, Default)]
pub(super) struct RowBoundary {
    layout: Layout,
    current: Current,
}

/// Place of the messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Layout {
    /// No row yet.
    #[default]
    Unknown,
    /// On the line of their time.
    SameLine,
    /// On the lines after their time.
    NextLine,
}

/// State of the current event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Current {
    /// Its time was read, but not its message.
    AwaitsMessage,
    /// Its message has begun, or there is no event.
    #[default]
    HasMessage,
}

impl EventBoundary for RowBoundary {
    fn event_start<'l>(&mut self, line: &'l str) -> Option<EventStart<'l>> {
        let current = std::mem::replace(&mut self.current, Current::HasMessage);
        let Some(row) = Row::read(line) else {
            // `sls logs` prints the lines of Lambda without a time.
            let is_event = current == Current::HasMessage && is_platform_line(line);
            return is_event.then(|| EventStart { message: line, ..EventStart::default() });
        };
        let time = Some(row.time);
        if is_runtime_line(line) {
            let is_event = current == Current::HasMessage;
            return is_event.then(|| EventStart { time, message: line, ..EventStart::default() });
        }
        match row.separator {
            Separator::LineEnd => {
                if self.layout == Layout::Unknown {
                    self.layout = Layout::NextLine;
                }
                if self.layout == Layout::NextLine {
                    self.current = Current::AwaitsMessage;
                }
            }
            // A line of the function that begins with a time.
            Separator::Tab | Separator::Spaces | Separator::Bar | Separator::Missing
                if self.layout == Layout::NextLine && !is_runtime_line(row.message) =>
            {
                return None;
            }
            Separator::Tab | Separator::Spaces | Separator::Bar | Separator::Missing => {
                self.layout = Layout::SameLine;
            }
        }
        Some(EventStart { time, message: row.message, ..EventStart::default() })
    }

    fn continuation<'l>(&self, line: &'l str) -> &'l str {
        let rest = line.trim_start_matches(' ');
        let is_filled = line.len() - rest.len() >= TIME_WIDTH;
        let message = rest.strip_prefix('\t').or_else(|| rest.strip_prefix("| "));
        message.filter(|_| is_filled).unwrap_or(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: &str = "START RequestId: 8edab1f8-7d34-4a8e-a965-15ccbbb78d4c Version: 3";

    /// Asserts which lines start an event, with their time and message.
    fn check(lines: &[&str], expected: &[(usize, Option<i64>, &str)]) {
        let mut boundary = RowBoundary::default();
        let starts = lines.iter().enumerate().filter_map(|(number, line)| {
            let start = boundary.event_start(line)?;
            Some((number, start.time.map(|time| time.0), start.message))
        });
        assert_eq!(starts.collect::<Vec<_>>(), expected);
    }

    fn check_detection(lines: &[&str], expected: bool) {
        assert_eq!(are_rows(lines.iter().copied()), expected, "{lines:?}");
    }

    #[test]
    fn separator_is_not_part_of_the_message() {
        for (row, message) in [
            ("1970-01-01T02:00:01.000+02:00 START", "START"),
            ("1970-01-01T02:00:01.000+02:00\t\tat Handler", "\tat Handler"),
            ("1970-01-01T02:00:01.000+0200 | START", "START"),
            ("1969-12-31 18:30:01.000 (-05:30)        START", "START"),
            ("1970-01-01T00:00:01.000Z |START", "START"),
            ("\u{1b}[32m1970-01-01T00:00:01Z\u{1b}[0m\tSTART", "START"),
        ] {
            check(&[row], &[(0, Some(1000), message)]);
        }
        check(&["1772618400123\tSTART\n"], &[(0, Some(1_772_618_400_123), "START\n")]);
        check(&[&format!("1970-01-01T02:00:01.000+02:00{START}")], &[(0, Some(1000), START)]);
    }

    #[test]
    fn line_with_the_time_of_its_runtime_is_kept_whole() {
        let node = "1970-01-01 02:00:01.000 (+02:00)\t8edab1f8-7d34-4a8e-a965-15ccbbb78d4c\tINFO\thello";
        check(&[node, START], &[(0, Some(1000), node), (1, None, START)]);
    }

    #[test]
    fn message_may_be_on_the_next_line() {
        let times = ["1970-01-01T02:00:01.000+02:00", "1970-01-01T02:00:02.000+02:00"];
        check(
            &[times[0], START, times[1], "1970-01-01 00:00:09 own time", "more"],
            &[(0, Some(1000), ""), (2, Some(2000), "")],
        );
    }

    #[test]
    fn row_without_message_does_not_take_the_next_row() {
        let row = "1970-01-01T02:00:01.000+02:00\tone";
        let empty = "1970-01-01T02:00:02.000+02:00";
        check(&[row, empty, row], &[(0, Some(1000), "one"), (1, Some(2000), ""), (2, Some(1000), "one")]);
    }

    #[test]
    fn blanks_instead_of_the_time_are_not_part_of_the_message() {
        let boundary = RowBoundary::default();
        let blanks = " ".repeat(29);
        assert_eq!(boundary.continuation(&format!("{blanks}\t\tat x\n")), "\tat x\n");
        assert_eq!(boundary.continuation(&format!("{blanks} | at x")), "at x");
        assert_eq!(boundary.continuation("    at x"), "    at x");
    }

    #[test]
    fn rows_of_the_console_are_recognised() {
        check_detection(&["2026-03-04T10:00:00.123-05:00 hello"], true);
        check_detection(&["2026-03-04T10:00:00.123+05:30\thello"], true);
        check_detection(&["2026-03-04T10:00:00.123Z | hello"], true);
        check_detection(&["2026-03-04 10:00:00.123 (+02:00)   hello"], true);
        check_detection(
            &["2026-03-04T10:00:00-05:00 hello", &format!("2026-03-04T10:00:00-05:00 {START}")],
            true,
        );
        check_detection(&["2026-03-04T10:00:00.123+01:00", START], true);
        check_detection(&[&format!("1772618400123 {START}")], true);
        check_detection(&["pasted:", &format!("2026-03-04 10:00:00.123\t{START}")], true);
    }

    #[test]
    fn other_text_with_times_is_not_taken_as_rows() {
        check_detection(&["2026-03-04T10:00:00.123000+00:00 2026/03/04/[1]a START"], false);
        check_detection(&["2026-03-04T10:00:00+00:00 worker-1 hello"], false);
        check_detection(&["2026-03-04 10:00:00 hello", "2026-03-04 10:00:01 there"], false);
        check_detection(&["2026-03-04T10:00:00.123Z\tid\tINFO\thello"], false);
        check_detection(&[START, "2026-03-04 10:00:00.123 (+02:00)\tid\tINFO\thello"], false);
        check_detection(&["1772618400123 items"], false);
    }
}
