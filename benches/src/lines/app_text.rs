//! Lines of each runtime's own logger in text format.

use super::RunContext;
use crate::{app_log::Level, model::Runtime, timestamp::Timestamp};

/// Formats a line of the runtime's own logger.
pub(super) fn format_line(ctx: RunContext<'_>, time: Timestamp, level: Level, message: &str) -> String {
    let id = &ctx.run.request_id;
    match ctx.environment.function.runtime {
        Runtime::Node => format!("{}\t{id}\t{}\t{message}\n", time.iso(), level.upper()),
        Runtime::Python => format!("[{}]\t{}\t{id}\t{message}\n", level.python(), time.iso()),
        Runtime::Java => format!("[{}] {message}\n", level.upper()),
        Runtime::DotNet => format!("{}\t{id}\t{}\t{message}\n", time.iso(), dotnet(level)),
        Runtime::Ruby => ruby(id, time, level, message),
        Runtime::Go => format!("{} {message}\n", time.iso_second().replace('-', "/").replace('T', " ")),
        Runtime::Rust => format!("{} {:>5} {message}\n", time.iso(), level.upper()),
    }
}

/// Formats a line of Ruby's `Logger`: `I, [2026-03-04T10:00:00.123456 #8 request-id]  INFO -- : message`.
fn ruby(id: &str, time: Timestamp, level: Level, message: &str) -> String {
    let word = level.upper();
    let initial = word.get(..1).unwrap_or_default();
    format!("{initial}, [{}.{:03}000 #8 {id}] {word:>5} -- : {message}\n", time.iso_second(), time.0 % 1000)
}

fn dotnet(level: Level) -> &'static str {
    match level {
        Level::Debug => "dbug",
        Level::Info => "info",
        Level::Warn => "warn",
        Level::Error => "fail",
    }
}
