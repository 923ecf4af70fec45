//! One request of a store: its runs over all functions by any of its ids, their links and lines.

use std::collections::{BTreeMap, HashSet};

use foldhash::fast::RandomState;
use serde::Serialize;
use tailwater_parser::{
    UnixMillis, Usd,
    line::correlation::{IdKind, Mention, canonical_trace, valid_id, xray_form},
    millis_f64,
};

use crate::{
    number,
    requests::{Evidence, Graph, GraphBuilder, IdKey, Link, LinkedRun, MAX_RUNS_OF_ID, RunLink, id_key},
    store::{LogEvent, Store, StoreError, StoredInvocation},
    view::{Catalog, index::request_hash},
};

/// Maximum number of runs of a request that are shown.
const MAX_RUNS: usize = 500;
/// Maximum number of ids whose runs are looked up.
const MAX_IDS: usize = 1_000;
/// Maximum number of lines of a request that are shown.
const MAX_LINES: usize = 1_000;
/// Minimum number of characters of the prefix of an id.
const MIN_PREFIX: usize = 8;
/// Beginning of every X-Ray trace id.
const TRACE_ID_START: &str = "1-";
/// Maximum number of ids that are listed for an ambiguous prefix.
const MAX_LISTED: usize = 12;

/// Result of looking for a request.
pub(crate) enum Lookup {
    /// No run has the id.
    None,
    /// The text is the beginning of several ids: these, or the first of them.
    Ambiguous(Vec<String>),
    /// The request.
    Found(Box<StoredRequest>),
}

/// Request with its runs and lines.
pub(crate) struct StoredRequest {
    pub(crate) graph: Graph,
    /// Invocations in the order of the graph's runs.
    pub(crate) runs: Vec<StoredInvocation>,
    /// Ids by their keys: kind and text, and the number of runs.
    ids: BTreeMap<IdKey, (IdKind, String, u64)>,
    /// Lines with the index of their run, in their order.
    pub(crate) lines: Vec<(usize, LogEvent)>,
    pub(crate) is_truncated: bool,
    pub(crate) are_lines_truncated: bool,
    /// Id by which it was found.
    asked: String,
}

/// Finds the request that one of these ids has: Lambda's request id, a trace id, a correlation id, the id of a message or
/// an event, or the only one that begins with the text.
///
/// # Errors
/// Returns an error if the file cannot be read.
pub(crate) fn find(store: &Store, catalog: &Catalog, text: &str) -> Result<Lookup, StoreError> {
    let text = text.trim();
    let runs = runs_of(store, text)?;
    if !runs.is_empty() {
        return Ok(Lookup::Found(Box::new(StoredRequest::read(store, catalog, text, runs)?)));
    }
    let candidates = if text.chars().count() < MIN_PREFIX { Vec::new() } else { ids_with(store, text)? };
    match candidates.as_slice() {
        [] => Ok(Lookup::None),
        [id] => {
            let runs = runs_of(store, id)?;
            // Lines have the id, but no REPORT of their runs was read.
            if runs.is_empty() {
                return Ok(Lookup::None);
            }
            Ok(Lookup::Found(Box::new(StoredRequest::read(store, catalog, id, runs)?)))
        }
        _ => Ok(Lookup::Ambiguous(candidates)),
    }
}

/// Ids of any kind that begin with a text, each once: a trace id of lines in the notation of X-Ray if the text is.
pub(crate) fn ids_with(store: &Store, prefix: &str) -> Result<Vec<String>, StoreError> {
    let lower = prefix.to_lowercase();
    let mut found = store.requests_with_prefix(&lower, MAX_LISTED)?;
    if lower.starts_with(TRACE_ID_START) {
        found.extend(store.traces_with_prefix(&lower, MAX_LISTED)?);
        // Lines have trace ids without dashes.
        let digits = lower.chars().skip(TRACE_ID_START.len()).filter(|c| *c != '-').collect::<String>();
        let of_lines = store.ids_with_prefix(&digits, MAX_LISTED)?.into_iter();
        found.extend(of_lines.filter(|(kind, _)| *kind == IdKind::Trace).map(|(_, id)| xray_form(&id)));
    }
    for prefix in [prefix, &lower] {
        found.extend(store.ids_with_prefix(prefix, MAX_LISTED)?.into_iter().map(|(_, id)| id));
    }
    found.sort();
    found.dedup();
    found.truncate(MAX_LISTED);
    Ok(found)
}

/// Runs with a request id or a correlation id.
fn runs_of(store: &Store, id: &str) -> Result<Vec<StoredInvocation>, StoreError> {
    let mut runs = store.invocations_of_request(id)?;
    if runs.is_empty() {
        runs = store.invocations_of_request(&id.to_lowercase())?;
    }
    if valid_id(id) || canonical_trace(id).is_some() {
        runs.extend(store.runs_with_id(id, MAX_RUNS_OF_ID + 1)?);
    }
    Ok(runs)
}

/// Run with the ids and resources that its lines mention.
struct FoundRun {
    stored: StoredInvocation,
    /// Correlation ids, with the trace id of X-Ray.
    ids: Vec<(IdKind, String)>,
    mentions: Vec<(Mention, Box<str>)>,
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
                .filter_map(|(mention, value)| match mention {
                    Mention::Id(kind) => Some((*kind, value.to_string())),
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
        let mut by_id: BTreeMap<i64, StoredInvocation> =
            expansion.runs.into_iter().map(|found| (found.stored.id, found.stored)).collect();
        let runs: Vec<_> = graph.runs.iter().filter_map(|run| by_id.remove(&run.id)).collect();
        let (lines, are_lines_truncated) = lines(store, &runs)?;
        let (is_truncated, asked) = (expansion.is_truncated, asked.to_owned());
        Ok(Self { graph, runs, ids, lines, is_truncated, are_lines_truncated, asked })
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

    /// Text and kind of the id that a run shares with its parent.
    pub(crate) fn shared(&self, link: &Link) -> Option<SharedId> {
        let (kind, key) = link.shared?;
        let (_, text, _) = self.ids.get(&key)?;
        Some(SharedId { kind: kind.name(), id: self.id_text(kind, text) })
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

    /// Returns the request as JSON; `line` converts a log event.
    pub(crate) fn document<L: Serialize>(
        &self,
        line: impl Fn(&LogEvent) -> L,
        catalog: &Catalog,
    ) -> RequestDocument<L> {
        let (id_kind, id) = self.name();
        let all = self.all();
        let begin = self.graph.begin(&all);
        let steps = self.graph.runs.iter().zip(&self.runs).zip(0_u32..);
        RequestDocument {
            id,
            id_kind,
            time: begin.0,
            total_ms: self.graph.total_ms(&all),
            cost_usd: self.graph.cost(&all),
            failed: self.graph.is_failed(&all),
            truncated: self.is_truncated,
            ids: self.ids_by_strength(),
            steps: steps.map(|((run, stored), at)| self.step(run, stored, at, begin, catalog)).collect(),
            lines: self
                .lines
                .iter()
                .map(|(step, event)| StepLine { line: line(event), step: *step })
                .collect(),
            lines_truncated: self.are_lines_truncated,
        }
    }

    fn ids_by_strength(&self) -> Vec<RequestId> {
        let mut ids: Vec<_> = self.ids.values().collect();
        ids.sort_by(|(a, a_text, a_runs), (b, b_text, b_runs)| (a, b_runs, a_text).cmp(&(b, a_runs, b_text)));
        let id = |(kind, text, runs): &&(IdKind, String, u64)| RequestId {
            kind: kind.name(),
            id: self.id_text(*kind, text),
            invocations: *runs,
        };
        ids.iter().map(id).collect()
    }

    fn step(
        &self,
        run: &LinkedRun,
        stored: &StoredInvocation,
        at: u32,
        begin: UnixMillis,
        catalog: &Catalog,
    ) -> Step {
        let invocation = &stored.invocation;
        let (origin, terms) = (&invocation.origin, catalog.terms(&invocation.origin));
        let non_empty = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let link = self.graph.link(at);
        Step {
            function: origin.listed_name().to_owned(),
            version: origin.version().to_owned(),
            account: non_empty(&origin.account),
            region: non_empty(&origin.region).or_else(|| non_empty(terms.region)),
            request_id: non_empty(&invocation.request_id),
            event_id: invocation.event_id.to_string(),
            key: stored.key.to_string(),
            time: invocation.time.0,
            start_ms: run.begin.0,
            offset_ms: run.begin.distance(begin),
            duration_ms: invocation.duration.map(millis_f64),
            init_ms: invocation.init_duration.map(millis_f64),
            restore_ms: invocation.restore_duration.map(millis_f64),
            billed_ms: invocation.billed_duration.map(millis_f64),
            status: invocation.outcome.name(),
            error_type: invocation.error_type.as_deref().map(str::to_owned),
            attempt: self.graph.attempt(at),
            parent: link.map(|link| link.parent),
            evidence: link.map(|link| link.evidence),
            confidence_pct: link.map(Link::confidence_pct),
            shared_id: link.and_then(|link| self.shared(link)),
            gap_ms: link.and_then(|link| self.gap_ms(run, link)),
            cost_usd: run.cost,
        }
    }
}

/// Graph of the runs, and their ids by key.
fn graph_of(expansion: &Expansion<'_>, catalog: &Catalog) -> (Graph, BTreeMap<IdKey, (IdKind, String, u64)>) {
    let (mut builder, mut ids) = (GraphBuilder::default(), BTreeMap::new());
    for FoundRun { stored, ids: own_ids, mentions } in &expansion.runs {
        let invocation = &stored.invocation;
        let link = RunLink::of(invocation);
        let waited = invocation.init_duration.or(invocation.restore_duration).unwrap_or_default();
        let (begin, end) = link.times(invocation.time, invocation.duration, waited);
        let at = builder.function(invocation.origin.listed_name());
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
        for (mention, value) in mentions.iter().filter(|(mention, _)| !matches!(mention, Mention::Id(_))) {
            builder.mention(at, *mention, 0, value);
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

/// Request as JSON.
#[derive(Serialize)]
pub(crate) struct RequestDocument<L> {
    id: String,
    id_kind: &'static str,
    time: i64,
    total_ms: u64,
    #[serde(serialize_with = "number::dollars")]
    cost_usd: Option<Usd>,
    failed: bool,
    truncated: bool,
    ids: Vec<RequestId>,
    steps: Vec<Step>,
    lines: Vec<StepLine<L>>,
    lines_truncated: bool,
}

/// Id of a request.
#[derive(Serialize)]
struct RequestId {
    kind: &'static str,
    id: String,
    invocations: u64,
}

/// Id that a run shares with its parent.
#[derive(Serialize)]
pub(crate) struct SharedId {
    pub(crate) kind: &'static str,
    pub(crate) id: String,
}

/// Run of a request.
#[derive(Serialize)]
struct Step {
    function: String,
    version: String,
    account: Option<String>,
    region: Option<String>,
    request_id: Option<String>,
    event_id: String,
    key: String,
    time: i64,
    start_ms: i64,
    offset_ms: u64,
    duration_ms: Option<f64>,
    init_ms: Option<f64>,
    restore_ms: Option<f64>,
    billed_ms: Option<f64>,
    status: &'static str,
    error_type: Option<String>,
    attempt: u32,
    parent: Option<u32>,
    evidence: Option<Evidence>,
    confidence_pct: Option<u8>,
    shared_id: Option<SharedId>,
    gap_ms: Option<u64>,
    #[serde(serialize_with = "number::dollars")]
    cost_usd: Option<Usd>,
}

/// Log line of a request, with the index of its step.
#[derive(Serialize)]
struct StepLine<L> {
    #[serde(flatten)]
    line: L,
    step: usize,
}
