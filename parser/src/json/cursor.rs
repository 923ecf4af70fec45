//! Cursor over JSON text: finds the spans of values without building them.

use std::ops::Range;

use super::specials::Specials;

/// Deepest nesting that is read. A log line that is nested deeper is treated as plain text; an envelope (the JSON
/// document around log events) that is nested deeper is rejected.
pub(super) const MAX_DEPTH: u32 = 128;

/// Reason why a scan stopped early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The text ends inside a value: more bytes may complete it.
    Incomplete,
    /// The text is not JSON at the byte of this index.
    Malformed(usize),
}

/// Policy for raw control characters in strings. They are invalid in JSON, but a damaged envelope is still read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Controls {
    Refused,
    Allowed,
}

/// Type of a JSON value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A string. Its span excludes the quotes.
    String {
        /// True if the text has escapes.
        escaped: bool,
    },
    /// A number.
    Number,
    /// An object.
    Object,
    /// An array.
    Array,
    /// `true`
    True,
    /// `false`
    False,
    /// `null`
    Null,
}

/// Position in JSON text that moves forward from value to value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) at: usize,
    controls: Controls,
    specials: Specials<'a>,
}

/// Type and place of a value in a JSON text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Type of the value.
    pub kind: Kind,
    /// Bytes of the value; of a string without its quotes.
    pub span: Range<usize>,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(bytes: &'a [u8], at: usize, controls: Controls) -> Self {
        Self { bytes, at, controls, specials: Specials::of(bytes) }
    }

    pub(crate) fn peek(&self) -> Result<u8, Stop> {
        self.bytes.get(self.at).copied().ok_or(Stop::Incomplete)
    }

    pub(crate) fn malformed<T>(&self) -> Result<T, Stop> {
        Err(Stop::Malformed(self.at))
    }

    pub(crate) fn skip_space(&mut self) -> Result<u8, Stop> {
        loop {
            match self.peek()? {
                b' ' | b'\n' | b'\r' | b'\t' => self.at += 1,
                byte => return Ok(byte),
            }
        }
    }

    pub(crate) fn expect(&mut self, wanted: u8) -> Result<(), Stop> {
        if self.skip_space()? != wanted {
            return self.malformed();
        }
        self.at += 1;
        Ok(())
    }

    /// Reads a member's name and the colon after it; returns the name without its quotes, still escaped.
    pub(crate) fn key(&mut self) -> Result<&'a [u8], Stop> {
        let span = self.key_span()?;
        Ok(self.bytes.get(span).unwrap_or_default())
    }

    #[inline]
    pub(super) fn key_span(&mut self) -> Result<Range<usize>, Stop> {
        self.expect(b'"')?;
        let (span, _) = self.string_rest()?;
        self.expect(b':')?;
        Ok(span)
    }

    /// Reads what follows a member or an element: returns true if another one follows, false if `close` ends the list.
    pub(crate) fn another(&mut self, close: u8) -> Result<bool, Stop> {
        match self.skip_space()? {
            b',' => {
                self.at += 1;
                Ok(true)
            }
            byte if byte == close => {
                self.at += 1;
                Ok(false)
            }
            _ => self.malformed(),
        }
    }

    /// Enters a JSON object or array. Returns true if it has a member or an element; false if it is empty, and then the
    /// cursor is after its closing bracket.
    pub(crate) fn enter(&mut self, open: u8, close: u8) -> Result<bool, Stop> {
        self.expect(open)?;
        if self.skip_space()? == close {
            self.at += 1;
            return Ok(false);
        }
        Ok(true)
    }

    /// Reads any value and moves past it.
    pub(crate) fn value(&mut self) -> Result<Found, Stop> {
        self.value_at_depth(0)
    }

    /// Reads any value. Most values are strings, so only their case is inlined.
    #[inline]
    pub(super) fn value_at_depth(&mut self, depth: u32) -> Result<Found, Stop> {
        let first = self.skip_space()?;
        if first != b'"' {
            return self.value_but_string(first, depth);
        }
        self.at += 1;
        let (span, escaped) = self.string_rest()?;
        Ok(Found { kind: Kind::String { escaped }, span })
    }

    fn value_but_string(&mut self, first: u8, depth: u32) -> Result<Found, Stop> {
        let start = self.at;
        let kind = match first {
            b'{' => self.object(depth + 1)?,
            b'[' => self.array(depth + 1)?,
            b't' => self.literal(b"true", Kind::True)?,
            b'f' => self.literal(b"false", Kind::False)?,
            b'n' => self.literal(b"null", Kind::Null)?,
            _ => self.number()?,
        };
        Ok(Found { kind, span: start..self.at })
    }

    fn object(&mut self, depth: u32) -> Result<Kind, Stop> {
        self.check_depth(depth)?;
        let mut more = self.enter(b'{', b'}')?;
        while more {
            self.key()?;
            self.value_at_depth(depth)?;
            more = self.another(b'}')?;
        }
        Ok(Kind::Object)
    }

    fn array(&mut self, depth: u32) -> Result<Kind, Stop> {
        self.check_depth(depth)?;
        let mut more = self.enter(b'[', b']')?;
        while more {
            self.value_at_depth(depth)?;
            more = self.another(b']')?;
        }
        Ok(Kind::Array)
    }

    fn check_depth(&self, depth: u32) -> Result<(), Stop> {
        if depth > MAX_DEPTH { self.malformed() } else { Ok(()) }
    }

    fn literal(&mut self, text: &[u8], kind: Kind) -> Result<Kind, Stop> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        if rest.starts_with(text) {
            self.at += text.len();
            Ok(kind)
        } else if text.starts_with(rest) {
            Err(Stop::Incomplete)
        } else {
            self.malformed()
        }
    }

    fn number(&mut self) -> Result<Kind, Stop> {
        if self.peek()? == b'-' {
            self.at += 1;
        }
        match self.peek()? {
            b'0' => self.at += 1,
            b'1'..=b'9' => self.digits()?,
            _ => return self.malformed(),
        }
        if self.bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.bytes.get(self.at), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek()?, b'+' | b'-') {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(Kind::Number)
    }

    /// Reads at least one digit.
    fn digits(&mut self) -> Result<(), Stop> {
        if !self.peek()?.is_ascii_digit() {
            return self.malformed();
        }
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        Ok(())
    }

    /// Reads the rest of a string after its opening quote. Returns its span, and true if it has escapes.
    #[inline]
    pub(super) fn string_rest(&mut self) -> Result<(Range<usize>, bool), Stop> {
        let start = self.at;
        let end = self.specials.find(start).ok_or(Stop::Incomplete)?;
        if self.bytes.get(end) == Some(&b'"') {
            self.at = end + 1;
            return Ok((start..end, false));
        }
        let escaped = self.special_string_rest()?;
        Ok((start..self.at - 1, escaped))
    }

    /// Reads the rest of a string with escapes or control characters; returns true if it has escapes. Such strings are
    /// rare, and this code would make [`Self::string_rest`] too large to inline.
    #[inline(never)]
    fn special_string_rest(&mut self) -> Result<bool, Stop> {
        let mut escaped = false;
        loop {
            self.at = self.specials.find(self.at).ok_or(Stop::Incomplete)?;
            match self.peek()? {
                b'"' => {
                    self.at += 1;
                    return Ok(escaped);
                }
                b'\\' => {
                    escaped = true;
                    self.escape()?;
                }
                _ if self.controls == Controls::Allowed => self.at += 1,
                _ => return self.malformed(),
            }
        }
    }

    fn escape(&mut self) -> Result<(), Stop> {
        let escape = *self.bytes.get(self.at + 1).ok_or(Stop::Incomplete)?;
        match escape {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => self.at += 2,
            b'u' => {
                let hex = self.bytes.get(self.at + 2..self.at + 6).ok_or(Stop::Incomplete)?;
                if !hex.iter().all(u8::is_ascii_hexdigit) {
                    return self.malformed();
                }
                self.at += 6;
            }
            _ => return self.malformed(),
        }
        Ok(())
    }
}
