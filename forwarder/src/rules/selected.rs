//! Rules that can match the events of a batch, because their conditions on its origin hold.

use tailwater_parser::Origin;

use super::{
    glob::Captures,
    matches::Matches,
    rule::{Action, Rule, RuleIdx, SetRule},
};

/// Rules whose conditions on the origin of a batch hold, with the texts that they captured.
#[derive(Clone, Debug, Default)]
pub struct Selected {
    /// Rules that match every event of the batch.
    always: Matches,
    /// Rules that have more conditions.
    conditional: Vec<RuleIdx>,
    joins: Vec<RuleIdx>,
    sets: Vec<(RuleIdx, Values)>,
}

/// Values that a `set` rule sets in a batch.
#[derive(Clone, Debug, Default)]
pub(super) struct Values {
    pub(super) service: Option<String>,
    pub(super) tags: Vec<String>,
    pub(super) attributes: Vec<(String, String)>,
}

impl Selected {
    pub(super) fn of(rules: &[Rule], origin: &Origin) -> Self {
        let mut selected = Self::default();
        selected.always.clear(rules.len());
        let mut captures = Captures::new();
        for (idx, rule) in rules.iter().enumerate() {
            captures.clear();
            if rule.origin.capture(origin, &mut captures) {
                selected.add(RuleIdx(idx), rule, &captures);
            }
        }
        selected
    }

    fn add(&mut self, idx: RuleIdx, rule: &Rule, captures: &Captures) {
        match &rule.action {
            Action::Join(_) => return self.joins.push(idx),
            Action::Set(set) => self.sets.push((idx, Values::of(set, captures))),
            Action::Drop
            | Action::Keep
            | Action::Sample(_)
            | Action::Redact(_)
            | Action::Remove(_)
            | Action::Rename(_)
            | Action::Metric(_)
            | Action::To(_) => {}
        }
        if rule.event.is_empty() {
            self.always.insert(idx);
        } else {
            self.conditional.push(idx);
        }
    }

    /// True if no rule can match an event of the batch.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.always.is_empty() && self.conditional.is_empty() && self.joins.is_empty()
    }

    /// True if a rule may join events of the batch.
    #[must_use]
    pub fn joins(&self) -> bool {
        !self.joins.is_empty()
    }

    pub(super) fn always(&self) -> &Matches {
        &self.always
    }

    pub(super) fn conditional(&self) -> &[RuleIdx] {
        &self.conditional
    }

    pub(super) fn join_rules(&self) -> &[RuleIdx] {
        &self.joins
    }

    pub(super) fn sets(&self) -> &[(RuleIdx, Values)] {
        &self.sets
    }
}

impl Values {
    /// Fills in what the rule captured. A value with a part that was not captured is left out.
    fn of(set: &SetRule, captures: &Captures) -> Self {
        let attributes = set.attributes.iter();
        Self {
            service: set.service.as_ref().and_then(|service| service.render(captures)),
            tags: set.tags.iter().filter_map(|tag| tag.render(captures)).collect(),
            attributes: attributes
                .filter_map(|(name, value)| Some((name.clone(), value.render(captures)?)))
                .collect(),
        }
    }
}
