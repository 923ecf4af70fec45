//! Ruby: the standard `Logger`, and uncaught errors that the runtime reports.

use std::borrow::Cow;

use super::{App, Dialect, RuntimeFailure, prefix::split_timestamp};
use crate::{
    json,
    level::Level,
    line::{Line, field::word},
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
    Some(Line::App(App {
        level,
        request_id: request_id.map(Cow::Borrowed),
        timestamp: Some(timestamp),
        ..App::of(Dialect::Ruby, message)
    }))
}

/// Parses `Error raised from handler method` and the error in JSON after it, which may also be in an event of its own.
pub(in crate::line) fn uncaught(text: &str) -> Option<Line<'_>> {
    let error = text.strip_prefix("Error raised from handler method")?.trim_ascii();
    let mut error_type = None;
    let is_object = json::members(error, |name, value| {
        if name == "errorType" {
            error_type = value.plain();
        }
    });
    let app = match error_type {
        Some(error_type) => App::uncaught(Dialect::Ruby, text, error_type),
        None => App {
            level: Some(Level::Error),
            failure: Some(RuntimeFailure::Unhandled),
            ..App::of(Dialect::Ruby, text)
        },
    };
    (error.is_empty() || is_object.is_some()).then_some(Line::App(app))
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
