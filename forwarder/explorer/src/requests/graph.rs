//! Graph of the runs of a time range: chains of runs, and the parent of each run.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use tailwater_parser::line::correlation::{IdKind, Mention};

use super::{
    chains,
    functions::{self, FunctionId, GraphFunction},
    parents::{self, Evidence, Link},
    roles::Roles,
    run::{IdKey, IdUse, LinkedRun, index, number},
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
    functions: Vec<FunctionId>,
    numbers: HashMap<FunctionId, u32, RandomState>,
    runs: Vec<LinkedRun>,
    ids: Vec<IdUse>,
    resources: Vec<(Box<str>, u32, bool)>,
}

/// Runs with their chains and parents. Functions of one name in several accounts or regions are several functions.
#[derive(Debug, Default)]
pub struct Graph {
    /// Functions in the order of their labels.
    pub functions: Vec<GraphFunction>,
    /// Runs in the order of their beginning.
    pub runs: Vec<LinkedRun>,
    /// Chains, one for each request, in the order of their beginning.
    pub chains: Vec<Chain>,
    /// Link of each run to its parent; `None` if no log proves one.
    pub links: Vec<Option<Link>>,
    /// Number of the attempt of each run at its request, from 1.
    pub attempts: Vec<u32>,
    ids: Vec<IdUse>,
    pub(super) roles: Roles,
}

impl GraphBuilder {
    /// Returns the number of a function.
    pub fn function(&mut self, id: &FunctionId) -> u32 {
        if let Some(known) = self.numbers.get(id) {
            return *known;
        }
        let next = number(self.functions.len());
        self.functions.push(id.clone());
        self.numbers.insert(id.clone(), next);
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
        let Self { functions, mut runs, mut ids, mut resources, .. } = self;
        let (functions, new) = functions::resolve(&functions);
        for run in &mut runs {
            run.function = new.get(index(run.function)).copied().unwrap_or(u32::MAX);
        }
        let places = sort_runs(&mut runs);
        let place = |run: &mut u32| *run = places.get(index(*run)).copied().unwrap_or(u32::MAX);
        ids.iter_mut().for_each(|id| place(&mut id.run));
        ids.sort_unstable();
        // An id under two names is of the stronger kind.
        ids.dedup_by_key(|id| (id.id, id.run));
        resources.iter_mut().for_each(|(_, run, _)| place(run));
        resources.sort_unstable();
        resources.dedup();
        let roles = Roles::new(resources.iter().map(|(name, run, is_source)| (&**name, *run, *is_source)));
        let found = chains::find(&runs, &ids);
        let links = parents::find(&runs, &found, &roles);
        Graph { functions, chains: found.chains, attempts: found.attempts, links, runs, ids, roles }
    }
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
    /// Label of the function of a run: its name, unless several functions have that.
    #[must_use]
    pub fn function_of(&self, run: u32) -> &str {
        self.full_function_of(run).map_or("", |function| &function.label)
    }

    /// Name of the function of a run, which functions of other accounts and regions may share.
    #[must_use]
    pub fn function_name_of(&self, run: u32) -> &str {
        self.full_function_of(run).map_or("", |function| &function.id.name)
    }

    /// Function of a run.
    #[must_use]
    pub fn full_function_of(&self, run: u32) -> Option<&GraphFunction> {
        self.functions.get(index(self.runs.get(index(run))?.function))
    }

    /// Labels of the functions that a text names: a label, a name, or an ARN.
    #[must_use]
    pub fn functions_named(&self, text: &str) -> Vec<&str> {
        let of_arn = functions::of_arn(text);
        let is_same = |own: &Option<Box<str>>, asked: &Option<Box<str>>| own.is_none() || own == asked;
        let is_named = |function: &&GraphFunction| match &of_arn {
            Some(id) => {
                function.id.name == id.name
                    && is_same(&function.id.account, &id.account)
                    && is_same(&function.id.region, &id.region)
            }
            None => &*function.label == text || &*function.id.name == text,
        };
        let labels = || self.functions.iter().filter(is_named).map(|function| &*function.label);
        match labels().find(|label| *label == text) {
            Some(label) => vec![label],
            None => labels().collect(),
        }
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

    /// True if a run is a later attempt, with the request id of the first: a retry by Lambda, not a call of its own. A caller
    /// that invokes again gets a new request id.
    #[must_use]
    pub fn is_retry(&self, run: u32) -> bool {
        self.attempt(run) > 1
    }

    /// Marks inferred links between functions for which tags declare the call.
    pub fn mark_declared(&mut self, declared: &Declared) {
        for at in 0..self.links.len() {
            let Some(link) = self.links.get(at).copied().flatten() else { continue };
            let is_declared =
                declared.has_way(self.function_name_of(link.parent), self.function_name_of(number(at)));
            if link.evidence != Evidence::ParentSpan && is_declared {
                let marked = Link { evidence: Evidence::Tag, ..link };
                self.links.iter_mut().skip(at).take(1).for_each(|slot| *slot = Some(marked));
            }
        }
    }

    /// Ids of the runs, in the order of their keys.
    #[must_use]
    pub fn ids(&self) -> &[IdUse] {
        &self.ids
    }
}
