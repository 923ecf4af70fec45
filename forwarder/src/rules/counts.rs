//! Counts of the work of rules, for `rules test`.

use std::collections::BTreeMap;

use super::rule::RuleIdx;

/// Counts of the work of each rule.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AuditCounts {
    /// Counts of each rule, in order.
    pub rules: Vec<RuleCounts>,
}

/// Counts of the work of one rule.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RuleCounts {
    /// Number of events for which the conditions hold, whatever decided before.
    pub matched_events: u64,
    /// Size of their messages in bytes.
    pub matched_bytes: u64,
    /// Number of events that the rule kept from a sink.
    pub dropped_events: u64,
    /// Size of their messages in bytes.
    pub dropped_bytes: u64,
    /// Number of events that the rule sampled away.
    pub sampled_events: u64,
    /// Size of their messages in bytes.
    pub sampled_bytes: u64,
    /// Number of redacted parts, by kind.
    pub redactions: BTreeMap<&'static str, u64>,
}

impl AuditCounts {
    /// Creates the counts of `n_rules` rules.
    #[must_use]
    pub fn new(n_rules: usize) -> Self {
        Self { rules: vec![RuleCounts::default(); n_rules] }
    }

    /// Counts events of `n_bytes` in all that the rule matches.
    pub fn matched_by(&mut self, rule: RuleIdx, n_events: u64, n_bytes: u64) {
        if let Some(counts) = self.rule_mut(rule) {
            counts.matched_events += n_events;
            counts.matched_bytes += n_bytes;
        }
    }

    /// Counts events that the rule kept from a sink.
    pub fn dropped(&mut self, rule: RuleIdx, n_events: u64, n_bytes: u64) {
        if let Some(counts) = self.rule_mut(rule) {
            counts.dropped_events += n_events;
            counts.dropped_bytes += n_bytes;
        }
    }

    /// Counts events that the rule sampled away.
    pub fn sampled(&mut self, rule: RuleIdx, n_events: u64, n_bytes: u64) {
        if let Some(counts) = self.rule_mut(rule) {
            counts.sampled_events += n_events;
            counts.sampled_bytes += n_bytes;
        }
    }

    /// Counts parts of events that the rule redacted.
    pub fn redacted(&mut self, rule: RuleIdx, kind: &'static str, n: u64) {
        if let Some(counts) = self.rule_mut(rule) {
            *counts.redactions.entry(kind).or_default() += n;
        }
    }

    fn rule_mut(&mut self, rule: RuleIdx) -> Option<&mut RuleCounts> {
        self.rules.get_mut(rule.0)
    }
}
