//! Identity of an error: what two lines about the same error have in common.

use xxhash_rust::xxh3::xxh3_64;

use super::stack::{self, Frame, LoggedError};
use crate::pattern;

/// Greatest length of the masked first line in bytes; a longer one is cut.
const MAX_TEXT: usize = 240;

/// Error in a log line, without the parts that differ from one occurrence to the next.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ErrorForm {
    /// Type of the error.
    pub(crate) outer: Option<Box<str>>,
    /// Type and masked first line.
    pub(crate) title: Box<str>,
    /// Innermost frame of the function's own code, as `function (file)`.
    pub(crate) culprit: Option<Box<str>>,
    /// Hash of what identifies the error: types and frames; types and masked first line if there are no frames.
    pub(crate) key: u64,
    /// True if the line has a stack.
    pub(crate) has_stack: bool,
}

impl ErrorForm {
    /// Reads the error in a message without the runtime's prefix. `known` is the type that the parser of lines has read.
    pub(crate) fn read(message: &str, known: Option<&str>) -> Self {
        let mut error = stack::read(message);
        if error.outer.is_none()
            && let Some(known) = known
        {
            error.outer = Some(stack::error_type(known));
            error.root = error.root.or_else(|| error.outer.clone());
        }
        Self::of(&error)
    }

    /// Creates the form of an error of which only the type is known.
    pub(crate) fn of_type(name: &str) -> Self {
        let name = Some(stack::error_type(name));
        Self::of(&LoggedError { outer: name.clone(), root: name, ..LoggedError::default() })
    }

    fn of(error: &LoggedError) -> Self {
        let text = masked(&error.message);
        let outer = error.outer.as_deref();
        let title = match (outer, text.as_str()) {
            (None, "") => "an error without a message".to_owned(),
            (None, text) => text.to_owned(),
            (Some(outer), "") => outer.to_owned(),
            (Some(outer), text) => format!("{outer}: {text}"),
        };
        Self {
            outer: outer.map(Box::from),
            title: title.into(),
            culprit: error.culprit().map(Box::from),
            key: key(error, &text),
            has_stack: error.has_stack,
        }
    }
}

/// Hash of types and frames, each text ended by a zero byte.
fn key(error: &LoggedError, text: &str) -> u64 {
    let mut bytes = Vec::new();
    let mut add = |text: &str| {
        bytes.extend_from_slice(text.as_bytes());
        bytes.push(0);
    };
    add(error.outer.as_deref().unwrap_or_default());
    add(error.root.as_deref().unwrap_or_default());
    for Frame { function, file } in &error.frames {
        add(file);
        add(function);
    }
    if error.frames.is_empty() {
        add(text);
    }
    xxh3_64(&bytes)
}

/// First line with numbers and ids masked, without control characters.
fn masked(message: &str) -> String {
    let line = message.lines().next().unwrap_or_default().trim();
    let clean: String = line.chars().filter(|c| !c.is_control()).take(MAX_TEXT * 4).collect();
    let mut text = pattern::mask(&clean).to_string();
    if text.len() > MAX_TEXT {
        text.truncate(text.floor_char_boundary(MAX_TEXT));
        text.push('…');
    }
    text
}
