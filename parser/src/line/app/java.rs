//! Java: `[LEVEL] <message>`, and out-of-memory reports of the virtual machine or of Lambda's runtime.

use super::{App, Dialect};
use crate::{level::Level, line::Line};

/// Parses a line of the `LambdaLogger` with a level.
pub(in crate::line) fn logged(text: &str) -> Option<Line<'_>> {
    let (level, message) = text.strip_prefix('[')?.split_once("] ")?;
    let is_level = matches!(level, "TRACE" | "DEBUG" | "INFO" | "WARN" | "ERROR" | "FATAL");
    let level = Level::read(level).filter(|_| is_level)?;
    Some(Line::App(App { level: Some(level), ..App::of(Dialect::Java, message) }))
}

const OUT_OF_MEMORY: &str = "java.lang.OutOfMemoryError";

/// Parses a text that begins with `java.lang.OutOfMemoryError`, with `Exception in thread "…" ` before it, or with
/// Lambda's summary `<message>: java.lang.OutOfMemoryError` in the line above it.
pub(in crate::line) fn out_of_memory(text: &str) -> Option<Line<'_>> {
    let error = match text.strip_prefix("Exception in thread \"") {
        Some(thread) => thread.split_once("\" ")?.1,
        None => below_summary(text).unwrap_or(text),
    };
    let after = error.strip_prefix(OUT_OF_MEMORY)?;
    let is_whole_name = after.is_empty() || after.starts_with([':', '\n', '\r']);
    is_whole_name.then(|| Line::App(App::uncaught(Dialect::Java, text, OUT_OF_MEMORY)))
}

/// Text below the first line, if the first line ends with the error type `java.lang.OutOfMemoryError`.
fn below_summary(text: &str) -> Option<&str> {
    let (summary, below) = text.split_at(memchr::memchr(b'\n', text.as_bytes())?);
    summary.strip_suffix(OUT_OF_MEMORY)?.ends_with(": ").then(|| below.trim_ascii_start())
}
