//! `parse`: values taken from a text.

use std::borrow::Cow;

use regex::Regex;

use super::node::Node;
use crate::query::{
    csv::Rows,
    field::TextPaths,
    language::tree::ParseForm,
    value::{Map, Value},
};

/// Compiled `parse`.
#[derive(Clone, Debug)]
pub(in crate::query) struct Extract {
    pub(in crate::query) input: Node,
    pub(in crate::query) form: Form,
}

/// Form of the text that a `parse` takes apart.
#[derive(Clone, Debug)]
pub(in crate::query) enum Form {
    /// Literal texts with a value between each two.
    Glob(Vec<String>),
    /// Regular expression and the numbers of its named groups.
    Regex(Regex, Vec<usize>),
    /// Pairs `key=value`.
    Logfmt,
    /// Cells of a row: their number.
    Csv(usize),
    /// Values at paths.
    Json(TextPaths, Vec<usize>),
}

impl Extract {
    pub(super) fn new(input: Node, form: &ParseForm) -> Self {
        let form = match form {
            ParseForm::Glob { literals, .. } => Form::Glob(literals.clone()),
            ParseForm::Regex { regex, names, .. } => {
                let known: Vec<_> = regex.regex.capture_names().collect();
                let number = |name: &String| known.iter().position(|group| *group == Some(name.as_str()));
                Form::Regex(regex.regex.clone(), names.iter().filter_map(number).collect())
            }
            ParseForm::Logfmt { .. } => Form::Logfmt,
            ParseForm::Csv { names } => Form::Csv(names.len()),
            ParseForm::Json(list) => {
                let mut paths = TextPaths::default();
                let indexes = list.iter().map(|path| paths.add(&path.path)).collect();
                Form::Json(paths, indexes)
            }
        };
        Self { input, form }
    }

    /// Takes the values from a text. No values if the text does not have the form.
    pub(in crate::query) fn read<'t>(&self, text: &Value<'t>) -> Vec<Value<'t>> {
        let Some(text) = text_of(text) else { return Vec::new() };
        match text {
            Cow::Borrowed(text) => self.form.read(text),
            Cow::Owned(text) => self.form.read(&text).into_iter().map(Value::into_owned).collect(),
        }
    }

    /// Takes the values of all matches of a regular expression.
    pub(in crate::query) fn read_all<'t>(&self, text: &Value<'t>) -> Vec<Vec<Value<'t>>> {
        let (Some(text), Form::Regex(regex, groups)) = (text_of(text), &self.form) else {
            return Vec::new();
        };
        match text {
            Cow::Borrowed(text) => regex.captures_iter(text).map(|found| taken(&found, groups)).collect(),
            Cow::Owned(text) => {
                let owned = |found: regex::Captures<'_>| {
                    taken(&found, groups).into_iter().map(Value::into_owned).collect()
                };
                regex.captures_iter(&text).map(owned).collect()
            }
        }
    }
}

/// Text of a value, borrowed from where the value borrowed it.
fn text_of<'t>(value: &Value<'t>) -> Option<Cow<'t, str>> {
    match value {
        Value::Text(text) => Some(text.clone()),
        other => other.to_text().map(|text| Cow::Owned(text.into_owned())),
    }
}

impl Form {
    fn read<'t>(&self, text: &'t str) -> Vec<Value<'t>> {
        match self {
            Self::Glob(literals) => glob(text, literals).unwrap_or_default(),
            Self::Regex(regex, groups) => {
                regex.captures(text).map(|found| taken(&found, groups)).unwrap_or_default()
            }
            Self::Logfmt => logfmt(text).map(|map| vec![map]).unwrap_or_default(),
            Self::Csv(cells) => csv(text, *cells),
            Self::Json(paths, indexes) => paths.read(text, indexes),
        }
    }
}

fn taken<'t>(found: &regex::Captures<'t>, groups: &[usize]) -> Vec<Value<'t>> {
    let group =
        |number: &usize| found.get(*number).map_or(Value::Missing, |group| Value::text(group.as_str()));
    groups.iter().map(group).collect()
}

/// Takes the shortest texts between the literals; the last one reaches to the end if nothing follows it.
fn glob<'t>(text: &'t str, literals: &[String]) -> Option<Vec<Value<'t>>> {
    let (first, rest) = literals.split_first()?;
    let mut at = text.find(first.as_str())? + first.len();
    let mut values = Vec::with_capacity(rest.len());
    for (index, literal) in rest.iter().enumerate() {
        let after = text.get(at..)?;
        let is_last = index + 1 == rest.len();
        let length =
            if literal.is_empty() && is_last { after.len() } else { after.find(literal.as_str())? };
        values.push(Value::text(after.get(..length)?));
        at += length + literal.len();
    }
    Some(values)
}

/// Reads pairs `key=value` and `key="quoted value"`; a key alone has the value `true`.
fn logfmt<'t>(text: &str) -> Option<Value<'t>> {
    let mut entries = Vec::new();
    let mut rest = text.trim_ascii();
    while !rest.is_empty() {
        let end = rest.find(|c: char| c == '=' || c.is_ascii_whitespace()).unwrap_or(rest.len());
        let (key, after) = rest.split_at(end);
        let (value, after) = match after.strip_prefix('=') {
            None => (Value::Boolean(true), after),
            Some(quoted) if quoted.starts_with('"') => unquoted(quoted),
            Some(plain) => {
                let end = plain.find(|c: char| c.is_ascii_whitespace()).unwrap_or(plain.len());
                let (value, after) = plain.split_at(end);
                (Value::text(value.to_owned()), after)
            }
        };
        if !key.is_empty() {
            entries.push((key.to_owned(), value));
        }
        rest = after.trim_ascii_start();
        if key.is_empty() && end == 0 && rest == text {
            break;
        }
    }
    (!entries.is_empty()).then(|| Value::Map(std::sync::Arc::new(Map { entries })))
}

/// Reads a text in double quotes with backslashes, and returns what follows it.
fn unquoted(text: &str) -> (Value<'static>, &str) {
    let mut out = String::new();
    let mut characters = text.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (Value::text(out), text.get(at + 1..).unwrap_or_default()),
            '\\' => match characters.next() {
                Some((_, 'n')) => out.push('\n'),
                Some((_, 't')) => out.push('\t'),
                Some((_, other)) => out.push(other),
                None => {}
            },
            other => out.push(other),
        }
    }
    (Value::text(out), "")
}

/// Reads the first cells of a CSV row.
fn csv<'t>(text: &str, count: usize) -> Vec<Value<'t>> {
    let row = Rows::new(text).next().unwrap_or_else(|| vec![String::new()]);
    row.into_iter().take(count).map(Value::text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(values: &[Value<'_>]) -> Vec<String> {
        values.iter().map(|value| value.to_text().unwrap_or_default().into_owned()).collect()
    }

    fn check_glob(text: &str, literals: &[&str], expected: Option<&[&str]>) {
        let literals: Vec<_> = literals.iter().map(ToString::to_string).collect();
        let found = glob(text, &literals).map(|values| texts(&values));
        let expected = expected.map(|texts| texts.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(found, expected);
    }

    #[test]
    fn glob_takes_the_shortest_texts_and_the_last_to_the_end() {
        check_glob("user=a, took 5 ms, ok", &["user=", ", took ", ""], Some(&["a", "5 ms, ok"]));
        check_glob("Restore Duration: 5.1 ms\t", &["Restore Duration: ", " ms"], Some(&["5.1"]));
        check_glob("a[b]c", &["", "[", "]", ""], Some(&["a", "b", "c"]));
        check_glob("nothing", &["x", ""], None);
        check_glob("é=ü", &["é=", ""], Some(&["ü"]));
    }

    #[test]
    fn logfmt_reads_quoted_and_bare_values() {
        let Some(Value::Map(map)) = logfmt(r#"level=info msg="a \"b\" c" ok n=5 =x"#) else {
            panic!("a map")
        };
        assert_eq!(map.find("msg").and_then(|value| value.to_text()).as_deref(), Some("a \"b\" c"));
        assert_eq!(map.find("n").and_then(|value| value.to_text()).as_deref(), Some("5"));
        assert!(map.find("ok").is_some());
    }

    #[test]
    fn csv_reads_quoted_cells() {
        assert_eq!(texts(&csv(r#"a,"b, ""c""",,d"#, 4)), ["a", r#"b, "c""#, "", "d"]);
        assert_eq!(texts(&csv("a,b,c", 2)), ["a", "b"]);
    }
}
