//! Node.js: `<time>\t<request id>\t<LEVEL>\t<message>`, and out-of-memory reports of V8.

use std::borrow::Cow;

use super::{
    App, Dialect, RuntimeFailure,
    inner::prefer_inner,
    json::first_error_type,
    layout::is_uuid,
    prefix::{Prefix, Separator, is_node_level, split_timestamp, valid_request_id},
};
use crate::{
    level::Level,
    line::{Line, field::split_word},
};

/// Texts that only the runtime writes before a tab and the error in JSON. `console.error` writes a space instead of the
/// tab.
const UNCAUGHT: [&str; 3] = ["Invoke Error", "Uncaught Exception", "Unhandled Promise Rejection"];

/// Parses a console line, to which the runtime adds a prefix.
pub(in crate::line) fn console(text: &str) -> Option<Line<'_>> {
    let prefix = Prefix::read(text)?;
    let level = Level::read(prefix.level).filter(|_| is_node_level(prefix.level))?;
    let error = if level >= Level::Error { uncaught_error(&prefix) } else { None };
    let error_type = error.and_then(first_error_type);
    let mut app = App {
        level: Some(level),
        request_id: prefix.request_id.map(Cow::Borrowed),
        timestamp: Some(prefix.timestamp),
        failure: error.map(|_| error_type.as_deref().map_or(RuntimeFailure::Unhandled, RuntimeFailure::of)),
        error_type,
        ..App::of(Dialect::Node, prefix.message)
    };
    prefer_inner(&mut app);
    Some(Line::App(app))
}

/// Parses a console line of Node.js before version 10, whose prefix has no level: `<time>\t<request id>\t<message>`. An
/// error that the handler passed to its callback is a message in JSON.
pub(in crate::line) fn console_without_level(text: &str) -> Option<Line<'_>> {
    let (timestamp, rest) = split_timestamp(text)?;
    let (request_id, message) = rest.strip_prefix('\t')?.split_once('\t')?;
    let is_id = is_uuid(request_id) || (valid_request_id(request_id).is_none() && !request_id.is_empty());
    is_id.then_some(())?;
    let mut app = App {
        request_id: valid_request_id(request_id).map(Cow::Borrowed),
        timestamp: Some(timestamp),
        ..App::of(Dialect::Node, message)
    };
    prefer_inner(&mut app);
    if message.starts_with(r#"{"errorMessage":"#) {
        app.failure = Some(RuntimeFailure::of_unconfirmed(app.error_type.as_deref()));
    }
    Some(Line::App(app))
}

/// JSON of the error that ended the handler, which may be in the line below; empty if it is in another event.
fn uncaught_error<'a>(prefix: &Prefix<'a>) -> Option<&'a str> {
    let message = skip_trace_ids(prefix.message);
    let rest = UNCAUGHT.iter().find_map(|words| message.strip_prefix(words))?;
    let after_spaces = rest.trim_start_matches(' ');
    let error = after_spaces.trim_ascii();
    match prefix.separator {
        Separator::Tab if after_spaces.starts_with('\t') => {
            Some(error).filter(|error| error.is_empty() || error.starts_with('{'))
        }
        Separator::Tab => None,
        Separator::Spaces => Some(error).filter(|error| error.starts_with(r#"{"errorType""#)),
    }
}

/// Message after the ids that a tracer wrote before it, in brackets (`[dd.trace_id=7310] `) or as pairs
/// (`trace_id=4c72 `).
fn skip_trace_ids(message: &str) -> &str {
    let mut rest = message;
    loop {
        let trimmed = rest.trim_start_matches(' ');
        let is_pair = |word: &str| word.contains(['=', '|']);
        let after = match trimmed.as_bytes().first() {
            Some(b'[') => trimmed.split_once(']').map(|(_, after)| after),
            Some(b'(') => trimmed.split_once(')').map(|(_, after)| after),
            Some(b'{') => trimmed.split_once('}').map(|(_, after)| after),
            Some(_) => Some(split_word(trimmed)).filter(|(word, _)| is_pair(word)).map(|(_, after)| after),
            None => None,
        };
        match after {
            Some(after) => rest = after,
            None => return trimmed,
        }
    }
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
