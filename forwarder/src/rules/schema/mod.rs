//! Schema of the rules' TOML: builds rules of a parsed text and collects all of its problems.

mod actions;
mod conditions;
mod context;
#[cfg(test)]
mod tests;

use xxhash_rust::xxh3::xxh3_128;

pub(super) use self::context::Context;

use self::context::MAX_SIZE;

use super::{
    DatadogRules, ParseOptions, Rules,
    document::{self, Entry, Table, Value, ValueKind},
    problem::{Problem, suggestion},
    rule::{Action, Rule},
};

/// Keys at the top of the text.
const TOP_KEYS: &[&str] = &["rule", "park_unreadable"];

/// Compiles rules.
pub(super) fn compile(text: &str, options: &ParseOptions<'_>) -> Result<Rules, Vec<Problem>> {
    if text.len() > MAX_SIZE {
        let message = format!("the rules are larger than {} MiB", MAX_SIZE >> 20);
        return Err(vec![Problem::at(text, 0, message)]);
    }
    let (document, malformed) = document::parse(text);
    let is_complete = malformed.is_empty();
    let n_patterns = count_patterns(&document) + options.datadog.map_or(0, DatadogRules::n_patterns);
    let mut context = Context::new(options, malformed, n_patterns);
    let settings_rules = options.datadog.map(|settings| settings.compile(&mut context)).unwrap_or_default();
    let mut rules = Rules { rules: settings_rules, ..Rules::default() };
    for entry in &document.entries {
        match entry.key.as_str() {
            "rule" => rules.rules.extend(read_rules(entry, is_complete, &mut context)),
            "park_unreadable" => {
                rules.park_unreadable = context.boolean(&entry.value, "park_unreadable").unwrap_or_default();
            }
            key => {
                context
                    .problem(entry.span.start, format!("unknown key `{key}`{}", suggestion(key, TOP_KEYS)));
            }
        }
    }
    if context.problems.is_empty() {
        let settings = options.datadog.map(|settings| format!("{settings:?}")).unwrap_or_default();
        rules.hash = format!("{:032x}", xxh3_128(format!("{text}{settings}").as_bytes()));
        rules.patterns = context.patterns;
        rules.paths = context.paths;
        rules.sink_names = options.sinks.iter().map(|name| (*name).to_owned()).collect();
        return Ok(rules);
    }
    let located = context.problems.into_iter().map(|(at, message)| Problem::at(text, at, message));
    let mut problems: Vec<_> = located.collect();
    problems.sort();
    problems.dedup();
    Err(problems)
}

/// Number of regexes in the text, among which the memory for caches is divided.
fn count_patterns(table: &Table) -> usize {
    let of_value = |entry: &Entry| match (&entry.value.kind, entry.key.as_str()) {
        (ValueKind::Text(_), "message" | "starts" | "pattern") => 1,
        (ValueKind::Array(items), "message" | "starts" | "pattern") => items.len(),
        (ValueKind::Table(table), _) => count_patterns(table),
        (ValueKind::Tables(tables), _) => tables.iter().map(count_patterns).sum(),
        _ => 0,
    };
    table.entries.iter().map(of_value).sum()
}

fn read_rules(entry: &Entry, is_complete: bool, context: &mut Context<'_>) -> Vec<Rule> {
    let tables: Vec<(&Table, usize)> = match &entry.value.kind {
        ValueKind::Tables(tables) => tables.iter().map(|table| (table, table_start(table, entry))).collect(),
        ValueKind::Array(items) => items.iter().filter_map(|item| in_array(item, context)).collect(),
        ValueKind::Text(_)
        | ValueKind::Integer(_)
        | ValueKind::Float(_)
        | ValueKind::Boolean(_)
        | ValueKind::DateTime
        | ValueKind::Table(_) => {
            context.problem(
                entry.span.start,
                "rules are written under `[[rule]]`, with two brackets".to_owned(),
            );
            Vec::new()
        }
    };
    let numbered = tables.into_iter().zip(1..);
    numbered.filter_map(|((table, at), number)| read_rule(table, at, number, is_complete, context)).collect()
}

fn in_array<'v>(item: &'v Value, context: &mut Context<'_>) -> Option<(&'v Table, usize)> {
    match &item.kind {
        ValueKind::Table(table) => Some((table, item.span.start)),
        ValueKind::Text(_)
        | ValueKind::Integer(_)
        | ValueKind::Float(_)
        | ValueKind::Boolean(_)
        | ValueKind::DateTime
        | ValueKind::Array(_)
        | ValueKind::Tables(_) => {
            context.problem(item.span.start, format!("a rule is a table, not {}", item.type_name()));
            None
        }
    }
}

/// Place of a rule: its header, or its first key.
fn table_start(table: &Table, entry: &Entry) -> usize {
    table.header.unwrap_or(entry.span.start)
}

fn read_rule(
    table: &Table,
    at: usize,
    number: usize,
    is_complete: bool,
    context: &mut Context<'_>,
) -> Option<Rule> {
    let mut name = format!("rule {number}");
    let mut conditions = conditions::Conditions::default();
    let mut found: Vec<&Entry> = Vec::new();
    for entry in &table.entries {
        match entry.key.as_str() {
            "name" => name = context.text(&entry.value, "name").unwrap_or(name),
            "when" => conditions = conditions::read(&entry.value, context),
            key if actions::NAMES.contains(&key) => found.push(entry),
            key => unknown_key(key, entry.span.start, context),
        }
    }
    let (first, others) = match found.split_first() {
        Some((first, others)) => (*first, others),
        None => {
            // Part of a malformed text may have been the action.
            if is_complete {
                let actions = actions::NAMES.join(", ");
                context.problem(at, format!("`{name}` has no action; exactly one is needed: {actions}"));
            }
            return None;
        }
    };
    for other in others {
        let message =
            format!("`{name}` has two actions, `{}` and `{}`; write a rule for each", first.key, other.key);
        context.problem(other.span.start, message);
    }
    let mut actions = found.iter().filter_map(|entry| actions::read(entry, context)).collect::<Vec<_>>();
    let action = if actions.is_empty() { None } else { Some(actions.swap_remove(0)) }?;
    check_captures(&action, &conditions, first, context);
    check_join(&action, &conditions, first, context);
    let conditions::Conditions { origin, event, sinks, .. } = conditions;
    Some(Rule { name, origin, event, sinks, action })
}

fn unknown_key(key: &str, at: usize, context: &mut Context<'_>) {
    let message = if conditions::NAMES.contains(&key) {
        format!("`{key}` is a condition; write `when.{key}`")
    } else {
        let known: Vec<_> = ["name", "when"].into_iter().chain(actions::NAMES.iter().copied()).collect();
        format!("unknown key `{key}`{}", suggestion(key, &known))
    };
    context.problem(at, message);
}

/// Checks that a glob captures each `{name}` that the rule sets.
fn check_captures(
    action: &Action,
    conditions: &conditions::Conditions,
    entry: &Entry,
    context: &mut Context<'_>,
) {
    let Action::Set(set) = action else { return };
    let globs = conditions.origin.parts.iter().flat_map(|(_, globs)| globs);
    let captured: Vec<_> = globs.flat_map(|glob| glob.names()).collect();
    let attributes = set.attributes.iter().map(|(_, value)| value);
    for name in set.service.iter().chain(&set.tags).chain(attributes).flat_map(|template| template.names()) {
        if !captured.contains(&name) {
            let message =
                format!("no condition of the rule captures `{{{name}}}`{}", suggestion(name, &captured));
            context.problem(entry.span.start, message);
        }
    }
}

/// Checks that a join has no condition on sinks: events are joined once, for all sinks.
fn check_join(
    action: &Action,
    conditions: &conditions::Conditions,
    entry: &Entry,
    context: &mut Context<'_>,
) {
    if matches!(action, Action::Join(_)) && conditions.has_sink {
        let message = "`join` is for all sinks; leave out `when.sink`".to_owned();
        context.problem(entry.span.start, message);
    }
}
