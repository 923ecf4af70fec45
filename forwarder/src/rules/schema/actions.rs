//! Actions of rules.

use std::{sync::Arc, time::Duration};

use super::{
    super::{
        describe::redacted_parts,
        document::{Entry, Value, ValueKind},
        metric::MetricKind,
        problem::suggestion,
        redact::{Kind, Options, OptionsError, Redactor},
        rule::{Action, JoinRule, MetricRule, RedactRule, SampleRule, SetRule},
        template::Template,
    },
    conditions::{path, sinks},
    context::{Context, Fields},
};
use crate::value::{self, ValueError};

/// Names of the actions.
pub(super) const NAMES: &[&str] =
    &["drop", "keep", "sample", "redact", "set", "remove", "rename", "join", "metric", "to"];

/// Names of the detectors of `redact`.
const DETECTORS: &[&str] = &["email", "ipv4", "ipv6", "card", "aws_key", "bearer", "jwt", "private_key"];

/// Reads an action; `None` if it has a problem.
pub(super) fn read(entry: &Entry, context: &mut Context<'_>) -> Option<Action> {
    let value = &entry.value;
    match entry.key.as_str() {
        "drop" => {
            context.fields(value, "drop", &[]);
            Some(Action::Drop)
        }
        "keep" => {
            context.fields(value, "keep", &[]);
            Some(Action::Keep)
        }
        "sample" => sample(value, context).map(Action::Sample),
        "redact" => redact(value, context).map(Action::Redact),
        "set" => set(value, context).map(Action::Set),
        "remove" => remove(value, context).map(Action::Remove),
        "rename" => rename(value, context).map(Action::Rename),
        "join" => join(value, context).map(Action::Join),
        "metric" => metric(value, context).map(Action::Metric),
        _ => Some(Action::To(sinks(value, "to", context))),
    }
}

/// Reports that an action lacks a key.
fn lacks<T>(value: &Value, action: &str, key: &str, context: &mut Context<'_>) -> Option<T> {
    context.problem(value.span.start, format!("`{action}` needs the key `{key}`"));
    None
}

fn sample(value: &Value, context: &mut Context<'_>) -> Option<SampleRule> {
    const KEPT: &[&str] = &["failed", "cold"];
    let fields = context.fields(value, "sample", &["one_in", "keep", "slower_than"]);
    let one_in = match fields.get("one_in") {
        Some(one_in) => context.integer(one_in, "one_in", 1, 1_000_000),
        None => lacks(value, "sample", "one_in", context),
    };
    let kept = fields.get("keep").map(|keep| context.texts(keep, "keep")).unwrap_or_default();
    let kept: Vec<_> =
        kept.iter().filter_map(|(text, at)| context.word(text, *at, "word in `keep`", KEPT)).collect();
    let slower_than = fields.get("slower_than").and_then(|value| duration(value, "slower_than", context));
    Some(SampleRule { one_in: one_in?, keeps_cold: kept.contains(&"cold"), slower_than })
}

fn redact(value: &Value, context: &mut Context<'_>) -> Option<RedactRule> {
    let fields = context.fields(value, "redact", &["detect", "keys", "pattern", "with", "hash"]);
    let mut texts = |key: &str| {
        let found = fields.get(key).map(|found| context.texts(found, key));
        found.unwrap_or_default()
    };
    let (detect, keys) = (texts("detect"), texts("keys"));
    let detect = detect
        .into_iter()
        .filter_map(|(name, at)| context.word(&name, at, "detector", DETECTORS).and_then(Kind::detector));
    let detect: Vec<_> = detect.collect();
    let mut text = |key: &str| fields.get(key).and_then(|found| context.text(found, key));
    let (pattern, with) = (text("pattern"), text("with"));
    let is_hashed = fields.get("hash").and_then(|hash| context.boolean(hash, "hash")).unwrap_or_default();
    if let (Some(with), Some(at)) = (&with, fields.get("with")) {
        check_placeholders(with, at.span.start, context);
    }
    let hash_key = context.options.redact_key.filter(|_| is_hashed).map(|key| key.as_bytes().to_vec());
    if is_hashed && hash_key.is_none() {
        let at = fields.get("hash").map_or(value.span.start, |hash| hash.span.start);
        context.problem(at, "`hash = true` needs a key; set TAILWATER_REDACT_KEY".to_owned());
    }
    let keys = keys.into_iter().map(|(key, _)| key).collect();
    let options = Options { detect, keys, pattern, with, hash_key, ..Options::default() };
    if fields.get("detect").is_none() && options.keys.is_empty() && options.pattern.is_none() {
        context.problem(
            value.span.start,
            "`redact` needs one of the keys `detect`, `keys`, `pattern`".to_owned(),
        );
        return None;
    }
    let place = |key: &str| fields.get(key).map_or(value.span.start, |found| found.span.start);
    redactor(&options, place, context)
}

/// Refuses `{name}` for another name than `kind` and `hash`, which would be written as it stands.
fn check_placeholders(with: &str, at: usize, context: &mut Context<'_>) {
    const KNOWN: &[&str] = &["kind", "hash"];
    let names = with.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0));
    let is_name =
        |name: &&str| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') && !name.is_empty();
    for name in names.filter(is_name).filter(|name| !KNOWN.contains(name)) {
        let hint = suggestion(name, KNOWN);
        context.problem(at, format!("unknown placeholder `{{{name}}}` in `with`{hint}"));
    }
}

/// Compiles a redact rule. `place` is the place of a key's value.
fn redactor(
    options: &Options,
    place: impl Fn(&str) -> usize,
    context: &mut Context<'_>,
) -> Option<RedactRule> {
    if let Some(pattern) = &options.pattern {
        context.check_pattern(pattern, place("pattern"))?;
    }
    match Redactor::new(options, context.cache_bytes()) {
        Ok(redactor) => {
            context.add_memory(redactor.memory_usage(), place("pattern"))?;
            Some(RedactRule { redactor: Arc::new(redactor), description: redacted_parts(options) })
        }
        Err(error) => {
            let key = match error {
                OptionsError::Pattern { .. } | OptionsError::Replacement(_) => "pattern",
                OptionsError::Template => "with",
                OptionsError::Key(_) => "keys",
            };
            context.problem(place(key), error.to_string());
            None
        }
    }
}

fn set(value: &Value, context: &mut Context<'_>) -> Option<SetRule> {
    let fields = context.fields(value, "set", &["service", "tags", "attributes"]);
    let service = fields.get("service").and_then(|service| context.text(service, "service"));
    let tags = fields.get("tags").map(|tags| context.texts(tags, "tags")).unwrap_or_default();
    let mut attributes = Vec::new();
    if let Some(table) = fields.get("attributes") {
        for entry in context.entries(table, "attributes") {
            let text = scalar_text(&entry.value, &entry.key, context);
            attributes.extend(text.map(|text| (entry.key.clone(), Template::new(&text))));
        }
    }
    let set = SetRule {
        service: service.as_deref().map(Template::new),
        tags: tags.iter().map(|(tag, _)| Template::new(tag)).collect(),
        attributes,
    };
    let is_empty = set.service.is_none() && set.tags.is_empty() && set.attributes.is_empty();
    if is_empty {
        context
            .problem(value.span.start, "`set` sets nothing; give it service, tags or attributes".to_owned());
    }
    Some(set).filter(|_| !is_empty)
}

/// Reads the value of an attribute: a string, a number or a boolean.
fn scalar_text(value: &Value, name: &str, context: &mut Context<'_>) -> Option<String> {
    match &value.kind {
        ValueKind::Integer(n) => Some(n.to_string()),
        ValueKind::Float(n) => Some(n.to_string()),
        ValueKind::Boolean(is_true) => Some(is_true.to_string()),
        ValueKind::Text(_)
        | ValueKind::DateTime
        | ValueKind::Array(_)
        | ValueKind::Tables(_)
        | ValueKind::Table(_) => context.text(value, name),
    }
}

fn remove(value: &Value, context: &mut Context<'_>) -> Option<Vec<String>> {
    let fields = context.fields(value, "remove", &["fields"]);
    let Some(list) = fields.get("fields") else { return lacks(value, "remove", "fields", context) };
    let texts = context.texts(list, "fields");
    Some(texts.into_iter().filter_map(|(text, at)| path(&text, at, context).map(str::to_owned)).collect())
}

fn rename(value: &Value, context: &mut Context<'_>) -> Option<Vec<(String, String)>> {
    let mut renamed = Vec::new();
    for entry in context.entries(value, "rename") {
        let from = path(&entry.key, entry.span.start, context).map(str::to_owned);
        let to = context.text(&entry.value, &entry.key);
        let to = to.and_then(|to| path(&to, entry.value.span.start, context).map(str::to_owned));
        renamed.extend(from.zip(to));
    }
    if renamed.is_empty() {
        context.problem(
            value.span.start,
            "`rename` needs at least one pair, such as \"a.b\" = \"c\"".to_owned(),
        );
        return None;
    }
    Some(renamed)
}

fn join(value: &Value, context: &mut Context<'_>) -> Option<JoinRule> {
    const MAX_BYTES: u32 = 1 << 20;
    let fields = context.fields(value, "join", &["starts", "max_events", "max_bytes"]);
    let starts = match fields.get("starts") {
        Some(starts) => {
            let text = context.text(starts, "starts");
            text.and_then(|text| context.pattern(&text, starts.span.start))
        }
        None => lacks(value, "join", "starts", context),
    };
    let max_events =
        fields.get("max_events").map_or(Some(500), |n| context.integer(n, "max_events", 2, 100_000));
    let max_bytes =
        fields.get("max_bytes").map_or(Some(256 << 10), |n| size(n, "max_bytes", MAX_BYTES, context));
    Some(JoinRule { starts: starts?, max_events: max_events?, max_bytes: max_bytes? })
}

fn metric(value: &Value, context: &mut Context<'_>) -> Option<MetricRule> {
    let fields = context.fields(value, "metric", &["name", "kind", "field", "tags", "max_series"]);
    let name = match fields.get("name") {
        Some(name) => {
            let text = context.text(name, "name");
            if text.as_deref().is_some_and(|text| text.trim().is_empty()) {
                context.problem(name.span.start, "`name` is empty, but has to name the metric".to_owned());
            }
            text
        }
        None => lacks(value, "metric", "name", context),
    };
    let field = fields.get("field").and_then(|field| {
        let (text, at) = (context.text(field, "field")?, field.span.start);
        path(&text, at, context).map(|path| (path.to_owned(), at))
    });
    let kind = metric_kind(value, &fields, field.as_ref().map(|(_, at)| *at), context)?;
    let tags = fields.get("tags").map(|tags| context.texts(tags, "tags")).unwrap_or_default();
    let tags: Vec<_> =
        tags.iter().filter_map(|(text, at)| path(text, *at, context).map(str::to_owned)).collect();
    let max_series = fields
        .get("max_series")
        .map_or(Some(1000), |n| context.integer(n, "max_series", 1, 100_000))
        .and_then(|n| usize::try_from(n).ok());
    Some(MetricRule {
        name: name?,
        kind,
        field: field.map(|(path, _)| context.paths.add(&path)),
        tags: tags.iter().map(|tag| context.paths.add(tag)).collect(),
        max_series: max_series?,
    })
}

/// Reads the kind of a metric. `field` is the place of its field; `None` if it counts events.
fn metric_kind(
    value: &Value,
    fields: &Fields<'_>,
    field: Option<usize>,
    context: &mut Context<'_>,
) -> Option<MetricKind> {
    const KINDS: &[&str] = &["count", "sum", "distribution"];
    let kind = match fields.get("kind") {
        Some(kind) => {
            let text = context.text(kind, "kind")?;
            context.word(&text, kind.span.start, "kind of a metric", KINDS)?
        }
        None if field.is_none() => "count",
        None => return lacks(value, "metric", "kind", context),
    };
    match (kind, field) {
        ("count", None) => Some(MetricKind::Count),
        ("sum", Some(_)) => Some(MetricKind::Sum),
        ("distribution", Some(_)) => Some(MetricKind::Distribution),
        ("count", Some(at)) => {
            context
                .problem(at, "a metric of the kind count has no `field`; use sum or distribution".to_owned());
            None
        }
        _ => lacks(value, "metric", "field", context),
    }
}

fn duration(value: &Value, name: &str, context: &mut Context<'_>) -> Option<Duration> {
    quantity(value, name, value::duration, "a duration such as 500ms, 1s or 2m", context)
}

fn size(value: &Value, name: &str, max: u32, context: &mut Context<'_>) -> Option<usize> {
    let size = quantity(value, name, value::size, "a size such as 256KiB or 1MB", context)?;
    let found = usize::try_from(size.0).ok().filter(|_| size.0 <= u64::from(max));
    if found.is_none() {
        context.problem(value.span.start, format!("`{name}` is more than {max} bytes"));
    }
    found
}

/// Reads a number with a unit; not zero.
fn quantity<T>(
    value: &Value,
    name: &str,
    read: impl Fn(&str) -> Result<T, ValueError>,
    expected: &str,
    context: &mut Context<'_>,
) -> Option<T> {
    let text = context.text(value, name)?;
    let found = read(text.trim_end()).ok();
    if found.is_none() {
        context.problem(value.span.start, format!("`{name}` is `{text}`, but has to be {expected}"));
    }
    found
}
