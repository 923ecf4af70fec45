//! Rules that match an event, and the decision that follows from them.

use super::{
    rule::{Action, Rule, RuleIdx},
    sinks::Sinks,
};

/// Rules that match an event. The buffer is reused for each event.
#[derive(Clone, Debug, Default)]
pub struct Matches {
    words: Vec<u64>,
}

/// Decision about an event for one sink.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The sink receives the event.
    Deliver,
    /// The sink does not receive the event, because of this rule: `drop`, or `to` with other sinks.
    Drop(RuleIdx),
    /// This sample rule decides, together with the event's request.
    Sample(RuleIdx),
}

impl Matches {
    /// Creates an empty set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The set of one rule that is in this set too; for counts of the work of each rule.
    #[must_use]
    pub fn only(&self, rule: RuleIdx) -> Self {
        let mut only = Self { words: vec![0; self.words.len()] };
        if self.contains(rule) {
            only.insert(rule);
        }
        only
    }

    /// True if no rule matches.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// True if the rule matches.
    #[must_use]
    pub fn contains(&self, rule: RuleIdx) -> bool {
        self.words.get(rule.0 / 64).is_some_and(|word| word >> (rule.0 % 64) & 1 == 1)
    }

    /// Rules that match, in order.
    pub fn iter(&self) -> impl Iterator<Item = RuleIdx> + '_ {
        self.words.iter().zip((0..).step_by(64)).flat_map(|(word, first)| Bits { word: *word, first })
    }

    pub(super) fn clear(&mut self, n_rules: usize) {
        self.words.clear();
        self.words.resize(n_rules.div_ceil(64), 0);
    }

    pub(super) fn copy_from(&mut self, other: &Self) {
        self.words.clone_from(&other.words);
    }

    pub(super) fn insert(&mut self, rule: RuleIdx) {
        if let Some(word) = self.words.get_mut(rule.0 / 64) {
            *word |= 1 << (rule.0 % 64);
        }
    }

    pub(super) fn decision(&self, rules: &[Rule], sink: Sinks) -> Decision {
        let mut decision = None;
        for (idx, rule) in self.rules(rules, sink) {
            match rule.action {
                Action::To(to) if !to.overlaps(sink) => return Decision::Drop(idx),
                Action::Drop => decision = decision.or(Some(Decision::Drop(idx))),
                Action::Keep => decision = decision.or(Some(Decision::Deliver)),
                Action::Sample(_) => decision = decision.or(Some(Decision::Sample(idx))),
                Action::To(_)
                | Action::Redact(_)
                | Action::Set(_)
                | Action::Remove(_)
                | Action::Rename(_)
                | Action::Join(_)
                | Action::Metric(_) => {}
            }
        }
        decision.unwrap_or(Decision::Deliver)
    }

    /// Matching rules that concern any of `sinks`, in order.
    pub(super) fn rules<'r>(
        &self,
        rules: &'r [Rule],
        sinks: Sinks,
    ) -> impl Iterator<Item = (RuleIdx, &'r Rule)> {
        self.iter()
            .filter_map(|idx| rules.get(idx.0).map(|rule| (idx, rule)))
            .filter(move |(_, rule)| rule.sinks.overlaps(sinks))
    }
}

/// Rules of one word of a set, from the lowest bit to the highest one.
struct Bits {
    word: u64,
    /// Index of the rule of the lowest bit.
    first: usize,
}

impl Iterator for Bits {
    type Item = RuleIdx;

    fn next(&mut self) -> Option<RuleIdx> {
        let bit = usize::try_from(self.word.trailing_zeros()).ok().filter(|bit| *bit < 64)?;
        self.word &= self.word - 1;
        Some(RuleIdx(self.first + bit))
    }
}
