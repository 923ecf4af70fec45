//! Removal and renaming of members of a JSON message. The rest of the message stays as it is written.

use tailwater_parser::json::Reader;

use super::{
    fields::{Fields, Paths},
    json::{is_object, text_of},
};

/// Change of the members at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change<'a> {
    Remove,
    /// New name in the same object.
    Rename(&'a str),
}

/// Path and what becomes of its members.
type Edit<'a> = (&'a str, Change<'a>);

/// Removes the members at `paths`. Returns false if the message is not a JSON object or has none of them.
pub(super) fn remove(message: &str, paths: &[String], out: &mut String) -> bool {
    let edits: Vec<_> = paths.iter().map(|path| (path.as_str(), Change::Remove)).collect();
    rewrite(message, &edits, None, out)
}

/// Renames the member at `from` to `to`: within its object if both paths have the same parent, else it becomes a member
/// of the whole message with `to` as its name. A member that already has the new name is replaced. Returns false if the
/// message is not a JSON object or has no such member.
pub(super) fn rename(message: &str, from: &str, to: &str, out: &mut String) -> bool {
    let (mut paths, mut fields) = (Paths::default(), Fields::default());
    let idx = paths.add(from);
    if from == to || !message.trim_ascii_start().starts_with('{') {
        return false;
    }
    paths.find(message, &mut fields);
    let Some(value) = fields.get_any(idx) else { return false };
    let parent = |path: &'_ str| {
        path.rsplit_once('.')
            .map_or((String::new(), path.to_owned()), |(parent, name)| (parent.to_owned(), name.to_owned()))
    };
    let ((old_parent, _), (new_parent, name)) = (parent(from), parent(to));
    if old_parent == new_parent {
        return rewrite(message, &[(to, Change::Remove), (from, Change::Rename(&name))], None, out);
    }
    // The span of a string is without its quotes.
    let start = value.span.start - usize::from(message.as_bytes().get(value.span.start - 1) == Some(&b'"'));
    let end = value.span.end + usize::from(start < value.span.start);
    let moved = message.get(start..end).map(|value| (to, value));
    rewrite(message, &[(to, Change::Remove), (from, Change::Remove)], moved, out)
}

/// Writes the message with its edits, and `added` as its last member.
fn rewrite(message: &str, edits: &[Edit<'_>], added: Option<(&str, &str)>, out: &mut String) -> bool {
    out.clear();
    if !message.trim_ascii_start().starts_with('{') || !is_object(message) {
        return false;
    }
    let mut writer = Writer { text: message, out, has_changed: false, added };
    let mut reader = Reader::new(message, 0);
    writer.object(&mut reader, edits, true);
    let has_changed = writer.has_changed;
    out.push_str(message.get(reader.at()..).unwrap_or_default());
    has_changed
}

struct Writer<'a, 'o> {
    text: &'a str,
    out: &'o mut String,
    has_changed: bool,
    added: Option<(&'a str, &'a str)>,
}

impl<'a> Writer<'a, '_> {
    /// Writes an object, which is valid.
    fn object(&mut self, reader: &mut Reader<'a>, edits: &[Edit<'_>], is_root: bool) -> Option<()> {
        let mut separator = '{';
        let mut more = reader.enter(b'{', b'}')?;
        while more {
            reader.skip_space()?;
            let key_start = reader.at();
            let key = reader.key()?;
            let (name, prefix) = (text_of(&key, self.text), self.text.get(key_start..reader.at())?);
            match exact(edits, &name) {
                Some(Change::Remove) => {
                    reader.value()?;
                    self.has_changed = true;
                }
                Some(Change::Rename(to)) => {
                    self.out.push(separator);
                    self.push_text(to);
                    self.out.push(':');
                    self.value(reader, &[])?;
                    self.has_changed = true;
                    separator = ',';
                }
                None => {
                    self.out.push(separator);
                    self.out.push_str(prefix);
                    self.value(reader, &deeper(edits, &name))?;
                    separator = ',';
                }
            }
            more = reader.another(b'}')?;
        }
        if let Some((name, value)) = self.added.filter(|_| is_root) {
            self.out.push(separator);
            self.push_text(name);
            self.out.push(':');
            self.out.push_str(value);
            separator = ',';
        }
        if separator == '{' {
            self.out.push('{');
        }
        self.out.push('}');
        Some(())
    }

    fn array(&mut self, reader: &mut Reader<'a>, edits: &[Edit<'_>]) -> Option<()> {
        let mut separator = '[';
        let mut idx = 0_usize;
        let mut more = reader.enter(b'[', b']')?;
        while more {
            let name = idx.to_string();
            if exact(edits, &name) == Some(Change::Remove) {
                reader.value()?;
                self.has_changed = true;
            } else {
                self.out.push(separator);
                self.value(reader, &deeper(edits, &name))?;
                separator = ',';
            }
            idx += 1;
            more = reader.another(b']')?;
        }
        if separator == '[' {
            self.out.push('[');
        }
        self.out.push(']');
        Some(())
    }

    /// Writes a value: as it is, if no edit is about a part of it.
    fn value(&mut self, reader: &mut Reader<'a>, edits: &[Edit<'_>]) -> Option<()> {
        let start = reader.at();
        let first = reader.skip_space()?;
        match (edits, first) {
            ([_, ..], b'{') => self.object(reader, edits, false),
            ([_, ..], b'[') => self.array(reader, edits),
            _ => {
                reader.value()?;
                self.out.push_str(self.text.get(start..reader.at())?);
                Some(())
            }
        }
    }

    fn push_text(&mut self, text: &str) {
        // Writing a string as JSON cannot fail.
        self.out.push_str(&serde_json::to_string(text).unwrap_or_default());
    }
}

/// The change of a member with exactly this path.
fn exact<'e>(edits: &[Edit<'e>], name: &str) -> Option<Change<'e>> {
    edits.iter().find(|(path, _)| *path == name).map(|(_, change)| *change)
}

/// The edits of members in the value of `name`.
fn deeper<'e>(edits: &[Edit<'e>], name: &str) -> Vec<Edit<'e>> {
    let rest = |path: &'e str| path.strip_prefix(name)?.strip_prefix('.');
    edits.iter().filter_map(|(path, change)| Some((rest(path)?, *change))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(message: &str, change: impl Fn(&str, &mut String) -> bool, expected: Option<&str>) {
        let mut out = String::from("old");
        let has_changed = change(message, &mut out);
        assert_eq!(has_changed.then_some(out.as_str()), expected, "{message}");
        if has_changed {
            assert!(is_object(&out), "{out}");
        }
    }

    fn check_removed(message: &str, paths: &[&str], expected: Option<&str>) {
        let paths: Vec<_> = paths.iter().map(|path| (*path).to_owned()).collect();
        check(message, |text, out| remove(text, &paths, out), expected);
    }

    fn check_renamed(message: &str, from: &str, to: &str, expected: Option<&str>) {
        check(message, |text, out| rename(text, from, to, out), expected);
    }

    #[test]
    fn members_are_removed_and_the_rest_stays_as_written() {
        check_removed(r#"{"a": 1.0, "b": 2}"#, &["b"], Some(r#"{"a": 1.0}"#));
        check_removed("{\"a\":1,\"b\":[ 2 ],\"c\":3}\n", &["a", "c"], Some("{\"b\":[ 2 ]}\n"));
        check_removed(r#"{"a":1}"#, &["a"], Some("{}"));
        check_removed(r#"{"a":{"b":1,"c":2},"a.b":3}"#, &["a.b"], Some(r#"{"a":{"c":2}}"#));
        check_removed(r#"{"a":[{"b":1},{"b":2}]}"#, &["a.1.b"], Some(r#"{"a":[{"b":1},{}]}"#));
        check_removed(r#"{"a":[1,2]}"#, &["a.0"], Some(r#"{"a":[2]}"#));
        check_removed(r#"{"a":1,"a":2,"b":3}"#, &["a"], Some(r#"{"b":3}"#));
        check_removed(r#"{"\u0061":1,"b":3}"#, &["a"], Some(r#"{"b":3}"#));
    }

    #[test]
    fn members_are_renamed_in_place_or_moved_to_the_top() {
        check_renamed(r#"{"a":"x","z":1}"#, "a", "b", Some(r#"{"b":"x","z":1}"#));
        check_renamed(r#"{"h":{"s": 1},"z":1}"#, "h.s", "h.status", Some(r#"{"h":{"status": 1},"z":1}"#));
        check_renamed(r#"{"a":{"b":"x\"y"}}"#, "a.b", "c", Some(r#"{"a":{},"c":"x\"y"}"#));
        check_renamed(r#"{"a":{"b":[1]},"c":0}"#, "a.b", "c", Some(r#"{"a":{},"c":[1]}"#));
        check_renamed(r#"{"a":1}"#, "a", "b.c", Some(r#"{"b.c":1}"#));
        check_renamed(r#"{"b":0,"a":null}"#, "a", "b", Some(r#"{"b":null}"#));
    }

    #[test]
    fn other_messages_are_not_changed() {
        for message in ["text", "{\"x\":1}", "{\"a\":1", "INFO {\"a\":1}", "[1]", "{\"a\":1} x", ""] {
            check_removed(message, &["a"], None);
            check_renamed(message, "a", "b", None);
        }
        check_renamed("{\"a\":1}", "a", "a", None);
    }

    proptest::proptest! {
        #[test]
        fn result_is_valid_json(
            text in "\\{(\"[ab.]{1,3}\":(1|\"x\"|\\[1,\\{\"a\":2\\}\\]|\\{\"a\":\\{\"b\":null\\}\\}),){0,4}\"z\":0\\}",
            from in "[ab](\\.[ab01]){0,2}",
            to in "[abc](\\.[abc]){0,2}",
        ) {
            let mut out = String::new();
            if rename(&text, &from, &to, &mut out) {
                proptest::prop_assert!(is_object(&out), "{} {} {} {}", text, from, to, out);
            }
            if remove(&text, &[from], &mut out) {
                proptest::prop_assert!(is_object(&out), "{}", out);
            }
        }
    }
}
