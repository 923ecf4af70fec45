//! .NET: `<time>\t<request id>\t<four-letter level>\t<message>`, and out-of-memory reports of the runtime.

use std::borrow::Cow;

use super::{App, Dialect, prefix::Prefix};
use crate::{level::Level, line::Line};

/// Parses a console line, to which the runtime adds a prefix with the level.
pub(in crate::line) fn console(text: &str) -> Option<Line<'_>> {
    let prefix = Prefix::read(text)?;
    let is_level = matches!(prefix.level, "trce" | "dbug" | "info" | "warn" | "fail" | "crit");
    let level = Level::read(prefix.level).filter(|_| is_level)?;
    Some(Line::App(App {
        level: Some(level),
        request_id: prefix.request_id.map(Cow::Borrowed),
        timestamp: Some(prefix.timestamp),
        ..App::of(Dialect::DotNet, prefix.message)
    }))
}

/// Parses `Unhandled exception. System.OutOfMemoryException: …`, with or without the first two words.
pub(in crate::line) fn out_of_memory(text: &str) -> Option<Line<'_>> {
    const TYPE: &str = "System.OutOfMemoryException";
    let after = match text.strip_prefix("Unhandled exception. ") {
        Some(error) => error.strip_prefix(TYPE)?,
        None => text.strip_prefix(TYPE).filter(|after| after.starts_with(':'))?,
    };
    let is_whole_name = !after.starts_with(|next: char| next.is_alphanumeric());
    is_whole_name.then(|| Line::App(App::uncaught(Dialect::DotNet, text, TYPE)))
}
