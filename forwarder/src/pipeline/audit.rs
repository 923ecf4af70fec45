//! Audit of rules: counts and examples of the work of each rule, for `rules test`.

use std::collections::HashMap;

use foldhash::fast::FixedState;
use tailwater_parser::{Record, UnixMillis, line::Line};

use super::{
    MAX_STREAMS,
    target::Target,
    view::{Applied, decide},
};
use crate::ledger::{Disposition, Tally};
use crate::rules::{
    AuditCounts, Evaluator, Matches, MetricSeries, RuleIdx, Rules, SamplePlan, Sinks, Subject,
    redact::{Counts, State},
};

/// Number of examples of each rule.
const MAX_EXAMPLES: usize = 3;

/// Size in bytes of the text of an example; a longer one is cut.
const MAX_EXAMPLE_LEN: usize = 400;

/// Counts and examples of the work of each rule in a run.
#[derive(Clone, Debug, Default)]
pub struct Audit {
    /// Counts of each rule.
    pub counts: AuditCounts,
    /// Examples of each rule, in the order of the rules; at most three each.
    pub examples: Vec<Vec<Example>>,
    /// Number of requests that each rule has sampled away, in the order of the rules.
    pub sampled_requests: Vec<u64>,
    /// Number of requests with a REPORT.
    pub requests: u64,
    /// Number of those that can be sampled, because their START is in the same delivery.
    pub eligible_requests: u64,
    /// Times of the earliest and of the latest event; `None` without events.
    pub times: Option<(UnixMillis, UnixMillis)>,
}

/// Message before and after a rule. Both are redacted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// The message without the rule; `None` if the rule redacts it.
    pub before: Option<String>,
    /// The message, or the additions or the metric, after the rule; `None` if the event is not delivered.
    pub after: Option<String>,
}

/// Event that rules have decided about.
#[derive(Clone, Copy, Debug)]
pub struct Audited<'a, 'r> {
    /// Record with the redacted message.
    pub record: &'a Record<'r>,
    /// Sinks that get the event.
    pub delivered: Sinks,
    /// Rules that have dropped it or sampled it away, each with the sinks that do not get it.
    pub ended: &'a [(RuleIdx, Sinks)],
}

/// Maker of an [`Audit`].
#[derive(Debug)]
pub(super) struct Auditor {
    audit: Audit,
    /// State of each stream for each redact rule.
    states: HashMap<(u64, usize), State, FixedState>,
    redacted: String,
    ended: Vec<(RuleIdx, Sinks)>,
}

impl Auditor {
    pub(super) fn new(rules: &Rules) -> Self {
        let audit = Audit {
            counts: AuditCounts::new(rules.len()),
            examples: vec![Vec::new(); rules.len()],
            sampled_requests: vec![0; rules.len()],
            ..Audit::default()
        };
        Self { audit, states: HashMap::default(), redacted: String::new(), ended: Vec::new() }
    }

    pub(super) fn audit(&self) -> &Audit {
        &self.audit
    }

    /// Begins an input: forgets the state of secrets that span several events.
    pub(super) fn begin_input(&mut self) {
        self.states.clear();
    }

    /// Counts the requests of a delivery.
    pub(super) fn requests(&mut self, plan: &SamplePlan) {
        let (requests, eligible) = plan.requests();
        self.audit.requests += requests;
        self.audit.eligible_requests += eligible;
    }

    /// Counts an event that a rule joins.
    pub(super) fn joins(&mut self, rule: RuleIdx, tally: Tally) {
        self.audit.counts.matched_by(rule, tally.events, tally.bytes.0);
    }

    /// Counts the work of the rules on an event, and passes on what became of it at these sinks.
    pub(super) fn event<T: Target>(
        &mut self,
        evaluator: &mut Evaluator,
        applied: &Applied<'_, '_>,
        sinks: &[Sinks],
        target: &mut T,
    ) {
        let time = applied.record.time;
        let (first, last) = self.audit.times.unwrap_or((time, time));
        self.audit.times = Some((first.min(time), last.max(time)));
        for rule in applied.matches.iter() {
            self.audit.counts.matched_by(rule, applied.tally.events, applied.tally.bytes.0);
        }
        let delivered = self.decide(evaluator.rules(), applied, sinks);
        self.redact(evaluator, applied);
        for rule in applied.matches.iter() {
            if self.wants_example(rule)
                && let Some(example) = self.example(evaluator, applied, rule)
            {
                self.add_example(rule, example);
            }
        }
        self.join_example(evaluator, applied);
        target.audit(&Audited { record: applied.record, delivered, ended: &self.ended });
    }

    /// Counts what the rules drop or sample away. Returns the sinks that get the event.
    fn decide(&mut self, rules: &Rules, applied: &Applied<'_, '_>, sinks: &[Sinks]) -> Sinks {
        let (events, bytes) = (applied.tally.events, applied.tally.bytes.0);
        let mut delivered = Sinks::NONE;
        self.ended.clear();
        for sink in sinks.iter().copied() {
            let Err((rule, disposition)) = decide(rules, applied, sink) else {
                delivered = delivered.union(sink);
                continue;
            };
            if let Some((_, ended)) = self.ended.iter_mut().find(|(known, _)| *known == rule) {
                *ended = ended.union(sink);
                continue;
            }
            self.ended.push((rule, sink));
            if disposition == Disposition::Sampled {
                self.audit.counts.sampled(rule, events, bytes);
                let is_request = matches!(applied.record.line, Line::Report(_));
                if let Some(n) = self.audit.sampled_requests.get_mut(rule.0) {
                    *n += u64::from(is_request);
                }
            } else {
                self.audit.counts.dropped(rule, events, bytes);
            }
        }
        delivered
    }

    /// Counts the redactions of each rule by itself, and keeps examples of them.
    fn redact(&mut self, evaluator: &mut Evaluator, applied: &Applied<'_, '_>) {
        let redacting = (0..evaluator.rules().len()).map(RuleIdx);
        let redacting: Vec<_> =
            redacting.filter(|rule| evaluator.rules().action(*rule) == "redact").collect();
        if self.states.len() >= MAX_STREAMS.saturating_mul(redacting.len().max(1)) {
            self.states.clear();
        }
        for rule in redacting {
            let state = self.states.entry((applied.batch.stream, rule.0)).or_default();
            self.redacted.clear();
            let (only, mut counts) = (applied.matches.only(rule), Counts::default());
            let (part, text, out) = (applied.raw.part.into(), applied.raw.message, &mut self.redacted);
            evaluator.redact(&only, Sinks::ALL, state, part, text, out, &mut counts);
            for (kind, n) in counts.iter() {
                self.audit.counts.redacted(rule, kind.name(), n);
            }
            if counts.total() > 0 && self.wants_example(rule) {
                let after = Some(shortened(applied.record.message));
                self.add_example(rule, Example { before: None, after });
            }
        }
    }

    fn wants_example(&self, rule: RuleIdx) -> bool {
        self.audit.examples.get(rule.0).is_some_and(|examples| examples.len() < MAX_EXAMPLES)
    }

    fn add_example(&mut self, rule: RuleIdx, example: Example) {
        if let Some(examples) = self.audit.examples.get_mut(rule.0) {
            examples.push(example);
        }
    }

    /// Shows what a rule does to the event; `None` if it does nothing.
    fn example(
        &self,
        evaluator: &mut Evaluator,
        applied: &Applied<'_, '_>,
        rule: RuleIdx,
    ) -> Option<Example> {
        let message = applied.record.message;
        let before = Some(shortened(message));
        if self.ended.iter().any(|(ended, _)| *ended == rule) {
            return Some(Example { before, after: None });
        }
        let only = applied.matches.only(rule);
        let after = match evaluator.rules().action(rule) {
            "set" => Some(additions(evaluator.rules(), applied, &only)),
            "remove" | "rename" => {
                let mut edited = String::new();
                evaluator.edit(&only, Sinks::ALL, message, &mut edited).then_some(edited)
            }
            "metric" => {
                let (mut points, mut series) = (Vec::new(), MetricSeries::default());
                evaluator.metric_points(&only, message, &mut series, |_, point| {
                    let tags = point.tags.iter().map(|(name, value)| format!(" {name}={value}"));
                    points.push(format!("{} {}{}", point.name, point.value, tags.collect::<String>()));
                });
                points.pop()
            }
            _ => None,
        };
        after.map(|after| Example { before, after: Some(shortened(&after)) })
    }

    /// Keeps a joined event as an example of the rule that joins its first line.
    fn join_example(&mut self, evaluator: &mut Evaluator, applied: &Applied<'_, '_>) {
        if applied.followers.is_empty() {
            return;
        }
        let subject = Subject::of(applied.record);
        let rule = evaluator.find_join(&applied.batch.selected, &subject);
        if let Some(rule) = rule.filter(|rule| self.wants_example(*rule)) {
            let first = applied.record.message.lines().next().unwrap_or_default();
            let after = Some(shortened(applied.record.message));
            self.add_example(rule, Example { before: Some(shortened(first)), after });
        }
    }
}

/// Lists the service, the tags and the attributes that a rule sets.
fn additions(rules: &Rules, applied: &Applied<'_, '_>, only: &Matches) -> String {
    let set = rules.additions(&applied.batch.selected, only, Sinks::ALL);
    let service = set.service.map(|service| format!("service={service}"));
    let tags = set.tags.iter().map(|tag| (*tag).to_owned());
    let attributes = set.attributes.iter().map(|(name, value)| format!("{name}={value}"));
    service.into_iter().chain(tags).chain(attributes).collect::<Vec<_>>().join(" ")
}

fn shortened(text: &str) -> String {
    let text = text.trim_end();
    if text.len() <= MAX_EXAMPLE_LEN {
        return text.to_owned();
    }
    let cut = text.get(..text.floor_char_boundary(MAX_EXAMPLE_LEN)).unwrap_or_default();
    format!("{cut}…")
}
