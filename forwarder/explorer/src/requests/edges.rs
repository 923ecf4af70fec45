//! Map: functions and resources, and the calls between them.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use tailwater_parser::{Usd, derive::Outcome, millis_f64};

use super::{
    graph::Graph,
    parents::Evidence,
    question::Direction,
    run::{LinkedRun, index},
    tags::{Declared, is_resource},
};
use crate::number;

/// Number of calls below which an edge is uncertain, unless a tag declares it.
pub(super) const MIN_CALLS: u64 = 3;
/// Maximum number of nodes of a map.
const MAX_NODES: usize = 2_000;

/// Kind of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeKind {
    /// Lambda function.
    Function,
    /// Queue of SQS.
    Queue,
    /// Topic of SNS.
    Topic,
    /// Bucket of S3.
    Bucket,
    /// Table of DynamoDB.
    Table,
    /// Bus or rule of EventBridge.
    Bus,
    /// Stream of Kinesis.
    Stream,
    /// API of API Gateway.
    Api,
    /// State machine of Step Functions.
    StateMachine,
    /// Host of a URL.
    Host,
}

impl NodeKind {
    /// Kind of the node with this name.
    #[must_use]
    pub fn of(name: &str) -> Self {
        let kind = if is_resource(name) { name.split(':').next().unwrap_or_default() } else { "" };
        match kind {
            "SQS" => Self::Queue,
            "SNS" => Self::Topic,
            "S3" => Self::Bucket,
            "DDB" => Self::Table,
            "EB" => Self::Bus,
            "KIN" => Self::Stream,
            "API" => Self::Api,
            "SFN" => Self::StateMachine,
            "HTTP" => Self::Host,
            _ => Self::Function,
        }
    }
}

/// Numbers of runs of a function by outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Answers {
    /// Runs that succeeded.
    pub ok: u64,
    /// Throttled calls; always `None`, because they write no log line.
    pub throttled: Option<u64>,
    /// Runs that ended with an error.
    pub errors: u64,
    /// Runs that Lambda ended: out of time or memory.
    pub faults: u64,
}

/// Function or resource of a map.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Node {
    /// Kind.
    pub kind: NodeKind,
    /// Name, unique in the map.
    pub name: String,
    /// Runs of a function; of a resource the runs whose lines name it.
    pub invocations: u64,
    /// Failed ones of these runs.
    pub errors: u64,
    /// Average run time of the handler; `None` for a resource.
    pub average_ms: Option<f64>,
    /// Run time of the handler that 95 % of the runs do not exceed.
    pub p95_ms: Option<f64>,
    /// Share of the requests across several functions in which the node takes part.
    pub traces_pct: Option<f64>,
    /// Cost of the runs; `None` without a price.
    #[serde(serialize_with = "number::dollars")]
    pub cost_usd: Option<Usd>,
    /// Answers by kind; `None` for a resource.
    pub answers: Option<Answers>,
}

/// Change of an edge against an earlier period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// There were no calls before.
    New,
    /// There are no calls any more.
    Gone,
    /// The p95 has risen by a half at least.
    Slower,
    /// The share of failed calls has risen by five points at least.
    Failing,
}

/// Numbers of an edge in the earlier period.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Before {
    /// Calls.
    pub calls: u64,
    /// Failed calls.
    pub errors: u64,
    /// p95 of the callee.
    pub p95_ms: Option<f64>,
}

/// Calls from one node to another.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Edge {
    /// Name of the caller.
    pub from: String,
    /// Name of the callee.
    pub to: String,
    /// Calls: runs of the callee that the caller caused, or of the caller that name a resource.
    pub calls: u64,
    /// Failed ones of these runs.
    pub errors: u64,
    /// p95 of the run time of a called function.
    pub p95_ms: Option<f64>,
    /// Calls that a parent span proves.
    pub parent_span_calls: u64,
    /// Calls that a shared id shows.
    pub shared_id_calls: u64,
    /// True if a tag declares the call.
    pub declared: bool,
    /// Confidence of the best evidence in percent.
    pub confidence_pct: u8,
    /// Names of the evidence, the strongest first.
    pub evidence: Vec<&'static str>,
    /// True if the edge is uncertain: few calls, and no tag.
    pub uncertain: bool,
    /// Change against the earlier period; `None` if there is none, or none was asked for.
    pub change: Option<Change>,
    /// Numbers of the earlier period.
    pub before: Option<Before>,
}

/// Functions and requests that a failure of a node can reach.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Impact {
    /// Functions that call it, directly or through others.
    pub functions: Vec<String>,
    /// Requests across several functions in which it takes part.
    pub requests: u64,
    /// Those of which a run failed.
    pub failed_requests: u64,
}

/// Functions and resources with their calls.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Map {
    /// Nodes: most runs first, then by name.
    pub nodes: Vec<Node>,
    /// Edges: most calls first, then by name.
    pub edges: Vec<Edge>,
    /// Impact of a failure, if it was asked for.
    pub impact: Option<Impact>,
    /// True if nodes are left out.
    pub nodes_truncated: bool,
}

/// Limits of a map.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MapOptions {
    /// Maximum number of nodes; 0 for the usual one.
    pub max_nodes: usize,
}

/// Sums of the calls of an edge.
#[derive(Default)]
struct Calls {
    errors: u64,
    /// Run times of the called function in milliseconds.
    durations: Vec<f64>,
    calls: u64,
    parent_span_calls: u64,
    shared_id_calls: u64,
    evidence: BTreeSet<EdgeEvidence>,
    confidence_pct: u8,
}

/// Evidence of an edge, the strongest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum EdgeEvidence {
    Link(Evidence),
    Arn,
    Host,
}

impl EdgeEvidence {
    fn name(self) -> &'static str {
        match self {
            Self::Link(Evidence::ParentSpan) => "parent_span",
            Self::Link(Evidence::Tag) => "tag",
            Self::Link(Evidence::Enclosing) => "enclosing",
            Self::Link(Evidence::Order) => "order",
            Self::Arn => "arn",
            Self::Host => "host",
        }
    }
}

impl Graph {
    /// Returns the map of all functions with runs, of the resources that they name, and of what is declared about them.
    #[must_use]
    pub fn map(&self, declared: &Declared, options: MapOptions) -> Map {
        let mut edges: BTreeMap<(&str, &str), Calls> = BTreeMap::new();
        for ((run, link), at) in self.runs.iter().zip(&self.links).zip(0_u32..) {
            let Some(link) = link else { continue };
            let (from, to) = (self.function_of(link.parent), self.function_of(at));
            let calls = edges.entry((from, to)).or_default();
            calls.add(run);
            calls.durations.extend(run.duration.map(millis_f64));
            calls.parent_span_calls += u64::from(link.evidence == Evidence::ParentSpan);
            calls.shared_id_calls += u64::from(link.evidence != Evidence::ParentSpan);
            calls.prove(EdgeEvidence::Link(link.evidence), link.confidence_pct());
        }
        for used in self.resources() {
            let (Some(run), function) = (self.run(used.run), self.function_of(used.run)) else { continue };
            let (from, to) =
                if used.is_source { (used.resource, function) } else { (function, used.resource) };
            if from == to {
                continue;
            }
            let calls = edges.entry((from, to)).or_default();
            let kind = NodeKind::of(used.resource);
            // Calls to a function whose logs are there are counted already: its ARN would count them twice.
            if kind != NodeKind::Function || calls.parent_span_calls + calls.shared_id_calls == 0 {
                calls.add(run);
            }
            calls.prove(if kind == NodeKind::Host { EdgeEvidence::Host } else { EdgeEvidence::Arn }, 80);
        }
        for pair in declared.iter() {
            edges.entry(pair).or_default();
        }
        let edges = edges.into_iter().map(|((from, to), calls)| calls.edge(from, to, declared)).collect();
        let mut map = Map { edges, ..Map::default() };
        map.nodes = self.nodes(&map.edges);
        map.sort();
        map.limit(if options.max_nodes == 0 { MAX_NODES } else { options.max_nodes });
        map
    }

    fn nodes(&self, edges: &[Edge]) -> Vec<Node> {
        let chained = self.chained();
        let mut sums: BTreeMap<&str, NodeSum> = BTreeMap::new();
        for (run, at) in self.runs.iter().zip(0_u32..) {
            sums.entry(self.function_of(at)).or_default().add_run(run);
        }
        let mut runs_of: BTreeMap<&str, BTreeSet<u32>> = BTreeMap::new();
        for used in self.resources().filter(|used| NodeKind::of(used.resource) != NodeKind::Function) {
            runs_of.entry(used.resource).or_default().insert(used.run);
        }
        for (resource, runs) in runs_of {
            let sum = sums.entry(resource).or_default();
            for run in runs.iter().filter_map(|run| self.run(*run)) {
                sum.add_use(run);
            }
        }
        for name in edges.iter().flat_map(|edge| [edge.from.as_str(), edge.to.as_str()]) {
            sums.entry(name).or_default();
        }
        let all = self.chains.len();
        sums.into_iter()
            .map(|(name, sum)| sum.node(name, chained.get(name).copied().unwrap_or(0), all))
            .collect()
    }

    /// Number of chains in which each function and resource takes part.
    fn chained(&self) -> BTreeMap<&str, usize> {
        let mut chain_of = vec![None; self.runs.len()];
        for (chain, at) in self.chains.iter().zip(0_usize..) {
            for run in &chain.runs {
                chain_of.iter_mut().skip(index(*run)).take(1).for_each(|slot| *slot = Some(at));
            }
        }
        let of_run = |run: u32| chain_of.get(index(run)).copied().flatten();
        let functions =
            (0_u32..).zip(&self.runs).filter_map(|(at, _)| Some((self.function_of(at), of_run(at)?)));
        let resources = self.resources().filter_map(|used| Some((used.resource, of_run(used.run)?)));
        let mut pairs: Vec<(&str, usize)> = functions.chain(resources).collect();
        pairs.sort_unstable();
        pairs.dedup();
        let mut counts = BTreeMap::new();
        pairs.into_iter().for_each(|(name, _)| *counts.entry(name).or_insert(0) += 1);
        counts
    }

    /// Returns what a failure of a node can reach: what stands upstream of it in `map`, and the requests that it is part of.
    #[must_use]
    pub fn impact(&self, map: &Map, of: &str) -> Impact {
        let is_part = |run: &u32| self.function_of(*run) == of;
        let users: BTreeSet<u32> =
            self.resources().filter(|used| used.resource == of).map(|used| used.run).collect();
        let touched = self
            .chains
            .iter()
            .filter(|chain| chain.runs.iter().any(|run| is_part(run) || users.contains(run)));
        let mut impact = Impact::default();
        for chain in touched {
            impact.requests += 1;
            impact.failed_requests += u64::from(self.is_failed(&chain.runs));
        }
        let upstream = map.reach(of, Direction::Upstream, usize::MAX);
        let is_function = |name: &&str| *name != of && NodeKind::of(name) == NodeKind::Function;
        impact.functions = upstream.into_iter().filter(is_function).map(str::to_owned).collect();
        impact
    }

    /// True if a run of these failed.
    #[must_use]
    pub fn is_failed(&self, runs: &[u32]) -> bool {
        runs.iter().filter_map(|run| self.run(*run)).any(|run| run.outcome.is_failure())
    }
}

impl Calls {
    fn add(&mut self, run: &LinkedRun) {
        self.calls += 1;
        self.errors += u64::from(run.outcome.is_failure());
    }

    fn prove(&mut self, evidence: EdgeEvidence, confidence_pct: u8) {
        self.evidence.insert(evidence);
        self.confidence_pct = self.confidence_pct.max(confidence_pct);
    }

    fn edge(mut self, from: &str, to: &str, declared: &Declared) -> Edge {
        let is_declared = declared.has_way(from, to);
        if is_declared {
            let tag = Evidence::Tag;
            self.prove(EdgeEvidence::Link(tag), tag.confidence_pct());
        }
        Edge {
            from: from.to_owned(),
            to: to.to_owned(),
            calls: self.calls,
            errors: self.errors,
            p95_ms: p95(&mut self.durations),
            parent_span_calls: self.parent_span_calls,
            shared_id_calls: self.shared_id_calls,
            declared: is_declared,
            confidence_pct: self.confidence_pct,
            evidence: self.evidence.into_iter().map(EdgeEvidence::name).collect(),
            uncertain: self.calls < MIN_CALLS && !is_declared,
            change: None,
            before: None,
        }
    }
}

/// Value that 95 % of the values do not exceed.
fn p95(values: &mut [f64]) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let rank = (values.len() * 95).div_ceil(100);
    values.get(rank.checked_sub(1)?).copied()
}

/// Sums of a node.
#[derive(Default)]
pub(super) struct NodeSum {
    invocations: u64,
    answers: Option<Answers>,
    errors: u64,
    durations: Vec<f64>,
    cost: Option<Usd>,
}

impl NodeSum {
    fn add_run(&mut self, run: &LinkedRun) {
        self.add_use(run);
        let answers = self.answers.get_or_insert_default();
        match run.outcome {
            Outcome::Success | Outcome::Unknown => answers.ok += 1,
            Outcome::Error => answers.errors += 1,
            Outcome::Timeout | Outcome::OutOfMemory => answers.faults += 1,
        }
        self.durations.extend(run.duration.map(millis_f64));
        if let Some(cost) = run.cost {
            *self.cost.get_or_insert_default() += cost;
        }
    }

    fn add_use(&mut self, run: &LinkedRun) {
        self.invocations += 1;
        self.errors += u64::from(run.outcome.is_failure());
    }

    pub(super) fn node(mut self, name: &str, chains: usize, all_chains: usize) -> Node {
        let count = self.durations.len();
        let average = || self.durations.iter().sum::<f64>() / float(count);
        let average_ms = (count > 0).then(average);
        Node {
            kind: NodeKind::of(name),
            name: name.to_owned(),
            invocations: self.invocations,
            errors: self.errors,
            average_ms,
            p95_ms: p95(&mut self.durations),
            traces_pct: (all_chains > 0).then(|| float(chains) * 100.0 / float(all_chains)),
            cost_usd: self.cost,
            answers: self.answers,
        }
    }
}

fn float(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}
