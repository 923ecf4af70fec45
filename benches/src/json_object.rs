//! JSON objects whose members keep the order of insertion, as log lines require.

use std::fmt::{Display, Write};

/// JSON object under construction.
#[derive(Clone, Debug, Default)]
pub(crate) struct JsonObject {
    members: String,
}

impl JsonObject {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Adds a string member.
    pub(crate) fn text(mut self, key: &str, value: &str) -> Self {
        self.key(key);
        push_string(&mut self.members, value);
        self
    }

    /// Adds a member whose `Display` output is JSON: a number, `true`, or finished JSON text.
    pub(crate) fn json(mut self, key: &str, value: impl Display) -> Self {
        self.key(key);
        write!(self.members, "{value}").expect("writing to a string cannot fail");
        self
    }

    /// Adds a member that is a JSON object.
    pub(crate) fn object(self, key: &str, value: &Self) -> Self {
        self.json(key, value)
    }

    /// Adds a member that is an array of strings.
    pub(crate) fn text_array<T: AsRef<str>>(mut self, key: &str, values: &[T]) -> Self {
        self.key(key);
        self.members.push('[');
        for (n, value) in values.iter().enumerate() {
            if n > 0 {
                self.members.push(',');
            }
            push_string(&mut self.members, value.as_ref());
        }
        self.members.push(']');
        self
    }

    /// Adds a string member if `value` is `Some`.
    pub(crate) fn optional_text(self, key: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.text(key, value),
            None => self,
        }
    }

    /// Appends all members of another JSON object.
    pub(crate) fn append(mut self, other: &Self) -> Self {
        if !self.members.is_empty() && !other.members.is_empty() {
            self.members.push(',');
        }
        self.members.push_str(&other.members);
        self
    }

    fn key(&mut self, key: &str) {
        if !self.members.is_empty() {
            self.members.push(',');
        }
        push_string(&mut self.members, key);
        self.members.push(':');
    }
}

impl Display for JsonObject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{{{}}}", self.members)
    }
}

/// Appends `text` as a JSON string, with quotes and escapes.
pub(crate) fn push_string(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if control < ' ' => {
                write!(out, "\\u{:04x}", u32::from(control)).expect("writing to a string cannot fail");
            }
            other => out.push(other),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_keep_their_order() {
        let inner = JsonObject::new().text_array("list", &["x", "y"]);
        let object =
            JsonObject::new().text("b", "1").json("a", 2).object("c", &inner).optional_text("absent", None);
        assert_eq!(object.to_string(), r#"{"b":"1","a":2,"c":{"list":["x","y"]}}"#);
        assert_eq!(
            JsonObject::new().append(&inner).append(&JsonObject::new()).to_string(),
            r#"{"list":["x","y"]}"#
        );
    }

    #[test]
    fn escaped_string_parses_to_the_original() {
        let odd = "tab\t \"quoted\" back\\slash\r\n\u{1} ünïcode 🚀";
        let text = JsonObject::new().text("k", odd).to_string();
        let back: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(back["k"], odd);
    }
}
