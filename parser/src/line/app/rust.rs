//! Rust: the first line of a panic, which the standard library writes to standard error.

use super::{App, Dialect};
use crate::{level::Level, line::Line};

/// Parses `thread 'main' panicked at src/main.rs:12:5:`.
pub(in crate::line) fn panic(text: &str) -> Option<Line<'_>> {
    is_panic(text).then(|| Line::App(App { level: Some(Level::Fatal), ..App::of(Dialect::Text, text) }))
}

/// True for the first line of a Rust panic.
#[must_use]
pub fn is_panic(text: &str) -> bool {
    let thread = text.strip_prefix("thread '").and_then(|rest| rest.split_once('\''));
    thread.is_some_and(|(_, rest)| {
        // Since Rust 1.91 the id of the thread is in between.
        let rest = rest.strip_prefix(" (").and_then(|id| id.split_once(')')).map_or(rest, |(_, rest)| rest);
        rest.starts_with(" panicked at ")
    })
}
