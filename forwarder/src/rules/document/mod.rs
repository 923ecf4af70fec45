//! TOML text as a tree of values with their positions.

use std::{borrow::Cow, ops::Range};

use toml_parser::{
    ParseError, Source, Span,
    decoder::ScalarKind,
    parser::{Event, EventKind, RecursionGuard, ValidateWhitespace, parse_document},
};

/// Deepest nesting of arrays and inline tables.
const MAX_DEPTH: u32 = 32;

/// Value with its place in the text.
#[derive(Debug)]
pub(super) struct Value {
    pub(super) kind: ValueKind,
    pub(super) span: Range<usize>,
}

/// Value of one of TOML's types.
#[derive(Debug)]
pub(super) enum ValueKind {
    Text(String),
    Integer(i64),
    Float(f64),
    Boolean(bool),
    DateTime,
    Array(Vec<Value>),
    /// Tables under `[[name]]`, one for each.
    Tables(Vec<Table>),
    Table(Table),
}

/// Table: entries in the order of the text.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) entries: Vec<Entry>,
    /// Place of the name in the table's header; `None` if it has none.
    pub(super) header: Option<usize>,
    form: Form,
}

/// Entry of a table.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) span: Range<usize>,
    pub(super) value: Value,
}

/// Form in which a table is written, which decides how it may be extended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Form {
    /// `{ … }`: closed.
    Inline,
    /// `[name]`.
    Header,
    /// Only as a part of the name in another header.
    #[default]
    Implicit,
    /// By a dotted key, such as `a.b = 1`.
    Dotted,
}

/// Problem with the text: byte offset and description.
pub(super) type TextProblem = (usize, String);

/// Key with its place.
type Key = (String, Range<usize>);

/// Parses a TOML text. Returns what can be read of it, and all problems.
pub(super) fn parse(text: &str) -> (Table, Vec<TextProblem>) {
    let source = Source::new(text);
    let tokens = source.lex().into_vec();
    let (mut events, mut errors): (Vec<Event>, Vec<ParseError>) = (Vec::new(), Vec::new());
    {
        let mut validated = ValidateWhitespace::new(&mut events, source);
        let mut guarded = RecursionGuard::new(&mut validated, MAX_DEPTH);
        parse_document(&tokens, &mut guarded, &mut errors);
    }
    let is_insignificant =
        |kind| matches!(kind, EventKind::Whitespace | EventKind::Comment | EventKind::Newline);
    events.retain(|event| !is_insignificant(event.kind()));
    let mut reader = Reader { source, events: events.iter(), errors, problems: Vec::new() };
    let root = reader.document();
    let mut problems = reader.problems;
    problems.extend(reader.errors.iter().map(describe));
    (root, problems)
}

fn describe(error: &ParseError) -> TextProblem {
    let at = error.unexpected().or(error.context()).map_or(0, |span| span.start());
    let expected = error.expected().into_iter().flatten().map(|expected| match expected {
        toml_parser::Expected::Literal("\n") => "a line break".to_owned(),
        toml_parser::Expected::Literal(text) => format!("`{text}`"),
        toml_parser::Expected::Description(text) => (*text).to_owned(),
        _ => String::new(),
    });
    let expected: Vec<_> = expected.collect();
    let description = error.description();
    let message = match expected.as_slice() {
        [] => format!("invalid TOML: {description}"),
        expected => format!("invalid TOML: {description}, expected {}", expected.join(" or ")),
    };
    (at, message)
}

struct Reader<'e, 's> {
    source: Source<'s>,
    events: std::slice::Iter<'e, Event>,
    errors: Vec<ParseError>,
    problems: Vec<TextProblem>,
}

fn range(span: Span) -> Range<usize> {
    span.start()..span.end()
}

/// True for events that begin a value.
fn is_value(kind: EventKind) -> bool {
    matches!(kind, EventKind::Scalar | EventKind::ArrayOpen | EventKind::InlineTableOpen)
}

/// True for events between the items of an array or an inline table.
fn is_between_items(kind: EventKind) -> bool {
    matches!(kind, EventKind::ValueSep | EventKind::Error)
}

impl<'e> Reader<'e, '_> {
    fn peek_event(&self) -> Option<&'e Event> {
        self.events.as_slice().first()
    }

    fn document(&mut self) -> Table {
        let mut root = Table { form: Form::Header, ..Table::default() };
        let mut header: Vec<Key> = Vec::new();
        // False below a header that could not be used, so that its entries are left out.
        let mut is_usable = true;
        while let Some(event) = self.events.next() {
            let kind = event.kind();
            if matches!(kind, EventKind::StdTableOpen | EventKind::ArrayTableOpen) {
                header = self.keys();
                is_usable = self.open(&mut root, &header, kind == EventKind::ArrayTableOpen);
            } else if kind == EventKind::SimpleKey {
                let mut keys = vec![self.key(event)];
                keys.extend(self.keys());
                let Some(value) = self.member_value() else { continue };
                let table = root.find_mut(&header).filter(|_| is_usable);
                if let Some(table) = table {
                    insert(table, keys, value, &mut self.problems);
                }
            }
        }
        root
    }

    /// Reads the keys of a header or the further keys of a dotted key.
    fn keys(&mut self) -> Vec<Key> {
        let mut keys = Vec::new();
        while let Some(event) = self.peek_event() {
            let kind = event.kind();
            if kind == EventKind::SimpleKey {
                keys.push(self.key(event));
            } else if matches!(kind, EventKind::StdTableClose | EventKind::ArrayTableClose) {
                self.events.next();
                break;
            } else if kind != EventKind::KeySep {
                break;
            }
            self.events.next();
        }
        keys
    }

    fn key(&mut self, event: &Event) -> Key {
        let mut key = Cow::Borrowed("");
        if let Some(raw) = self.source.get(event) {
            raw.decode_key(&mut key, &mut self.errors);
        }
        (key.into_owned(), range(event.span()))
    }

    /// Reads the sign between a key and its value, and the value.
    fn member_value(&mut self) -> Option<Value> {
        if self.peek_event()?.kind() == EventKind::KeyValSep {
            self.events.next();
        }
        self.value()
    }

    fn value(&mut self) -> Option<Value> {
        let event = self.peek_event()?;
        let mut span = range(event.span());
        let opening = event.kind();
        if !is_value(opening) {
            return None;
        }
        self.events.next();
        let kind = if opening == EventKind::Scalar {
            self.scalar(event)
        } else if opening == EventKind::ArrayOpen {
            ValueKind::Array(self.array(&mut span))
        } else {
            ValueKind::Table(self.inline_table(&mut span))
        };
        Some(Value { kind, span })
    }

    fn array(&mut self, span: &mut Range<usize>) -> Vec<Value> {
        let mut items = Vec::new();
        while let Some(event) = self.peek_event() {
            if is_value(event.kind()) {
                items.extend(self.value());
                continue;
            }
            if !self.passes_separator(event, EventKind::ArrayClose, span) {
                break;
            }
        }
        items
    }

    fn inline_table(&mut self, span: &mut Range<usize>) -> Table {
        let mut table = Table { form: Form::Inline, ..Table::default() };
        while let Some(event) = self.peek_event() {
            if event.kind() == EventKind::SimpleKey {
                let keys = self.keys();
                if let Some(value) = self.member_value() {
                    insert(&mut table, keys, value, &mut self.problems);
                }
                continue;
            }
            if !self.passes_separator(event, EventKind::InlineTableClose, span) {
                break;
            }
        }
        table
    }

    /// Reads what is between the items of an array or inline table, or the bracket that closes it. Returns true if items may
    /// follow; then the caller goes on.
    fn passes_separator(&mut self, event: &Event, close: EventKind, span: &mut Range<usize>) -> bool {
        let kind = event.kind();
        if kind == close {
            span.end = event.span().end();
        } else if !is_between_items(kind) {
            return false;
        }
        self.events.next();
        kind != close
    }

    fn scalar(&mut self, event: &Event) -> ValueKind {
        let mut text = Cow::Borrowed("");
        let Some(raw) = self.source.get(event) else { return ValueKind::Text(String::new()) };
        let n_errors = self.errors.len();
        let kind = raw.decode_scalar(&mut text, &mut self.errors);
        let is_sound = self.errors.len() == n_errors;
        let mut fail = || {
            if is_sound {
                self.problems
                    .push((event.span().start(), "invalid TOML: the number is too large".to_owned()));
            }
        };
        match kind {
            ScalarKind::String => ValueKind::Text(text.into_owned()),
            ScalarKind::Boolean(value) => ValueKind::Boolean(value),
            ScalarKind::DateTime => ValueKind::DateTime,
            ScalarKind::Float => ValueKind::Float(text.parse().unwrap_or_else(|_| {
                fail();
                0.0
            })),
            ScalarKind::Integer(radix) => {
                ValueKind::Integer(i64::from_str_radix(&text, radix.value()).unwrap_or_else(|_| {
                    fail();
                    0
                }))
            }
        }
    }

    /// Makes the table of a header, `[a.b]` or `[[a.b]]`. Returns false if the text defines it twice.
    fn open(&mut self, root: &mut Table, header: &[Key], is_array: bool) -> bool {
        let Some(((name, span), parents)) = header.split_last() else { return false };
        let Some(parent) = descend(root, parents, Form::Implicit, &mut self.problems) else { return false };
        let twice = || (span.start, format!("`{name}` is defined twice"));
        let new = Table { header: Some(span.start), form: Form::Header, ..Table::default() };
        match (parent.value_mut(name), is_array) {
            (None, _) => {
                let kind = if is_array { ValueKind::Tables(vec![new]) } else { ValueKind::Table(new) };
                parent.push(name, span, Value { kind, span: span.clone() });
                true
            }
            (Some(Value { kind: ValueKind::Tables(tables), .. }), true) => {
                tables.push(new);
                true
            }
            (Some(Value { kind: ValueKind::Table(table), .. }), false) if table.form == Form::Implicit => {
                table.form = Form::Header;
                true
            }
            (Some(_), _) => {
                self.problems.push(twice());
                false
            }
        }
    }
}

impl Table {
    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&Value> {
        self.entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value)
    }

    fn value_mut(&mut self, key: &str) -> Option<&mut Value> {
        self.entries.iter_mut().find(|entry| entry.key == key).map(|entry| &mut entry.value)
    }

    fn push(&mut self, key: &str, span: &Range<usize>, value: Value) {
        self.entries.push(Entry { key: key.to_owned(), span: span.clone(), value });
    }

    /// The table of a header, of several the last.
    fn find_mut(&mut self, header: &[Key]) -> Option<&mut Self> {
        header.iter().try_fold(self, |table, (key, _)| table.value_mut(key)?.last_table_mut())
    }
}

impl Value {
    fn last_table_mut(&mut self) -> Option<&mut Table> {
        match &mut self.kind {
            ValueKind::Table(table) => Some(table),
            ValueKind::Tables(tables) => tables.last_mut(),
            ValueKind::Text(_)
            | ValueKind::Integer(_)
            | ValueKind::Float(_)
            | ValueKind::Boolean(_)
            | ValueKind::DateTime
            | ValueKind::Array(_) => None,
        }
    }

    /// Name of the value's type.
    pub(super) fn type_name(&self) -> &'static str {
        match self.kind {
            ValueKind::Text(_) => "a string",
            ValueKind::Integer(_) => "an integer",
            ValueKind::Float(_) => "a float",
            ValueKind::Boolean(_) => "a boolean",
            ValueKind::DateTime => "a date or time",
            ValueKind::Array(_) => "an array",
            ValueKind::Tables(_) => "an array of tables",
            ValueKind::Table(_) => "a table",
        }
    }
}

/// Finds or makes the table at `path`. The tables it makes have `form`.
fn descend<'t>(
    table: &'t mut Table,
    path: &[Key],
    form: Form,
    problems: &mut Vec<TextProblem>,
) -> Option<&'t mut Table> {
    let mut table = table;
    for (key, span) in path {
        if table.value_mut(key).is_none() {
            let new = Table { form, ..Table::default() };
            table.push(key, span, Value { kind: ValueKind::Table(new), span: span.clone() });
        }
        let next = table.value_mut(key)?.last_table_mut();
        let may_be_extended = |table: &Table| match form {
            Form::Dotted => table.form == Form::Dotted,
            Form::Inline | Form::Header | Form::Implicit => table.form != Form::Inline,
        };
        let Some(next) = next.filter(|next| may_be_extended(next)) else {
            problems.push((span.start, format!("`{key}` is defined twice")));
            return None;
        };
        table = next;
    }
    Some(table)
}

/// Inserts the value of a key, which may be dotted.
fn insert(table: &mut Table, mut keys: Vec<Key>, value: Value, problems: &mut Vec<TextProblem>) {
    let Some((key, span)) = keys.pop() else { return };
    let Some(table) = descend(table, &keys, Form::Dotted, problems) else { return };
    if table.get(&key).is_some() {
        problems.push((span.start, format!("`{key}` is defined twice")));
    } else {
        table.push(&key, &span, value);
    }
}

#[cfg(test)]
mod tests;
