//! Python: `[LEVEL]\t<time>\t<request id>\t<message>`, and uncaught errors that the runtime reports.

use std::borrow::Cow;

use memchr::memmem;

use super::{
    App, Dialect, RuntimeFailure,
    inner::prefer_inner,
    prefix::{split_timestamp, valid_request_id},
};
use crate::{level::Level, line::Line};

/// Parses a line of the logging module in the format of the runtime.
///
/// The runtime's own warning `LAMBDA_WARNING: Unhandled exception. …` has this format too, without a request id. It
/// does not prove that an invocation failed: it is about INIT, and the error itself follows.
pub(in crate::line) fn logged(text: &str) -> Option<Line<'_>> {
    let (level, rest) = text.strip_prefix('[')?.split_once(']')?;
    let (timestamp, rest) = split_timestamp(rest.strip_prefix('\t')?)?;
    let (request_id, message) = rest.strip_prefix('\t')?.split_once('\t')?;
    let mut app = App {
        level: Level::read(level),
        request_id: valid_request_id(request_id).map(Cow::Borrowed),
        timestamp: Some(timestamp),
        ..App::of(Dialect::Python, message)
    };
    prefer_inner(&mut app);
    Some(Line::App(app))
}

/// Parses an uncaught error, `[ERROR] <type>: <message>\nTraceback (most recent call last):\n…`. In a copy, the line
/// breaks may have become spaces.
///
/// Java's logger writes `[ERROR] <message>` too. A Python error has a traceback, or a type that only Lambda's runtimes
/// have, or is a `MemoryError`, after which there may be no memory for a traceback.
pub(in crate::line) fn uncaught(text: &str) -> Option<Line<'_>> {
    let message = text.strip_prefix("[ERROR] ")?;
    let (error_type, after) = split_type(message)?;
    let is_own_type =
        error_type.starts_with("Runtime.") || RuntimeFailure::of(error_type) == RuntimeFailure::OutOfMemory;
    let fits = (is_own_type && !error_type.starts_with("java.")) || has_traceback(after);
    fits.then(|| Line::App(App { message, ..App::uncaught(Dialect::Python, message, error_type) }))
}

/// True if a traceback begins in a line of its own, or after a space and with a frame behind it.
fn has_traceback(text: &str) -> bool {
    const TRACEBACK: &str = "Traceback (most recent call last):";
    let mut begins = memmem::find_iter(text.as_bytes(), TRACEBACK);
    begins.any(|at| {
        let (before, traceback) = text.split_at_checked(at).unwrap_or_default();
        let frame = || traceback.strip_prefix(TRACEBACK).unwrap_or_default().trim_ascii_start();
        before.ends_with(['\n', '\r']) || (before.ends_with(' ') && frame().starts_with("File \""))
    })
}

/// Splits off a Python name that ends at a colon, a line break or the end of the text.
fn split_type(text: &str) -> Option<(&str, &str)> {
    let in_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.');
    let end = text.bytes().position(|byte| !in_name(byte)).unwrap_or(text.len());
    let (name, after) = text.split_at_checked(end)?;
    let ends = after.is_empty() || after.starts_with([':', '\n', '\r']);
    (ends && name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_'))
        .then_some((name, after))
}
