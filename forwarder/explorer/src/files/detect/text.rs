//! Detection of formats that consist of text lines.

use super::{Head, TextPolicy, column_titles};
use crate::files::{
    awslogs,
    boundary::EventStart,
    csv::Column,
    export,
    format::InputFormat,
    rows::{self, is_runtime_line},
    table, tail,
};

/// Number of lines before the first event that are looked past, such as the command that printed the events.
const MAX_LINES_BEFORE: usize = 20;

/// Format in which every event begins with columns, and the function that parses them.
type PrefixFormat = (InputFormat, fn(&str) -> Option<EventStart<'_>>);

/// Formats with columns before each message. A later one accepts lines of those before it.
const PREFIX_FORMATS: [PrefixFormat; 6] = [
    (InputFormat::SamLogs, tail::sam),
    (InputFormat::Awslogs, awslogs::awslogs),
    (InputFormat::Saw, awslogs::saw),
    (InputFormat::TailDetailed, tail::detailed),
    (InputFormat::TailShort, tail::short),
    (InputFormat::Export, export::event_start),
];

/// Detects CSV by its column titles.
pub(super) fn csv(head: &Head<'_>) -> Option<InputFormat> {
    let has =
        |column| column_titles(head.first_line).any(|title| Column::from_title(title.as_bytes()) == column);
    let is_insights = column_titles(head.first_line).any(|title| title.starts_with('@'));
    match (has(Column::Message), is_insights, has(Column::Time)) {
        (true, true, _) => Some(InputFormat::InsightsCsv),
        (true, false, true) => Some(InputFormat::ConsoleCsv),
        (true, false, false) | (false, _, _) => None,
    }
}

/// Detects a table of log events by its header, perhaps below the query or other text.
pub(super) fn table(head: &Head<'_>) -> Option<InputFormat> {
    let mut lines = head.lines().take_while(|line| !is_runtime_line(line));
    lines.find_map(table::Header::read).map(|_| InputFormat::Table)
}

/// Detects lines with a time, a log stream or a log group before the message.
///
/// The first line decides. If it has no such columns, it may be a part of an event, or not belong to the events: then the
/// first line decides that has columns before a line of Lambda or a runtime.
pub(super) fn prefixed_lines(head: &Head<'_>) -> Option<InputFormat> {
    let found = format_of(head.first_line).or_else(|| {
        let lines = head.lines().take(MAX_LINES_BEFORE).take_while(|line| !is_runtime_line(line));
        lines.filter(|line| has_runtime_message(line)).find_map(format_of)
    });
    let are_rows = match found {
        Some(InputFormat::TailDetailed) => {
            rows::are_rows(head.lines().filter(|line| tail::detailed(line).is_some()))
        }
        Some(InputFormat::TailShort | InputFormat::Export) => {
            has_bar_or_nothing(head.first_line) && rows::are_rows(head.lines())
        }
        Some(_) => false,
        None => rows::are_rows(head.lines()),
    };
    if are_rows { Some(InputFormat::Rows) } else { found }
}

/// True if after the columns of the line comes a vertical bar, or no message.
fn has_bar_or_nothing(line: &str) -> bool {
    event_start(line).is_some_and(|start| start.message.trim().is_empty() || start.message.starts_with('|'))
}

fn has_runtime_message(line: &str) -> bool {
    event_start(line).is_some_and(|start| is_runtime_line(start.message))
}

fn event_start(line: &str) -> Option<EventStart<'_>> {
    PREFIX_FORMATS.iter().find_map(|(_, event_start)| event_start(line))
}

fn format_of(line: &str) -> Option<InputFormat> {
    PREFIX_FORMATS.iter().find(|(_, event_start)| event_start(line).is_some()).map(|(format, _)| *format)
}

/// Detects plain output of a function: text with a line of Lambda or a runtime, or any text if the user named the
/// function.
pub(super) fn text_output(head: &Head<'_>) -> Option<InputFormat> {
    head.members.is_empty().then_some(())?;
    let accepted = match head.text_policy {
        TextPolicy::AcceptAny => true,
        TextPolicy::RequireEvidence => head.lines().any(super::is_log_line),
    };
    // The result of a query without messages holds no log events.
    (accepted && !is_query_result(head.first_line)).then_some(InputFormat::Plain)
}

fn is_query_result(line: &str) -> bool {
    column_titles(line).any(|title| title.starts_with('@') && title.len() > 1 && !title.contains(' '))
}
