//! Describes rules in English sentences.

use tailwater_parser::Level;

use super::{
    Rules,
    condition::{EventConditions, OriginPart},
    metric::MetricKind,
    redact::Options,
    rule::{Action, JoinRule, MetricRule, Rule, SampleRule, SetRule},
    sinks::Sinks,
};

/// Describes a rule: its name, its action and its conditions.
pub(super) fn describe(rules: &Rules, rule: &Rule) -> String {
    let mut conditions: Vec<_> = rule
        .origin
        .parts
        .iter()
        .map(|(part, globs)| {
            format!("the {} matches {}", part_name(*part), or(globs.iter().map(|glob| glob.text())))
        })
        .collect();
    if rule.origin.is_line_of_object {
        conditions.push("the event is a line of an S3 object".to_owned());
    }
    conditions.extend(event_conditions(rules, &rule.event));
    if rule.sinks != Sinks::ALL {
        conditions.push(format!("the sink is {}", or(sink_names(rules, rule.sinks).into_iter())));
    }
    let action = action(rules, &rule.action);
    if conditions.is_empty() {
        return format!("{}: {action}.", rule.name);
    }
    format!("{}: if {}, {action}.", rule.name, and(conditions.iter().map(String::as_str)))
}

fn part_name(part: OriginPart) -> &'static str {
    match part {
        OriginPart::LogGroup => "log group",
        OriginPart::LogStream => "log stream",
        OriginPart::Function => "function",
        OriginPart::Account => "account",
        OriginPart::Region => "region",
    }
}

fn event_conditions(rules: &Rules, conditions: &EventConditions) -> Vec<String> {
    let mut all = Vec::new();
    if !conditions.levels.is_empty() {
        all.push(format!("the level is {}", or(conditions.levels.iter().map(|level| Level::name(*level)))));
    }
    if !conditions.kinds.is_empty() {
        all.push(format!("the type is {}", or(conditions.kinds.iter().copied())));
    }
    if !conditions.messages.is_empty() {
        let patterns = conditions.messages.iter().filter_map(|idx| rules.patterns.get(*idx));
        let texts: Vec<_> = patterns.map(|pattern| format!("/{}/", pattern.text())).collect();
        all.push(format!("the message matches {}", or(texts.iter().map(String::as_str))));
    }
    for pattern in conditions.other_messages.iter().filter_map(|idx| rules.patterns.get(*idx)) {
        all.push(format!("the message does not match /{}/", pattern.text()));
    }
    for (path, tests) in &conditions.fields {
        let tests: Vec<_> = tests.iter().map(|test| test.describe()).collect();
        all.push(format!("the field {} {}", rules.paths.path(*path), or(tests.iter().map(String::as_str))));
    }
    all
}

fn action(rules: &Rules, action: &Action) -> String {
    match action {
        Action::Drop => "drops the event".to_owned(),
        Action::Keep => "keeps the event, whatever later rules would drop or sample".to_owned(),
        Action::Sample(sample) => self::sample(sample),
        Action::Redact(redact) => format!("redacts {}", redact.description),
        Action::Set(set) => self::set(set),
        Action::Remove(paths) => format!("removes {}", and(paths.iter().map(String::as_str))),
        Action::Rename(pairs) => {
            let pairs: Vec<_> = pairs.iter().map(|(from, to)| format!("{from} to {to}")).collect();
            format!("renames {}", and(pairs.iter().map(String::as_str)))
        }
        Action::Join(join) => self::join(rules, join),
        Action::Metric(metric) => self::metric(rules, metric),
        Action::To(sinks) => {
            format!("sends the event only to {}", and(sink_names(rules, *sinks).into_iter()))
        }
    }
}

fn sample(sample: &SampleRule) -> String {
    let mut kept = vec!["failed requests".to_owned()];
    kept.extend(sample.keeps_cold.then(|| "cold starts".to_owned()));
    kept.extend(sample.slower_than.map(|limit| format!("requests slower than {limit:?}")));
    let kept = and(kept.iter().map(String::as_str));
    format!("delivers one in {} requests, and all {kept}", sample.one_in)
}

/// Describes the parts of messages that a redact rule redacts.
pub(super) fn redacted_parts(options: &Options) -> String {
    let mut parts: Vec<_> = options.detect.iter().map(|kind| kind.name().to_owned()).collect();
    if !options.keys.is_empty() {
        parts.push(format!("the values of {}", and(options.keys.iter().map(String::as_str))));
    }
    parts.extend(options.pattern.as_ref().map(|pattern| format!("what matches /{pattern}/")));
    parts.extend(options.line.as_ref().map(|line| format!("what matches /{}/", line.regex)));
    let by = if options.hash_key.is_some() { " by a keyed hash" } else { "" };
    format!("{}{by}", and(parts.iter().map(String::as_str)))
}

fn set(set: &SetRule) -> String {
    let mut parts = Vec::new();
    parts.extend(set.service.as_ref().map(|service| format!("the service to {service}")));
    parts.extend(set.tags.iter().map(|tag| format!("the tag {tag}")));
    parts.extend(set.attributes.iter().map(|(name, value)| format!("the attribute {name} to {value}")));
    format!("sets {}", and(parts.iter().map(String::as_str)))
}

fn join(rules: &Rules, join: &JoinRule) -> String {
    let starts = rules.patterns.get(join.starts).map_or("", |pattern| pattern.text());
    format!(
        "joins events to one that begins where the message matches /{starts}/, up to {} events or {} bytes",
        join.max_events, join.max_bytes
    )
}

fn metric(rules: &Rules, metric: &MetricRule) -> String {
    let field = metric.field.map_or("", |idx| rules.paths.path(idx));
    let what = match metric.kind {
        MetricKind::Count => "counts events".to_owned(),
        MetricKind::Sum => format!("sums up {field}"),
        MetricKind::Distribution => format!("records the distribution of {field}"),
    };
    let by = match metric.tags.as_slice() {
        [] => String::new(),
        tags => format!(" by {}", and(tags.iter().map(|idx| rules.paths.path(*idx)))),
    };
    format!("{what} as the metric {}{by}, in up to {} series", metric.name, metric.max_series)
}

fn sink_names(rules: &Rules, sinks: Sinks) -> Vec<&str> {
    let named = rules.sink_names.iter().enumerate();
    named.filter(|(idx, _)| sinks.overlaps(Sinks::one(*idx))).map(|(_, name)| name.as_str()).collect()
}

fn or<'t>(texts: impl Iterator<Item = &'t str>) -> String {
    listed(texts, "or")
}

fn and<'t>(texts: impl Iterator<Item = &'t str>) -> String {
    listed(texts, "and")
}

/// Joins texts: `a, b or c`.
fn listed<'t>(texts: impl Iterator<Item = &'t str>, conjunction: &str) -> String {
    let texts: Vec<_> = texts.collect();
    match texts.split_last() {
        None => "nothing".to_owned(),
        Some((only, [])) => (*only).to_owned(),
        Some((last, others)) => format!("{} {conjunction} {last}", others.join(", ")),
    }
}
