//! Requests in the summary: the slowest of them, the map in short, and the numbers of spans.

use std::num::NonZeroU64;

use serde::Serialize;
use tailwater_parser::{
    UnixMillis, Usd,
    derive::StartKind,
    line::correlation::{IdKind, xray_form},
    millis_f64,
};

use super::{
    edges::{Map, NodeKind},
    graph::{Chain, Graph},
    parents::Evidence,
    run::{IdKey, id_key, index},
};
use crate::number;

/// Number of requests that the summary lists.
const MAX_SLOWEST: usize = 20;

/// Requests across several functions.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Requests {
    /// Number of requests.
    pub chains: usize,
    /// Number of their runs.
    pub linked_invocations: usize,
    /// Cost of these runs; `None` without prices.
    #[serde(serialize_with = "number::dollars")]
    pub cost_usd: Option<Usd>,
    /// The slowest requests, from the first beginning to the last end.
    pub slowest: Vec<RequestSummary>,
}

/// Request across several functions.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RequestSummary {
    /// Id that the runs share.
    pub id: String,
    /// Kind of the id.
    pub id_kind: &'static str,
    /// Time from the first beginning to the last end.
    pub total_ms: u64,
    /// Cost of the runs; `None` without prices.
    #[serde(serialize_with = "number::dollars")]
    pub cost_usd: Option<Usd>,
    /// True if a run failed.
    pub failed: bool,
    /// Runs in the order of their beginning.
    pub steps: Vec<RequestStep>,
}

/// Run of a request.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RequestStep {
    /// Function.
    pub function: String,
    /// Request id of the run.
    pub request_id: Option<String>,
    /// Time from the beginning of the request to that of the run.
    pub offset_ms: u64,
    /// Run time of the handler.
    pub duration_ms: Option<f64>,
    /// Index of the run that caused it.
    pub parent: Option<usize>,
    /// Evidence for it.
    pub evidence: Option<Evidence>,
}

/// Short form of the map: names, kinds and numbers of calls.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct MapSummary {
    /// Functions and resources.
    pub nodes: Vec<NodeSummary>,
    /// Calls between them.
    pub edges: Vec<EdgeSummary>,
}

/// Function or resource.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NodeSummary {
    /// Kind.
    pub kind: NodeKind,
    /// Name.
    pub name: String,
    /// Runs.
    pub invocations: u64,
}

/// Calls from one node to another.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EdgeSummary {
    /// Name of the caller.
    pub from: String,
    /// Name of the callee.
    pub to: String,
    /// Calls.
    pub calls: u64,
    /// Failed calls.
    pub errors: u64,
    /// Calls that are retries by Lambda.
    pub retries: u64,
    /// Resources over which the calls go.
    pub via: Vec<String>,
    /// Calls that a parent span proves.
    pub parent_span_calls: u64,
    /// Calls that a shared id shows.
    pub shared_id_calls: u64,
    /// True if a tag declares the call.
    pub declared: bool,
    /// Confidence in percent.
    pub confidence_pct: u8,
}

/// Numbers of runs, each of which is a span.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Spans {
    /// Runs.
    pub spans: u64,
    /// Runs with a trace of X-Ray.
    pub with_xray: u64,
    /// Runs whose trace X-Ray does not record.
    pub not_recorded: u64,
    /// Runs with INIT.
    pub init: u64,
    /// Runs with a restore.
    pub restore: u64,
}

/// Lookup of the ids behind the hashes of a graph.
pub trait Texts {
    /// Text of an id that log lines have; `None` if none has it.
    fn id(&self, key: IdKey) -> Option<String>;
    /// Request id of a run.
    fn request(&self, hash: NonZeroU64) -> Option<String>;
}

impl Graph {
    /// Returns the numbers of requests, and the slowest ones.
    #[must_use]
    pub fn requests(&self, texts: &dyn Texts) -> Requests {
        let mut slowest: Vec<&Chain> = self.chains.iter().collect();
        // Chains are in the order of their beginning, which decides between equal ones.
        slowest.sort_by_cached_key(|chain| std::cmp::Reverse(self.total_ms(&chain.runs)));
        slowest.truncate(MAX_SLOWEST);
        let linked = self.chains.iter().flat_map(|chain| &chain.runs).copied();
        let linked: Vec<u32> = linked.collect();
        Requests {
            chains: self.chains.len(),
            linked_invocations: linked.len(),
            cost_usd: self.cost(&linked),
            slowest: slowest.into_iter().map(|chain| self.request(chain, texts)).collect(),
        }
    }

    fn request(&self, chain: &Chain, texts: &dyn Texts) -> RequestSummary {
        let begin = self.begin(&chain.runs);
        let step = |at: &u32| {
            let run = self.run(*at)?;
            let link = self.link(*at);
            let place = |parent: u32| chain.runs.iter().position(|other| *other == parent);
            Some(RequestStep {
                function: self.function_of(*at).to_owned(),
                request_id: run.request.and_then(|hash| texts.request(hash)),
                offset_ms: run.begin.distance(begin),
                duration_ms: run.duration.map(millis_f64),
                parent: link.and_then(|link| place(link.parent)),
                evidence: link.map(|link| link.evidence),
            })
        };
        RequestSummary {
            id: self.chain_id(chain, texts),
            id_kind: chain.kind.name(),
            total_ms: self.total_ms(&chain.runs),
            cost_usd: self.cost(&chain.runs),
            failed: self.is_failed(&chain.runs),
            steps: chain.runs.iter().filter_map(step).collect(),
        }
    }

    /// Text of the id of a chain: a trace in the form in which X-Ray writes it, if it is of X-Ray.
    #[must_use]
    pub fn chain_id(&self, chain: &Chain, texts: &dyn Texts) -> String {
        self.id_text(chain.kind, chain.id, &chain.runs, texts).unwrap_or_default()
    }

    /// Text of an id that some runs have: a trace in the form in which X-Ray writes it, if it is that of one of them.
    pub(super) fn id_text(&self, kind: IdKind, id: IdKey, runs: &[u32], texts: &dyn Texts) -> Option<String> {
        let traces = runs.iter().filter_map(|run| self.run(*run)?.link.trace_id());
        let of_x_ray = traces.filter(|digits| id_key(digits) == id).map(|digits| xray_form(&digits));
        let found = if kind == IdKind::Trace { of_x_ray.take(1).next() } else { None };
        found.or_else(|| texts.id(id))
    }

    /// First beginning of some runs.
    #[must_use]
    pub fn begin(&self, runs: &[u32]) -> UnixMillis {
        runs.iter().filter_map(|run| self.run(*run)).map(|run| run.begin).min().unwrap_or(UnixMillis(0))
    }

    /// Time from the first beginning to the last end of some runs in milliseconds.
    #[must_use]
    pub fn total_ms(&self, runs: &[u32]) -> u64 {
        let end = runs.iter().filter_map(|run| self.run(*run)).map(|run| run.end).max();
        end.map_or(0, |end| end.distance(self.begin(runs)))
    }

    /// Cost of some runs; `None` if none has a price.
    #[must_use]
    pub fn cost(&self, runs: &[u32]) -> Option<Usd> {
        let costs = runs.iter().filter_map(|run| self.runs.get(index(*run))?.cost);
        costs.fold(None, |sum, cost| {
            let mut sum = sum.unwrap_or(Usd::ZERO);
            sum += cost;
            Some(sum)
        })
    }

    /// Returns the numbers of spans.
    #[must_use]
    pub fn spans(&self) -> Spans {
        let mut spans = Spans::default();
        for run in &self.runs {
            spans.spans += 1;
            spans.with_xray += u64::from(run.link.trace.is_some());
            spans.not_recorded += u64::from(run.link.recorded == Some(false));
            spans.init += u64::from(run.start == StartKind::Cold);
            spans.restore += u64::from(run.start == StartKind::Restored);
        }
        spans
    }
}

impl From<&Map> for MapSummary {
    fn from(map: &Map) -> Self {
        let node = |node: &super::Node| NodeSummary {
            kind: node.kind,
            name: node.name.clone(),
            invocations: node.invocations,
        };
        let edge = |edge: &super::Edge| EdgeSummary {
            from: edge.from.clone(),
            to: edge.to.clone(),
            calls: edge.calls,
            errors: edge.errors,
            retries: edge.retries,
            via: edge.via.clone(),
            parent_span_calls: edge.parent_span_calls,
            shared_id_calls: edge.shared_id_calls,
            declared: edge.declared,
            confidence_pct: edge.confidence_pct,
        };
        Self { nodes: map.nodes.iter().map(node).collect(), edges: map.edges.iter().map(edge).collect() }
    }
}
