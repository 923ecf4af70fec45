//! Every invocation in a few bytes, in order of time: what whoever shows a store over and over keeps in memory, so
//! that any range of it is summed up in milliseconds.
//!
//! Numbers are those of a [`View`](super::View) of the same invocations. Stretches of many invocations keep their view, so a summary merges
//! few views and adds only what lies at its ends. 72 bytes an invocation, and about 4 KiB for each function and stretch.

mod cell;
mod pick;
mod range;
mod run;
mod segments;
mod series;
mod spending;
#[cfg(test)]
mod tests;

use std::{collections::HashSet, ops::Range as Indices};

use foldhash::fast::RandomState;
use tailwater_parser::{UnixMillis, derive::Invocation};

use self::{cell::Cells, run::Run, segments::Segments};
pub use self::{
    cell::{FunctionName, Selection, Which},
    pick::{Order, Outcomes, Page},
    range::Between,
    series::{Series, Sparkline},
    spending::{DaySpending, FunctionSpending, VersionSpending},
};
use super::{
    catalog::Catalog,
    summary::{LedgerCounts, Summary},
};

/// Whatever its holder knows an invocation by.
pub type RunId = i64;

/// Any number of invocations.
#[derive(Debug, Default)]
pub struct Runs {
    /// By time, then by id.
    runs: Vec<Run>,
    cells: Cells,
    segments: Segments,
}

/// Invocations to be put into [`Runs`], gathered beside them so that they can be read meanwhile.
#[derive(Debug, Default)]
pub struct Changes {
    invocations: Vec<(RunId, Invocation)>,
}

impl Changes {
    /// An invocation, new or as it is now.
    pub fn push(&mut self, id: RunId, invocation: Invocation) {
        self.invocations.push((id, invocation));
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.invocations.is_empty()
    }
}

impl Runs {
    /// Room for so many invocations, for who knows how many will come.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self { runs: Vec::with_capacity(capacity), ..Self::default() }
    }

    /// How many invocations there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.runs.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// Takes an invocation that is not there yet; [`Runs::settle`] puts it in its place.
    pub fn push(&mut self, id: RunId, invocation: &Invocation) {
        let cell = self.cells.of(&invocation.origin);
        self.runs.push(Run::of(id, cell, invocation));
    }

    /// Puts what was pushed in its place.
    pub fn settle(&mut self) {
        self.runs.sort_by_key(Run::place);
        self.segments.forget_from(0);
    }

    /// Puts new invocations in their places, and replaces those that changed.
    pub fn apply(&mut self, changes: &Changes) {
        let ids: HashSet<RunId, RandomState> = changes.invocations.iter().map(|(id, _)| *id).collect();
        let newest = self.runs.iter().map(|run| run.id).max();
        let has_replaced = ids.iter().any(|id| Some(*id) <= newest);
        let before = self.runs.len();
        let mut first = before;
        if has_replaced {
            first = self.runs.iter().position(|run| ids.contains(&run.id)).unwrap_or(before);
            self.runs.retain(|run| !ids.contains(&run.id));
        }
        for (id, invocation) in &changes.invocations {
            self.push(*id, invocation);
        }
        let earliest = changes.invocations.iter().map(|(id, invocation)| (invocation.time.0, *id)).min();
        let place = earliest.map_or(before, |place| {
            let settled = self.runs.get(..before.min(self.runs.len())).unwrap_or_default();
            settled.partition_point(|run| run.place() < place)
        });
        self.runs.sort_by_key(Run::place);
        self.segments.forget_from(first.min(place));
    }

    /// From the first start to the last end; `None` without invocations.
    #[must_use]
    pub fn extent(&self) -> Option<(UnixMillis, UnixMillis)> {
        Some((self.runs.iter().take(64).map(Run::started).min()?, UnixMillis(self.runs.last()?.time)))
    }

    /// The summary of the invocations that ended in a span of time.
    #[must_use]
    pub fn summary(&self, between: Between, catalog: &Catalog, ledger: LedgerCounts) -> Summary {
        self.segments.view(self, self.indices(between)).summary(catalog, ledger)
    }

    /// Makes ready what summaries are merged from.
    pub fn warm(&self) {
        self.segments.warm(self);
    }

    fn indices(&self, between: Between) -> Indices<usize> {
        let at = |time: Option<UnixMillis>, otherwise| {
            time.map_or(otherwise, |time| self.runs.partition_point(|run| run.time < time.0))
        };
        let since = at(between.since, 0);
        since..at(between.until, self.runs.len()).max(since)
    }

    fn within(&self, between: Between) -> &[Run] {
        self.runs.get(self.indices(between)).unwrap_or_default()
    }

    fn invocation(&self, run: &Run) -> Invocation {
        run.invocation(self.cells.origin(run.cell))
    }
}
