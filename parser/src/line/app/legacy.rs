//! Errors in the words of runtimes of earlier years, before a REPORT had a status: a handler that cannot be loaded, and
//! an error that the handler did not catch.

use std::borrow::Cow;

use super::{App, Dialect, RuntimeFailure};
use crate::{level::Level, line::Line};

/// Beginning of a message, and a text that must follow it.
const LOAD_ERRORS: [(&str, &str); 16] = [
    // Python and Node.js
    ("Unable to import module '", "':"),
    ("module initialization error", ""),
    ("Syntax error in module '", "'"),
    ("Handler '", "' missing on module '"),
    ("Bad handler '", "'"),
    ("Unable to marshal response", ""),
    ("An error occurred during JSON serialization of response", ""),
    ("An error occurred during unmarshalling", ""),
    // Java
    ("Class not found: ", ""),
    ("Error loading class ", ""),
    ("Error loading method ", ""),
    // .NET
    ("Unable to load type '", "' from assembly '"),
    ("Unable to find method '", "' in type '"),
    ("Could not find the specified handler assembly", ""),
    ("Could not load file or assembly '", "'"),
    // Go
    ("fork/exec /var/task/", ": "),
];

/// Parses the message of a runtime that could not load the handler, or not return its result.
pub(in crate::line) fn load_error(text: &str) -> Option<Line<'_>> {
    let (rest, next) =
        LOAD_ERRORS.iter().find_map(|(begin, next)| Some((text.strip_prefix(begin)?, next)))?;
    let first = rest.lines().next().unwrap_or_default().trim_ascii_end();
    let ends_word = !text.starts_with("module init") || rest.trim_ascii().is_empty() || rest.starts_with(':');
    let error_type = last_type(first).filter(|name| is_error_name(name));
    (first.contains(*next) && ends_word).then(|| Line::App(failed(Dialect::Text, text, error_type)))
}

/// Parses an error that the handler did not catch, `<message>: <type>` and below it the stack: the traceback in Python,
/// the exception in Java, the frames in .NET and Node.js, `null` in Go.
pub(in crate::line) fn uncaught(text: &str) -> Option<Line<'_>> {
    let (first, below) = text.split_at_checked(memchr::memchr(b'\n', text.as_bytes())?)?;
    let stack = below.trim_ascii_start();
    let error_type = if stack.is_empty() { None } else { last_type(first) }?;
    let dialect = dialect_of(stack, below, error_type)?;
    Some(Line::App(failed(dialect, text, Some(error_type))))
}

/// Runtime that writes such a stack below the message and the type; `None` if the last word of the message is no type.
fn dialect_of(stack: &str, below: &str, error_type: &str) -> Option<Dialect> {
    if stack.starts_with("Traceback (most recent call last):") {
        let last = stack.trim_ascii_end().lines().next_back()?;
        return (is_error_name(error_type) || last.starts_with(error_type)).then_some(Dialect::Python);
    }
    if let Some(after) = stack.strip_prefix(error_type) {
        let is_whole_name = after.is_empty() || after.starts_with([':', '\n', '\r']);
        return is_whole_name.then_some(Dialect::Java);
    }
    if stack.trim_ascii_end() == "null" {
        return Some(Dialect::Go);
    }
    // `Error: refused` above the frames is a type and its message.
    let frame = Some(below.trim_start_matches(['\r', '\n'])).filter(|_| is_error_name(error_type))?;
    if frame.starts_with("    at ") {
        return Some(Dialect::Node);
    }
    frame.starts_with("   at ").then_some(Dialect::DotNet)
}

fn is_error_name(name: &str) -> bool {
    name.ends_with("Error") || name.ends_with("Exception")
}

/// Type after the last colon of a text: a name of letters, digits and the separators of namespaces.
fn last_type(text: &str) -> Option<&str> {
    let (_, name) = text.trim_ascii_end().rsplit_once(": ")?;
    let in_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'$' | b'+');
    let fits = name.len() > 2 && name.starts_with(|first: char| first.is_ascii_alphabetic());
    Some(name).filter(|name| fits && name.bytes().all(in_name))
}

/// Builds a line about an error that a function can write too.
fn failed<'a>(dialect: Dialect, text: &'a str, error_type: Option<&'a str>) -> App<'a> {
    App {
        level: Some(Level::Error),
        error_type: error_type.map(Cow::Borrowed),
        failure: Some(RuntimeFailure::of_unconfirmed(error_type)),
        ..App::of(dialect, text)
    }
}
