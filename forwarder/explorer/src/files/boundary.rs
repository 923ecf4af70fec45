//! Event boundaries in formats that consist of text lines: the rule that decides which lines start an event.

use tailwater_parser::UnixMillis;

/// First line of an event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct EventStart<'l> {
    pub(super) time: Option<UnixMillis>,
    /// Log group named by the line; empty if the line does not name one.
    pub(super) log_group: &'l str,
    /// Log stream named by the line; empty if the line does not name one.
    pub(super) log_stream: &'l str,
    /// Rest of the line after time and stream, including its line feed.
    pub(super) message: &'l str,
}

/// Decides which lines start an event.
pub(super) trait EventBoundary {
    /// Returns the event that `line` starts, or `None` if the line continues the event before.
    fn event_start<'l>(&mut self, line: &'l str) -> Option<EventStart<'l>>;

    /// Returns the part of a line that belongs to the message of the event before. The default is the whole line.
    fn continuation<'l>(&self, line: &'l str) -> &'l str {
        line
    }

    /// Returns the time in a whole message whose first line has no time. The default is `None`.
    fn message_time(&self, message: &str) -> Option<UnixMillis> {
        let _ = message;
        None
    }
}

/// Boundary of a format in which every event starts with a prefix. The function parses the prefix; it returns
/// `None` for a line without one.
#[derive(Clone, Copy, Debug)]
pub(super) struct PrefixBoundary(pub(super) fn(&str) -> Option<EventStart<'_>>);

impl EventBoundary for PrefixBoundary {
    fn event_start<'l>(&mut self, line: &'l str) -> Option<EventStart<'l>> {
        (self.0)(line)
    }
}
