//! Invocations of a run or a store: their view, and up to a limit the invocations themselves for the insight.

use std::sync::Arc;

use tailwater_forwarder::pipeline::TimeRange;
use tailwater_parser::{
    Origin,
    derive::Invocation,
    line::correlation::{Mention, Scanner, may_have_ids},
};

use super::{
    View,
    catalog::Catalog,
    format::count,
    index::{InvocationId, InvocationIndex},
    insight::Dimension,
    lines::LineCollector,
    summary::{LedgerCounts, Summary},
};
use crate::errors::{Collector, ErrorLine, LogLine};

/// Maximum number of invocations that are kept, about 550 MB. Beyond it, the summary has no insight.
const MAX_INVOCATIONS: usize = 4_000_000;

/// Invocations of a run or a store. The order in which they are added does not change the summary.
#[derive(Debug)]
pub struct CollectedInvocations {
    view: View,
    index: InvocationIndex,
    errors: Collector,
    limit: usize,
    /// True if there were more than the maximum; `index` is then empty.
    is_over_limit: bool,
    /// Lines of all functions; `None` if they are not counted.
    lines: Option<LineCollector>,
    /// Finder of the ids in lines; `None` if the summary does not show requests.
    scanner: Option<Scanner>,
}

impl Default for CollectedInvocations {
    fn default() -> Self {
        Self::with_limit(MAX_INVOCATIONS)
    }
}

impl CollectedInvocations {
    fn with_limit(limit: usize) -> Self {
        Self {
            view: View::default(),
            index: InvocationIndex::default(),
            errors: Collector::default(),
            limit,
            is_over_limit: false,
            lines: None,
            scanner: None,
        }
    }

    /// Sets the collection of lines, by which the insight is completed. If it has a finder of
    /// correlation ids, the ids in lines link runs.
    #[must_use]
    pub fn with_lines(mut self, lines: Option<LineCollector>) -> Self {
        self.scanner = lines.as_ref().and_then(|lines| lines.scanner.clone());
        self.lines = lines;
        self
    }

    /// The collection of lines, to add some.
    #[inline]
    pub fn lines_mut(&mut self) -> Option<&mut LineCollector> {
        self.lines.as_mut()
    }

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

    /// Adds a log line, for the errors and the ids of requests. The lines of a log stream must come in their order.
    pub(crate) fn line(&mut self, origin: &Origin, line: &LogLine<'_>) {
        if !self.is_over_limit {
            let index = &mut self.index;
            if let Some(scanner) =
                self.scanner.as_ref().filter(|_| may_have_ids(line.kind) && line.part.is_first())
                && let Some(request_id) = line.request_id
            {
                scanner.scan(line.message, &mut |mention, value| {
                    index.push_mention(origin, request_id, mention, value);
                });
            }
            self.errors.read(origin, line, &mut |origin, error| index.push_error(origin, error));
        }
    }

    /// Adds an id or a resource in a log line.
    pub(crate) fn add_mention(&mut self, origin: &Origin, request_id: &str, mention: Mention, value: &str) {
        if !self.is_over_limit {
            self.index.push_mention(origin, request_id, mention, value);
        }
    }

    /// Adds the error of a log line.
    pub(crate) fn add_error(&mut self, origin: &Arc<Origin>, error: ErrorLine) {
        if !self.is_over_limit {
            self.index.push_error(origin, error);
        }
    }

    /// Announces that the next line may not follow the one before it.
    pub(crate) fn begin_batch(&mut self) {
        self.errors.begin_batch();
    }

    /// Adds all invocations of another collection.
    pub fn merge(&mut self, other: Self) {
        self.view.merge(&other.view);
        self.is_over_limit |= other.is_over_limit;
        self.lines = match (self.lines.take(), other.lines) {
            (Some(mut ours), Some(theirs)) => {
                ours.merge(theirs);
                Some(ours)
            }
            (ours, theirs) => ours.or(theirs),
        };
        self.index.append(other.index);
        self.errors.merge(other.errors);
        self.enforce_limit();
    }

    fn enforce_limit(&mut self) {
        self.is_over_limit |= self.index.len() > self.limit;
        if self.is_over_limit {
            self.index = InvocationIndex::default();
        }
    }

    /// Returns the summary with the insight, and the index of the invocations if all were kept.
    #[must_use]
    pub fn summary(
        mut self,
        catalog: &Catalog,
        ledger: impl Into<LedgerCounts>,
        dimensions: &[Dimension],
    ) -> (Summary, Option<InvocationIndex>) {
        let mut summary = self.view.summary(catalog, ledger);
        if self.is_over_limit {
            summary.notes.push(format!(
                "insight is left out: it needs all invocations in memory, at most {}; \
                 set --since or --until",
                count(u64::try_from(self.limit).unwrap_or(u64::MAX))
            ));
            return (summary, None);
        }
        let (errors, index) = (self.errors, &mut self.index);
        errors.finish(&mut |origin, error| index.push_error(origin, error));
        self.index.sort();
        let insight = self.index.insight(TimeRange::default(), catalog, dimensions);
        let insight = insight.map(|insight| match self.lines {
            Some(lines) => insight.with_lines(lines, &self.index, TimeRange::default(), catalog),
            None => insight,
        });
        (summary.with_insight(insight), Some(self.index))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::sample::{Sample as _, run};

    fn collect(ages: std::ops::Range<u64>) -> CollectedInvocations {
        let mut collected = CollectedInvocations::with_limit(10);
        ages.for_each(|ago| collected.add(&run("f").ago(ago)));
        collected
    }

    fn check(collected: CollectedInvocations, invocations: u64, has_insight: bool) {
        let (summary, _) =
            collected.summary(&Catalog::default(), LedgerCounts::default(), &Dimension::DEFAULT);
        assert_eq!((summary.totals.invocations, summary.insight.is_some()), (invocations, has_insight));
        let is_noted = summary.notes.iter().any(|note| note.contains("at most 10; set --since"));
        assert_eq!(is_noted, !has_insight, "{:?}", summary.notes);
    }

    #[test]
    fn more_invocations_than_the_limit_have_no_insight_however_divided() {
        check(collect(0..10), 10, true);
        check(collect(0..11), 11, false);
        let merged = |one, other| {
            let mut merged = collect(one);
            merged.merge(collect(other));
            merged
        };
        check(merged(0..4, 4..10), 10, true);
        check(merged(0..5, 5..11), 11, false);
        check(merged(0..11, 11..12), 12, false);
        check(merged(0..1, 1..13), 13, false);
    }
}
