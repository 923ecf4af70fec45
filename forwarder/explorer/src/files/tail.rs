//! Event starts in the output of `aws logs tail` (detailed and short) and `sam logs`, with or without colours.

use tailwater_parser::timestamp;

use super::boundary::EventStart;

/// Parses a line of `aws logs tail`: `<ISO time with offset> <stream> <message>`.
pub(super) fn detailed(line: &str) -> Option<EventStart<'_>> {
    let time_text = skip_colours(line);
    let (time, rest) = timestamp::read(time_text)?;
    (zone(time_text, rest) == Zone::Offset).then_some(())?;
    let (log_stream, rest) = word(skip_colours(rest).strip_prefix(' ')?)?;
    let message = match after_space(rest)? {
        Message::Text(message) => message,
        // Without a message, the line may as well be a line of the message before that ends after one word.
        Message::Empty(message) if log_stream.contains(['/', '[']) => message,
        Message::Empty(_) => return None,
    };
    Some(EventStart { time: Some(time), log_stream, message, ..EventStart::default() })
}

/// Parses a line of `aws logs tail --format short`: `<ISO time without offset> <message>`.
pub(super) fn short(line: &str) -> Option<EventStart<'_>> {
    let time_text = skip_colours(line);
    let (time, rest) = timestamp::read(time_text)?;
    (zone(time_text, rest) == Zone::None && time_text.as_bytes().get(10) == Some(&b'T')).then_some(())?;
    let (Message::Text(message) | Message::Empty(message)) = after_space(rest)?;
    Some(EventStart { time: Some(time), message, ..EventStart::default() })
}

/// Parses a line of `sam logs`: `<stream> <ISO time> <message>`.
pub(super) fn sam(line: &str) -> Option<EventStart<'_>> {
    let (log_stream, rest) = word(line)?;
    log_stream.contains('/').then_some(())?;
    let (time, rest) = timestamp::read(skip_colours(skip_colours(rest).strip_prefix(' ')?))?;
    let (Message::Text(message) | Message::Empty(message)) = after_space(rest)?;
    Some(EventStart { time: Some(time), log_stream, message, ..EventStart::default() })
}

/// Rest of a line after the last column before the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Message<'l> {
    /// Text after a space.
    Text(&'l str),
    /// Nothing but the end of the line: the function printed an empty line, and the space was trimmed.
    Empty(&'l str),
}

/// Reads what follows a column: a space and the message, or the end of the line.
pub(super) fn after_space(rest: &str) -> Option<Message<'_>> {
    let rest = skip_colours(rest);
    match rest.strip_prefix(' ') {
        Some(message) => Some(Message::Text(message)),
        None => rest.trim_ascii_end().is_empty().then_some(Message::Empty(rest)),
    }
}

/// Time zone designator of a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Zone {
    Utc,
    Offset,
    None,
}

/// Returns the zone of the time at the start of `text`; `rest` is the text after the time.
pub(super) fn zone(text: &str, rest: &str) -> Zone {
    let written = text.strip_suffix(rest).unwrap_or_default();
    let after_seconds = written.bytes().skip("2026-03-04T10:00:00".len());
    if written.ends_with(['Z', 'z']) {
        Zone::Utc
    } else if after_seconds.into_iter().any(|byte| matches!(byte, b'+' | b'-')) {
        Zone::Offset
    } else {
        Zone::None
    }
}

/// Splits off the next word. Returns the word without colour codes, and the text after it.
pub(super) fn word(text: &str) -> Option<(&str, &str)> {
    let text = skip_colours(text);
    let end = text.find([' ', '\u{1b}', '\r', '\n']).unwrap_or(text.len());
    text.split_at_checked(end).filter(|(word, _)| !word.is_empty())
}

/// Skips colour codes such as `ESC [ 32 m` at the start of `text`.
pub(super) fn skip_colours(text: &str) -> &str {
    let mut text = text;
    while let Some(rest) = text.strip_prefix("\u{1b}[") {
        let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
        match rest.strip_prefix('m') {
            Some(rest) => text = rest,
            None => break,
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(read: fn(&str) -> Option<EventStart<'_>>, line: &str, expected: Option<(i64, &str, &str)>) {
        let found = read(line).map(|start| (start.time.unwrap().0, start.log_stream, start.message));
        assert_eq!(found, expected, "{line}");
    }

    #[test]
    fn detailed_line_has_time_and_stream() {
        let line = "1970-01-01T00:00:01.500000+00:00 2026/03/04/[$LATEST]ab START RequestId: x\n";
        check(detailed, line, Some((1500, "2026/03/04/[$LATEST]ab", "START RequestId: x\n")));
        check(detailed, "1970-01-01T01:00:01+01:00 s m", Some((1000, "s", "m")));
        check(detailed, "1970-01-01T00:00:01Z s m", None);
        check(detailed, "    at handler (index.js)", None);
    }

    #[test]
    fn colours_are_not_part_of_time_and_stream() {
        let line = "\u{1b}[32m1970-01-01T00:00:01+00:00\u{1b}[0m \u{1b}[36mstream\u{1b}[0m \u{1b}[1;31mred";
        check(detailed, line, Some((1000, "stream", "\u{1b}[1;31mred")));
        check(short, "\u{1b}[32m1970-01-01T00:00:01\u{1b}[0m m", Some((1000, "", "m")));
        check(
            sam,
            "\u{1b}[36m1970/01/01/[1]a\u{1b}[0m \u{1b}[32m1970-01-01T00:00:01\u{1b}[0m m",
            Some((1000, "1970/01/01/[1]a", "m")),
        );
    }

    #[test]
    fn message_may_be_empty_and_its_space_trimmed() {
        check(
            detailed,
            "1970-01-01T00:00:01+00:00 2026/03/04/[1]a\r\n",
            Some((1000, "2026/03/04/[1]a", "\r\n")),
        );
        check(detailed, "1970-01-01T00:00:01+00:00 2026/03/04/[1]a", Some((1000, "2026/03/04/[1]a", "")));
        check(detailed, "1970-01-01T00:00:01+00:00 done\n", None);
        check(short, "1970-01-01T00:00:01\n", Some((1000, "", "\n")));
        check(sam, "2026/03/04/[1]a 1970-01-01T00:00:01\n", Some((1000, "2026/03/04/[1]a", "\n")));
    }

    #[test]
    fn short_line_has_time_only() {
        check(short, "1970-01-01T00:00:01 REPORT RequestId: x\t", Some((1000, "", "REPORT RequestId: x\t")));
        check(short, "1970-01-01T00:00:01.000Z x", None);
        check(short, "1970-01-01 00:00:01 an application's own time", None);
    }

    #[test]
    fn sam_line_starts_with_the_stream() {
        let line = "2026/03/04/[$LATEST]ab 1970-01-01T00:00:01.500000 END RequestId: x";
        check(sam, line, Some((1500, "2026/03/04/[$LATEST]ab", "END RequestId: x")));
        check(sam, "word 1970-01-01T00:00:01 m", None);
        check(sam, "[INFO] 1970-01-01T00:00:01 m", None);
    }
}
