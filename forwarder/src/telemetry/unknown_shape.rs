//! Shape of log lines in an unknown format.

use tailwater_parser::{
    Line,
    line::{App, Dialect},
};

/// Shape of a log line in an unknown format. It reveals nothing of the content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnknownShape {
    /// Plain text, which most functions print.
    Text,
    /// Text that begins like JSON.
    Json,
    /// Text that begins like a line of Lambda itself. The format of those lines may have changed.
    Platform,
    /// JSON event of Lambda itself, of an unknown type.
    PlatformEvent,
}

/// First words of the lines that Lambda itself logs.
const PLATFORM_WORDS: [&str; 9] =
    ["REPORT ", "START ", "END ", "INIT_", "RESTORE_", "EXTENSION\t", "TELEMETRY\t", "LOGS\t", "RequestId: "];

impl UnknownShape {
    /// All shapes, in the order in which they are counted.
    pub const ALL: [Self; 4] = [Self::Text, Self::Json, Self::Platform, Self::PlatformEvent];

    /// Returns the name of the shape in metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Platform => "platform",
            Self::PlatformEvent => "platform_event",
        }
    }

    /// Returns the shape of a log line, parsed from `message`; `None` if its format is known.
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
    fn known_formats_have_no_shape() {
        check("START RequestId: a Version: 1", None);
        check(r#"{"level":"INFO"}"#, None);
        check("[INFO]\t2026-03-04T10:00:00.123Z\ta\thello", None);
    }

    #[test]
    fn unknown_line_is_classified_by_its_beginning() {
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
