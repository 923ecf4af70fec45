//! Invocations of a run or a store: their view, and up to a limit the invocations themselves for the insight.

use tailwater_forwarder::pipeline::TimeRange;
use tailwater_parser::derive::Invocation;

use super::{
    View,
    catalog::Catalog,
    index::{InvocationId, InvocationIndex},
    insight::Dimension,
    summary::{LedgerCounts, Summary},
};

/// Maximum number of invocations that are kept, about 350 MB. Beyond it, the summary has no insight.
const MAX_INVOCATIONS: usize = 4_000_000;

/// Invocations of a run or a store. The order in which they are added does not change the summary.
#[derive(Debug, Default)]
pub struct CollectedInvocations {
    view: View,
    index: InvocationIndex,
    /// True if there were more than the maximum; `index` is then empty.
    is_over_limit: bool,
}

impl CollectedInvocations {
    /// Adds an invocation.
    pub fn add(&mut self, invocation: &Invocation) {
        self.view.add(invocation);
        if self.is_over_limit {
            return;
        }
        // The ids are not used: runs are ordered by their own members.
        self.index.push(InvocationId::default(), invocation);
        self.enforce_limit();
    }

    /// Adds all invocations of another collection.
    pub fn merge(&mut self, other: Self) {
        self.view.merge(&other.view);
        self.is_over_limit |= other.is_over_limit;
        self.index.append(other.index);
        self.enforce_limit();
    }

    fn enforce_limit(&mut self) {
        self.is_over_limit |= self.index.len() > MAX_INVOCATIONS;
        if self.is_over_limit {
            self.index = InvocationIndex::default();
        }
    }

    /// Returns the summary with the insight.
    #[must_use]
    pub fn summary(
        mut self,
        catalog: &Catalog,
        ledger: impl Into<LedgerCounts>,
        dimensions: &[Dimension],
    ) -> Summary {
        let mut summary = self.view.summary(catalog, ledger);
        if self.is_over_limit {
            summary.notes.push(format!(
                "insight is left out: it needs all invocations in memory, at most {MAX_INVOCATIONS}; \
                 set --since or --until"
            ));
            return summary;
        }
        self.index.sort();
        summary.with_insight(self.index.insight(TimeRange::default(), catalog, dimensions))
    }
}
