//! The serverless view: statistics, cost and findings of each Lambda function, shared by the terminal, the JSON output
//! and the page.
//!
//! Invocations are added to a [`View`] in any order and on any number of threads. Prices are applied only
//! when a [`Summary`] is made, so a region or an architecture that only a late invocation contains applies to
//! all invocations of the function.

mod aws_metrics;
mod catalog;
mod collected;
pub mod compare;
mod compose;
pub mod errors;
mod fields;
mod findings;
pub mod format;
mod function_stats;
pub mod index;
pub mod insight;
pub mod lines;
pub mod logs;
mod notes;
mod percentiles;
mod resolved;
#[cfg(test)]
pub(crate) mod sample;
mod share;
mod stats;
mod summary;
#[cfg(test)]
mod tests;

use std::{borrow::Cow, collections::HashMap};

use foldhash::fast::RandomState;
use tailwater_forwarder::pipeline::TimeRange;
use tailwater_parser::{Origin, derive::Invocation};

pub use self::{
    aws_metrics::{AWS_METRICS, AwsDay, AwsHour, AwsMetrics, AwsMetricsByFunction, AwsValues},
    catalog::{Catalog, CatalogError, FunctionConfiguration, Source},
    collected::CollectedInvocations,
    share::Share,
    summary::{
        BillingSummary, DurationSummary, Finding, FindingKind, FunctionSummary, InitSummary, LedgerCounts,
        OtherCostParts, OutcomeCounts, Range, StartCounts, Summary, TimeSummary, Totals, VersionSummary,
    },
};
use self::{function_stats::FunctionStats, resolved::ResolvedFunction};

/// Statistics of all functions whose invocations were added.
///
/// The result does not depend on the order of the invocations, nor on how they are spread over views that are merged.
#[derive(Debug, Default)]
pub struct View {
    /// By listed name; each name has one entry for each account and region.
    functions: HashMap<Box<str>, Vec<FunctionStats>, RandomState>,
}

impl View {
    /// Adds an invocation.
    pub fn add(&mut self, invocation: &Invocation) {
        let origin = &invocation.origin;
        if let Some(functions) = self.functions.get_mut(origin.listed_name()) {
            add_to(functions, invocation);
        } else {
            add_to(self.functions.entry(origin.listed_name().into()).or_default(), invocation);
        }
    }

    /// Adds all invocations of another view.
    pub fn merge(&mut self, other: &Self) {
        for (name, theirs) in &other.functions {
            let ours = match self.functions.get_mut(name) {
                Some(ours) => ours,
                None => self.functions.entry(name.clone()).or_default(),
            };
            for function in theirs {
                match ours.iter_mut().find(|mine| mine.is_same_function(function)) {
                    Some(mine) => mine.merge(function),
                    None => ours.push(function.clone()),
                }
            }
        }
    }

    /// Attaches `id`, a number chosen by the caller, to the function of `origin` without adding an
    /// invocation. See [`FunctionStats::attached`].
    fn attach(&mut self, origin: &Origin, id: usize) {
        let functions = self.functions.entry(origin.listed_name().into()).or_default();
        find_or_insert(functions, origin).attach(origin, id);
    }

    /// Returns the statistics to show: one entry for each function, after merging entries that are taken to
    /// be the same function.
    fn merged(&self, catalog: &Catalog) -> Vec<Cow<'_, FunctionStats>> {
        let by_region =
            self.functions.values().flat_map(|functions| merge_unknown_regions(functions, catalog));
        merge_learned_names(by_region.collect())
    }

    /// Returns the summary of all functions, with prices, findings and notes; functions are sorted by number
    /// of invocations.
    #[must_use]
    pub fn summary(&self, catalog: &Catalog, ledger: impl Into<LedgerCounts>) -> Summary {
        self.summary_of_range(TimeRange::default(), catalog, ledger)
    }

    /// Returns the summary if all invocations are of a time range: it limits the values that AWS has measured.
    #[must_use]
    pub fn summary_of_range(
        &self,
        range: TimeRange,
        catalog: &Catalog,
        ledger: impl Into<LedgerCounts>,
    ) -> Summary {
        compose::summary(&self.merged(catalog), range, catalog, ledger.into())
    }
}

fn add_to(functions: &mut Vec<FunctionStats>, invocation: &Invocation) {
    find_or_insert(functions, &invocation.origin).add(invocation);
}

fn find_or_insert<'r>(functions: &'r mut Vec<FunctionStats>, origin: &Origin) -> &'r mut FunctionStats {
    let at = functions.iter().position(|function| function.is_of(origin)).unwrap_or_else(|| {
        functions.push(FunctionStats::new(origin));
        functions.len() - 1
    });
    functions.get_mut(at).expect("the position was found or has just been filled")
}

/// Merges each entry of unknown region into the entry of the same function and account whose region is known,
/// if exactly one exists. If several exist, the region in the catalog or of `--region` decides.
///
/// Only some log lines contain the region, and the input may lack those lines of some execution environments.
fn merge_unknown_regions<'a>(
    functions: &'a [FunctionStats],
    catalog: &Catalog,
) -> Vec<Cow<'a, FunctionStats>> {
    let (known, unknown): (Vec<&FunctionStats>, Vec<&FunctionStats>) =
        functions.iter().partition(|function| function.region().is_some());
    let mut merged: Vec<_> = known.into_iter().map(Cow::Borrowed).collect();
    for function in unknown {
        match region_match(function, &merged, catalog).and_then(|at| merged.get_mut(at)) {
            Some(target) => target.to_mut().merge(function),
            None => merged.push(Cow::Borrowed(function)),
        }
    }
    merged
}

/// Merges function entries whose name comes only from a batch (the log group or file that the invocations
/// were read from) into the entry whose real name was learned from log lines of batches of that name, if
/// exactly one exists. A shared log group may have several such entries: then the entries stay separate.
///
/// Logs without a function name are named after their file until one of their lines contains the real name.
fn merge_learned_names(functions: Vec<Cow<'_, FunctionStats>>) -> Vec<Cow<'_, FunctionStats>> {
    let (mut merged, unlearned): (Vec<_>, Vec<_>) =
        functions.into_iter().partition(|function| function.is_learned());
    let mut rest = Vec::new();
    for function in unlearned {
        let mut targets = merged.iter_mut().filter(|target| target.covers_batches_of(&function));
        match (targets.next(), targets.next()) {
            (Some(target), None) => target.to_mut().merge(&function),
            (Some(_) | None, _) => rest.push(function),
        }
    }
    merged.append(&mut rest);
    merged
}

/// Returns the index of the entry into which a function of unknown region is to be merged.
fn region_match(
    function: &FunctionStats,
    merged: &[Cow<'_, FunctionStats>],
    catalog: &Catalog,
) -> Option<usize> {
    let mut same_account =
        merged.iter().enumerate().filter(|(_, other)| other.account() == function.account());
    let (first, second) = (same_account.next()?, same_account.next());
    if second.is_none() {
        return Some(first.0);
    }
    let region = ResolvedFunction::new(catalog, function.account(), None, function.name()).region?;
    merged.iter().position(|other| other.account() == function.account() && other.region() == Some(region))
}
