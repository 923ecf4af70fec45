//! Extraction of the values at given paths from a JSON text, in one pass and without building a document.

use std::borrow::Cow;

use tailwater_parser::json::{self, Kind, Value};

/// Deepest level at which the order of two keys that mean the same path is still told apart.
const RANKED_LEVELS: u32 = 10;
/// Number of bits of a rank that one level has.
const LEVEL_BITS: u32 = 6;
/// Greatest number of opening braces of a text at which an object is looked for.
const MAX_ATTEMPTS: usize = 8;

/// Paths whose values are wanted, each with its index.
///
/// A path has dots between the keys of nested objects, and numbers for the elements of arrays: `items.0.price`. A key
/// that itself has dots may stand for several parts. If several keys fit, the longest at the outermost level counts.
#[derive(Clone, Debug, Default)]
pub(super) struct JsonPaths {
    paths: Vec<Box<str>>,
}

/// Values found in one text, by the index of their path.
#[derive(Debug, Default)]
pub(super) struct JsonValues<'a> {
    found: Vec<Option<Found<'a>>>,
}

#[derive(Clone, Copy, Debug)]
struct Found<'a> {
    rank: u64,
    value: Value<'a>,
}

/// Path, or the rest of it below an object.
#[derive(Clone, Copy, Debug)]
struct Wanted<'p> {
    index: usize,
    rest: &'p str,
    rank: u64,
}

impl JsonPaths {
    /// Adds a path and returns its index. A path that was added before keeps its index.
    pub(super) fn add(&mut self, path: &str) -> usize {
        if let Some(index) = self.paths.iter().position(|known| **known == *path) {
            return index;
        }
        self.paths.push(path.into());
        self.paths.len() - 1
    }

    pub(super) fn path(&self, index: usize) -> Option<&str> {
        self.paths.get(index).map(AsRef::as_ref)
    }

    /// Finds the values in a text that is one JSON object or array.
    pub(super) fn read_document<'a>(&self, text: &'a str, values: &mut JsonValues<'a>) {
        values.clear(self.paths.len());
        let wanted = self.wanted();
        let all = match text.trim_ascii_start().as_bytes().first() {
            Some(b'{') => json::members(text, |key, value| member(&wanted, key, value, 0, values)),
            Some(b'[') => read_elements(text, &wanted, 0, values),
            Some(_) | None => None,
        };
        if all.is_none() {
            values.clear(self.paths.len());
        }
    }

    /// Finds the values in the first JSON object of a text, which may have other text before and after it.
    pub(super) fn read_fragment<'a>(&self, text: &'a str, values: &mut JsonValues<'a>) {
        let wanted = self.wanted();
        let mut read = |text: &'a str| {
            values.clear(self.paths.len());
            json::leading_members(text, |key, value| member(&wanted, key, value, 0, values)).is_some()
        };
        if !first_object(text, &mut read) {
            values.clear(self.paths.len());
        }
    }

    fn wanted(&self) -> Vec<Wanted<'_>> {
        let wanted = |(index, path)| Wanted { index, rest: path, rank: 0 };
        self.paths.iter().map(AsRef::as_ref).enumerate().map(wanted).collect()
    }
}

/// Calls `read` with the rest of a text from each of the first opening braces on, until one begins an object, for which
/// `read` returns true. Returns false if none does.
pub(super) fn first_object<'a>(text: &'a str, read: impl FnMut(&'a str) -> bool) -> bool {
    let braces = memchr::memchr_iter(b'{', text.as_bytes()).take(MAX_ATTEMPTS);
    braces.filter_map(|at| text.get(at..)).any(read)
}

impl<'a> JsonValues<'a> {
    /// Returns the value at the path with this index; `None` if the text has none.
    pub(super) fn at(&self, index: usize) -> Option<Value<'a>> {
        self.found.get(index).copied().flatten().map(|found| found.value)
    }

    fn clear(&mut self, paths: usize) {
        self.found.clear();
        self.found.resize(paths, None);
    }

    /// Keeps a value unless one with a better rank was found. Of two equal keys the last counts.
    fn offer(&mut self, index: usize, rank: u64, value: Value<'a>) {
        if let Some(slot) = self.found.get_mut(index)
            && slot.is_none_or(|found| found.rank <= rank)
        {
            *slot = Some(Found { rank, value });
        }
    }
}

/// Takes the values that a member of an object has, `level` objects below the outermost.
fn member<'a>(wanted: &[Wanted<'_>], key: &str, value: Value<'a>, level: u32, values: &mut JsonValues<'a>) {
    let key = unescaped(key);
    let mut below = Vec::new();
    for want in wanted {
        let Some(rest) = want.rest.strip_prefix(&*key) else { continue };
        let rank = want.rank | rank_of(&key, level);
        if rest.is_empty() {
            values.offer(want.index, rank, value);
        } else if let Some(rest) = rest.strip_prefix('.') {
            below.push(Wanted { index: want.index, rest, rank });
        }
    }
    descend(&below, value, level + 1, values);
}

fn descend<'a>(wanted: &[Wanted<'_>], value: Value<'a>, level: u32, values: &mut JsonValues<'a>) {
    if wanted.is_empty() {
        return;
    }
    let _ = match value.kind {
        Kind::Object => json::members(value.raw, |key, value| member(wanted, key, value, level, values)),
        Kind::Array => read_elements(value.raw, wanted, level, values),
        Kind::String { .. } | Kind::Number | Kind::True | Kind::False | Kind::Null => None,
    };
}

fn read_elements<'a>(
    text: &'a str,
    wanted: &[Wanted<'_>],
    level: u32,
    values: &mut JsonValues<'a>,
) -> Option<()> {
    let mut position = 0_usize;
    json::elements(text, |value| {
        let mut below = Vec::new();
        for want in wanted {
            let (first, rest) = want.rest.split_once('.').unwrap_or((want.rest, ""));
            if !first.parse().is_ok_and(|wanted: usize| wanted == position) {
                continue;
            }
            let rank = want.rank | rank_of(first, level);
            if rest.is_empty() {
                values.offer(want.index, rank, value);
            } else {
                below.push(Wanted { index: want.index, rest, rank });
            }
        }
        descend(&below, value, level + 1, values);
        position += 1;
    })
}

/// Rank of a key at a level: more parts rank higher, and outer levels count more.
fn rank_of(key: &str, level: u32) -> u64 {
    const MOST: u64 = (1 << LEVEL_BITS) - 1;
    if level >= RANKED_LEVELS {
        return 0;
    }
    let parts = u64::try_from(memchr::memchr_iter(b'.', key.as_bytes()).count()).unwrap_or(MOST);
    parts.saturating_add(1).min(MOST) << (LEVEL_BITS * (RANKED_LEVELS - 1 - level))
}

/// Key of an object with its escapes resolved.
pub(super) fn unescaped(key: &str) -> Cow<'_, str> {
    if !key.contains('\\') {
        return Cow::Borrowed(key);
    }
    let value = Value { kind: Kind::String { escaped: true }, raw: key };
    value.text().unwrap_or(Cow::Borrowed(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, path: &str, expected: Option<&str>) {
        let mut paths = JsonPaths::default();
        paths.add("other");
        let index = paths.add(path);
        let mut values = JsonValues::default();
        if text.starts_with(['{', '[']) {
            paths.read_document(text, &mut values);
        } else {
            paths.read_fragment(text, &mut values);
        }
        assert_eq!(values.at(index).map(|value| value.raw), expected, "{path} in {text}");
    }

    #[test]
    fn nested_keys_and_array_elements_are_found() {
        check(r#"{"a":{"b":[{"c":1},{"c":"x"}]}}"#, "a.b.1.c", Some("x"));
        check(r#"{"a":{"b":[{"c":1},{"c":"x"}]}}"#, "a.b.0.c", Some("1"));
        check(r#"{"a":{"b":[{"c":1}]}}"#, "a.b.2.c", None);
        check(r#"{"a":1}"#, "a.b", None);
        check(r#"{"a":[5,6]}"#, "a.1", Some("6"));
        check(r#"[{"a":1}]"#, "0.a", Some("1"));
        check(r#"{"größe":{"x y":2}}"#, "größe.x y", Some("2"));
    }

    #[test]
    fn exact_key_comes_before_nested_keys() {
        check(r#"{"a.b":1,"a":{"b":2}}"#, "a.b", Some("1"));
        check(r#"{"a":{"b":2},"a.b":1}"#, "a.b", Some("1"));
        check(r#"{"a.b":{"c":1},"a":{"b.c":2}}"#, "a.b.c", Some("1"));
        check(r#"{"a":{"b":{"c":1},"b.c":2}}"#, "a.b.c", Some("2"));
    }

    #[test]
    fn last_of_equal_keys_counts() {
        check(r#"{"a":1,"a":2}"#, "a", Some("2"));
        check(r#"{"\u0061":1}"#, "a", Some("1"));
    }

    #[test]
    fn first_object_in_text_is_read() {
        check("x\tINFO\t{\"a\":1} {\"a\":2}", "a", Some("1"));
        check("x {not json} {\"a\":2}", "a", Some("2"));
        check("x {\"a\":", "a", None);
        check("no json", "a", None);
    }

    #[test]
    fn damaged_document_has_no_values() {
        check(r#"{"a":1"#, "a", None);
        check(r#"{"a":1}}"#, "a", None);
        check(r#"[1,2"#, "0", None);
    }
}
