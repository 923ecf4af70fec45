//! Go: the standard logger, and a runtime that stops.

use super::{App, Dialect, FailureSign};
use crate::{level::Level, line::Line};

/// Reads `2023/11/04 10:00:00 <message>`, the standard logger's default, with or without microseconds.
pub(in crate::line) fn logged(text: &str) -> Option<Line<'_>> {
    const SHAPE: &[u8] = b"0000/00/00 00:00:00";
    let (seconds, rest) = text.split_at_checked(SHAPE.len())?;
    let fits = seconds.bytes().zip(SHAPE).all(|(byte, shape)| match shape {
        b'0' => byte.is_ascii_digit(),
        separator => byte == *separator,
    });
    let fraction =
        rest.len() - rest.trim_start_matches(|next: char| next == '.' || next.is_ascii_digit()).len();
    let (timestamp, rest) = text.split_at_checked(SHAPE.len() + fraction)?;
    let message = rest.strip_prefix(' ').filter(|_| fits)?;
    Some(Line::App(App { timestamp: Some(timestamp), ..App::of(Dialect::Go, message) }))
}

/// Reads the runtime's own last words: a panic that nothing recovered, or that memory ran out.
pub(in crate::line) fn crash(text: &str) -> Option<Line<'_>> {
    let sign = if text.starts_with("fatal error: runtime: out of memory") {
        FailureSign::OutOfMemory
    } else if text.starts_with("panic: ") {
        FailureSign::Unhandled
    } else {
        return None;
    };
    Some(Line::App(App { level: Some(Level::Fatal), sign: Some(sign), ..App::of(Dialect::Go, text) }))
}
