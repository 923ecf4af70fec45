//! One request of a store: its runs over all functions by any of its ids, their links and lines.

mod document;
mod lookup;
mod spelling;

use std::collections::{BTreeMap, HashMap, HashSet};

use foldhash::fast::RandomState;
use tailwater_parser::{
    Origin, UnixMillis,
    line::correlation::{IdKind, Mention, canonical_trace},
};

pub(crate) use self::{
    document::SharedId,
    lookup::{Candidate, Lookup, MAX_LISTED, find, ids_with},
    spelling::{Prefixes, prefixes, xray_prefix},
};
use crate::{
    requests::{FunctionId, Graph, GraphBuilder, IdKey, Link, LinkedRun, MAX_RUNS_OF_ID, RunLink, id_key},
    store::{LogEvent, Store, StoreError, StoredInvocation, TimedMention},
    view::{Catalog, index::request_hash},
};

/// Maximum number of runs of a request that are shown.
const MAX_RUNS: usize = 500;
/// Maximum number of ids whose runs are looked up.
const MAX_IDS: usize = 1_000;
/// Maximum number of lines of a request that are shown.
const MAX_LINES: usize = 1_000;

/// Request with its runs and lines.
pub(crate) struct StoredRequest {
    pub(crate) graph: Graph,
    /// Invocations in the order of the graph's runs.
    pub(crate) runs: Vec<StoredInvocation>,
    /// Ids by their keys: kind and text, and the number of runs.
    ids: BTreeMap<IdKey, (IdKind, String, u64)>,
    /// Time of the first line with an id, by the row id of the run and the key of the id.
    id_times: HashMap<(i64, IdKey), UnixMillis, RandomState>,
    /// Lines with the index of their run, in their order.
    pub(crate) lines: Vec<(usize, LogEvent)>,
    pub(crate) is_truncated: bool,
    pub(crate) are_lines_truncated: bool,
    /// Id by which it was found.
    asked: String,
}

/// Run with the ids and resources that its lines mention.
struct FoundRun {
    stored: StoredInvocation,
    /// Correlation ids, with the trace id of X-Ray.
    ids: Vec<(IdKind, String)>,
    mentions: Vec<TimedMention>,
}

/// Search for the runs that share ids with known ones.
struct Expansion<'s> {
    store: &'s Store,
    runs: Vec<FoundRun>,
    seen_runs: HashSet<i64, RandomState>,
    seen_ids: HashSet<String, RandomState>,
    /// Ids of more than [`MAX_RUNS_OF_ID`] runs, which link none.
    common_ids: HashSet<String, RandomState>,
    is_truncated: bool,
}

impl Expansion<'_> {
    fn add_all(&mut self, runs: Vec<StoredInvocation>) -> Result<(), StoreError> {
        for run in runs {
            if !self.seen_runs.insert(run.id) {
                continue;
            }
            if self.runs.len() >= MAX_RUNS {
                self.is_truncated = true;
                return Ok(());
            }
            let mentions = self.store.mentions_of(&run)?;
            let mut ids: Vec<(IdKind, String)> = mentions
                .iter()
                .filter_map(|found| match found.mention {
                    Mention::Id(kind) => Some((kind, found.value.to_string())),
                    Mention::Uses | Mention::HandlesEventOf => None,
                })
                .collect();
            let trace = run.invocation.trace_id.as_deref().and_then(canonical_trace);
            ids.extend(trace.map(|trace| (IdKind::Trace, trace)));
            self.runs.push(FoundRun { stored: run, ids, mentions });
        }
        Ok(())
    }

    /// Adds the runs that share an id with the run at an index, and other attempts of its request.
    fn expand(&mut self, at: usize) -> Result<(), StoreError> {
        let Some(FoundRun { stored: run, ids, .. }) = self.runs.get(at) else { return Ok(()) };
        let (request, function) =
            (run.invocation.request_id.clone(), run.invocation.origin.listed_name().to_owned());
        for (_, id) in ids.clone() {
            if self.seen_ids.len() >= MAX_IDS {
                self.is_truncated = true;
                break;
            }
            if self.seen_ids.insert(id.clone()) {
                let runs = self.store.runs_with_id(&id, MAX_RUNS_OF_ID + 1)?;
                if runs.len() > MAX_RUNS_OF_ID {
                    self.common_ids.insert(id);
                } else {
                    self.add_all(runs)?;
                }
            }
        }
        if !request.is_empty() {
            let attempts = self.store.invocations_of_request(&request)?;
            let is_attempt = |run: &StoredInvocation| run.invocation.origin.listed_name() == function;
            self.add_all(attempts.into_iter().filter(is_attempt).collect())?;
        }
        Ok(())
    }
}

impl StoredRequest {
    fn read(
        store: &Store,
        catalog: &Catalog,
        asked: &str,
        runs: Vec<StoredInvocation>,
    ) -> Result<Self, StoreError> {
        let mut expansion = Expansion {
            store,
            runs: Vec::new(),
            seen_runs: HashSet::default(),
            seen_ids: HashSet::default(),
            common_ids: HashSet::default(),
            is_truncated: false,
        };
        expansion.add_all(runs)?;
        let mut at = 0;
        while at < expansion.runs.len() && !expansion.is_truncated {
            expansion.expand(at)?;
            at += 1;
        }
        let (mut graph, ids) = graph_of(&expansion, catalog);
        graph.mark_declared(&catalog.declared_calls());
        let id_times = id_times(&expansion.runs);
        let mut by_id: BTreeMap<i64, StoredInvocation> =
            expansion.runs.into_iter().map(|found| (found.stored.id, found.stored)).collect();
        let runs: Vec<_> = graph.runs.iter().filter_map(|run| by_id.remove(&run.id)).collect();
        let (lines, are_lines_truncated) = lines(store, &runs)?;
        let (is_truncated, asked) = (expansion.is_truncated, asked.to_owned());
        Ok(Self { graph, runs, ids, id_times, lines, is_truncated, are_lines_truncated, asked })
    }

    /// Strongest id that most runs share: kind and text. Lambda's request id if they share none.
    pub(crate) fn name(&self) -> (&'static str, String) {
        let shared = self.ids.iter().filter(|(_, (_, _, runs))| *runs > 1);
        let strongest = shared.min_by_key(|(key, (kind, _, runs))| (*kind, std::cmp::Reverse(*runs), **key));
        let request = || self.runs.first().map(|run| run.invocation.request_id.to_string());
        match strongest {
            Some((_, (kind, text, _))) => (kind.name(), self.id_text(*kind, text)),
            None => ("request_id", request().unwrap_or_else(|| self.asked.clone())),
        }
    }

    /// Text of an id: a trace in the form of X-Ray if a run has it so.
    fn id_text(&self, kind: IdKind, text: &str) -> String {
        let of_run = |run: &StoredInvocation| {
            let own = run.invocation.trace_id.as_deref()?;
            (canonical_trace(own)? == text).then(|| own.to_owned())
        };
        let x_ray = if kind == IdKind::Trace { self.runs.iter().find_map(of_run) } else { None };
        x_ray.unwrap_or_else(|| text.to_owned())
    }

    /// Id that a run shares with its parent: text and kind, and where the lines have it.
    pub(crate) fn shared(&self, at: u32, link: &Link, (kind, key): (IdKind, IdKey)) -> Option<SharedId> {
        let (_, text, _) = self.ids.get(&key)?;
        let time = |run: u32| self.id_times.get(&(self.graph.run(run)?.id, key)).map(|time| time.0);
        Some(SharedId {
            kind: kind.name(),
            id: self.id_text(kind, text),
            time: time(at),
            parent_time: time(link.parent),
        })
    }

    /// Time between the parent's end, or its beginning if it was still running, and the beginning of a run.
    pub(crate) fn gap_ms(&self, run: &LinkedRun, link: &Link) -> Option<u64> {
        let parent = self.graph.run(link.parent)?;
        let is_running = parent.end > run.begin;
        let from = if is_running { parent.begin } else { parent.end };
        Some(u64::try_from(run.begin.0.saturating_sub(from.0)).unwrap_or(0))
    }

    /// All runs of the request.
    pub(crate) fn all(&self) -> Vec<u32> {
        (0_u32..).zip(&self.graph.runs).map(|(at, _)| at).collect()
    }
}

/// Times of the first lines with the ids of runs.
fn id_times(runs: &[FoundRun]) -> HashMap<(i64, IdKey), UnixMillis, RandomState> {
    let mut times: HashMap<(i64, IdKey), UnixMillis, RandomState> = HashMap::default();
    for FoundRun { stored, mentions, .. } in runs {
        for found in mentions.iter().filter(|found| matches!(found.mention, Mention::Id(_))) {
            let first = times.entry((stored.id, id_key(&found.value))).or_insert(found.time);
            *first = (*first).min(found.time);
        }
    }
    times
}

/// Function of an origin, with the region that the catalog gives if no log tells it.
fn function_id(origin: &Origin, catalog: &Catalog) -> FunctionId {
    let region = if origin.region.is_empty() { catalog.terms(origin).region } else { &*origin.region };
    FunctionId::new(origin.listed_name(), Some(&origin.account), Some(region))
}

/// Graph of the runs, and their ids by key.
fn graph_of(expansion: &Expansion<'_>, catalog: &Catalog) -> (Graph, BTreeMap<IdKey, (IdKind, String, u64)>) {
    let (mut builder, mut ids) = (GraphBuilder::default(), BTreeMap::new());
    for FoundRun { stored, ids: own_ids, mentions } in &expansion.runs {
        let invocation = &stored.invocation;
        let link = RunLink::of(invocation);
        let waited = invocation.init_duration.or(invocation.restore_duration).unwrap_or_default();
        let (begin, end) = link.times(invocation.time, invocation.duration, waited);
        let at = builder.function(&function_id(&invocation.origin, catalog));
        let at = builder.run(LinkedRun {
            id: stored.id,
            function: at,
            begin,
            end,
            duration: invocation.duration,
            request: request_hash(&invocation.request_id),
            link,
            start: invocation.start,
            outcome: invocation.outcome,
            cost: invocation.cost(&catalog.terms(&invocation.origin)).ok().map(|cost| cost.total),
            is_counted: true,
        });
        let mut own: BTreeMap<IdKey, IdKind> = BTreeMap::new();
        for (kind, text) in own_ids.iter().filter(|(_, text)| !expansion.common_ids.contains(text)) {
            let key = id_key(text);
            builder.id(at, *kind, key);
            let known = own.entry(key).or_insert(*kind);
            *known = (*known).min(*kind);
            ids.entry(key).or_insert_with(|| (*kind, text.clone(), 0));
        }
        for (key, kind) in own {
            ids.entry(key).and_modify(|(known, _, runs): &mut (IdKind, String, u64)| {
                *known = (*known).min(kind);
                *runs += 1;
            });
        }
        for found in mentions.iter().filter(|found| !matches!(found.mention, Mention::Id(_))) {
            builder.mention(at, found.mention, 0, &found.value);
        }
    }
    (builder.finish(), ids)
}

/// The first [`MAX_LINES`] lines of all runs in their order; true if there are more.
fn lines(store: &Store, runs: &[StoredInvocation]) -> Result<(Vec<(usize, LogEvent)>, bool), StoreError> {
    let (mut lines, mut is_truncated) = (Vec::new(), false);
    for (run, step) in runs.iter().zip(0_usize..) {
        lines.extend(store.invocation_log(run.key)?.into_iter().map(|event| (step, event)));
        lines.sort_by_key(|(_, event): &(usize, LogEvent)| event.position);
        is_truncated |= lines.len() > MAX_LINES;
        lines.truncate(MAX_LINES);
    }
    Ok((lines, is_truncated))
}
