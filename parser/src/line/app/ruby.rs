//! Ruby: the standard `Logger`, and uncaught errors that the runtime reports.

use std::borrow::Cow;

use super::{
    App, Dialect, RuntimeFailure,
    inner::prefer_inner,
    json::first_error_type,
    prefix::{split_timestamp, valid_request_id},
};
use crate::{
    level::Level,
    line::{
        Line,
        field::{split_word, word},
    },
};

/// Parses `I, [<time> #<pid>]  INFO -- <program>: <message>`.
///
/// Lambda's formatter adds the request id, after the process id or after the level.
pub(in crate::line) fn logged(text: &str) -> Option<Line<'_>> {
    let header = text.get(1..)?.strip_prefix(", [")?;
    let (timestamp, rest) = split_timestamp(header)?;
    let (process, rest) = rest.strip_prefix(" #")?.split_once(']')?;
    let (severity, rest) = rest.split_once(" -- ")?;
    let (_program, message) = rest.split_once(": ")?;
    let mut process = process.split(' ').skip(1);
    let mut severity = severity.split_ascii_whitespace();
    let level = Level::read(severity.next()?);
    let request_id = process.next().or_else(|| severity.next());
    let mut app = App {
        level,
        request_id: request_id.and_then(valid_request_id).map(Cow::Borrowed),
        timestamp: Some(timestamp),
        ..App::of(Dialect::Ruby, message)
    };
    prefer_inner(&mut app);
    Some(Line::App(app))
}

/// Words of the runtime before an error in JSON. The first two are about the handler, the third about its file.
const UNCAUGHT: [&str; 3] = [
    "Error raised from handler method",
    "Critical exception from handler",
    "Init error when loading handler ",
];

/// Parses the runtime's words about an error, and the error in JSON after them, which may also be in an event of its
/// own.
pub(in crate::line) fn uncaught(text: &str) -> Option<Line<'_>> {
    let rest = UNCAUGHT.iter().find_map(|words| text.strip_prefix(words))?;
    let error = if text.starts_with("Init ") { split_word(rest).1 } else { rest }.trim_ascii();
    let is_error = error.is_empty() || error.starts_with('{');
    let error_type = first_error_type(error);
    is_error.then(|| {
        Line::App(App {
            level: Some(Level::Error),
            failure: Some(error_type.as_deref().map_or(RuntimeFailure::Unhandled, RuntimeFailure::of)),
            error_type,
            ..App::of(Dialect::Ruby, text)
        })
    })
}

/// Parses `<file>:<line>:in <method>: failed to allocate memory (NoMemoryError)`.
pub(in crate::line) fn out_of_memory(text: &str) -> Option<Line<'_>> {
    let (location, _) = word(text)?;
    let location = location.strip_suffix(":in").or_else(|| location.strip_suffix(':'))?;
    let (_file, line) = location.rsplit_once(':')?;
    line.parse::<u32>().ok()?;
    let first = text.lines().next()?.trim_ascii_end();
    let fits = first.ends_with(": failed to allocate memory (NoMemoryError)");
    fits.then(|| Line::App(App::uncaught(Dialect::Ruby, text, "NoMemoryError")))
}
