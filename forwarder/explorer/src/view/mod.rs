//! The serverless view: what each function did, what it cost and what deserves a look, computed here for every face.
//!
//! Invocations go into a [`View`] in any order and on any number of threads. Whoever shows them asks it for a
//! [`Summary`]: only then is anything priced, so a region or an architecture that is learned late holds for all.

mod catalog;
mod compose;
mod durations;
pub mod format;
mod insight;
mod known;
mod notes;
mod number;
mod row;
pub mod runs;
#[cfg(test)]
pub(crate) mod sample;
mod share;
mod summary;
mod sums;
#[cfg(test)]
mod tests;

use std::{borrow::Cow, collections::HashMap};

use foldhash::fast::RandomState;
use tailwater_parser::{Origin, derive::Invocation};

pub use self::{
    catalog::{Catalog, CatalogError, Deployed},
    insight::{Finding, Look},
    share::Share,
    summary::{
        DurationSummary, FunctionSummary, InitSummary, LedgerCounts, Range, Summary, Totals, VersionSummary,
    },
};
use self::{known::Known, row::Row};

/// All functions seen, each with what its invocations add up to.
///
/// The same whatever order invocations come in and however they are spread over views that are merged.
#[derive(Debug, Default)]
pub struct View {
    /// The rows of each function name: one for each account and region, which are few.
    functions: HashMap<Box<str>, Vec<Row>, RandomState>,
}

impl View {
    /// Counts an invocation.
    pub fn add(&mut self, invocation: &Invocation) {
        let origin = &invocation.origin;
        if let Some(rows) = self.functions.get_mut(origin.function()) {
            add_to(rows, invocation);
        } else {
            add_to(self.functions.entry(origin.function().into()).or_default(), invocation);
        }
    }

    /// Adds what another view has seen.
    pub fn merge(&mut self, other: &Self) {
        for (function, theirs) in &other.functions {
            let ours = match self.functions.get_mut(function) {
                Some(ours) => ours,
                None => self.functions.entry(function.clone()).or_default(),
            };
            for row in theirs {
                match ours.iter_mut().find(|mine| mine.is_same_function(row)) {
                    Some(mine) => mine.merge(row),
                    None => ours.push(row.clone()),
                }
            }
        }
    }

    /// The rows as they are shown: one for each function.
    fn rows(&self, catalog: &Catalog) -> Vec<Cow<'_, Row>> {
        rename(self.functions.values().flat_map(|rows| settle(rows, catalog)).collect())
    }

    /// What there is to show: priced, sorted, with what is worth a look.
    #[must_use]
    pub fn summary(&self, catalog: &Catalog, ledger: impl Into<LedgerCounts>) -> Summary {
        compose::summary(&self.rows(catalog), catalog, ledger.into())
    }
}

fn add_to(rows: &mut Vec<Row>, invocation: &Invocation) {
    row_of(rows, &invocation.origin).add(invocation);
}

/// The row of a function, which is made where there is none.
fn row_of<'r>(rows: &'r mut Vec<Row>, origin: &Origin) -> &'r mut Row {
    let at = rows.iter().position(|row| row.is_of(origin)).unwrap_or_else(|| {
        rows.push(Row::of(origin));
        rows.len() - 1
    });
    rows.get_mut(at).expect("it was found, or just put there")
}

/// Joins a row whose region no line names with that of the same account whose region is known, if exactly one is;
/// else with that of the region which the catalog or a setting tells.
///
/// Only some lines name the region, and the input may lack those of some execution environments.
fn settle<'a>(rows: &'a [Row], catalog: &Catalog) -> Vec<Cow<'a, Row>> {
    let (known, unknown): (Vec<&Row>, Vec<&Row>) = rows.iter().partition(|row| row.region().is_some());
    let mut settled: Vec<_> = known.into_iter().map(Cow::Borrowed).collect();
    for row in unknown {
        match home(row, &settled, catalog).and_then(|home| settled.get_mut(home)) {
            Some(home) => home.to_mut().merge(row),
            None => settled.push(Cow::Borrowed(row)),
        }
    }
    settled
}

/// Joins a row whose name no line taught with that of the one function that was called the same before lines taught
/// its name. Where they taught several, as in a shared group, nothing tells which it was.
///
/// Logs without a function's name are called after their file, until one of their lines names it.
fn rename(rows: Vec<Cow<'_, Row>>) -> Vec<Cow<'_, Row>> {
    let (mut renamed, called): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.is_learned());
    let mut unnamed = Vec::new();
    for row in called {
        let mut homes = renamed.iter_mut().filter(|home| home.was_called(&row));
        match (homes.next(), homes.next()) {
            (Some(home), None) => home.to_mut().merge(&row),
            (Some(_) | None, _) => unnamed.push(row),
        }
    }
    renamed.append(&mut unnamed);
    renamed
}

/// Where the row that this one belongs to stands.
fn home(row: &Row, settled: &[Cow<'_, Row>], catalog: &Catalog) -> Option<usize> {
    let mut homes = settled.iter().enumerate().filter(|(_, home)| home.account() == row.account());
    let (first, second) = (homes.next()?, homes.next());
    if second.is_none() {
        return Some(first.0);
    }
    let region = Known::of(catalog, row.account(), None, row.function()).region?;
    settled.iter().position(|home| home.account() == row.account() && home.region() == Some(region))
}
