//! Evaluation of rules for one event after the other, by one worker.

use std::sync::Arc;

use super::{
    Rules, Subject,
    comparison::{number, plain_text},
    condition::Search,
    edit,
    fields::Fields,
    matches::Matches,
    metric::{MetricPoint, MetricSeries},
    pattern::PatternCache,
    redact::{Counts, Part, State},
    redaction::{Message, Redaction},
    rule::{Action, JoinRule, MetricRule, Rule, RuleIdx},
    selected::Selected,
    sinks::Sinks,
};

/// Rules with the caches and buffers of one worker.
#[derive(Debug)]
pub struct Evaluator {
    rules: Arc<Rules>,
    caches: Vec<PatternCache>,
    /// Fields of the message that was looked up last.
    fields: Fields,
    /// Place and length in memory of that message; `None` if the message of the current event was not looked up.
    looked_up: Option<(usize, usize)>,
    buffer: String,
    tags: Vec<(String, String)>,
    redaction: Redaction,
}

impl Evaluator {
    /// Creates the evaluator of a worker.
    #[must_use]
    pub fn new(rules: Arc<Rules>) -> Self {
        let mut caches = Vec::new();
        caches.resize_with(rules.patterns.len(), PatternCache::default);
        Self {
            rules,
            caches,
            fields: Fields::default(),
            looked_up: None,
            buffer: String::new(),
            tags: Vec::new(),
            redaction: Redaction::default(),
        }
    }

    /// The rules that it evaluates.
    #[must_use]
    pub fn rules(&self) -> &Arc<Rules> {
        &self.rules
    }

    /// Finds the rules that match an event, whose text is as delivered, that is after joining and before redaction.
    /// Rules of the action `join` are never among them.
    pub fn evaluate(&mut self, selected: &Selected, subject: &Subject<'_>, matches: &mut Matches) {
        matches.copy_from(selected.always());
        self.looked_up = None;
        for idx in selected.conditional() {
            if self.holds(*idx, subject) {
                matches.insert(*idx);
            }
        }
    }

    /// True if the conditions of a rule on the event hold.
    fn holds(&mut self, idx: RuleIdx, subject: &Subject<'_>) -> bool {
        let Self { rules, caches, fields, looked_up, .. } = self;
        let Some(rule) = rules.rules.get(idx.0) else { return false };
        let mut search = Search { patterns: &rules.patterns, caches };
        if !rule.event.holds(subject, &mut search) {
            return false;
        }
        if rule.event.fields.is_empty() {
            return true;
        }
        look_up(rules, subject.message, fields, looked_up);
        rule.event.fields_hold(fields, subject.message)
    }

    /// Finds the first `join` rule that matches an event as it was read.
    pub fn find_join(&mut self, selected: &Selected, subject: &Subject<'_>) -> Option<RuleIdx> {
        self.looked_up = None;
        selected.join_rules().iter().copied().find(|idx| self.holds(*idx, subject))
    }

    /// The `join` rule of an index.
    pub(super) fn join_rule(&self, idx: RuleIdx) -> Option<&JoinRule> {
        let Action::Join(join) = &self.rules.rules.get(idx.0)?.action else { return None };
        Some(join)
    }

    /// True if an event begins a joined event of the rule.
    pub(super) fn starts_joined(&mut self, idx: RuleIdx, message: &str) -> bool {
        let Some(starts) = self.join_rule(idx).map(|join| join.starts) else { return false };
        let Self { rules, caches, .. } = self;
        Search { patterns: &rules.patterns, caches }.is_match(starts, message)
    }

    /// Redacts a message by the matching rules for `sinks`. `state` is that of its log stream. Returns true if it changed:
    /// then `out` is the redacted text. Must be called for every event of a stream, in order, also if no rule matches.
    #[expect(clippy::too_many_arguments, reason = "the text goes in and out by itself")]
    pub fn redact(
        &mut self,
        matches: &Matches,
        sinks: Sinks,
        state: &mut State,
        part: Part,
        text: &str,
        out: &mut String,
        counts: &mut Counts,
    ) -> bool {
        let message = Message { state, part, text, out, counts };
        self.redaction.redact(&self.rules.rules, matches, sinks, message)
    }

    /// Applies the matching `rename` and `remove` rules for `sinks` to a message, which is already redacted. Returns
    /// true and writes the changed message to `out`, or false if nothing changes: the message is not a JSON object, or
    /// has no such member. The result is valid JSON.
    pub fn edit(&mut self, matches: &Matches, sinks: Sinks, message: &str, out: &mut String) -> bool {
        let Self { rules, buffer, .. } = self;
        let mut is_changed = false;
        for (_, rule) in matches.rules(&rules.rules, sinks) {
            is_changed |= apply(rule, message, is_changed, buffer, out);
        }
        is_changed
    }

    /// Calls `receive` with the points of matching metric rules, for the event that was evaluated last. `message` is
    /// redacted as for all sinks, because the points are sent to all of them. If nothing was redacted, it is the very
    /// text that was evaluated, and its fields are not looked up again. Points of series beyond a rule's `max_series`
    /// are counted in `series` and left out.
    pub fn metric_points(
        &mut self,
        matches: &Matches,
        message: &str,
        series: &mut MetricSeries,
        mut receive: impl FnMut(RuleIdx, &MetricPoint<'_>),
    ) {
        let Self { rules, fields, looked_up, tags, .. } = self;
        for (idx, rule) in matches.rules(&rules.rules, Sinks::ALL) {
            let Action::Metric(metric) = &rule.action else { continue };
            look_up(rules, message, fields, looked_up);
            let Some(value) = value_of(metric, fields, message) else { continue };
            tags.clear();
            for tag in &metric.tags {
                let text = fields.get(*tag).and_then(|value| plain_text(value, message));
                tags.extend(text.map(|text| (rules.paths.path(*tag).to_owned(), text.into_owned())));
            }
            if series.admits(idx, metric.max_series, tags) {
                let (name, kind) = (metric.name.as_str(), metric.kind);
                receive(idx, &MetricPoint { name, kind, value, tags, sinks: rule.sinks });
            }
        }
    }
}

/// Looks up the fields of a message, unless it was looked up last.
fn look_up(rules: &Rules, message: &str, fields: &mut Fields, looked_up: &mut Option<(usize, usize)>) {
    let place = Some((message.as_ptr().addr(), message.len()));
    if *looked_up != place {
        *looked_up = place;
        rules.paths.find(message, fields);
    }
}

/// Value of a metric; `None` if the field is missing or no number.
fn value_of(metric: &MetricRule, fields: &Fields, message: &str) -> Option<f64> {
    match metric.field {
        None => Some(1.0),
        Some(field) => number(fields.get(field)?, message),
    }
}

/// Applies a rule to the message, or to `out` if an earlier rule changed it. Returns true if it changed something.
fn apply(rule: &Rule, message: &str, is_changed: bool, buffer: &mut String, out: &mut String) -> bool {
    let mut run = |change: &dyn Fn(&str, &mut String) -> bool, is_changed: bool| {
        buffer.clear();
        let source = if is_changed { out.as_str() } else { message };
        let has_changed = change(source, buffer);
        if has_changed {
            std::mem::swap(buffer, out);
        }
        has_changed
    };
    match &rule.action {
        Action::Remove(paths) => run(&|text, out| edit::remove(text, paths, out), is_changed),
        Action::Rename(pairs) => {
            let mut any = false;
            for (from, to) in pairs {
                any |= run(&|text, out| edit::rename(text, from, to, out), is_changed || any);
            }
            any
        }
        Action::Drop
        | Action::Keep
        | Action::Sample(_)
        | Action::Redact(_)
        | Action::Set(_)
        | Action::Join(_)
        | Action::Metric(_)
        | Action::To(_) => false,
    }
}
