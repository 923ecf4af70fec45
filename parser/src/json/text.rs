//! Text members of a complete JSON object: read along a path, or taken out of the object.

use std::{borrow::Cow, ops::Range};

use super::{Controls, Cursor, Kind, Value, members};

/// Reads the string at a path of nested objects: `["userIdentity", "arn"]`. `None` unless `object` is one valid JSON
/// object with such a string. If a name is repeated, its last member counts.
///
/// ```
/// use tailwater_parser::json::find_text;
/// let arn = find_text(r#"{"userIdentity":{"arn":"arn:aws:sts::1:role"}}"#, &["userIdentity", "arn"]);
/// assert_eq!(arn.as_deref(), Some("arn:aws:sts::1:role"));
/// ```
#[must_use]
pub fn find_text<'a>(object: &'a str, path: &[&str]) -> Option<Cow<'a, str>> {
    let (first, rest) = path.split_first()?;
    let mut found = None;
    members(object, |name, value| {
        if name == *first {
            found = Some(value);
        }
    })?;
    let found: Value<'a> = found?;
    match (rest, found.kind) {
        ([], _) => found.text(),
        ([..], Kind::Object) => find_text(found.raw, rest),
        ([..], Kind::String { .. } | Kind::Number | Kind::Array | Kind::True | Kind::False | Kind::Null) => {
            None
        }
    }
}

/// Takes the string member `name` out of a JSON object: returns the object without it, and its text. `None` unless
/// `object` is one valid JSON object with such a string. If the name is repeated, all of its members are removed, and
/// the last one is returned.
///
/// ```
/// use tailwater_parser::json::take_text;
/// let taken = take_text(r#"{"msg":"paid", "ddtags":"squad:pay"}"#, "ddtags");
/// assert_eq!(taken, Some((r#"{"msg":"paid"}"#.to_owned(), "squad:pay".into())));
/// ```
#[must_use]
pub fn take_text<'a>(object: &'a str, name: &str) -> Option<(String, Cow<'a, str>)> {
    let (mut kept, mut taken) = (String::with_capacity(object.len()), None);
    each_member(object, |key, value, whole| {
        if key == name {
            taken = Some(value);
        } else {
            kept.push(if kept.is_empty() { '{' } else { ',' });
            kept.push_str(whole);
        }
    })?;
    let text = taken?.text()?;
    kept.push_str(if kept.is_empty() { "{}" } else { "}" });
    Some((kept, text))
}

/// Calls `each` with the name, the value and the whole text of every member of the JSON object `text`; `None` unless all
/// of `text` is one valid JSON object.
fn each_member<'a>(text: &'a str, mut each: impl FnMut(&'a str, Value<'a>, &'a str)) -> Option<()> {
    let mut cursor = Cursor::new(text.as_bytes(), 0, Controls::Refused);
    let mut more = cursor.enter(b'{', b'}').ok()?;
    while more {
        let key = cursor.key_span().ok()?;
        let found = cursor.value_at_depth(1).ok()?;
        let whole = Range { start: key.start.checked_sub(1)?, end: cursor.at };
        each(text.get(key)?, Value { kind: found.kind, raw: text.get(found.span)? }, text.get(whole)?);
        more = cursor.another(b'}').ok()?;
    }
    cursor.bytes.get(cursor.at..)?.iter().all(u8::is_ascii_whitespace).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_taken(object: &str, expected: Option<(&str, &str)>) {
        let taken = take_text(object, "t");
        let taken = taken.as_ref().map(|(rest, text)| (rest.as_str(), &**text));
        assert_eq!(taken, expected, "{object}");
    }

    #[test]
    fn member_is_taken_from_any_position() {
        check_taken(r#"{"t":"x","a":1.0}"#, Some((r#"{"a":1.0}"#, "x")));
        check_taken(
            r#" { "a" : {"t":1} , "t" : "x" , "b":[ 2 ] } "#,
            Some((r#"{"a" : {"t":1},"b":[ 2 ]}"#, "x")),
        );
        check_taken(r#"{"a":"}","t":"x"}"#, Some((r#"{"a":"}"}"#, "x")));
        check_taken(r#"{"t":"x"}"#, Some(("{}", "x")));
        check_taken(r#"{"t":"é\n","é":"\"t\":"}"#, Some((r#"{"é":"\"t\":"}"#, "é\n")));
        check_taken(r#"{"t":"x","a":1,"t":"y"}"#, Some((r#"{"a":1}"#, "y")));
    }

    #[test]
    fn nothing_is_taken_from_other_texts() {
        for object in
            [r#"{"t":["x"]}"#, r#"{"a":{"t":"x"}}"#, r#"{"t":"x"} {"#, r#"{"t":"x""#, r#"["t"]"#, "{}", ""]
        {
            check_taken(object, None);
        }
    }

    #[test]
    fn path_leads_through_objects_only() {
        let read = |path: &[&str]| find_text(r#"{"a":{"b":"c"},"d":["e"],"f":7}"#, path).map(Cow::into_owned);
        assert_eq!(read(&["a", "b"]).as_deref(), Some("c"));
        for path in [&["a"][..], &["d", "e"], &["f"], &["a", "b", "c"], &["x"], &[]] {
            assert_eq!(read(path), None, "{path:?}");
        }
    }
}
