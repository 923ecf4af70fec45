//! Event starts in the output of the tools `awslogs` and `saw`, with or without colours.

use tailwater_parser::{UnixMillis, timestamp};

use super::{
    boundary::EventStart,
    rows::is_runtime_line,
    tail::{Message, Zone, after_space, skip_colours, word, zone},
};

/// Parses a line of `awslogs get`: `<group> <stream> <time> <ingestion time> <message>`. The group or the stream may be
/// missing, and the times are by default. The stream is filled up with spaces.
pub(super) fn awslogs(line: &str) -> Option<EventStart<'_>> {
    let (first, rest) = word(line)?;
    let (log_group, log_stream, rest) = if is_lambda_stream(first) {
        ("", first, rest)
    } else {
        match next_column(rest).and_then(word) {
            // A time is no name of a group.
            Some((second, rest)) if is_lambda_stream(second) && !first.contains(':') => (first, second, rest),
            _ => first.starts_with("/aws/lambda/").then_some((first, "", rest))?,
        }
    };
    let (time, message) = times_and_message(rest)?;
    Some(EventStart { time, log_group, log_stream, message })
}

/// Parses a line of `saw`: `[<time>] (<stream>) <message>`.
pub(super) fn saw(line: &str) -> Option<EventStart<'_>> {
    let (time, rest) = timestamp::read(skip_colours(line.strip_prefix('[')?))?;
    let stream = skip_colours(skip_colours(rest).strip_prefix("] (")?);
    let (log_stream, rest) = stream.split_at_checked(stream.find(['\u{1b}', ')'])?)?;
    let (Message::Text(message) | Message::Empty(message)) =
        after_space(skip_colours(rest).strip_prefix(')')?)?;
    Some(EventStart { time: Some(time), log_stream, message, ..EventStart::default() })
}

/// True for the name of a log stream of Lambda: `<date>/[<version>]<instance>`, perhaps with the function.
fn is_lambda_stream(name: &str) -> bool {
    let date = name.bytes().take("2026/03/04/".len());
    let shape = date.map(|byte| if byte.is_ascii_digit() { b'0' } else { byte });
    shape.eq(*b"0000/00/00/") && name.contains('[') && name.contains(']')
}

/// Skips the spaces after a column, and the colour codes between them.
fn next_column(rest: &str) -> Option<&str> {
    let mut column = skip_colours(rest).strip_prefix(' ')?;
    loop {
        let next = skip_colours(column.trim_start_matches(' '));
        if next == column {
            return Some(column);
        }
        column = next;
    }
}

/// Splits off up to two times in UTC, the event's and that of its ingestion. A time that belongs to the message, as in a
/// timeout of Lambda, stays there.
fn times_and_message(rest: &str) -> Option<(Option<UnixMillis>, &str)> {
    let Some(mut message) = next_column(rest) else {
        return rest.trim_ascii_end().is_empty().then_some((None, rest));
    };
    let mut first = None;
    for _ in 0..2 {
        let Some((time, rest)) = timestamp::read(message) else { break };
        let Some(Message::Text(after) | Message::Empty(after)) = after_space(rest) else { break };
        if zone(message, rest) != Zone::Utc || is_runtime_line(message) {
            break;
        }
        first = first.or(Some(time));
        message = after;
    }
    Some((first, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str = "2026/03/04/[$LATEST]4426346c2cdf4c54a74d3bd2b929fc44";

    fn check(
        read: fn(&str) -> Option<EventStart<'_>>,
        line: &str,
        expected: Option<(&str, &str, Option<i64>, &str)>,
    ) {
        let found = read(line)
            .map(|start| (start.log_group, start.log_stream, start.time.map(|time| time.0), start.message));
        assert_eq!(found, expected, "{line}");
    }

    #[test]
    fn group_stream_and_times_are_optional() {
        let group = "/aws/lambda/pay";
        let (time, later) = ("1970-01-01T00:00:01.000Z", "1970-01-01T00:00:02.000Z");
        for (line, expected) in [
            (format!("{group} {STREAM} END x\n"), (group, STREAM, None, "END x\n")),
            (format!("{group} {STREAM}   {time} END x"), (group, STREAM, Some(1000), "END x")),
            (format!("{group} {STREAM} {time} {later} END x"), (group, STREAM, Some(1000), "END x")),
            (format!("{group} {time} END x"), (group, "", Some(1000), "END x")),
            (format!("{STREAM} END x"), ("", STREAM, None, "END x")),
            (format!("team-logs {STREAM} END x"), ("team-logs", STREAM, None, "END x")),
            (format!("{group} {STREAM}\n"), (group, STREAM, None, "\n")),
        ] {
            check(awslogs, &line, Some(expected));
        }
    }

    #[test]
    fn time_of_the_message_stays_in_the_message() {
        let timeout =
            "2026-03-04T10:00:03.000Z 8edab1f8-7d34-4a8e-a965-15ccbbb78d4c Task timed out after 3.00 seconds";
        check(awslogs, &format!("/g {STREAM} {timeout}"), Some(("/g", STREAM, None, timeout)));
        let node = "2026-03-04T10:00:03.000Z\tid\tINFO\tx";
        check(awslogs, &format!("/g {STREAM} {node}"), Some(("/g", STREAM, None, node)));
    }

    #[test]
    fn colours_are_not_part_of_columns() {
        let line = format!(
            "\u{1b}[32m/g\u{1b}[0m \u{1b}[36m{STREAM}  \u{1b}[0m \u{1b}[33m1970-01-01T00:00:01.000Z\u{1b}[0m x"
        );
        check(awslogs, &line, Some(("/g", STREAM, Some(1000), "x")));
        let line = format!("[\u{1b}[31m1970-01-01T02:00:01+02:00\u{1b}[0m] (\u{1b}[37m{STREAM}\u{1b}[0m) x");
        check(saw, &line, Some(("", STREAM, Some(1000), "x")));
    }

    #[test]
    fn other_lines_are_not_parsed() {
        for line in ["/var/task/index.js: failed", "    at x", "one 2026/03/04 two", "", "[INFO] (x) y"] {
            check(awslogs, line, None);
            check(saw, line, None);
        }
    }
}
