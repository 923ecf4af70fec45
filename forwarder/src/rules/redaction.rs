//! Redaction of an event by the redact rules that match it.

use std::{collections::HashMap, sync::Arc};

use foldhash::fast::FixedState;

use super::{
    matches::Matches,
    redact::{Counts, Part, RedactorSet, State},
    rule::{Action, Rule, RuleIdx},
    sinks::Sinks,
};

/// Most combinations of redact rules that are kept. Beyond that, they are combined again.
const MAX_SETS: usize = 64;

/// Redact rules in the combinations in which they matched, with the caches and buffers of one worker.
#[derive(Debug, Default)]
pub(super) struct Redaction {
    sets: HashMap<Vec<RuleIdx>, RedactorSet, FixedState>,
    /// Rules that match the current event.
    matching: Vec<RuleIdx>,
}

/// Message to redact, with the state of its log stream and what becomes of it.
#[derive(Debug)]
pub(super) struct Message<'a> {
    pub(super) state: &'a mut State,
    pub(super) part: Part,
    pub(super) text: &'a str,
    pub(super) out: &'a mut String,
    pub(super) counts: &'a mut Counts,
}

impl Redaction {
    /// Redacts a message by the matching rules for `sinks`. Returns true if it changed.
    pub(super) fn redact(
        &mut self,
        rules: &[Rule],
        matches: &Matches,
        sinks: Sinks,
        message: Message<'_>,
    ) -> bool {
        let is_redact = |rule: &Rule| matches!(rule.action, Action::Redact(_));
        let redacting = matches.rules(rules, sinks).filter(|(_, rule)| is_redact(rule));
        self.matching.clear();
        self.matching.extend(redacting.map(|(idx, _)| idx));
        let Message { state, part, text, out, counts } = message;
        // The end of a part is held back for the next part, which must not be lost if no rule matches that one.
        if self.matching.is_empty() && part == Part::Whole {
            return false;
        }
        if !self.sets.contains_key(self.matching.as_slice()) {
            if self.sets.len() >= MAX_SETS {
                self.sets.clear();
            }
            self.sets.insert(self.matching.clone(), combine(rules, &self.matching));
        }
        let set = self.sets.get_mut(self.matching.as_slice());
        set.is_some_and(|set| set.redact(state, part, text, out, counts))
    }
}

fn combine(rules: &[Rule], redacting: &[RuleIdx]) -> RedactorSet {
    let redactors = redacting.iter().filter_map(|idx| {
        let Action::Redact(redact) = &rules.get(idx.0)?.action else { return None };
        Some(Arc::clone(&redact.redactor))
    });
    RedactorSet::new(redactors.collect())
}
