//! Python: `[LEVEL]\t<time>\t<request id>\t<message>`, and errors that the runtime reports.

use std::borrow::Cow;

use super::{
    App, Dialect, FailureSign,
    prefix::{known, split_timestamp},
};
use crate::{level::Level, line::Line};

/// Reads a line of the logging module under the runtime's own formatter.
///
/// The runtime warns in this form as well (`LAMBDA_WARNING: Unhandled exception. …`), without a request id. That is
/// no sign of a failed invocation: it speaks of INIT, and the error itself follows.
pub(in crate::line) fn logged(text: &str) -> Option<Line<'_>> {
    let (level, rest) = text.strip_prefix('[')?.split_once(']')?;
    let (timestamp, rest) = split_timestamp(rest.strip_prefix('\t')?)?;
    let (request_id, message) = rest.strip_prefix('\t')?.split_once('\t')?;
    Some(Line::App(App {
        level: Level::read(level),
        request_id: known(request_id).map(Cow::Borrowed),
        timestamp: Some(timestamp),
        ..App::of(Dialect::Python, message)
    }))
}

/// Reads `[ERROR] <type>: <message>\nTraceback (most recent call last):\n…`: nothing caught it.
///
/// Java's logger writes `[ERROR] <message>` too; the traceback tells them apart, and so do the types that only
/// Lambda's runtimes have. A `MemoryError` may leave no room for a traceback.
pub(in crate::line) fn uncaught(text: &str) -> Option<Line<'_>> {
    const TRACEBACK: &str = "Traceback (most recent call last):";
    let message = text.strip_prefix("[ERROR] ")?;
    let (error_type, behind) = split_type(message)?;
    let is_own_type =
        error_type.starts_with("Runtime.") || FailureSign::of(error_type) == FailureSign::OutOfMemory;
    let has_traceback = || behind.split(['\n', '\r']).skip(1).any(|line| line.starts_with(TRACEBACK));
    let fits = (is_own_type && !error_type.starts_with("java.")) || has_traceback();
    fits.then(|| Line::App(App { message, ..App::uncaught(Dialect::Python, message, error_type) }))
}

/// A Python name with nothing, a colon or a line break behind it.
fn split_type(text: &str) -> Option<(&str, &str)> {
    let in_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.');
    let end = text.bytes().position(|byte| !in_name(byte)).unwrap_or(text.len());
    let (name, behind) = text.split_at_checked(end)?;
    let ends = behind.is_empty() || behind.starts_with([':', '\n', '\r']);
    (ends && name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_'))
        .then_some((name, behind))
}
