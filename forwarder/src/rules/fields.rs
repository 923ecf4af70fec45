//! Values of a JSON message by their path: dots for objects, numbers for elements of arrays.
//!
//! A key with a dot is found too: the exact key first, then shorter ones (`a.b` is the member `a.b`, or `b` in `a`).

use memchr::memchr_iter;
use tailwater_parser::json::{Found, Kind, Reader};

use super::json::text_of;

/// Paths that are looked up together, in one pass over a message.
#[derive(Debug, Default)]
pub(super) struct Paths {
    paths: Vec<String>,
}

/// Values of one message. The buffer is reused for each message.
#[derive(Debug, Default)]
pub(super) struct Fields {
    found: Vec<Option<KeptValue>>,
}

/// Value that was found for a path.
#[derive(Clone, Debug)]
struct KeptValue {
    value: Found,
    /// Number of keys that led to it; fewer take precedence.
    n_keys: u32,
}

impl Paths {
    /// Adds a path and returns its index. A path that was added before has the same index.
    pub(super) fn add(&mut self, path: &str) -> usize {
        let known = self.paths.iter().position(|known| known == path);
        known.unwrap_or_else(|| {
            self.paths.push(path.to_owned());
            self.paths.len() - 1
        })
    }

    /// The path of an index.
    pub(super) fn path(&self, idx: usize) -> &str {
        self.paths.get(idx).map_or("", String::as_str)
    }

    /// Looks up all paths in the JSON object of a message: the whole message, or the first object in it.
    pub(super) fn find(&self, message: &str, fields: &mut Fields) {
        /// Number of opening braces at which an object is looked for.
        const MAX_TRIES: usize = 4;
        let wanted: Vec<_> = self.paths.iter().map(String::as_str).enumerate().collect();
        fields.clear(self.paths.len());
        if self.paths.is_empty() {
            return;
        }
        for at in memchr_iter(b'{', message.as_bytes()).take(MAX_TRIES) {
            let mut lookup = Lookup { text: message, fields, n_keys: 0 };
            if lookup.object(&mut Reader::new(message, at), &wanted).is_some() {
                return;
            }
            // What was found is part of no valid object.
            fields.clear(self.paths.len());
        }
    }
}

impl Fields {
    fn clear(&mut self, n_paths: usize) {
        self.found.clear();
        self.found.resize(n_paths, None);
    }

    /// The value of a path; `None` if it is missing or null.
    pub(super) fn get(&self, idx: usize) -> Option<&Found> {
        self.get_any(idx).filter(|value| value.kind != Kind::Null)
    }

    /// The value of a path, also null; `None` if it is missing.
    pub(super) fn get_any(&self, idx: usize) -> Option<&Found> {
        self.found.get(idx)?.as_ref().map(|found| &found.value)
    }
}

struct Lookup<'a, 'f> {
    text: &'a str,
    fields: &'f mut Fields,
    n_keys: u32,
}

impl Lookup<'_, '_> {
    fn object(&mut self, reader: &mut Reader<'_>, wanted: &[(usize, &str)]) -> Option<()> {
        let mut more = reader.enter(b'{', b'}')?;
        while more {
            let key = reader.key()?;
            let key = text_of(&key, self.text);
            self.value(reader, wanted, &key)?;
            more = reader.another(b'}')?;
        }
        Some(())
    }

    fn array(&mut self, reader: &mut Reader<'_>, wanted: &[(usize, &str)]) -> Option<()> {
        let mut more = reader.enter(b'[', b']')?;
        let mut idx = 0_usize;
        while more {
            self.value(reader, wanted, &idx.to_string())?;
            idx += 1;
            more = reader.another(b']')?;
        }
        Some(())
    }

    /// Reads the value of a key; keeps it for the paths that end here, and looks into it for those that go on.
    fn value(&mut self, reader: &mut Reader<'_>, wanted: &[(usize, &str)], key: &str) -> Option<()> {
        let first = reader.skip_space()?;
        let deeper: Vec<_> = wanted
            .iter()
            .filter(|_| matches!(first, b'{' | b'['))
            .filter_map(|(idx, path)| Some((*idx, path.strip_prefix(key)?.strip_prefix('.')?)))
            .collect();
        let value = if deeper.is_empty() { reader.value()? } else { self.container(reader, first, &deeper)? };
        for (idx, path) in wanted {
            if *path == key {
                self.keep(*idx, &value);
            }
        }
        Some(())
    }

    /// Reads an object or an array, and looks up paths in it.
    fn container(&mut self, reader: &mut Reader<'_>, first: u8, wanted: &[(usize, &str)]) -> Option<Found> {
        let start = reader.at();
        self.n_keys += 1;
        let kind = if first == b'{' {
            self.object(reader, wanted)?;
            Kind::Object
        } else {
            self.array(reader, wanted)?;
            Kind::Array
        };
        self.n_keys -= 1;
        Some(Found { kind, span: start..reader.at() })
    }

    fn keep(&mut self, idx: usize, value: &Found) {
        let Some(slot) = self.fields.found.get_mut(idx) else { return };
        if slot.as_ref().is_none_or(|found| self.n_keys <= found.n_keys) {
            *slot = Some(KeptValue { value: value.clone(), n_keys: self.n_keys });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(message: &str, path: &str, expected: Option<&str>) {
        let (mut paths, mut fields) = (Paths::default(), Fields::default());
        paths.add("other");
        let idx = paths.add(path);
        paths.find(message, &mut fields);
        let found = fields.get(idx).map(|value| text_of(value, message).into_owned());
        assert_eq!(found.as_deref(), expected, "{path} in {message}");
    }

    #[test]
    fn paths_lead_through_objects_and_arrays() {
        let message = r#"{"a":{"b":[{"c":1},{"c":"x\u00e9"}]},"n":null,"t":true}"#;
        check(message, "a.b.1.c", Some("xé"));
        check(message, "a.b.0.c", Some("1"));
        check(message, "a.b.2.c", None);
        check(message, "a.b", Some(r#"[{"c":1},{"c":"x\u00e9"}]"#));
        check(message, "n", None);
        check(message, "t", Some("true"));
        check(message, "t.x", None);
    }

    #[test]
    fn exact_key_takes_precedence() {
        check(r#"{"a":{"b":1},"a.b":2}"#, "a.b", Some("2"));
        check(r#"{"a.b":2,"a":{"b":1}}"#, "a.b", Some("2"));
        check(r#"{"a.b":{"c":1}}"#, "a.b.c", Some("1"));
        check(r#"{"a":1,"a":2}"#, "a", Some("2"));
    }

    #[test]
    fn object_after_a_prefix_is_read() {
        check("2026-11-29T10:00:00Z\tid\tINFO\t{\"a\":1}", "a", Some("1"));
        check("text", "a", None);
        check("{\"a\":1", "a", None);
        check("{x} {\"a\":{}} end", "a", Some("{}"));
    }
}
