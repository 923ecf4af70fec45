//! Id, time and log format of the event that a line comes from.

use crate::{record::EventId, units::UnixMillis};

/// Id, time and log format of an event.
#[derive(Clone, Copy, Debug)]
pub(super) struct EventMeta<'a> {
    pub(super) event_id: EventId<'a>,
    pub(super) time: UnixMillis,
    pub(super) format: LogFormat,
}

/// Log format of a function (Lambda's setting `LogFormat`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LogFormat {
    Text,
    Json,
}

impl LogFormat {
    /// Detects the format of the platform's lines; lines that the function writes may begin in any way.
    pub(super) fn detect(message: &str) -> Self {
        if message.starts_with('{') { Self::Json } else { Self::Text }
    }
}
