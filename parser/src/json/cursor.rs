//! A cursor that finds where JSON values begin and end, and builds nothing.

use std::ops::Range;

use super::specials::Specials;

/// Nesting beyond this is not read: such a line is text, such an envelope is refused.
const MAX_DEPTH: u32 = 128;

/// Why a scan stopped early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The text ends inside a value: more bytes may complete it.
    Incomplete,
    /// Not JSON at this byte.
    Malformed(usize),
}

/// Whether a string may hold raw control characters: never in JSON, but a damaged envelope is still read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Controls {
    Refused,
    Allowed,
}

/// A value's place in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The span excludes the quotes.
    String {
        escaped: bool,
    },
    Number,
    Object,
    Array,
    True,
    False,
    Null,
}

/// Reads forward over JSON text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) at: usize,
    controls: Controls,
    specials: Specials<'a>,
}

/// A value found by a [`Cursor`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) kind: Kind,
    pub(crate) span: Range<usize>,
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

    /// A member's name without its quotes, and the colon behind it.
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

    /// Behind a member or an element: true when another follows, false when `close` ended the list.
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

    /// Steps into an object or array: true when it has a first item, false when it is empty (and left again).
    pub(crate) fn enter(&mut self, open: u8, close: u8) -> Result<bool, Stop> {
        self.expect(open)?;
        if self.skip_space()? == close {
            self.at += 1;
            return Ok(false);
        }
        Ok(true)
    }

    /// Any value, found and stepped over.
    pub(crate) fn value(&mut self) -> Result<Found, Stop> {
        self.value_at_depth(0)
    }

    /// Most values are strings, so those are worth having in place.
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

    /// One digit at least.
    fn digits(&mut self) -> Result<(), Stop> {
        if !self.peek()?.is_ascii_digit() {
            return self.malformed();
        }
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        Ok(())
    }

    /// The rest of a string whose opening quote was read: its span, and whether it holds escapes.
    #[inline]
    fn string_rest(&mut self) -> Result<(Range<usize>, bool), Stop> {
        let start = self.at;
        let end = self.specials.find(start).ok_or(Stop::Incomplete)?;
        if self.bytes.get(end) == Some(&b'"') {
            self.at = end + 1;
            return Ok((start..end, false));
        }
        let escaped = self.special_string_rest()?;
        Ok((start..self.at - 1, escaped))
    }

    /// The same for a string in which not everything stands for itself: whether it holds escapes. It is rare, and
    /// would make the usual case too large to be worth having in place.
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
