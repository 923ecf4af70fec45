//! Rules that filter, sample, redact, tag, join and route log events, and that make metrics of them.
//!
//! [`Rules`] are compiled from TOML and never change. A worker evaluates them with an [`Evaluator`], which holds the
//! caches of the regexes. For each batch, [`Rules::select`] finds the rules whose conditions on the origin hold; for each
//! event, [`Evaluator::evaluate`] finds those that match. A [`Joiner`] joins the events of a stream, a [`Sampler`] finds
//! the requests that may be sampled away, and [`MetricSeries`] bounds the series of metrics.
//!
//! The room is pure: it has no clock, network, environment or global state.

mod additions;
mod comparison;
mod condition;
mod counts;
mod datadog;
mod describe;
mod document;
mod edit;
mod evaluator;
mod fields;
mod glob;
mod join;
mod json;
mod matches;
mod metric;
mod pattern;
mod problem;
pub mod redact;
mod redaction;
mod rule;
mod sample;
mod schema;
mod selected;
mod sinks;
mod template;
#[cfg(test)]
mod tests;

use tailwater_parser::{Level, Line, Origin, Record, record::Additions};

pub use self::{
    counts::{AuditCounts, RuleCounts},
    datadog::{DatadogRules, RefusedSetting},
    evaluator::Evaluator,
    join::{JoinStep, Joined, Joiner},
    matches::{Decision, Matches},
    metric::{MetricKind, MetricPoint, MetricSeries},
    problem::Problem,
    rule::RuleIdx,
    sample::{SamplePlan, Sampler, Sampling},
    selected::Selected,
    sinks::Sinks,
};

use self::{
    fields::Paths,
    pattern::Pattern,
    rule::{Action, Rule},
};

/// Compiled rules: an ordered list that never changes.
#[derive(Debug, Default)]
pub struct Rules {
    rules: Vec<Rule>,
    /// Regexes of all rules, which refer to them by their index.
    patterns: Vec<Pattern>,
    /// Paths of the conditions on fields, and of metrics.
    paths: Paths,
    hash: String,
    /// True if input that cannot be read may be parked as it is, although it cannot be redacted.
    park_unreadable: bool,
    /// Names of the sinks that the rules were compiled for.
    sink_names: Vec<String>,
}

/// Names and secrets that rules refer to.
#[derive(Clone, Copy, Debug, Default)]
pub struct ParseOptions<'a> {
    /// Names of the sinks, which `to` and `when.sink` refer to. The index of a name is the index of the sink in
    /// [`Sinks`].
    pub sinks: &'a [&'a str],
    /// Key of `hash = true` in redact rules; `None` if it is not set.
    pub redact_key: Option<&'a str>,
    /// Settings of the Datadog Forwarder, whose rules come before those of the text; `None` if none is set.
    pub datadog: Option<&'a DatadogRules>,
}

/// Parts of an event that the conditions of rules refer to.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The parsed message.
    pub line: &'a Line<'a>,
    /// Log level of the event.
    pub level: Option<Level>,
    /// The message as logged.
    pub message: &'a str,
}

impl<'a> Subject<'a> {
    /// Creates the subject of a record.
    #[must_use]
    pub fn of(record: &'a Record<'a>) -> Self {
        Self { line: &record.line, level: record.level, message: record.message }
    }
}

impl Rules {
    /// Compiles rules from TOML.
    ///
    /// # Errors
    /// Returns every problem of the text, in the order of its lines.
    pub fn parse(text: &str, options: &ParseOptions<'_>) -> Result<Self, Vec<Problem>> {
        schema::compile(text, options)
    }

    /// True if there is no rule.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Number of rules.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Hash of the text that the rules were compiled from: 32 hexadecimal digits.
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// True if input that cannot be read may be parked as it is, although it cannot be redacted.
    #[must_use]
    pub fn parks_unreadable(&self) -> bool {
        self.park_unreadable
    }

    /// True if a rule redacts what any of `sinks` receives.
    #[must_use]
    pub fn redacts(&self, sinks: Sinks) -> bool {
        self.has(|rule| matches!(rule.action, Action::Redact(_)) && rule.sinks.overlaps(sinks))
    }

    /// True if a rule samples requests.
    #[must_use]
    pub fn samples(&self) -> bool {
        self.has(|rule| matches!(rule.action, Action::Sample(_)))
    }

    /// True if a rule joins events.
    #[must_use]
    pub fn joins(&self) -> bool {
        self.has(|rule| matches!(rule.action, Action::Join(_)))
    }

    /// True if a rule makes metrics.
    #[must_use]
    pub fn makes_metrics(&self) -> bool {
        self.has(|rule| matches!(rule.action, Action::Metric(_)))
    }

    /// Name of a rule: the one in the text, else `rule N`, counted from 1.
    #[must_use]
    pub fn name(&self, rule: RuleIdx) -> &str {
        self.rules.get(rule.0).map_or("", |rule| &rule.name)
    }

    /// Name of the action of a rule, as in the text: such as `drop`; empty if there is no such rule.
    #[must_use]
    pub fn action(&self, rule: RuleIdx) -> &'static str {
        self.rules.get(rule.0).map_or("", |rule| rule.action.name())
    }

    /// Describes each rule in an English sentence, in order.
    #[must_use]
    pub fn describe(&self) -> Vec<String> {
        self.rules.iter().map(|rule| describe::describe(self, rule)).collect()
    }

    /// Selects the rules whose conditions on the origin of a batch hold.
    #[must_use]
    pub fn select(&self, origin: &Origin) -> Selected {
        Selected::of(&self.rules, origin)
    }

    /// Groups the sinks that receive the same text and additions of every event. There is one group, unless a rule that
    /// changes events has the condition `when.sink`; without sinks there is none.
    #[must_use]
    pub fn views(&self) -> Vec<Sinks> {
        let changing = || self.rules.iter().filter(|rule| rule.action.changes_events());
        let view = |sink: Sinks| changing().map(|rule| rule.sinks.overlaps(sink)).collect::<Vec<_>>();
        let mut views: Vec<(Vec<bool>, Sinks)> = Vec::new();
        for sink in (0..self.sink_names.len()).map(Sinks::one) {
            let same = view(sink);
            match views.iter_mut().find(|(known, _)| *known == same) {
                Some((_, sinks)) => *sinks = sinks.union(sink),
                None => views.push((same, sink)),
            }
        }
        views.into_iter().map(|(_, sinks)| sinks).collect()
    }

    /// Decides if `sink` (one sink) receives an event.
    #[must_use]
    pub fn decision(&self, matches: &Matches, sink: Sinks) -> Decision {
        matches.decision(&self.rules, sink)
    }

    /// Service, tags and attributes that matching rules set for `sinks`.
    #[must_use]
    pub fn additions<'s>(&self, selected: &'s Selected, matches: &Matches, sinks: Sinks) -> Additions<'s> {
        additions::of(&self.rules, selected, matches, sinks)
    }

    fn has(&self, is_wanted: impl Fn(&Rule) -> bool) -> bool {
        self.rules.iter().any(is_wanted)
    }
}
