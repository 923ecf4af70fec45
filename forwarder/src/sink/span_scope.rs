//! Choice of the invocations whose spans are sent.

use tailwater_parser::line::Segment;

/// Invocations whose spans are sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SpanScope {
    /// All invocations.
    #[default]
    All,
    /// All but those whose trace X-Ray does not record.
    Recorded,
}

impl SpanScope {
    /// All values, by the words of the setting.
    pub const WORDS: &[(&str, Self)] = &[("all", Self::All), ("recorded", Self::Recorded)];

    /// The words of the setting.
    pub const NAMES: &[&str] = &["all", "recorded"];

    /// True if the span of an invocation with this segment is sent.
    #[must_use]
    pub fn includes(self, segment: Option<&Segment>) -> bool {
        let is_dropped = segment.is_some_and(|segment| segment.recorded == Some(false));
        match self {
            Self::All => true,
            Self::Recorded => !is_dropped,
        }
    }
}
