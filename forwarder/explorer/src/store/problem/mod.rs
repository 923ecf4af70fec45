//! Detection of error lines in a block, and their titles, by which they are grouped.

mod title;

use tailwater_parser::{Level, UnixMillis};

use super::events::{EventView, Events};

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
    let is_problem = |event: &EventView<'_>| {
        event.level >= Some(Level::Error)
            && event.part.is_first()
            && !matches!(event.kind, "report" | "platform" | "init_report" | "restore_report" | "end")
    };
    let problems = events.iter().enumerate().filter(|(_, event)| is_problem(event));
    problems
        .map(|(index, event)| Problem { index, time: event.time, title: title::of(event.message) })
        .collect()
}
