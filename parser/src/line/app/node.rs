//! Node.js: `<time>\t<request id>\t<LEVEL>\t<message>`, and V8's last words.

use std::borrow::Cow;

use super::{App, Dialect, FailureSign, prefix::Prefix};
use crate::{json, level::Level, line::Line};

/// What the runtime, and only it, puts before a tab and the error in JSON: `console.error` puts a space there.
const UNCAUGHT: [&str; 3] = ["Invoke Error", "Uncaught Exception", "Unhandled Promise Rejection"];

/// Reads a line of the console, which the runtime patches.
pub(in crate::line) fn console(text: &str) -> Option<Line<'_>> {
    let prefix = Prefix::read(text)?;
    let is_level = matches!(prefix.level, "TRACE" | "DEBUG" | "INFO" | "WARN" | "ERROR" | "FATAL");
    let level = Level::read(prefix.level).filter(|_| is_level)?;
    let error = if level == Level::Error { uncaught_error(prefix.message) } else { None };
    let error_type = error.and_then(error_type);
    Some(Line::App(App {
        level: Some(level),
        request_id: prefix.request_id.map(Cow::Borrowed),
        timestamp: Some(prefix.timestamp),
        sign: error.map(|_| error_type.as_deref().map_or(FailureSign::Unhandled, FailureSign::of)),
        error_type,
        ..App::of(Dialect::Node, prefix.message)
    }))
}

/// The JSON of the error that ended the handler.
fn uncaught_error(message: &str) -> Option<&str> {
    let rest = UNCAUGHT.iter().find_map(|words| message.strip_prefix(words))?;
    rest.trim_start_matches(' ').strip_prefix('\t').filter(|error| error.starts_with('{'))
}

fn error_type(error: &str) -> Option<Cow<'_, str>> {
    let mut error_type = None;
    json::members(error, |name, value| {
        if name == "errorType" {
            error_type = value.text();
        }
    })?;
    error_type
}

/// Reads `FATAL ERROR: … JavaScript heap out of memory`, by itself or below V8's last garbage collections.
pub(in crate::line) fn heap_out_of_memory(text: &str) -> Option<Line<'_>> {
    const FATAL: &str = "FATAL ERROR: ";
    let words = text.trim_ascii_start();
    let is_frame = words.starts_with(FATAL) || words.starts_with("<--- Last few GCs --->");
    let last = is_frame.then(|| words.lines().find(|line| line.starts_with(FATAL)))??;
    last.trim_ascii_end().strip_suffix("JavaScript heap out of memory")?;
    Some(Line::App(App {
        level: Some(Level::Fatal),
        sign: Some(FailureSign::OutOfMemory),
        ..App::of(Dialect::Node, text)
    }))
}
