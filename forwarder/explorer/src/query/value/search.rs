//! Search in values: `like` and `=~`. Nothing is copied for a text.

use memchr::memmem::Finder;
use regex::Regex;

use super::Value;

/// Returns true if the text of a value contains a text, or nothing if the value has no text.
pub fn contains(value: &Value<'_>, text: &Finder<'_>) -> Option<bool> {
    match value {
        Value::Text(value) => Some(text.find(value.as_bytes()).is_some()),
        _ => value.to_text().map(|value| text.find(value.as_bytes()).is_some()),
    }
}

/// Returns true if a regular expression matches anywhere in the text of a value, or nothing if the value has no text.
pub fn matches(value: &Value<'_>, regex: &Regex) -> Option<bool> {
    match value {
        Value::Text(value) => Some(regex.is_match(value)),
        _ => value.to_text().map(|value| regex.is_match(&value)),
    }
}
