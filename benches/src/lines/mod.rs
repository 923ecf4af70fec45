//! From a run and what is said during it to the log events that CloudWatch would hold.

mod app_json;
mod app_text;
mod failure;
mod platform_json;
mod platform_text;
mod structured;

use std::time::Duration;

use crate::{
    model::{Environment, Format, Run},
    moment::Moment,
    words::{Said, Words},
};

/// One log event, before CloudWatch gives it an id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEvent {
    /// When it was written.
    pub time: Moment,
    /// What it says, with the trailing newline that most lines have.
    pub message: String,
}

/// A run and where it happens: what every line is written from.
#[derive(Clone, Copy)]
pub(crate) struct Scene<'a> {
    pub(crate) environment: &'a Environment,
    pub(crate) run: &'a Run,
    /// Whether it is the environment's first run: then what happened before any run is told too.
    pub(crate) position: Position,
}

/// Where in its environment's life a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Position {
    First,
    Later,
}

/// All events of a run, in the order in which CloudWatch lists them.
pub(crate) fn write_run(scene: Scene<'_>, script: &[Said]) -> Vec<LogEvent> {
    let mut events = Vec::with_capacity(script.len() + 6);
    match scene.environment.function.format {
        Format::Text => platform_text::before(scene, &mut events),
        Format::Json(level) => platform_json::before(scene, level, &mut events),
    }
    events.extend(script.iter().map(|said| spell(scene, said)));
    failure::write(scene, &mut events);
    match scene.environment.function.format {
        Format::Text => platform_text::after(scene, &mut events),
        Format::Json(level) => platform_json::after(scene, level, &mut events),
    }
    events
}

/// What is said, as this function spells it. Nothing is said after a run has ended.
fn spell(scene: Scene<'_>, said: &Said) -> LogEvent {
    let time = scene.run.started.after(said.after.min(scene.run.duration));
    let message = match &said.words {
        Words::Logged(level, message) => match scene.environment.function.format {
            Format::Text => app_text::logged(scene, time, *level, message),
            Format::Json(_) => app_json::logged(scene, time, *level, message),
        },
        Words::Printed(line) => format!("{line}\n"),
        Words::Structured(library, level, message, fields) => {
            structured::line(scene, time, *library, (*level, message), fields)
        }
        Words::DoubleEncoded(library, level, message, fields) => {
            let inner = structured::line(scene, time, *library, (*level, message), fields);
            app_json::logged(scene, time, *level, inner.trim_end())
        }
        Words::Metrics(metrics) => structured::metrics(scene, time, metrics),
    };
    LogEvent { time, message }
}

/// Milliseconds with two decimals, as text lines show a span.
fn hundredths(span: Duration) -> String {
    format!("{}.{:02}", span.as_millis(), span.subsec_micros() % 1000 / 10)
}

/// Milliseconds as JSON shows a span: up to three decimals, no trailing zeros.
fn number(span: Duration) -> String {
    let text = format!("{}.{:03}", span.as_millis(), span.subsec_micros() % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests;
