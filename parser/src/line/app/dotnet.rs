//! .NET: `<time>\t<request id>\t<four-letter level>\t<message>`, and crash reports of the virtual machine.

use std::borrow::Cow;

use super::{App, Dialect, RuntimeFailure, inner::prefer_inner, prefix::Prefix};
use crate::{level::Level, line::Line};

/// Parses a console line, to which the runtime adds a prefix with the level.
///
/// The runtime writes an exception that the handler did not catch at level `fail`. The function can log an exception so
/// too.
pub(in crate::line) fn console(text: &str) -> Option<Line<'_>> {
    let prefix = Prefix::read(text)?;
    let is_level = matches!(prefix.level, "trce" | "dbug" | "info" | "warn" | "fail" | "crit");
    let level = Level::read(prefix.level).filter(|_| is_level)?;
    let exception = if level >= Level::Error { exception_type(prefix.message) } else { None };
    let mut app = App {
        level: Some(level),
        request_id: prefix.request_id.map(Cow::Borrowed),
        timestamp: Some(prefix.timestamp),
        error_type: exception.map(Cow::Borrowed),
        failure: exception.map(|_| RuntimeFailure::UnhandledIfLast),
        ..App::of(Dialect::DotNet, prefix.message)
    };
    prefer_inner(&mut app);
    Some(Line::App(app))
}

/// Type of the exception with which a message begins: `System.FormatException: <message>` and the stack.
fn exception_type(message: &str) -> Option<&str> {
    let in_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'+' | b'`');
    let end = message.bytes().position(|byte| !in_name(byte)).unwrap_or(message.len());
    let (name, after) = message.split_at_checked(end)?;
    let ends = after.is_empty() || after.starts_with([':', '\n', '\r']);
    let is_exception = name.ends_with("Exception") || (name.contains('.') && after.contains("   at "));
    Some(name)
        .filter(|name| ends && is_exception && name.starts_with(|first: char| first.is_ascii_alphabetic()))
}

/// Parses the report of the virtual machine about an exception that ended the process, `Unhandled exception.
/// System.ArgumentException: …`. For `System.OutOfMemoryException`, the first two words may be missing.
pub(in crate::line) fn crash(text: &str) -> Option<Line<'_>> {
    const OUT_OF_MEMORY: &str = "System.OutOfMemoryException:";
    let error_type = match text.strip_prefix("Unhandled exception. ") {
        Some(error) => exception_type(error),
        None => text.starts_with(OUT_OF_MEMORY).then(|| exception_type(text))?,
    }?;
    Some(Line::App(App::uncaught(Dialect::DotNet, text, error_type)))
}
