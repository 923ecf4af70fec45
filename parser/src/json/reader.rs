//! Reader of complete JSON text that goes into objects and arrays, value by value.

use super::{
    Controls, Cursor, Kind,
    cursor::{Found, MAX_DEPTH},
};

/// Position in a complete JSON text, inside of any number of objects and arrays. Each method returns `None` where the text
/// is not valid JSON, or is nested too deep; the position has no meaning then.
///
/// ```
/// use tailwater_parser::json::{Kind, Reader};
/// let mut reader = Reader::new(r#"{"a":[1]}"#, 0);
/// assert_eq!(reader.enter(b'{', b'}'), Some(true));
/// assert_eq!(reader.key().map(|key| key.span), Some(2..3));
/// assert_eq!(reader.value().map(|value| (value.kind, value.span)), Some((Kind::Array, 5..8)));
/// assert_eq!(reader.another(b'}'), Some(false));
/// assert_eq!(reader.at(), 9);
/// ```
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    cursor: Cursor<'a>,
    depth: u32,
}

impl<'a> Reader<'a> {
    /// Creates a reader at the byte `at` of the text.
    #[must_use]
    pub fn new(text: &'a str, at: usize) -> Self {
        Self { cursor: Cursor::new(text.as_bytes(), at, Controls::Refused), depth: 0 }
    }

    /// Index of the next byte.
    #[must_use]
    pub fn at(&self) -> usize {
        self.cursor.at
    }

    /// Skips white space; returns the byte after it, which is the next one; `None` at the end of the text.
    pub fn skip_space(&mut self) -> Option<u8> {
        self.cursor.skip_space().ok()
    }

    /// Enters an object or an array, whose brackets are `open` and `close`. Returns false if it is empty; then the reader is
    /// behind it.
    pub fn enter(&mut self, open: u8, close: u8) -> Option<bool> {
        if self.depth >= MAX_DEPTH {
            return None;
        }
        let has_more = self.cursor.enter(open, close).ok()?;
        self.depth += u32::from(has_more);
        Some(has_more)
    }

    /// Reads what follows a member or an element. Returns false at the end of the object or array.
    pub fn another(&mut self, close: u8) -> Option<bool> {
        let has_more = self.cursor.another(close).ok()?;
        self.depth = self.depth.saturating_sub(u32::from(!has_more));
        Some(has_more)
    }

    /// Reads the name of a member and its colon; returns the name, which is a string.
    pub fn key(&mut self) -> Option<Found> {
        self.cursor.expect(b'"').ok()?;
        let (span, escaped) = self.cursor.string_rest().ok()?;
        self.cursor.expect(b':').ok()?;
        Some(Found { kind: Kind::String { escaped }, span })
    }

    /// Reads any value.
    pub fn value(&mut self) -> Option<Found> {
        self.cursor.value_at_depth(self.depth).ok()
    }
}
