//! A line as the calculation of log costs sees it: what it is billed for, and the text that its pattern is of.

use std::borrow::Cow;

use tailwater_parser::{
    Line, Origin, UnixMillis,
    json::{self, Kind},
    line::{App, Dialect},
};

use super::class::LevelClass;

/// Number of bytes of a text that are looked at for its pattern; the rest counts as one part of any content.
const MAX_TEXT: usize = 1024;
/// Greatest number of names of members in a pattern.
const MAX_NAMES: usize = 64;

/// Log event with its parsed line.
#[derive(Clone, Copy, Debug)]
pub struct LogLine<'a> {
    /// Origin of the event.
    pub origin: &'a Origin,
    /// Time of the event.
    pub time: UnixMillis,
    /// Message as logged.
    pub message: &'a str,
    /// Level, or what the line is instead.
    pub class: LevelClass,
    /// Number of events: 0 for a later part of a message that was split.
    pub events: u64,
    /// Bytes of the messages as delivered.
    pub bytes: u64,
}

impl LogLine<'_> {
    /// True if the message is a JSON object, as in Lambda's JSON format.
    pub(super) fn is_json(&self) -> bool {
        is_json(self.message)
    }
}

fn is_json(message: &str) -> bool {
    message.starts_with('{')
}

/// Part of a message that its pattern is of.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum PatternText<'a> {
    /// Message of a platform line: its type.
    Type(&'static str),
    /// Text behind the prefix of the runtime.
    Text(&'a str),
    /// Text of the member `message` or `msg`.
    Member(Cow<'a, str>),
    /// Names of the members of a JSON object without such a text.
    Names(String),
}

impl<'a> PatternText<'a> {
    /// Takes the text out of a line.
    pub(super) fn of(line: &Line<'a>, message: &'a str) -> Self {
        if let Line::App(App { dialect: Dialect::Json, .. }) | Line::Emf(_) = line {
            return json_text(message);
        }
        if let Line::App(app) = line {
            return Self::Text(cut(app.message));
        }
        Self::Type(platform_type(line))
    }

    /// The text itself.
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Type(name) => name,
            Self::Text(text) => text,
            Self::Member(text) => cut(text),
            Self::Names(names) => names,
        }
    }
}

fn cut(text: &str) -> &str {
    text.get(..text.floor_char_boundary(MAX_TEXT)).unwrap_or(text)
}

fn json_text(message: &str) -> PatternText<'_> {
    let (mut text, mut names) = (None, Vec::new());
    let read = json::members(message, |name, value| {
        if matches!(name, "message" | "msg") && text.is_none() {
            text = value.text();
        }
        if names.len() < MAX_NAMES {
            names.push(name);
        }
    });
    match (read, text) {
        (None, _) => PatternText::Text(cut(message)),
        (Some(()), Some(text)) => PatternText::Member(text),
        (Some(()), None) => {
            names.sort_unstable();
            let names = format!("{{{}}}", names.join(", "));
            PatternText::Names(cut(&names).to_owned())
        }
    }
}

/// Type of a platform line.
fn platform_type(line: &Line<'_>) -> &'static str {
    match line {
        Line::InitStart(_) => "INIT_START",
        Line::InitReport(_) => "INIT_REPORT",
        Line::InitRuntimeDone(_) => "platform.initRuntimeDone",
        Line::RestoreStart(_) => "RESTORE_START",
        Line::RestoreReport(_) => "RESTORE_REPORT",
        Line::RestoreRuntimeDone(_) => "platform.restoreRuntimeDone",
        Line::Start(_) => "START",
        Line::RuntimeDone(_) => "platform.runtimeDone",
        Line::End(_) => "END",
        Line::Report(_) => "REPORT",
        Line::Fault(_) => "fault",
        Line::Extension(_) => "EXTENSION",
        Line::Subscription(_) => "TELEMETRY",
        Line::LogsDropped(_) => "platform.logsDropped",
        Line::OtherPlatform(_) | Line::App(_) | Line::Emf(_) => "platform",
    }
}

/// Text of a string member of a JSON line: level, time, request id and message, of which the text format consists.
pub(super) fn text_parts(message: &str) -> Option<[Option<usize>; 4]> {
    let mut lengths = [None; 4];
    json::members(message, |name, value| {
        let place = match name {
            "timestamp" => 0,
            "requestId" | "AWSRequestId" => 1,
            "level" => 2,
            "message" => 3,
            _ => return,
        };
        let Kind::String { .. } = value.kind else { return };
        if let (Some(slot), Some(text)) = (lengths.get_mut(place), value.text()) {
            *slot = Some(text.len());
        }
    })?;
    Some(lengths)
}

#[cfg(test)]
mod tests {
    use tailwater_parser::line;

    use super::*;

    fn check(message: &str, expected: &str) {
        assert_eq!(PatternText::of(&line::parse(message), message).text(), expected, "{message}");
    }

    #[test]
    fn text_is_that_behind_the_prefix_or_in_the_message() {
        let id = "8f5f5a3e-6b1b-4c0e-9d2f-0123456789ab";
        check(&format!("2026-03-04T10:00:00.123Z\t{id}\tDEBUG\tcart 17 loaded\n"), "cart 17 loaded\n");
        check(&format!("[DEBUG]\t2026-03-04T10:00:00.123Z\t{id}\tcart 17 loaded\n"), "cart 17 loaded\n");
        check("cart 17 loaded", "cart 17 loaded");
        check(r#"{"level":"INFO","message":"cart \"17\""}"#, "cart \"17\"");
        check(r#"{"level":30,"msg":"paid","time":1772618400000}"#, "paid");
        check(r#"{"level":"INFO","cart":17,"message":{"a":1}}"#, "{cart, level, message}");
        check(&format!("START RequestId: {id} Version: 41"), "START");
        check(
            &format!(
                r#"{{"time":"2026-03-04T10:00:00Z","type":"platform.start","record":{{"requestId":"{id}"}}}}"#
            ),
            "START",
        );
    }

    #[test]
    fn long_text_is_cut() {
        let message = "é".repeat(2_000);
        assert_eq!(PatternText::of(&line::parse(&message), &message).text().len(), MAX_TEXT);
    }
}
