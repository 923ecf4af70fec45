//! Conditions under `when`.

use tailwater_parser::Level;

use super::{
    super::{
        comparison::Test,
        condition::{EventConditions, OriginConditions, OriginPart},
        document::{Value, ValueKind},
        glob::Glob,
        problem::suggestion,
        sinks::Sinks,
    },
    context::Context,
};

/// Keys of `when`.
pub(super) const NAMES: &[&str] = &[
    "log_group",
    "log_stream",
    "function",
    "account",
    "region",
    "level",
    "type",
    "message",
    "fields",
    "sink",
];

/// Types of lines, as in records.
const KINDS: &[&str] = &[
    "app",
    "text",
    "emf",
    "start",
    "end",
    "report",
    "fault",
    "init_start",
    "init_report",
    "restore_start",
    "restore_report",
    "extension",
    "platform",
];

/// Conditions of a rule.
#[derive(Debug)]
pub(super) struct Conditions {
    pub(super) origin: OriginConditions,
    pub(super) event: EventConditions,
    pub(super) sinks: Sinks,
    /// True if there is a condition on sinks.
    pub(super) has_sink: bool,
}

impl Default for Conditions {
    fn default() -> Self {
        let (origin, event) = (OriginConditions::default(), EventConditions::default());
        Self { origin, event, sinks: Sinks::ALL, has_sink: false }
    }
}

/// Reads the table `when`.
pub(super) fn read(value: &Value, context: &mut Context<'_>) -> Conditions {
    let mut conditions = Conditions::default();
    for entry in context.entries(value, "when") {
        let value = &entry.value;
        let name = format!("when.{}", entry.key);
        let origin_part = OriginPart::ALL.iter().find(|(name, _)| *name == entry.key);
        match (entry.key.as_str(), origin_part) {
            (_, Some((_, part))) => conditions.origin.parts.push((*part, globs(value, &name, context))),
            ("level", _) => conditions.event.levels = levels(value, context),
            ("type", _) => conditions.event.kinds = kinds(value, context),
            ("message", _) => {
                let texts = context.texts(value, &name);
                let patterns = texts.iter().filter_map(|(text, at)| context.pattern(text, *at));
                conditions.event.messages = patterns.collect();
            }
            ("fields", _) => conditions.event.fields = fields(value, context),
            ("sink", _) => {
                conditions.sinks = sinks(value, &name, context);
                conditions.has_sink = true;
            }
            (key, None) => {
                context.problem(
                    entry.span.start,
                    format!("unknown condition `{key}`{}", suggestion(key, NAMES)),
                );
            }
        }
    }
    conditions
}

fn globs(value: &Value, name: &str, context: &mut Context<'_>) -> Vec<Glob> {
    let texts = context.texts(value, name);
    let compiled = texts.into_iter().filter_map(|(text, at)| match Glob::new(&text) {
        Ok(glob) => Some(glob),
        Err(message) => {
            context.problem(at, message);
            None
        }
    });
    compiled.collect()
}

fn levels(value: &Value, context: &mut Context<'_>) -> Vec<Level> {
    const NAMES: &[&str] = &["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
    let texts = context.texts(value, "when.level");
    let levels = texts.into_iter().filter_map(|(text, at)| {
        let level = Level::read(&text);
        if level.is_none() {
            context.problem(at, format!("unknown level `{text}`; known are {}", NAMES.join(", ")));
        }
        level
    });
    levels.collect()
}

fn kinds(value: &Value, context: &mut Context<'_>) -> Vec<&'static str> {
    let texts = context.texts(value, "when.type");
    texts.into_iter().filter_map(|(text, at)| context.word(&text, at, "type", KINDS)).collect()
}

/// Reads a list of sinks.
pub(super) fn sinks(value: &Value, name: &str, context: &mut Context<'_>) -> Sinks {
    let mut sinks = Sinks::NONE;
    for (text, at) in context.texts(value, name) {
        match context.options.sinks.iter().position(|sink| *sink == text) {
            Some(idx) => sinks = sinks.union(Sinks::one(idx)),
            None => {
                let known = suggestion(&text, context.options.sinks);
                context.problem(at, format!("there is no sink `{text}`{known}"));
            }
        }
    }
    sinks
}

fn fields(value: &Value, context: &mut Context<'_>) -> Vec<(usize, Vec<Test>)> {
    let mut fields = Vec::new();
    for entry in context.entries(value, "when.fields") {
        let path = path(&entry.key, entry.span.start, context);
        let tests = tests(&entry.value, &entry.key, context);
        if let Some(path) = path {
            fields.push((context.paths.add(path), tests));
        }
    }
    fields
}

/// Checks a path.
pub(super) fn path<'p>(path: &'p str, at: usize, context: &mut Context<'_>) -> Option<&'p str> {
    const MAX_KEYS: usize = 32;
    let is_valid = path.split('.').all(|key| !key.is_empty()) && path.split('.').count() <= MAX_KEYS;
    if !is_valid {
        let message = format!("`{path}` is not a path: up to {MAX_KEYS} keys with a dot between them");
        context.problem(at, message);
    }
    Some(path).filter(|_| is_valid)
}

/// Reads the test of a field, or a list of tests of which one has to hold.
fn tests(value: &Value, path: &str, context: &mut Context<'_>) -> Vec<Test> {
    let test = match &value.kind {
        ValueKind::Text(text) => Test::parse(text),
        ValueKind::Integer(n) => Ok(Test::equals(n.to_string())),
        ValueKind::Float(n) => Ok(Test::equals(n.to_string())),
        ValueKind::Boolean(is_true) => Ok(Test::equals(is_true.to_string())),
        ValueKind::Array(items) => return items.iter().flat_map(|item| tests(item, path, context)).collect(),
        ValueKind::DateTime => Err("a date or time has to be in quotes".to_owned()),
        ValueKind::Tables(_) | ValueKind::Table(_) => {
            Err(format!("a nested field is written with dots and in quotes, such as \"{path}.name\""))
        }
    };
    match test {
        Ok(test) => vec![test],
        Err(message) => {
            context.problem(value.span.start, format!("test of the field `{path}`: {message}"));
            Vec::new()
        }
    }
}
