//! Collection of what the insight needs of each log line.

use tailwater_parser::{Line, Origin, UnixMillis, line::correlation::Scanner};

use super::{
    fields::FieldCollector,
    insight::Dimension,
    logs::{Depth, LevelClass, LogCosts, LogLine},
};

/// Log event with the members that the insight needs.
#[derive(Clone, Copy, Debug)]
pub struct SeenLine<'a> {
    /// Origin of the event.
    pub origin: &'a Origin,
    /// Time of the event.
    pub time: UnixMillis,
    /// Name of the line's type in records.
    pub kind: &'a str,
    /// Log level.
    pub level: Option<tailwater_parser::Level>,
    /// Request id of the run that the line belongs to.
    pub request_id: Option<&'a str>,
    /// Message as logged.
    pub message: &'a str,
    /// Number of events: 0 for a later part of a message that was split.
    pub events: u64,
    /// Bytes of the messages as delivered.
    pub bytes: u64,
}

/// Collection of what the insight needs of each log line, with the same dimensions in all that are merged. The result does not depend on the order of the lines, nor on how
/// they are spread over collections that are merged.
#[derive(Debug)]
pub struct LineCollector {
    pub(super) logs: LogCosts,
    pub(super) fields: Vec<FieldCollector>,
    /// Finder of the correlation ids in lines; `None` if requests are not shown.
    pub(super) scanner: Option<Scanner>,
}

impl LineCollector {
    /// Creates an empty collection. Values are collected for the dimensions that need lines.
    #[must_use]
    pub fn new(depth: Depth, dimensions: &[Dimension]) -> Self {
        Self {
            logs: LogCosts::new(depth),
            fields: dimensions.iter().filter_map(FieldCollector::new).collect(),
            scanner: None,
        }
    }

    /// Sets the finder of the correlation ids by which requests are linked.
    #[must_use]
    pub fn with_scanner(self, scanner: Scanner) -> Self {
        Self { scanner: Some(scanner), ..self }
    }

    /// True if [`Self::add`] needs the parsed lines.
    #[must_use]
    pub fn needs_parsed(&self) -> bool {
        self.logs.needs_lines()
    }

    /// Adds a log event. `parsed` is not looked at unless [`Self::needs_parsed`].
    #[inline]
    pub fn add(&mut self, line: &SeenLine<'_>, parsed: &Line<'_>) {
        let SeenLine { origin, time, message, events, bytes, .. } = *line;
        let class = LevelClass::of(line.kind, line.level);
        self.logs.add(&LogLine { origin, time, message, class, events, bytes }, parsed);
        for field in &mut self.fields {
            field.add(line);
        }
    }

    /// Adds all lines of another collection.
    pub fn merge(&mut self, other: Self) {
        self.logs.merge(other.logs);
        self.fields.iter_mut().zip(other.fields).for_each(|(ours, theirs)| ours.merge(theirs));
    }
}
