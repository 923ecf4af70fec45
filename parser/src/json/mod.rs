//! JSON scanner that finds members and values without allocating, and a writer of JSON strings.
//!
//! Both hot paths use the scanner: the envelope (bytes in a window that may end anywhere) and JSON log lines (complete
//! text, parsed strictly, so that only valid objects are forwarded as objects).

mod cursor;
mod escape;
mod quote;
mod reader;
mod specials;
mod text;

use std::borrow::Cow;

pub(crate) use self::{
    cursor::{Controls, Cursor, Stop},
    escape::{Unescaped, unescape, unescaped_capacity},
    specials::Specials,
};
pub use self::{
    cursor::{Found, Kind},
    quote::write_string,
    reader::Reader,
    text::{find_text, take_text},
};

use self::escape::unescape_owned;

/// Value in a complete JSON text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value<'a> {
    /// Type of the value.
    pub kind: Kind,
    /// Source text of the value; of a string without its quotes, still escaped.
    pub raw: &'a str,
}

impl<'a> Value<'a> {
    /// Text of a string; `None` for other values. Allocates only if the string has escapes.
    #[must_use]
    pub fn text(&self) -> Option<Cow<'a, str>> {
        match self.kind {
            Kind::String { escaped: false } => Some(Cow::Borrowed(self.raw)),
            Kind::String { escaped: true } => Some(Cow::Owned(unescape_owned(self.raw))),
            Kind::Number | Kind::Object | Kind::Array | Kind::True | Kind::False | Kind::Null => None,
        }
    }

    /// Text of a string without escapes, for ids, names, states and levels; `None` for other values.
    pub(crate) fn plain(&self) -> Option<&'a str> {
        (self.kind == Kind::String { escaped: false }).then_some(self.raw)
    }

    /// A number, also one in a string; `None` for other values.
    pub(crate) fn number(&self) -> Option<f64> {
        match self.kind {
            Kind::Number | Kind::String { escaped: false } => self.raw.parse().ok(),
            Kind::String { escaped: true }
            | Kind::Object
            | Kind::Array
            | Kind::True
            | Kind::False
            | Kind::Null => None,
        }
    }
}

/// Calls `each` with every member of the JSON object `text`: its name without quotes, still escaped, and its value. `None`
/// unless all of `text` is one valid JSON object.
pub fn members<'a>(text: &'a str, each: impl FnMut(&'a str, Value<'a>)) -> Option<()> {
    let end = leading_members(text, each)?;
    text.as_bytes().get(end..)?.iter().all(u8::is_ascii_whitespace).then_some(())
}

/// Calls `each` with every member of the JSON object at the start of `text`, as [`members`] does, and returns the length of
/// the object. `None` unless `text` begins with a valid JSON object; `each` may have been called then.
///
/// ```
/// use tailwater_parser::json::leading_members;
/// let mut names = Vec::new();
/// assert_eq!(leading_members(r#"{"a":1,"b":{}} done"#, |name, _| names.push(name)), Some(14));
/// assert_eq!(names, ["a", "b"]);
/// ```
pub fn leading_members<'a>(text: &'a str, mut each: impl FnMut(&'a str, Value<'a>)) -> Option<usize> {
    let mut cursor = Cursor::new(text.as_bytes(), 0, Controls::Refused);
    let mut more = cursor.enter(b'{', b'}').ok()?;
    while more {
        let key = cursor.key_span().ok()?;
        let found = cursor.value_at_depth(1).ok()?;
        each(text.get(key)?, Value { kind: found.kind, raw: text.get(found.span)? });
        more = cursor.another(b'}').ok()?;
    }
    Some(cursor.at)
}

/// Calls `each` with every element of the array `text`; `None` unless all of `text` is one valid JSON array.
pub fn elements<'a>(text: &'a str, mut each: impl FnMut(Value<'a>)) -> Option<()> {
    let mut cursor = Cursor::new(text.as_bytes(), 0, Controls::Refused);
    let mut more = cursor.enter(b'[', b']').ok()?;
    while more {
        let found = cursor.value_at_depth(1).ok()?;
        each(Value { kind: found.kind, raw: text.get(found.span)? });
        more = cursor.another(b']').ok()?;
    }
    cursor.bytes.get(cursor.at..)?.iter().all(u8::is_ascii_whitespace).then_some(())
}

#[cfg(test)]
mod tests;
