//! Node.js: `<time>\t<request id>\t<LEVEL>\t<message>`, and out-of-memory reports of V8.

use std::borrow::Cow;

use super::{
    App, Dialect, RuntimeFailure,
    prefix::{Prefix, is_node_level},
};
use crate::{json, level::Level, line::Line};

/// Texts that only the runtime writes before a tab and the error in JSON. `console.error` writes a space instead of the
/// tab.
const UNCAUGHT: [&str; 3] = ["Invoke Error", "Uncaught Exception", "Unhandled Promise Rejection"];

/// Parses a console line, to which the runtime adds a prefix.
pub(in crate::line) fn console(text: &str) -> Option<Line<'_>> {
    let prefix = Prefix::read(text)?;
    let level = Level::read(prefix.level).filter(|_| is_node_level(prefix.level))?;
    let error = if level == Level::Error { uncaught_error(prefix.message) } else { None };
    let error_type = error.and_then(error_type);
    Some(Line::App(App {
        level: Some(level),
        request_id: prefix.request_id.map(Cow::Borrowed),
        timestamp: Some(prefix.timestamp),
        failure: error.map(|_| error_type.as_deref().map_or(RuntimeFailure::Unhandled, RuntimeFailure::of)),
        error_type,
        ..App::of(Dialect::Node, prefix.message)
    }))
}

/// JSON of the error that ended the handler.
fn uncaught_error(message: &str) -> Option<&str> {
    let rest = UNCAUGHT.iter().find_map(|prefix| message.strip_prefix(prefix))?;
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

/// Parses `FATAL ERROR: … JavaScript heap out of memory`, alone or below V8's list of the last garbage collections.
pub(in crate::line) fn heap_out_of_memory(text: &str) -> Option<Line<'_>> {
    const FATAL: &str = "FATAL ERROR: ";
    let trimmed = text.trim_ascii_start();
    let is_frame = trimmed.starts_with(FATAL) || trimmed.starts_with("<--- Last few GCs --->");
    let last = is_frame.then(|| trimmed.lines().find(|line| line.starts_with(FATAL)))??;
    last.trim_ascii_end().strip_suffix("JavaScript heap out of memory")?;
    Some(Line::App(App {
        level: Some(Level::Fatal),
        failure: Some(RuntimeFailure::OutOfMemory),
        ..App::of(Dialect::Node, text)
    }))
}
