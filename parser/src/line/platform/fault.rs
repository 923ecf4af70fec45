//! Parsers for failures that the platform reports in a line of its own: timeout, crash, a runtime that cannot start.

use std::time::Duration;

use super::{Fault, FaultKind, Status};
use crate::{
    line::{
        Line,
        field::{Fields, non_empty, seconds, word},
    },
    timestamp,
};

/// Parses `<time> <request id> Task timed out after <n> seconds`. It must be the whole line; else a function quotes it.
pub(in crate::line) fn timeout(text: &str) -> Option<Line<'_>> {
    let (_, rest) = timestamp::read(text)?;
    let (request_id, rest) = word(rest.strip_prefix(' ')?)?;
    let message = rest.strip_prefix(' ')?.trim_ascii_end();
    let limit = message.strip_prefix("Task timed out after ")?.strip_suffix(" seconds")?;
    let kind = FaultKind::Timeout(seconds(limit)?);
    Some(Line::Fault(Fault { request_id: Some(request_id), kind, error_type: None, message }))
}

/// Parses lines that begin with `RequestId: <id>`: crashes, the exit of old runtimes, the status of Managed Instances.
pub(in crate::line) fn exit(text: &str) -> Option<Line<'_>> {
    let (request_id, rest) = word(text.strip_prefix("RequestId: ")?)?;
    let fault = crash(rest, "\n").or_else(|| early_exit(rest)).or_else(|| status(rest))?;
    Some(Line::Fault(Fault { request_id: Some(request_id), ..fault }))
}

/// Parses the text of a `platform.fault` record, with its JSON escapes.
pub(super) fn escaped(raw: &str) -> Option<Line<'_>> {
    let (request_id, rest) = word(raw.strip_prefix("RequestId: ")?)?;
    Some(Line::Fault(Fault { request_id: Some(request_id), ..crash(rest, r"\n")? }))
}

/// Parses ` Error: <message>\n<error type>\n`. In a copy, the line break may have become a space, or have been doubled.
/// Only the platform's own messages may lack the type.
fn crash<'a>(text: &'a str, line_break: &str) -> Option<Fault<'a>> {
    let text = text.strip_prefix(" Error: ")?;
    let (message, rest) = text.split_once(line_break).unwrap_or((text, ""));
    let (message, rest) = (message.trim_ascii_end(), skip_blank(rest, line_break));
    let (error_type, after) = rest.split_once(line_break).unwrap_or((rest, ""));
    let error_type = Some(error_type.trim_ascii()).filter(|name| is_error_type(name));
    let is_over = skip_blank(after, line_break).is_empty();
    let (message, error_type) =
        if rest.is_empty() { split_flattened(message) } else { (message, error_type) };
    let fits = is_over && (error_type.is_some() || (rest.is_empty() && is_of_platform(message)));
    let kind = if message.ends_with("signal: killed") { FaultKind::Killed } else { FaultKind::Exited };
    fits.then_some(Fault { request_id: None, kind, error_type, message })
}

/// Text after the line breaks and other white space at its beginning.
fn skip_blank<'a>(text: &'a str, line_break: &str) -> &'a str {
    let mut rest = text.trim_ascii_start();
    while let Some(after) = rest.strip_prefix(line_break) {
        rest = after.trim_ascii_start();
    }
    rest
}

/// Splits off an error type of the platform behind the last space of a message.
fn split_flattened(message: &str) -> (&str, Option<&str>) {
    let is_type = |name: &str| {
        let family = name.split_once('.').map(|(family, _)| family);
        matches!(family, Some("Runtime" | "Extension" | "Function" | "Sandbox"))
            || matches!(name, "PermissionDenied" | "TooManyExtensions")
    };
    let parts = message.rsplit_once(' ').filter(|(_, name)| is_type(name) && is_error_type(name));
    parts.map_or((message, None), |(message, error_type)| (message.trim_ascii_end(), Some(error_type)))
}

/// True for a message that only the platform writes after `Error: `.
fn is_of_platform(message: &str) -> bool {
    const MESSAGES: [&str; 6] = [
        "Runtime exited ",
        "Runtime failed to start",
        "Couldn't find valid bootstrap",
        "fork/exec ",
        "exit code ",
        "exit status ",
    ];
    MESSAGES.iter().any(|begin| message.starts_with(begin))
}

/// True for a name such as `Runtime.ExitError` or `PermissionDenied`.
fn is_error_type(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.')
}

/// Parses the exit message of runtimes before 2019.
fn early_exit(text: &str) -> Option<Fault<'_>> {
    let message = text.trim_ascii();
    let fits = message == "Process exited before completing request";
    fits.then_some(Fault { request_id: None, kind: FaultKind::Exited, error_type: None, message })
}

/// Parses `\tStatus: <status>\tErrorType: <type>`, as written by the emulator of Managed Instances.
fn status(text: &str) -> Option<Fault<'_>> {
    let message = text.trim_ascii();
    let mut fields = Fields::of(message);
    let (_, status) = fields.next().filter(|(key, _)| *key == "Status")?;
    let (_, error_type) = fields.next().filter(|(key, _)| *key == "ErrorType")?;
    let kind = match Status::read(status) {
        // The line does not contain the timeout.
        Status::Timeout => FaultKind::Timeout(Duration::ZERO),
        Status::Success | Status::Failure | Status::Error | Status::Unknown => FaultKind::Exited,
    };
    let error_type = non_empty(error_type);
    fields.next().is_none().then_some(Fault { request_id: None, kind, error_type, message })
}
