//! Values of a member of JSON log lines, and of a dimension of EMF documents.

use tailwater_parser::json::{self, Kind, Value};

/// Maximum length of a value in bytes; longer ones are cut.
pub(super) const MAX_VALUE: usize = 200;
/// Greatest number of elements of an array that are looked at: one more than the values that a run may have.
pub(super) const MAX_ELEMENTS: usize = super::MAX_VALUES + 1;
/// Deepest level at which a member is looked for.
const MAX_DEPTH: usize = 16;

/// Calls `each` with every value at a path of the JSON object in a message: at its root, else in the object `message`, else
/// in `fields`.
pub(super) fn field_values(message: &str, path: &str, mut each: impl FnMut(&str)) {
    let Some(object) = object_in(message) else { return };
    let inside = |name: &str| {
        let inner = member(object, name).filter(|value| value.kind == Kind::Object)?;
        find(inner.raw, path, MAX_DEPTH)
    };
    let found = find(object, path, MAX_DEPTH).or_else(|| inside("message")).or_else(|| inside("fields"));
    if let Some(found) = found {
        values(&found, &mut each);
    }
}

/// Calls `each` with every value of a dimension of an EMF document.
pub(super) fn emf_values(message: &str, name: &str, mut each: impl FnMut(&str)) {
    let Some(object) = object_in(message).filter(|object| names_dimension(object, name)) else { return };
    if let Some(found) = member(object, name) {
        values(&found, &mut each);
    }
}

/// The JSON object that a message is, or that follows the prefix of a runtime.
fn object_in(message: &str) -> Option<&str> {
    if message.starts_with('{') {
        return Some(message);
    }
    let at = message.find("\t{")?;
    message.get(at + 1..)
}

/// The last member of this name; `None` unless the text is one JSON object with it.
fn member<'a>(object: &'a str, name: &str) -> Option<Value<'a>> {
    let mut found = None;
    json::members(object, |key, value| {
        if key == name {
            found = Some(value);
        }
    })?;
    found
}

/// The value at a path. At each step the whole rest of the path is tried as a name first, then shorter ones.
fn find<'a>(object: &'a str, path: &str, depth: usize) -> Option<Value<'a>> {
    let (mut whole, mut partial): (Option<Value<'a>>, Vec<(usize, Value<'a>)>) = (None, Vec::new());
    json::members(object, |key, value| {
        if key == path {
            whole = Some(value);
        } else if value.kind == Kind::Object
            && path.strip_prefix(key).is_some_and(|rest| rest.starts_with('.'))
            && partial.len() < MAX_DEPTH
        {
            partial.push((key.len(), value));
        }
    })?;
    if whole.is_some() || depth == 0 {
        return whole;
    }
    partial.sort_by(|(a, _), (b, _)| b.cmp(a));
    partial.into_iter().find_map(|(length, value)| find(value.raw, path.get(length + 1..)?, depth - 1))
}

fn values(value: &Value<'_>, each: &mut impl FnMut(&str)) {
    if value.kind != Kind::Array {
        return scalar(value, each);
    }
    let mut left = MAX_ELEMENTS;
    let _ = json::elements(value.raw, |element| {
        if left > 0 {
            left -= 1;
            scalar(&element, each);
        }
    });
}

fn scalar(value: &Value<'_>, each: &mut impl FnMut(&str)) {
    let mut give = |text: &str| {
        let cut = text.get(..text.floor_char_boundary(MAX_VALUE)).unwrap_or(text);
        if !cut.is_empty() {
            each(cut);
        }
    };
    match value.kind {
        Kind::String { .. } => give(&value.text().unwrap_or_default()),
        Kind::Number => give(value.raw),
        Kind::True => give("true"),
        Kind::False => give("false"),
        Kind::Null | Kind::Object | Kind::Array => {}
    }
}

/// True if a set of `Dimensions` in the document names a member.
fn names_dimension(object: &str, name: &str) -> bool {
    let mut is_named = false;
    let mut look = || -> Option<()> {
        let metadata = member(object, "_aws")?;
        let directives = member(metadata.raw, "CloudWatchMetrics")?;
        json::elements(directives.raw, |directive| {
            let sets = member(directive.raw, "Dimensions");
            let _ = sets.and_then(|sets| {
                json::elements(sets.raw, |set| {
                    let _ = json::elements(set.raw, |dimension| {
                        is_named |= dimension.text().is_some_and(|text| text == name);
                    });
                })
            });
        })
    };
    let _ = look();
    is_named
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(message: &str, path: &str, expected: &[&str]) {
        let mut found = Vec::new();
        field_values(message, path, |value| found.push(value.to_owned()));
        assert_eq!(found, expected, "{message} {path}");
    }

    #[test]
    fn literal_name_comes_before_the_descent() {
        check(r#"{"a.b":"x","a":{"b":"y"}}"#, "a.b", &["x"]);
        check(r#"{"a":{"b":"y"}}"#, "a.b", &["y"]);
        check(r#"{"a":{"b.c":1},"a.b":{"c":2}}"#, "a.b.c", &["2"]);
        check(r#"{"a":{"b":{"d":1}},"a.b":{"c":2}}"#, "a.b.d", &["1"]);
    }

    #[test]
    fn message_and_fields_are_looked_at_after_the_root() {
        check(r#"{"message":{"t":"m"},"fields":{"t":"f"}}"#, "t", &["m"]);
        check(r#"{"message":"text","fields":{"t":"f"}}"#, "t", &["f"]);
        check(r#"{"t":"r","message":{"t":"m"}}"#, "t", &["r"]);
        check("2026-03-04T10:00:00.123Z\tid\tINFO\t{\"t\":\"n\"}\n", "t", &["n"]);
        check("text {\"t\":1}", "t", &[]);
    }

    #[test]
    fn values_are_as_written_and_empty_ones_are_none() {
        check(r#"{"t":1.50}"#, "t", &["1.50"]);
        check(r#"{"t":true}"#, "t", &["true"]);
        check(r#"{"t":["a",2,false,null,"",{"x":1}]}"#, "t", &["a", "2", "false"]);
        for none in ["null", r#""""#, "{}", "[]"] {
            check(&format!(r#"{{"t":{none}}}"#), "t", &[]);
        }
        let long = "é".repeat(150);
        check(&format!(r#"{{"t":"{long}"}}"#), "t", &[&"é".repeat(100)]);
        check(r#"{"t":"a\"b"}"#, "t", &["a\"b"]);
    }

    #[test]
    fn dimension_of_emf_must_be_named() {
        let emf = r#"{"_aws":{"Timestamp":1,"CloudWatchMetrics":[{"Namespace":"n","Dimensions":[["shop"],["shop","tier"]],"Metrics":[]}]},"shop":"a","tier":"gold","other":"x"}"#;
        for (name, expected) in [("shop", vec!["a"]), ("tier", vec!["gold"]), ("other", vec![])] {
            let mut found = Vec::new();
            emf_values(emf, name, |value| found.push(value.to_owned()));
            assert_eq!(found, expected, "{name}");
        }
    }
}
