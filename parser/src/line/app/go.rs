//! Go: the standard logger, and crash reports of the runtime.

use super::{App, Dialect, RuntimeFailure, inner::prefer_inner, layout::level_in_capitals};
use crate::{level::Level, line::Line};

/// Parses `2023/11/04 10:00:00 <message>`, the default of the standard logger, with or without a fraction.
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
    let mut app = App { timestamp: Some(timestamp), ..App::of(Dialect::Go, message) };
    prefer_inner(&mut app);
    app.level = app.level.or_else(|| level_in_capitals(message));
    Some(Line::App(app))
}

/// Parses a crash report of the runtime: a panic that was not recovered, or out of memory.
pub(in crate::line) fn crash(text: &str) -> Option<Line<'_>> {
    let failure = if text.starts_with("fatal error: runtime: out of memory") {
        RuntimeFailure::OutOfMemory
    } else if text.starts_with("panic: ") {
        RuntimeFailure::Unhandled
    } else {
        return None;
    };
    Some(Line::App(App { level: Some(Level::Fatal), failure: Some(failure), ..App::of(Dialect::Go, text) }))
}
