//! Rules that can match the events of a batch, because their conditions on its origin hold.

use tailwater_parser::Origin;

use super::rule::{Rule, RuleIdx};

/// Rules whose conditions on the origin of a batch hold, with the texts that they captured.
#[derive(Clone, Debug, Default)]
pub struct Selected {
    rules: Vec<RuleIdx>,
}

impl Selected {
    pub(super) fn of(rules: &[Rule], _: &Origin) -> Self {
        Self { rules: (0..rules.len()).map(RuleIdx).collect() }
    }

    /// True if no rule can match an event of the batch.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    pub(super) fn rules(&self) -> &[RuleIdx] {
        &self.rules
    }
}
