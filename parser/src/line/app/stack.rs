//! Stack traces that a function or a runtime prints without a prefix, in Java, .NET and Node.js.

use std::borrow::Cow;

use super::{App, Dialect};
use crate::{level::Level, line::Line};

/// Parses `java.lang.IllegalStateException: no tea`, or `Exception in thread "main" ` before it, above a frame that begins
/// with `at`.
pub(in crate::line) fn printed(text: &str) -> Option<Line<'_>> {
    let (first, below) = text.split_at_checked(memchr::memchr(b'\n', text.as_bytes())?)?;
    let frame = below.trim_start_matches(['\r', '\n']);
    (frame.starts_with([' ', '\t']) && frame.trim_ascii_start().starts_with("at ")).then_some(())?;
    let error = match first.strip_prefix("Exception in thread \"") {
        Some(thread) => thread.split_once("\" ")?.1,
        None => first,
    };
    let in_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'$' | b'+');
    let end = error.bytes().position(|byte| !in_name(byte)).unwrap_or(error.len());
    let (name, after) = error.split_at_checked(end)?;
    let ends = after.trim_ascii_end().is_empty() || after.starts_with(':');
    let is_type = name.ends_with("Error") || name.ends_with("Exception");
    (ends && is_type).then(|| {
        let error_type = Some(Cow::Borrowed(name));
        Line::App(App { level: Some(Level::Error), error_type, ..App::of(Dialect::Text, text) })
    })
}
