//! Fields of a log event: CloudWatch's own, those that it discovers, and ours.
//!
//! A field is read only when a query names it, and only from the part of the event that has it.

mod discover;
mod json_path;
mod lambda;
mod name;
mod run;

use std::{borrow::Cow, cell::OnceCell};

use tailwater_parser::{
    Level, Origin, UnixMillis,
    json::{self, Kind},
    line::Report,
};

use self::json_path::{JsonPaths, JsonValues};
pub(super) use self::{
    discover::for_each_json_field,
    name::{Field, NAMES as OWN_FIELDS, RunField},
    run::{Run, StreamRuns},
};
use super::value::{Number, Value};

/// Event as the store holds it, with what is the same for all events of its block.
#[derive(Clone, Copy, Debug)]
pub(super) struct EventRef<'e> {
    pub(super) time: UnixMillis,
    pub(super) level: Option<Level>,
    pub(super) kind: &'e str,
    pub(super) request_id: Option<&'e str>,
    pub(super) trace_id: Option<&'e str>,
    pub(super) message: &'e str,
    pub(super) origin: &'e Origin,
    /// Invocation that the event belongs to, if it is known and a field of the query needs it.
    pub(super) run: Option<&'e Run>,
}

/// Fields that a query reads from events: their names resolved once.
#[derive(Clone, Debug, Default)]
pub(super) struct Fields {
    paths: JsonPaths,
}

/// Parts of one event that were read so far.
#[derive(Debug, Default)]
pub(super) struct EventParts<'e> {
    json: OnceCell<JsonValues<'e>>,
    report: OnceCell<Option<Box<Report<'e>>>>,
}

impl Fields {
    /// Resolves a name.
    pub(super) fn resolve(&mut self, name: &str) -> Field {
        Field::of_name(name, &mut |path| self.paths.add(path))
    }

    /// JSON path with this index.
    pub(super) fn path(&self, index: usize) -> Option<&str> {
        self.paths.path(index)
    }

    /// Resolves the name of an array or object in JSON; `None` if the name is none of JSON's.
    pub(super) fn resolve_structure(&mut self, name: &str) -> Option<Field> {
        match self.resolve(name) {
            Field::Json(index) => Some(Field::Structure(index)),
            _ => None,
        }
    }

    /// Reads a field of an event.
    pub(super) fn read<'e>(&self, field: Field, event: &EventRef<'e>, parts: &EventParts<'e>) -> Value<'e> {
        match field {
            Field::Json(index) => self.json(event, parts).at(index).map_or(Value::Missing, scalar),
            Field::Structure(index) => {
                let value = self.json(event, parts).at(index);
                let text = value.filter(|value| value.kind != Kind::Null).map(|value| match value.text() {
                    Some(text) => text,
                    None => Cow::Borrowed(value.raw),
                });
                text.map_or(Value::Missing, Value::Text)
            }
            Field::Run(field) => event.run.map_or(Value::Missing, |run| run.read(field)),
            Field::Unknown => Value::Missing,
            Field::Timestamp => Value::Time(event.time.0),
            Field::Message => Value::text(event.message),
            Field::Level => event.level.map_or(Value::Missing, |level| Value::text(level.name())),
            Field::Version => version(event),
            Field::TraceId => {
                let of_run = event.run.and_then(|run| run.trace_id());
                not_empty(of_run.or(event.trace_id).unwrap_or_default())
            }
            Field::Log => log(event.origin),
            Field::LogStream => not_empty(event.origin.log_stream()),
            Field::Function => not_empty(event.origin.function()),
            Field::Region => not_empty(&event.origin.region),
            Field::Account => not_empty(&event.origin.account),
            Field::Type => lambda::line_type(event).map_or(Value::Missing, Value::text),
            Field::RequestId => lambda::request_id(event).map_or(Value::Missing, Value::text),
            Field::Report(field) => {
                let report = parts.report.get_or_init(|| lambda::text_report(event).map(Box::new));
                report.as_deref().map_or(Value::Missing, |report| field.read(report))
            }
        }
    }

    fn json<'e, 'p>(&self, event: &EventRef<'e>, parts: &'p EventParts<'e>) -> &'p JsonValues<'e> {
        parts.json.get_or_init(|| {
            let mut values = JsonValues::default();
            if is_document(event.message) {
                self.paths.read_document(event.message, &mut values);
            } else if !event.origin.is_other_service() {
                self.paths.read_fragment(event.message, &mut values);
            }
            values
        })
    }
}

/// True if a message can only be a JSON object or array as a whole.
fn is_document(message: &str) -> bool {
    message.trim_ascii_start().starts_with(['{', '['])
}

impl Field {
    /// True if all events of a block have the same value of this field, which does not need the block's content.
    pub(super) fn is_of_block(self) -> bool {
        matches!(self, Self::Log | Self::LogStream | Self::Function | Self::Region | Self::Account)
    }

    /// True for the id of the error group, which needs all error lines of the log stream.
    pub(super) fn is_error_group(self) -> bool {
        self == Self::Run(RunField::ErrorGroup)
    }

    /// True if the field needs the invocation of the event.
    pub(super) fn needs_run(self) -> bool {
        matches!(self, Self::Run(_) | Self::Version | Self::TraceId)
    }
}

/// Values at paths of a JSON text, for texts that are no events.
#[derive(Clone, Debug, Default)]
pub(super) struct TextPaths(JsonPaths);

impl TextPaths {
    /// Adds a path. Its values come in the order in which the paths were added.
    pub(super) fn add(&mut self, path: &str) -> usize {
        self.0.add(path)
    }

    /// Reads the values at `paths`, whose indexes [`TextPaths::add`] returned.
    pub(super) fn read(&self, text: &str, paths: &[usize]) -> Vec<Value<'static>> {
        let mut values = JsonValues::default();
        if is_document(text) {
            self.0.read_document(text, &mut values);
        } else {
            self.0.read_fragment(text, &mut values);
        }
        paths.iter().map(|path| values.at(*path).map_or(Value::Missing, scalar).into_owned()).collect()
    }
}

/// Value of a JSON member. Objects and arrays are no fields.
fn scalar(value: json::Value<'_>) -> Value<'_> {
    match value.kind {
        Kind::String { .. } => Value::Text(value.text().unwrap_or(Cow::Borrowed(value.raw))),
        Kind::Number => Number::from_text(value.raw).map_or(Value::Missing, Value::Number),
        Kind::True => Value::Boolean(true),
        Kind::False => Value::Boolean(false),
        Kind::Object | Kind::Array | Kind::Null => Value::Missing,
    }
}

/// Version of the function: that of the invocation, else that in the name of the log stream.
fn version<'e>(event: &EventRef<'e>) -> Value<'e> {
    let of_run = event.run.map(Run::version).filter(|version| !version.is_empty());
    not_empty(of_run.unwrap_or_else(|| event.origin.version()))
}

/// `account:group`, or what is known of it. A function of an unknown group stands for its group.
fn log(origin: &Origin) -> Value<'_> {
    let group = Some(origin.log_group()).filter(|group| !group.is_empty()).unwrap_or(origin.function());
    match (origin.account.as_str(), group) {
        ("", group) => not_empty(group),
        (account, group) => Value::text(format!("{account}:{group}")),
    }
}

/// Text, or a missing value if it is empty.
pub(super) fn not_empty(text: &str) -> Value<'_> {
    if text.is_empty() { Value::Missing } else { Value::text(text) }
}
