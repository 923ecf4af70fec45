//! JSON writer: appends the members of a JSON object to a buffer, without an intermediate tree.

use tailwater_parser::record::EventId;

/// Writer of one JSON object on one line.
pub(super) struct ObjectWriter<'b> {
    out: &'b mut Vec<u8>,
    /// Byte before the next member; `None` before the first of members without braces.
    separator: Option<u8>,
}

impl<'b> ObjectWriter<'b> {
    /// Begins a JSON object, to be appended to `out`.
    pub(super) fn begin(out: &'b mut Vec<u8>) -> Self {
        Self { out, separator: Some(b'{') }
    }

    /// Begins members without braces, to be appended to `out`. If `out` is not empty, it ends with such members.
    pub(super) fn continuing(out: &'b mut Vec<u8>) -> Self {
        let separator = (!out.is_empty()).then_some(b',');
        Self { out, separator }
    }

    /// Ends the JSON object.
    pub(super) fn end(self) {
        if self.separator == Some(b'{') {
            self.out.push(b'{');
        }
        self.out.push(b'}');
    }

    /// Ends the JSON object, which must have at least one member, and the line.
    pub(super) fn end_line(self) {
        self.out.extend_from_slice(b"}\n");
    }

    fn separate(&mut self) {
        self.out.extend(self.separator);
        self.separator = Some(b',');
    }

    /// Appends a member with this name. `write` appends its value.
    fn member(&mut self, name: &str, write: impl FnOnce(&mut Vec<u8>)) {
        self.separate();
        self.out.push(b'"');
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
        write(self.out);
    }

    /// Appends a member whose value is the id of an event, as a string.
    pub(super) fn event_id(&mut self, name: &str, id: EventId<'_>) {
        match id {
            EventId::CloudWatch(id) => self.text(name, id),
            EventId::Position(_) => self.text(name, &id.to_string()),
        }
    }

    pub(super) fn text(&mut self, name: &str, value: &str) {
        self.member(name, |out| write_string(out, value));
    }

    /// Appends a member whose value is a string; null if `value` is `None` or empty.
    pub(super) fn optional_text(&mut self, name: &str, value: Option<&str>) {
        match value.filter(|value| !value.is_empty()) {
            Some(value) => self.text(name, value),
            None => self.null(name),
        }
    }

    pub(super) fn null(&mut self, name: &str) {
        self.member(name, |out| out.extend_from_slice(b"null"));
    }

    pub(super) fn integer(&mut self, name: &str, value: i64) {
        self.member(name, |out| {
            serde_json::to_writer(out, &value).expect("a number is written to memory");
        });
    }

    /// Appends a member whose value is a number; null if `value` is `None` or not finite.
    pub(super) fn number(&mut self, name: &str, value: Option<f64>) {
        match value.filter(|value| value.is_finite()) {
            Some(value) => self.member(name, |out| out.extend_from_slice(value.to_string().as_bytes())),
            None => self.null(name),
        }
    }

    pub(super) fn boolean(&mut self, name: &str, value: bool) {
        self.member(name, |out| out.extend_from_slice(if value { b"true" } else { b"false" }));
    }

    /// Appends a member whose value is valid JSON already. Line breaks in `value` are replaced by spaces.
    pub(super) fn json(&mut self, name: &str, value: &str) {
        self.member(name, |out| {
            let (value, start) = (value.trim_ascii().as_bytes(), out.len());
            out.extend_from_slice(value);
            for line_break in memchr::memchr2_iter(b'\n', b'\r', value) {
                if let Some(byte) = out.get_mut(start + line_break) {
                    *byte = b' ';
                }
            }
        });
    }

    /// Appends encoded members without braces, as [`Self::continuing`] writes them: `"a":1,"b":{"c":2}`.
    pub(super) fn encoded(&mut self, members: &[u8]) {
        if !members.is_empty() {
            self.separate();
            self.out.extend_from_slice(members);
        }
    }

    /// Appends a member whose value is a JSON object. `write` appends the members of that object.
    pub(super) fn object(&mut self, name: &str, write: impl FnOnce(&mut ObjectWriter<'_>)) {
        self.member(name, |out| {
            let mut object = ObjectWriter::begin(out);
            write(&mut object);
            object.end();
        });
    }

    /// Appends a member whose value is an array of these strings.
    pub(super) fn list<'t>(&mut self, name: &str, values: impl Iterator<Item = &'t str>) {
        self.member(name, |out| {
            out.push(b'[');
            for (n, value) in values.enumerate() {
                if n > 0 {
                    out.push(b',');
                }
                write_string(out, value);
            }
            out.push(b']');
        });
    }

    /// Appends a member whose value is a JSON object with these members, all of them strings.
    pub(super) fn texts<'t>(&mut self, name: &str, members: impl Iterator<Item = (&'t str, &'t str)>) {
        self.member(name, |out| {
            out.push(b'{');
            for (n, (name, value)) in members.enumerate() {
                if n > 0 {
                    out.push(b',');
                }
                write_string(out, name);
                out.push(b':');
                write_string(out, value);
            }
            out.push(b'}');
        });
    }
}

/// Appends `text` as a JSON string.
pub(super) fn write_string(out: &mut Vec<u8>, text: &str) {
    tailwater_parser::json::write_string(text, out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_nest_and_may_be_empty() {
        let mut out = Vec::new();
        let mut object = ObjectWriter::begin(&mut out);
        object.text("a", "b");
        object.object("c", |inner| inner.object("d", |_| {}));
        object.end();
        assert_eq!(String::from_utf8(out).unwrap(), "{\"a\":\"b\",\"c\":{\"d\":{}}}");
    }

    fn check_encoded(parts: &[&[&str]], expected: &str) {
        let mut out = Vec::new();
        let mut object = ObjectWriter::begin(&mut out);
        for names in parts {
            let mut members = Vec::new();
            let mut writer = ObjectWriter::continuing(&mut members);
            names.iter().for_each(|name| writer.boolean(name, true));
            object.encoded(&members);
        }
        object.end();
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn encoded_members_are_inserted() {
        check_encoded(&[&["a", "b"], &[], &["c"]], r#"{"a":true,"b":true,"c":true}"#);
        check_encoded(&[&[], &["a"]], r#"{"a":true}"#);
        check_encoded(&[], "{}");
    }

    #[test]
    fn object_is_one_line() {
        let mut out = Vec::new();
        let mut object = ObjectWriter::begin(&mut out);
        object.text("a", "x\ny\u{1}");
        object.json("b", "{\n\"c\": 1}\n");
        object.number("d", Some(f64::NAN));
        object.texts("e", [("k", "v"), ("l", "w")].into_iter());
        object.end_line();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "{\"a\":\"x\\ny\\u0001\",\"b\":{ \"c\": 1},\"d\":null,\"e\":{\"k\":\"v\",\"l\":\"w\"}}\n"
        );
    }
}
