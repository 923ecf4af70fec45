//! Log events of a run, as CloudWatch stores them, in the formats of platform, runtimes and libraries.

mod app_json;
mod app_text;
mod failure;
mod platform_json;
mod platform_text;
mod structured;

use std::time::Duration;

use crate::{
    app_log::{Statement, TimedStatement},
    model::{Environment, LogFormat, Run},
    timestamp::Timestamp,
};

/// Log event without an id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEvent {
    /// Time of writing.
    pub time: Timestamp,
    /// Message, with the trailing newline that most lines have.
    pub message: String,
}

/// Run with its environment: the input from which every log line is formatted.
#[derive(Clone, Copy)]
pub(crate) struct RunContext<'a> {
    pub(crate) environment: &'a Environment,
    pub(crate) run: &'a Run,
    /// Position of the run in its environment. If it is the first, the lines of the initialization precede it.
    pub(crate) position: Position,
}

/// Position of a run in its environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Position {
    First,
    Later,
}

/// Writes all events of a run, in CloudWatch's order.
pub(crate) fn write_run(ctx: RunContext<'_>, app_log: &[TimedStatement]) -> Vec<LogEvent> {
    let mut events = Vec::with_capacity(app_log.len() + 6);
    match ctx.environment.function.log_format {
        LogFormat::Text => platform_text::before_handler(ctx, &mut events),
        LogFormat::Json(level) => platform_json::before_handler(ctx, level, &mut events),
    }
    events.extend(app_log.iter().map(|timed| format_statement(ctx, timed)));
    failure::write_failure(ctx, &mut events);
    match ctx.environment.function.log_format {
        LogFormat::Text => platform_text::after_handler(ctx, &mut events),
        LogFormat::Json(level) => platform_json::after_handler(ctx, level, &mut events),
    }
    events
}

/// Formats a statement as this function's runtime or library does. Its time is at most the end of the run.
fn format_statement(ctx: RunContext<'_>, timed: &TimedStatement) -> LogEvent {
    let time = ctx.run.started.after(timed.offset.min(ctx.run.duration));
    let message = match &timed.statement {
        Statement::Logged(level, message) => match ctx.environment.function.log_format {
            LogFormat::Text => app_text::format_line(ctx, time, *level, message),
            LogFormat::Json(_) => app_json::format_line(ctx, time, *level, message),
        },
        Statement::Printed(line) => format!("{line}\n"),
        Statement::Structured(library, level, message, fields) => {
            structured::line(ctx, time, *library, (*level, message), fields)
        }
        Statement::DoubleEncoded(library, level, message, fields) => {
            let inner = structured::line(ctx, time, *library, (*level, message), fields);
            app_json::format_line(ctx, time, *level, inner.trim_end())
        }
        Statement::Metrics(metrics) => structured::metrics(ctx, time, metrics),
    };
    LogEvent { time, message }
}

/// Formats a duration as milliseconds with two decimals, as in text lines.
fn ms_with_two_decimals(span: Duration) -> String {
    format!("{}.{:02}", span.as_millis(), span.subsec_micros() % 1000 / 10)
}

/// Formats a duration as milliseconds with up to three decimals and no trailing zeros, as in JSON records.
fn json_ms(span: Duration) -> String {
    let text = format!("{}.{:03}", span.as_millis(), span.subsec_micros() % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests;
