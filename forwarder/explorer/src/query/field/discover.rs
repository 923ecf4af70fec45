//! Names of the fields that the JSON of an event has.

use tailwater_parser::json::{self, Kind, Value as JsonValue};

use super::{EventRef, is_document, json_path, scalar};
use crate::query::value::Value;

/// Maximum number of objects and arrays inside each other that are looked into.
const MAX_LEVELS: usize = 10;
/// Maximum number of fields of one event.
const MAX_FIELDS: usize = 200;

/// Calls `each` with the name and the value of each field in the JSON of an event, once for each name. Of an array only
/// the first element is looked at.
pub(in crate::query) fn for_each_json_field(event: &EventRef<'_>, each: &mut dyn FnMut(&str, Value<'_>)) {
    let mut found = Vec::new();
    if is_document(event.message) {
        let whole = if event.message.trim_ascii_start().starts_with('[') {
            first_element(event.message, "", 0, &mut found)
        } else {
            json::members(event.message, |key, value| member("", key, value, 0, &mut found))
        };
        if whole.is_none() {
            return;
        }
    } else if !event.origin.is_other_service() {
        let mut read = |text| {
            found.clear();
            json::leading_members(text, |key, value| member("", key, value, 0, &mut found)).is_some()
        };
        if !json_path::first_object(event.message, &mut read) {
            return;
        }
    }
    // Of two equal names the last one counts.
    found.sort_by(|a, b| a.0.cmp(&b.0));
    for same in found.chunk_by(|a, b| a.0 == b.0) {
        if let Some((name, value)) = same.last() {
            each(name, scalar(*value));
        }
    }
}

type Found<'e> = Vec<(String, JsonValue<'e>)>;

fn member<'e>(prefix: &str, key: &str, value: JsonValue<'e>, level: usize, found: &mut Found<'e>) {
    let key = json_path::unescaped(key);
    let name = match (prefix, key.starts_with('@')) {
        ("", true) => format!("@{key}"),
        ("", false) => key.into_owned(),
        (prefix, _) => format!("{prefix}.{key}"),
    };
    add(name, value, level, found);
}

fn first_element<'e>(text: &'e str, prefix: &str, level: usize, found: &mut Found<'e>) -> Option<()> {
    let mut first = None;
    json::elements(text, |value| first = first.or(Some(value)))?;
    if let Some(value) = first {
        let name = if prefix.is_empty() { "0".to_owned() } else { format!("{prefix}.0") };
        add(name, value, level, found);
    }
    Some(())
}

fn add<'e>(name: String, value: JsonValue<'e>, level: usize, found: &mut Found<'e>) {
    if found.len() >= MAX_FIELDS {
        return;
    }
    let is_deep = level >= MAX_LEVELS;
    match value.kind {
        Kind::Object if !is_deep => {
            let _ = json::members(value.raw, |key, value| member(&name, key, value, level + 1, found));
        }
        Kind::Array if !is_deep => {
            let _ = first_element(value.raw, &name, level + 1, found);
        }
        Kind::Object | Kind::Array => {}
        Kind::String { .. } | Kind::Number | Kind::True | Kind::False | Kind::Null => {
            found.push((name, value));
        }
    }
}
