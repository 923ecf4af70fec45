//! What a line looks like that no format knows.

use tailwater_parser::{
    Line,
    line::{App, Dialect},
};

/// What a line looks like that no format knows. It says nothing of what is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnknownShape {
    /// Nothing else: most functions print such lines.
    Text,
    /// It begins like JSON.
    Json,
    /// It begins like a line of Lambda's own: its format may have changed.
    Platform,
    /// JSON of Lambda's own, of a type that is new.
    PlatformEvent,
}

/// How Lambda's own lines begin.
const PLATFORM_WORDS: [&str; 9] =
    ["REPORT ", "START ", "END ", "INIT_", "RESTORE_", "EXTENSION\t", "TELEMETRY\t", "LOGS\t", "RequestId: "];

impl UnknownShape {
    /// All there are, in the order of their numbers.
    pub const ALL: [Self; 4] = [Self::Text, Self::Json, Self::Platform, Self::PlatformEvent];

    /// As metrics call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Platform => "platform",
            Self::PlatformEvent => "platform_event",
        }
    }

    /// Of a line that was read from `message`; `None` when a format knew it.
    #[must_use]
    pub fn of(line: &Line<'_>, message: &str) -> Option<Self> {
        if matches!(line, Line::OtherPlatform(_)) {
            return Some(Self::PlatformEvent);
        }
        matches!(line, Line::App(App { dialect: Dialect::Text, .. })).then(|| Self::of_text(message))
    }

    fn of_text(message: &str) -> Self {
        match message.as_bytes().first() {
            Some(b'{') => Self::Json,
            Some(b'A'..=b'Z') if PLATFORM_WORDS.iter().any(|word| message.starts_with(word)) => {
                Self::Platform
            }
            Some(_) | None => Self::Text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(message: &str, expected: Option<UnknownShape>) {
        assert_eq!(UnknownShape::of(&tailwater_parser::line::parse(message), message), expected, "{message}");
    }

    #[test]
    fn what_a_format_knows_is_not_unknown() {
        check("START RequestId: a Version: 1", None);
        check(r#"{"level":"INFO"}"#, None);
        check("[INFO]\t2026-03-04T10:00:00.123Z\ta\thello", None);
    }

    #[test]
    fn what_none_knows_is_told_by_how_it_begins() {
        check("hello", Some(UnknownShape::Text));
        check("", Some(UnknownShape::Text));
        check("{hello", Some(UnknownShape::Json));
        check("REPORT of the year", Some(UnknownShape::Platform));
        check(
            r#"{"time":"2026-03-04T10:00:00.123Z","type":"platform.new","record":{}}"#,
            Some(UnknownShape::PlatformEvent),
        );
    }
}
