//! Text layouts of logging libraries that have a level: Spring Boot, Logback, Log4j, Python's `logging`, Loguru, slog,
//! zap, logrus, tracing, Serilog, .NET's console, Monolog, log4js, klog.
//!
//! Only forms are read in which the word is certainly the level: it follows a time, stands in a fixed place, or is the
//! value of `level=`.

use std::borrow::Cow;

use super::{App, Dialect, prefix::split_timestamp};
use crate::{
    level::Level,
    line::{Line, field::split_word, trace_context::FoundIds},
    timestamp,
};

/// Parts of a line that its layout states.
pub(super) struct Layout<'a> {
    pub(super) level: Level,
    timestamp: Option<&'a str>,
    request_id: Option<&'a str>,
}

/// Parses a line in a text layout of a logging library.
pub(in crate::line) fn logged(text: &str) -> Option<Line<'_>> {
    let layout = read(text)?;
    Some(Line::App(App {
        level: Some(layout.level),
        request_id: layout.request_id.map(Cow::Borrowed),
        timestamp: layout.timestamp,
        trace_context: FoundIds::before_message(text).context(None),
        ..App::of(Dialect::Text, text)
    }))
}

/// Parses a line without a level that begins with the ids of a trace in brackets, `[dd.trace_id=7310 dd.span_id=5520]`.
pub(in crate::line) fn traced(text: &str) -> Option<Line<'_>> {
    let trace_context = Some(FoundIds::before_message(text).context(None)?);
    Some(Line::App(App { trace_context, ..App::of(Dialect::Text, text) }))
}

/// Parses a message or a line in any of the layouts.
pub(super) fn read(text: &str) -> Option<Layout<'_>> {
    match text.as_bytes() {
        [b'0'..=b'9', ..] => after_time(text),
        [b'[', ..] => in_brackets(text),
        // `level=`, `lvl=`, `time=`, `ts=`, `t=`
        [b'l', b'e' | b'v', ..] | [b't', b'i' | b's' | b'=', ..] => logfmt(text),
        [b'a'..=b'z', _, _, _, b':', b' ', ..] => dotnet_console(text),
        [b'I' | b'W' | b'E' | b'F', b'0'..=b'9', ..] => klog(text),
        [b'A'..=b'Z', b'A'..=b'Z', ..] => level_first(text),
        [b'A'..=b'Z', _, _, b' ', ..] => java_util_logging(text),
        [b'\x1b', ..] => coloured(text),
        _ => None,
    }
}

fn of_level(level: Level) -> Layout<'static> {
    Layout { level, timestamp: None, request_id: None }
}

/// Layout that begins with a time: `<time> [<thread>] <LEVEL> <logger> - <message>`.
fn after_time(text: &str) -> Option<Layout<'_>> {
    let (timestamp, rest) = match split_timestamp(text).or_else(|| split_slashed(text)) {
        Some((timestamp, rest)) => (Some(timestamp), rest),
        None => (None, time_of_day(text)?),
    };
    let (request_id, rest) = split_request_id(rest);
    Some(Layout { level: level_after(rest)?, timestamp, request_id })
}

fn split_slashed(text: &str) -> Option<(&str, &str)> {
    let (_, rest) = timestamp::read_slashed(text)?;
    text.split_at_checked(text.len() - rest.len())
}

/// Splits off a request id, which Lambda's appender for Log4j writes after the time.
fn split_request_id(rest: &str) -> (Option<&str>, &str) {
    let (word, after) = split_word(rest.trim_start_matches(' '));
    if is_uuid(word) { (Some(word), after) } else { (None, rest) }
}

/// True if the text has the form of a UUID, as all request ids of Lambda functions have.
pub(super) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// Text after a time of day, `hh:mm:ss` with or without a fraction.
fn time_of_day(text: &str) -> Option<&str> {
    const SHAPE: &[u8] = b"00:00:00";
    let (time, rest) = text.split_at_checked(SHAPE.len())?;
    let fits = time.bytes().zip(SHAPE).all(|(byte, shape)| match shape {
        b'0' => byte.is_ascii_digit(),
        separator => byte == *separator,
    });
    fits.then(|| rest.trim_start_matches(|next: char| next.is_ascii_digit() || matches!(next, '.' | ',')))
}

/// Number of words between the time and the level at most.
const MAX_WORDS: usize = 8;

/// Level in the first words of the text. Words are skipped that layouts have between the time and the level: threads in
/// brackets, process ids, separators, and a logger's name between separators.
fn level_after(text: &str) -> Option<Level> {
    let (mut rest, mut is_separated) = (text, false);
    for _ in 0..MAX_WORDS {
        let before = rest;
        rest = skip_colour(rest.trim_start_matches([' ', '\t']));
        let (word, after) = split_group(rest);
        if let Some(level) = level_word(word, before, after) {
            return Some(level);
        }
        let is_separator = matches!(word, "-" | "--" | "---" | "|" | ":");
        let is_name = is_separated && starts_with_separator(after);
        let is_number = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
        let is_skipped = is_separator
            || is_name
            || is_number
            || word.starts_with('[')
            || matches!(word, "UTC" | "GMT" | "AM" | "PM");
        if !is_skipped {
            return None;
        }
        (rest, is_separated) = (after, is_separator);
    }
    None
}

/// Splits off the first word, or a group in brackets.
fn split_group(text: &str) -> (&str, &str) {
    let end = text.strip_prefix('[').and_then(|inside| inside.find(']'));
    match end.and_then(|end| text.split_at_checked(end + 2)) {
        Some(group) => group,
        None => split_word(text),
    }
}

fn starts_with_separator(text: &str) -> bool {
    matches!(split_word(text.trim_start_matches([' ', '\t'])).0, "-" | "|" | ":")
}

/// Level in a word: a name in capitals, or in any case if brackets, a colon, tabs or separators set it apart.
fn level_word(word: &str, before: &str, after: &str) -> Option<Level> {
    let bare = word.trim_matches(['[', ']', '(', ')', '<', '>', ':', '"']);
    // Monolog writes the channel before the level: `app.ERROR:`.
    let bare = if word.ends_with(':') { bare.rsplit('.').next().unwrap_or(bare) } else { bare };
    let bare = bare.split('\x1b').next().unwrap_or(bare);
    let is_name = (3..=11).contains(&bare.len()) && bare.bytes().all(|byte| byte.is_ascii_alphabetic());
    let is_set_apart = || {
        bare.len() < word.len()
            || (before.starts_with('\t') && after.starts_with('\t'))
            || starts_with_separator(after)
    };
    let is_capital = bare.bytes().all(|byte| byte.is_ascii_uppercase()) && bare != "HTTP";
    if is_name && (is_capital || is_set_apart()) { Level::read(bare) } else { None }
}

/// Layouts that begin with a bracket: `[<time>] [<LEVEL>]`, `[<time> <LEVEL> <target>]`, `[<LEVEL>] `, and
/// `[<thread>] <LEVEL> `.
fn in_brackets(text: &str) -> Option<Layout<'_>> {
    let (inside, rest) = text.strip_prefix('[')?.split_once(']')?;
    if let Some((timestamp, after)) = split_timestamp(inside) {
        let level = level_after(if after.is_empty() { rest } else { after })?;
        return Some(Layout { level, timestamp: Some(timestamp), request_id: None });
    }
    if let Some(after) = time_of_day(inside) {
        return level_after(if after.is_empty() { rest } else { after }).map(of_level);
    }
    if inside.bytes().all(|byte| byte.is_ascii_alphabetic()) && inside.len() > 2 {
        let is_message = rest.starts_with([' ', ':', '\t']);
        if let Some(level) =
            Level::read(inside).filter(|_| is_message && !inside.eq_ignore_ascii_case("http"))
        {
            return Some(of_level(level));
        }
    }
    let rest = if inside == "Nest" { nest(rest)? } else { rest };
    level_in_capitals(rest.trim_start_matches(' ')).map(of_level)
}

/// Level in the first word of a text, if the word is in capitals.
pub(super) fn level_in_capitals(text: &str) -> Option<Level> {
    let (word, _) = split_word(text);
    let is_capital = word.len() > 3 && word != "HTTP" && word.bytes().all(|byte| byte.is_ascii_uppercase());
    if is_capital { Level::read(word) } else { None }
}

/// Text after the process id and the time of NestJS: ` 1  - 10/08/2025, 2:38:44 PM     ERROR [Orders] …`.
fn nest(rest: &str) -> Option<&str> {
    let (_process, rest) = rest.split_once(" - ")?;
    let (_date, rest) = rest.split_once(", ")?;
    let (_time, rest) = split_word(rest);
    let rest = rest.trim_start_matches(' ');
    Some(rest.strip_prefix("AM").or_else(|| rest.strip_prefix("PM")).unwrap_or(rest))
}

/// Level and time of a line of `key=value` pairs, as Go's slog and logrus write it.
fn logfmt(text: &str) -> Option<Layout<'_>> {
    // Few messages begin with one of these, so the others are not searched for pairs.
    const BEGINS: [&str; 6] = ["level=", "time=", "ts=", "lvl=", "timestamp=", "t="];
    BEGINS.iter().any(|begin| text.starts_with(begin)).then_some(())?;
    let mut rest = text;
    let mut timestamp = None;
    for _ in 0..MAX_WORDS {
        let (key, after) = rest.split_once('=').filter(|(key, _)| is_key(key))?;
        let (value, after) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => split_word(after),
        };
        match key {
            "time" | "ts" | "timestamp" | "t" => timestamp = Some(value),
            "level" | "lvl" | "severity" => {
                let level = Level::read(value)?;
                let timestamp = timestamp.or_else(|| time_in_pairs(after));
                return Some(Layout { level, timestamp, request_id: None });
            }
            _ => {}
        }
        rest = after.trim_start_matches(' ');
    }
    None
}

/// Time in the pair that directly follows the level.
fn time_in_pairs(rest: &str) -> Option<&str> {
    let rest = rest.trim_start_matches(' ');
    let value = ["time=", "ts=", "timestamp=", "t="].iter().find_map(|key| rest.strip_prefix(key))?;
    Some(
        value
            .strip_prefix('"')
            .map_or(split_word(value).0, |quoted| quoted.split('"').next().unwrap_or(quoted)),
    )
}

fn is_key(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'))
}

/// Layout of .NET's console logger: `fail: <category>[<event id>]`.
fn dotnet_console(text: &str) -> Option<Layout<'_>> {
    let (level, rest) = text.split_at_checked(4)?;
    let rest = rest.strip_prefix(": ")?;
    let is_level = matches!(level, "trce" | "dbug" | "info" | "warn" | "fail" | "crit");
    let (category, _) = split_word(rest);
    let (_, event_id) = category.strip_suffix(']')?.rsplit_once('[')?;
    let is_number = event_id.parse::<i32>().is_ok();
    Level::read(level).filter(|_| is_level && is_number).map(of_level)
}

/// Layout of klog and glog: `E1008 14:38:44.255123       1 main.go:12] <message>`.
fn klog(text: &str) -> Option<Layout<'_>> {
    let level = match text.as_bytes().first()? {
        b'I' => Level::Info,
        b'W' => Level::Warn,
        b'E' => Level::Error,
        b'F' => Level::Fatal,
        _ => return None,
    };
    let (date, rest) = text.get(1..)?.split_once(' ')?;
    let is_date = date.len() == 4 && date.bytes().all(|byte| byte.is_ascii_digit());
    time_of_day(rest).filter(|_| is_date).map(|_| of_level(level))
}

/// Layouts that begin with the level in capitals: `ERROR:root:<message>`, `ERROR [<thread>] …`, `ERROR 2025-10-08 …`,
/// `ERRO[0000] <message>`, `SEVERE: <message>`.
fn level_first(text: &str) -> Option<Layout<'_>> {
    let end = text.bytes().take(12).position(|byte| !byte.is_ascii_uppercase()).filter(|end| *end > 3)?;
    let (word, rest) = text.split_at_checked(end)?;
    let level = Level::read(word).filter(|_| word != "HTTP")?;
    let after_space = rest.trim_start_matches(' ');
    let is_python =
        rest.strip_prefix(':').and_then(|rest| rest.split_once(':')).is_some_and(|(name, _)| is_key(name));
    let is_logrus = rest.starts_with('[') && rest.as_bytes().get(1).is_some_and(u8::is_ascii_digit);
    let is_dated = rest.starts_with(' ') && split_timestamp(after_space.trim_start_matches('[')).is_some();
    let is_threaded = rest.starts_with(' ') && after_space.starts_with('[') && after_space.contains("] ");
    let is_severe = word == "SEVERE" && rest.starts_with(": ");
    let timestamp =
        split_timestamp(after_space.trim_start_matches('[')).filter(|_| is_dated).map(|(time, _)| time);
    (is_python || is_logrus || is_dated || is_threaded || is_severe).then_some(Layout {
        level,
        timestamp,
        request_id: None,
    })
}

/// Layout of `java.util.logging`, whose level is in the second line:
/// `Oct 08, 2025 2:38:44 PM <class> <method>\n<LEVEL>: <message>`.
fn java_util_logging(text: &str) -> Option<Layout<'_>> {
    const MONTHS: [&str; 12] =
        ["Jan ", "Feb ", "Mar ", "Apr ", "May ", "Jun ", "Jul ", "Aug ", "Sep ", "Oct ", "Nov ", "Dec "];
    MONTHS.contains(&text.get(..4)?).then_some(())?;
    let (first, below) = text.split_once('\n')?;
    let (level, _) = below.split_once(": ")?;
    let is_level = matches!(level, "SEVERE" | "WARNING" | "INFO" | "CONFIG" | "FINE" | "FINER" | "FINEST");
    let has_time = first.contains(" AM ") || first.contains(" PM ");
    Level::read(level).filter(|_| is_level && has_time).map(of_level)
}

/// Layouts whose first words are coloured: the time, or the level followed by a colon.
fn coloured(text: &str) -> Option<Layout<'_>> {
    let plain = skip_colour(text);
    if let Some((timestamp, rest)) = split_timestamp(plain) {
        return level_after(skip_colour(rest))
            .map(|level| Layout { timestamp: Some(timestamp), ..of_level(level) });
    }
    let end = plain.bytes().position(|byte| !byte.is_ascii_alphabetic())?;
    let (word, rest) = plain.split_at_checked(end)?;
    let is_set_apart = rest.starts_with('\x1b') || rest.starts_with(": ");
    Level::read(word).filter(|_| is_set_apart && word.len() > 2).map(of_level)
}

/// Text after the escape sequences of colours at its beginning.
fn skip_colour(text: &str) -> &str {
    let mut rest = text;
    while let Some((code, after)) = rest.strip_prefix("\x1b[").and_then(|sequence| sequence.split_once('m')) {
        if !code.bytes().all(|byte| byte.is_ascii_digit() || byte == b';') {
            break;
        }
        rest = after;
    }
    rest
}
