//! Chains: runs joined by the ids that they share.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use tailwater_parser::line::correlation::IdKind;

use super::{
    graph::Chain,
    run::{IdKey, IdUse, LinkedRun, id_key, index, number},
    unions::Unions,
};

/// Maximum number of runs that an id links. An id of more runs names a customer or a session, not a request.
pub(crate) const MAX_RUNS_OF_ID: usize = 1_000;

/// Runs by the ids that they share, and the chains of them.
#[derive(Debug, Default)]
pub(super) struct Chains {
    pub(super) chains: Vec<Chain>,
    /// Number of the attempt of each run.
    pub(super) attempts: Vec<u32>,
    /// First attempt of each run.
    pub(super) first_attempts: Vec<u32>,
    /// For each run the groups that it is in.
    pub(super) groups_of: Vec<Vec<u32>>,
    pub(super) groups: Vec<Group>,
    /// Run of each span; `None` if several runs have it.
    pub(super) spans: HashMap<u64, Option<u32>, RandomState>,
}

/// Runs that have an id.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) id: IdKey,
    pub(super) kind: IdKind,
    /// Indices of the runs, in the order of their beginning.
    pub(super) runs: Vec<u32>,
}

/// Finds the chains of sorted runs and sorted ids.
pub(super) fn find(runs: &[LinkedRun], ids: &[IdUse]) -> Chains {
    let mut unions = Unions::new(runs.len());
    let mut found =
        Chains { groups: groups(ids), groups_of: vec![Vec::new(); runs.len()], ..Chains::default() };
    for (group, at) in found.groups.iter().zip(0_u32..) {
        let first = group.runs.first().copied().unwrap_or_default();
        for run in &group.runs {
            unions.merge(first, *run);
            if let Some(list) = found.groups_of.get_mut(index(*run)) {
                list.push(at);
            }
        }
    }
    (found.attempts, found.first_attempts) = attempts(runs, &mut unions);
    found.spans = spans(runs, &mut unions);
    found.chains = chains(runs, &found, &mut unions);
    found
}

/// Runs of each id that several runs have, and not too many.
fn groups(ids: &[IdUse]) -> Vec<Group> {
    let of_id = |uses: &[IdUse]| {
        let kind = uses.iter().map(|id| id.kind).min()?;
        let is_link = (2..=MAX_RUNS_OF_ID).contains(&uses.len());
        is_link.then(|| Group {
            id: uses.first().map_or(0, |id| id.id),
            kind,
            runs: uses.iter().map(|id| id.run).collect(),
        })
    };
    ids.chunk_by(|a, b| a.id == b.id).filter_map(of_id).collect()
}

/// Joins the attempts at a request: runs of one function with one request id. Returns the number of each run's attempt,
/// and its first attempt.
fn attempts(runs: &[LinkedRun], unions: &mut Unions) -> (Vec<u32>, Vec<u32>) {
    let mut seen: HashMap<(u32, u64), (u32, u32), RandomState> = HashMap::default();
    let (mut numbers, mut firsts) = (Vec::with_capacity(runs.len()), Vec::with_capacity(runs.len()));
    for (run, at) in runs.iter().zip(0_u32..) {
        let Some(request) = run.request else {
            numbers.push(1);
            firsts.push(at);
            continue;
        };
        let (first, count) = seen.entry((run.function, request.get())).or_insert((at, 0));
        *count += 1;
        unions.merge(*first, at);
        numbers.push(*count);
        firsts.push(*first);
    }
    (numbers, firsts)
}

/// Joins runs that name another run's span as their parent. Returns the run of each span.
fn spans(runs: &[LinkedRun], unions: &mut Unions) -> HashMap<u64, Option<u32>, RandomState> {
    let mut spans: HashMap<u64, Option<u32>, RandomState> = HashMap::default();
    for (run, at) in runs.iter().zip(0_u32..) {
        let Some(span) = run.link.span else { continue };
        spans.entry(span.get()).and_modify(|known| *known = None).or_insert(Some(at));
    }
    for (run, at) in runs.iter().zip(0_u32..) {
        let parent = run.link.parent_span.and_then(|span| *spans.get(&span.get())?);
        if let Some(parent) = parent {
            unions.merge(parent, at);
        }
    }
    spans
}

/// The sets of runs across at least two functions.
fn chains(runs: &[LinkedRun], found: &Chains, unions: &mut Unions) -> Vec<Chain> {
    let mut sets: HashMap<u32, Vec<u32>, RandomState> = HashMap::default();
    for at in (0..runs.len()).map(number) {
        sets.entry(unions.root(at)).or_default().push(at);
    }
    let function = |run: &u32| runs.get(index(*run)).map(|run| run.function);
    let mut chains: Vec<Chain> = sets
        .into_values()
        .filter(|set| set.iter().any(|run| function(run) != set.first().and_then(function)))
        .map(|set| {
            let (kind, id) = name(&set, runs, found, &function);
            Chain { id, kind, runs: set }
        })
        .collect();
    chains.sort_unstable_by_key(|chain| chain.runs.first().copied());
    chains
}

/// Kind and id that name a chain: of the strongest kind that several functions share, the id of most runs. A chain that only
/// spans join has the trace id of its first run with one.
fn name(
    runs: &[u32],
    all: &[LinkedRun],
    found: &Chains,
    function: &dyn Fn(&u32) -> Option<u32>,
) -> (IdKind, IdKey) {
    let mut groups: Vec<u32> =
        runs.iter().filter_map(|run| found.groups_of.get(index(*run))).flatten().copied().collect();
    groups.sort_unstable();
    groups.dedup();
    let links =
        |group: &Group| group.runs.iter().any(|run| function(run) != group.runs.first().and_then(function));
    let rank = |group: &Group| (!links(group), group.kind, std::cmp::Reverse(group.runs.len()), group.id);
    let strongest =
        groups.iter().filter_map(|at| found.groups.get(index(*at))).min_by_key(|group| rank(group));
    let trace = || runs.iter().find_map(|run| all.get(index(*run))?.link.trace_id());
    strongest
        .map(|group| (group.kind, group.id))
        .unwrap_or((IdKind::Trace, trace().map_or(0, |id| id_key(&id))))
}
