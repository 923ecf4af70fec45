//! Java: `[LEVEL] <message>`, and out-of-memory reports of the virtual machine or of Lambda's runtime.

use super::{App, Dialect, inner::prefer_inner};
use crate::{level::Level, line::Line};

/// Parses a line of the `LambdaLogger` with a level.
pub(in crate::line) fn logged(text: &str) -> Option<Line<'_>> {
    let (level, message) = text.strip_prefix('[')?.split_once("] ")?;
    let is_level = matches!(level, "TRACE" | "DEBUG" | "INFO" | "WARN" | "ERROR" | "FATAL");
    let level = Level::read(level).filter(|_| is_level)?;
    let mut app = App { level: Some(level), ..App::of(Dialect::Java, message) };
    prefer_inner(&mut app);
    Some(Line::App(app))
}

const OUT_OF_MEMORY: &str = "java.lang.OutOfMemoryError";

/// Parses a text that begins with `java.lang.OutOfMemoryError`, or with `Exception in thread "…" ` before it.
pub(in crate::line) fn out_of_memory(text: &str) -> Option<Line<'_>> {
    let error = match text.strip_prefix("Exception in thread \"") {
        Some(thread) => thread.split_once("\" ")?.1,
        None => text,
    };
    let after = error.strip_prefix(OUT_OF_MEMORY)?;
    let is_whole_name = after.is_empty() || after.starts_with([':', '\n', '\r']);
    is_whole_name.then(|| Line::App(App::uncaught(Dialect::Java, text, OUT_OF_MEMORY)))
}
