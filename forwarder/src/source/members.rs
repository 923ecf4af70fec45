//! Members of the outermost JSON object in a text, which may be truncated. They are used to recognise formats without
//! parsing all of the text.

/// Position in the structure of a JSON text: the nesting depth, and whether it is inside a string.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Nesting {
    depth: usize,
    text: InText,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum InText {
    #[default]
    No,
    Yes,
    BehindBackslash,
}

impl Nesting {
    /// Advances over one byte.
    pub fn step(&mut self, byte: u8) {
        match (self.text, byte) {
            (InText::BehindBackslash, _) | (InText::No, b'"') => self.text = InText::Yes,
            (InText::Yes, b'\\') => self.text = InText::BehindBackslash,
            (InText::Yes, b'"') => self.text = InText::No,
            (InText::No, b'{' | b'[') => self.depth += 1,
            (InText::No, b'}' | b']') => self.depth = self.depth.saturating_sub(1),
            (InText::Yes | InText::No, _) => {}
        }
    }

    /// True outside of every object, array and string.
    pub fn is_outside(self) -> bool {
        self.depth == 0 && self.text == InText::No
    }

    /// True inside a JSON string, before its closing quote.
    pub fn in_string(self) -> bool {
        self.text != InText::No
    }

    /// Returns how many of the next bytes need no call of [`Self::step`]: those inside a string up to the next quote,
    /// backslash or line feed.
    pub fn plain_len(self, ahead: &[u8]) -> usize {
        match self.text {
            InText::Yes => memchr::memchr3(b'"', b'\\', b'\n', ahead).unwrap_or(ahead.len()),
            InText::No | InText::BehindBackslash => 0,
        }
    }

    /// Returns the index of the first byte for which `stop` is true. `stop` gets the position before the byte.
    fn find(mut self, text: &[u8], stop: impl Fn(Self, u8) -> bool) -> Option<usize> {
        let mut at = 0;
        while let Some(&byte) = text.get(at) {
            if stop(self, byte) {
                return Some(at);
            }
            self.step(byte);
            at += 1;
            at += self.plain_len(text.get(at..)?);
        }
        None
    }
}

/// Member of a JSON object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member<'t> {
    /// Name as written, not unescaped.
    pub name: &'t [u8],
    /// Text from the start of the value on.
    rest: &'t [u8],
}

impl<'t> Member<'t> {
    /// Returns the value as written, not unescaped; truncated if the text is truncated.
    pub fn value(&self) -> &'t [u8] {
        split(self.rest, value_end(self.rest)).0.trim_ascii_end()
    }

    /// Returns the text from the start of the value on.
    pub fn rest(&self) -> &'t [u8] {
        self.rest
    }

    /// True if the value starts with this text.
    pub fn starts_with(&self, start: &[u8]) -> bool {
        self.rest.starts_with(start)
    }

    /// True if the value is an array. Does not search for the end of the array, which may be far away.
    pub fn is_list(&self) -> bool {
        self.rest.starts_with(b"[")
    }

    /// Returns the text of a string value, not unescaped.
    pub fn string(&self) -> Option<&'t str> {
        let inside = self.value().strip_prefix(b"\"")?.strip_suffix(b"\"")?;
        std::str::from_utf8(inside).ok()
    }
}

/// Iterator over the members of the outermost JSON object, in their order. Ends where the text is truncated or is not
/// JSON.
#[derive(Clone, Copy, Debug)]
pub enum Members<'t> {
    /// Before a member or the end of the object.
    Before(&'t [u8]),
    /// Before the value of the member that was returned last. The end of the value is searched for only when the next
    /// member is requested.
    AtValue(&'t [u8]),
}

impl<'t> Members<'t> {
    /// Iterates over the members of `text`; `None` if it does not start with a JSON object.
    pub fn of(text: &'t [u8]) -> Option<Self> {
        text.trim_ascii_start().strip_prefix(b"{").map(Self::Before)
    }
}

impl<'t> Iterator for Members<'t> {
    type Item = Member<'t>;

    fn next(&mut self) -> Option<Member<'t>> {
        let text = match *self {
            Self::Before(text) => text,
            Self::AtValue(value) => split(value, value_end(value)).1.strip_prefix(b",")?,
        };
        let inside = text.trim_ascii_start().strip_prefix(b"\"")?;
        let (name, rest) = split(inside, string_end(inside)?);
        let rest = rest.strip_prefix(b"\"")?.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start();
        *self = Self::AtValue(rest);
        Some(Member { name, rest })
    }
}

/// Returns the value of a member of the outermost JSON object in `text`, as written.
pub fn member<'t>(text: &'t [u8], name: &[u8]) -> Option<&'t [u8]> {
    Members::of(text)?.find(|member| member.name == name).map(|member| member.value())
}

fn split(text: &[u8], at: usize) -> (&[u8], &[u8]) {
    text.split_at_checked(at).unwrap_or((text, &[]))
}

fn string_end(inside: &[u8]) -> Option<usize> {
    let nesting = Nesting { depth: 0, text: InText::Yes };
    nesting.find(inside, |nesting, byte| byte == b'"' && nesting.text == InText::Yes)
}

/// Returns the index of the comma or bracket after a value, or the length of the text.
fn value_end(value: &[u8]) -> usize {
    let ends = |nesting: Nesting, byte| matches!(byte, b',' | b'}' | b']') && nesting.is_outside();
    Nesting::default().find(value, ends).unwrap_or(value.len())
}

/// Returns the length of the JSON object or array that `text` starts with; `None` if it is truncated.
pub fn value_len(text: &[u8]) -> Option<usize> {
    let closes = |nesting: Nesting, byte| {
        matches!(byte, b'}' | b']') && nesting.depth <= 1 && nesting.text == InText::No
    };
    Nesting::default().find(text, closes).map(|last| last + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(&str, &str)]) {
        let members: Vec<_> = Members::of(text.as_bytes())
            .into_iter()
            .flatten()
            .map(|member| (str::from_utf8(member.name).unwrap(), str::from_utf8(member.value()).unwrap()))
            .collect();
        assert_eq!(members, expected, "{text}");
    }

    #[test]
    fn members_of_a_complete_object() {
        check(
            r#" { "a" : "x,}" , "b":{"c":[1,2]}, "d": 1.5 }"#,
            &[("a", r#""x,}""#), ("b", r#"{"c":[1,2]}"#), ("d", "1.5")],
        );
        check("{}", &[]);
    }

    #[test]
    fn escaped_quotes_do_not_end_a_string() {
        check(r#"{"a\"b":"c\\","d":1}"#, &[(r#"a\"b"#, r#""c\\""#), ("d", "1")]);
    }

    #[test]
    fn members_of_a_truncated_object() {
        check(r#"{"messageType":"DATA_MES"#, &[("messageType", "\"DATA_MES")]);
        check(r#"{"a":1,"logEv"#, &[("a", "1")]);
    }

    #[test]
    fn other_text_has_no_members() {
        for text in ["", "[1]", "START RequestId", "{START", "{'a':1}"] {
            check(text, &[]);
        }
    }
}
