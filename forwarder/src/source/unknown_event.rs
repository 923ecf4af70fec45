//! Error for an event that cannot be read, described by the names and sizes of its members.

use simd_json::{prelude::*, tape::Value};

/// Error for an event that cannot be read. It contains names and sizes of JSON members, never their values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownEvent {
    /// The event is not valid JSON or not valid UTF-8.
    #[error("not JSON at byte {offset}")]
    Json {
        /// Byte offset of the error in the event.
        offset: usize,
    },
    /// The event is JSON, but of no known event source.
    #[error("unknown event: {size} bytes, {shape}")]
    Shape {
        /// Size of the event in bytes.
        size: usize,
        /// Names and sizes of the members of the outermost JSON object.
        shape: String,
    },
    /// The event source is known, but this member is missing, invalid or unknown.
    #[error("invalid event: unexpected \"{0}\"")]
    Member(&'static str),
    /// The event is nested in too many other events.
    #[error("invalid event: nested too deeply in other events")]
    TooDeep,
}

impl UnknownEvent {
    pub(super) fn shape(size: usize, event: Value<'_, '_>) -> Self {
        Self::Shape { size, shape: shape(event) }
    }
}

/// Maximum number of members whose names are listed; the others are only counted.
const MAX_NAMED: usize = 8;

fn shape(event: Value<'_, '_>) -> String {
    let Some(object) = event.as_object() else {
        return format!("not an object but {}", size(event));
    };
    let mut members: Vec<_> = object
        .iter()
        .take(MAX_NAMED)
        .map(|(name, value)| format!("{}: {}", short(name), size(value)))
        .collect();
    if object.len() > MAX_NAMED {
        members.push(format!("{} more", object.len() - MAX_NAMED));
    }
    if members.is_empty() { "no members".to_owned() } else { members.join(", ") }
}

fn short(name: &str) -> String {
    name.chars().take(40).collect()
}

fn size(value: Value<'_, '_>) -> String {
    match (value.as_object(), value.as_array(), value.as_str()) {
        (Some(object), _, _) => format!("an object of {}", object.len()),
        (_, Some(array), _) => format!("an array of {}", array.len()),
        (_, _, Some(text)) => format!("a string of {} bytes", text.len()),
        (None, None, None) => "a number, true, false or null".to_owned(),
    }
}
