//! Detection of error lines in a block, and their titles, by which they are grouped.

mod title;

use tailwater_parser::{Level, Record, UnixMillis, decode::Part};

use super::events::Events;

/// Log event of a block that reports an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    /// Index of the event in the block.
    pub(super) index: usize,
    /// Timestamp of the event.
    pub(super) time: UnixMillis,
    /// Error text in which numbers and ids are replaced by `*`.
    pub(super) title: String,
}

/// Finds the events of level ERROR or FATAL. Lines of the Lambda platform are left out, because they repeat
/// an error that the runtime or the function logged.
pub(super) fn find(events: &Events) -> Vec<Problem> {
    let problems =
        events.iter().enumerate().filter(|(_, event)| is_problem(event.level, event.part, event.kind));
    problems
        .map(|(index, event)| Problem { index, time: event.time, title: title::of(event.message) })
        .collect()
}

/// Returns the title of the error that a record reports, as the store groups errors; `None` if it reports none.
pub(crate) fn error_title(record: &Record<'_>) -> Option<String> {
    is_problem(record.level, record.part, record.line.kind()).then(|| title::of(record.message))
}

fn is_problem(level: Option<Level>, part: Part, kind: &str) -> bool {
    level >= Some(Level::Error)
        && part.is_first()
        && !matches!(kind, "report" | "platform" | "init_report" | "restore_report" | "end")
}
