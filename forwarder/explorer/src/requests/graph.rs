//! Graph of the runs of a time range: chains of runs, and the parent of each run.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use tailwater_parser::line::correlation::{IdKind, Mention};

use super::{
    chains,
    parents::{self, Evidence, Link},
    run::{IdKey, IdUse, LinkedRun, ResourceUse, index, number},
    tags::Declared,
};

/// Runs of a request: those that share ids, across at least two functions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// Strongest id that most of the runs share.
    pub id: IdKey,
    /// Kind of this id.
    pub kind: IdKind,
    /// Indices of the runs, in the order of their beginning.
    pub runs: Vec<u32>,
}

/// Collection of what a [`Graph`] is made of.
#[derive(Debug, Default)]
pub struct GraphBuilder {
    names: Vec<Box<str>>,
    numbers: HashMap<Box<str>, u32, RandomState>,
    runs: Vec<LinkedRun>,
    ids: Vec<IdUse>,
    resources: Vec<(Box<str>, u32, bool)>,
}

/// Runs with their chains and parents. Functions of one name in several accounts or regions are one function here.
#[derive(Debug, Default)]
pub struct Graph {
    /// Names of the functions, in their order.
    pub functions: Vec<Box<str>>,
    /// Runs in the order of their beginning.
    pub runs: Vec<LinkedRun>,
    /// Chains, one for each request, in the order of their beginning.
    pub chains: Vec<Chain>,
    /// Link of each run to its parent; `None` if no log proves one.
    pub links: Vec<Option<Link>>,
    /// Number of the attempt of each run at its request, from 1.
    pub attempts: Vec<u32>,
    ids: Vec<IdUse>,
    resources: Vec<(Box<str>, u32, bool)>,
}

impl GraphBuilder {
    /// Returns the number of a function.
    pub fn function(&mut self, name: &str) -> u32 {
        if let Some(known) = self.numbers.get(name) {
            return *known;
        }
        let next = number(self.names.len());
        self.names.push(name.into());
        self.numbers.insert(name.into(), next);
        next
    }

    /// Adds a run, and returns its index.
    pub fn run(&mut self, run: LinkedRun) -> u32 {
        self.runs.push(run);
        number(self.runs.len() - 1)
    }

    /// Replaces a run.
    #[cfg(test)]
    pub(super) fn replace(&mut self, at: u32, run: LinkedRun) {
        self.runs[index(at)] = run;
    }

    /// Adds an id that the lines or the trace of a run have.
    pub fn id(&mut self, run: u32, kind: IdKind, id: IdKey) {
        self.ids.push(IdUse { id, run, kind });
    }

    /// Adds an id or a resource in the lines of a run. `key` is the key of an id.
    pub fn mention(&mut self, run: u32, mention: Mention, key: IdKey, value: &str) {
        match mention {
            Mention::Id(kind) => self.id(run, kind, key),
            Mention::Uses | Mention::HandlesEventOf => {
                self.resources.push((value.into(), run, mention == Mention::HandlesEventOf));
            }
        }
    }

    /// Finds chains and parents.
    #[must_use]
    pub fn finish(self) -> Graph {
        let Self { names, mut runs, mut ids, mut resources, .. } = self;
        let functions = sort_functions(names, &mut runs);
        let places = sort_runs(&mut runs);
        let place = |run: &mut u32| *run = places.get(index(*run)).copied().unwrap_or(u32::MAX);
        ids.iter_mut().for_each(|id| place(&mut id.run));
        ids.sort_unstable();
        // An id under two names is of the stronger kind.
        ids.dedup_by_key(|id| (id.id, id.run));
        resources.iter_mut().for_each(|(_, run, _)| place(run));
        resources.sort_unstable();
        resources.dedup();
        let found = chains::find(&runs, &ids);
        let links = parents::find(&runs, &found);
        Graph { functions, chains: found.chains, attempts: found.attempts, links, runs, ids, resources }
    }
}

/// Sorts the names of functions, and renumbers those of the runs.
fn sort_functions(names: Vec<Box<str>>, runs: &mut [LinkedRun]) -> Vec<Box<str>> {
    let mut order: Vec<(Box<str>, usize)> = names.into_iter().zip(0..).collect();
    order.sort_unstable();
    let mut new = vec![0; order.len()];
    for ((_, old), place) in order.iter().zip(0_u32..) {
        if let Some(slot) = new.get_mut(*old) {
            *slot = place;
        }
    }
    for run in runs {
        run.function = new.get(index(run.function)).copied().unwrap_or(u32::MAX);
    }
    order.into_iter().map(|(name, _)| name).collect()
}

/// Sorts runs, and returns the new index of each.
fn sort_runs(runs: &mut Vec<LinkedRun>) -> Vec<u32> {
    let mut order: Vec<u32> = (0..runs.len()).map(number).collect();
    order.sort_by_key(|at| runs.get(index(*at)).map(LinkedRun::order));
    let mut places = vec![0; runs.len()];
    for (old, place) in order.iter().zip(0_u32..) {
        if let Some(slot) = places.get_mut(index(*old)) {
            *slot = place;
        }
    }
    *runs = order.iter().filter_map(|at| runs.get(index(*at)).copied()).collect();
    places
}

impl Graph {
    /// Name of the function of a run.
    #[must_use]
    pub fn function_of(&self, run: u32) -> &str {
        let function = self.runs.get(index(run)).map_or(u32::MAX, |run| run.function);
        self.functions.get(index(function)).map_or("", |name| name)
    }

    /// Run with this index.
    #[must_use]
    pub fn run(&self, run: u32) -> Option<&LinkedRun> {
        self.runs.get(index(run))
    }

    /// Link of a run to its parent.
    #[must_use]
    pub fn link(&self, run: u32) -> Option<&Link> {
        self.links.get(index(run))?.as_ref()
    }

    /// Number of the attempt of a run, from 1.
    #[must_use]
    pub fn attempt(&self, run: u32) -> u32 {
        self.attempts.get(index(run)).copied().unwrap_or(1)
    }

    /// Marks inferred links between functions for which tags declare the call.
    pub fn mark_declared(&mut self, declared: &Declared) {
        for at in 0..self.links.len() {
            let Some(link) = self.links.get(at).copied().flatten() else { continue };
            let is_declared = declared.has_way(self.function_of(link.parent), self.function_of(number(at)));
            if link.evidence != Evidence::ParentSpan && is_declared {
                let marked = Link { evidence: Evidence::Tag, ..link };
                self.links.iter_mut().skip(at).take(1).for_each(|slot| *slot = Some(marked));
            }
        }
    }

    /// Resources that lines name, each once for a run.
    pub fn resources(&self) -> impl Iterator<Item = ResourceUse<'_>> {
        self.resources.iter().map(|(resource, run, is_source)| ResourceUse {
            resource,
            run: *run,
            is_source: *is_source,
        })
    }

    /// Ids of the runs, in the order of their keys.
    #[must_use]
    pub fn ids(&self) -> &[IdUse] {
        &self.ids
    }
}
