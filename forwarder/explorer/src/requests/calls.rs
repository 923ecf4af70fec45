//! Edges of a map: calls between functions, and to and from resources, with their evidence.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use foldhash::fast::RandomState;
use tailwater_parser::millis_f64;

use super::{
    edges::{Edge, ExampleRuns, MIN_CALLS, Map, MapOptions, NodeKind},
    graph::Graph,
    nodes::{NodeNumber, Nodes, p95},
    parents::{Evidence, Link},
    roles::ResourceNumber,
    run::{LinkedRun, index, number},
    tags::Declared,
};

/// Maximum number of nodes of a map.
const MAX_NODES: usize = 2_000;
/// Confidence in percent of calls that log lines show by the name of a resource or the id of a message.
const OF_LINES_PCT: u8 = 80;

/// Evidence of an edge, the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum EdgeEvidence {
    /// Link between two runs.
    Link(Evidence),
    /// Id of a message, an event or an execution that the runs on both sides of a resource have.
    Message,
    /// Name of a resource in a line.
    Arn,
    /// Name of a host in a line.
    Host,
}

impl EdgeEvidence {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Link(Evidence::ParentSpan) => "parent_span",
            Self::Link(Evidence::Tag) => "tag",
            Self::Link(Evidence::Enclosing) => "enclosing",
            Self::Link(Evidence::Order) => "order",
            Self::Message => "message",
            Self::Arn => "arn",
            Self::Host => "host",
        }
    }
}

/// Sums of the calls of an edge.
#[derive(Default)]
struct Calls {
    errors: u64,
    /// Run times of the called function in milliseconds.
    durations: Vec<f64>,
    calls: u64,
    retries: u64,
    failed_retries: u64,
    parent_span_calls: u64,
    shared_id_calls: u64,
    /// Calls by the resources over which they go.
    via: BTreeMap<ResourceNumber, u64>,
    /// Runs that count, of an edge to or from a resource.
    runs: BTreeSet<u32>,
    evidence: BTreeSet<EdgeEvidence>,
    confidence_pct: u8,
    example: Option<ExampleRuns>,
}

/// Edges by the numbers of their nodes.
type Edges = HashMap<(NodeNumber, NodeNumber), Calls, RandomState>;

impl Graph {
    /// Returns the map of all functions with runs, of the resources that they name, and of what is declared about them.
    #[must_use]
    pub fn map(&self, declared: &Declared, options: MapOptions) -> Map {
        let mut nodes = Nodes::new(self);
        let mut edges = Edges::default();
        self.add_links(&nodes, &mut edges);
        self.add_uses(&nodes, &mut edges);
        for (from, to) in declared.iter() {
            if let Some(pair) = nodes.named(from).zip(nodes.named(to)) {
                edges.entry(pair).or_default();
            }
        }
        let edges: Vec<Edge> =
            edges.into_iter().map(|((from, to), calls)| calls.edge(from, to, &nodes, declared)).collect();
        let mut map = Map { edges, ..Map::default() };
        map.nodes = nodes.sums(&map.edges);
        map.why_empty = self.why_empty(&map);
        map.require_confidence(options.min_confidence_pct);
        map.sort();
        map.limit(if options.max_nodes == 0 { MAX_NODES } else { options.max_nodes });
        map
    }

    /// Adds the calls between functions, and over the resources between them.
    fn add_links(&self, nodes: &Nodes<'_>, edges: &mut Edges) {
        let passages = self.passages();
        for (((run, link), passage), at) in self.runs.iter().zip(&self.links).zip(&passages).zip(0_u32..) {
            let is_counted =
                |link: &&Link| run.is_counted && self.run(link.parent).is_some_and(|run| run.is_counted);
            let Some(link) = link.as_ref().filter(is_counted) else { continue };
            let (from, to) =
                (self.runs.get(index(link.parent)).map_or(u32::MAX, |run| run.function), run.function);
            let calls = edges.entry((from, to)).or_default();
            calls.add(run, self.is_retry(at));
            calls.durations.extend(run.duration.map(millis_f64));
            calls.parent_span_calls += u64::from(link.evidence == Evidence::ParentSpan);
            calls.shared_id_calls += u64::from(link.evidence != Evidence::ParentSpan);
            let example = ExampleRuns {
                evidence: EdgeEvidence::Link(link.evidence),
                from: Some(link.parent),
                to: Some(at),
                id: link.hop.or(link.shared),
            };
            calls.prove(link.confidence_pct(), example);
            if let Some(resource) = *passage {
                *calls.via.entry(resource).or_default() += 1;
                self.add_passage(nodes.resource(resource), link, at, edges);
            }
        }
    }

    /// Adds the two edges of a call that goes over a resource.
    fn add_passage(&self, resource: NodeNumber, link: &Link, at: u32, edges: &mut Edges) {
        let (Some(sender), Some(run)) = (self.run(link.parent), self.run(at)) else { return };
        let evidence = if link.hop.is_some() { EdgeEvidence::Message } else { EdgeEvidence::Arn };
        let example =
            ExampleRuns { evidence, from: Some(link.parent), to: Some(at), id: link.hop.or(link.shared) };
        let sent = edges.entry((sender.function, resource)).or_default();
        sent.add_once(link.parent, sender, false);
        sent.prove(OF_LINES_PCT, example);
        let received = edges.entry((resource, run.function)).or_default();
        received.add_once(at, run, self.is_retry(at));
        received.prove(OF_LINES_PCT, example);
    }

    /// Adds the resources that lines name.
    fn add_uses(&self, nodes: &Nodes<'_>, edges: &mut Edges) {
        for role in self.roles.all() {
            let (at, kind) = (role.run(), self.roles.kind(role.resource));
            let Some(run) = self.run(at).filter(|run| run.is_counted) else { continue };
            let resource = nodes.mentioned(role.resource, run.function);
            let (from, to) = if role.is_source { (resource, run.function) } else { (run.function, resource) };
            if from == to {
                continue;
            }
            let calls = edges.entry((from, to)).or_default();
            // Calls to a function whose logs are there are counted already: its ARN would count them twice.
            if kind != NodeKind::Function || calls.parent_span_calls + calls.shared_id_calls == 0 {
                calls.add_once(at, run, role.is_source && self.is_retry(at));
            }
            let evidence = if kind == NodeKind::Host { EdgeEvidence::Host } else { EdgeEvidence::Arn };
            let (from, to) = if role.is_source { (None, Some(at)) } else { (Some(at), None) };
            calls.prove(OF_LINES_PCT, ExampleRuns { evidence, from, to, id: None });
        }
    }

    /// For each run the resource over which the call of its parent went; `None` if the logs do not show one.
    ///
    /// Lines of both runs name it, or both have the id of a message and one names the only resource that carries such ids.
    /// If a caller sends to several, those of other calls between the two functions decide.
    fn passages(&self) -> Vec<Option<ResourceNumber>> {
        type Votes = HashMap<ResourceNumber, u64, RandomState>;
        let mut found = vec![None; self.runs.len()];
        let mut open: Vec<(u32, (u32, u32), Vec<ResourceNumber>)> = Vec::new();
        let mut votes: HashMap<(u32, u32), Votes, RandomState> = HashMap::default();
        for ((link, slot), at) in self.links.iter().zip(&mut found).zip(0_u32..) {
            let Some(link) = link else { continue };
            let function = |run: u32| self.run(run).map_or(u32::MAX, |run| run.function);
            let pair = (function(link.parent), function(at));
            match *self.carriers(link, at).as_slice() {
                [] => {}
                [resource] => {
                    *slot = Some(resource);
                    *votes.entry(pair).or_default().entry(resource).or_default() += 1;
                }
                ref several => open.push((at, pair, several.to_vec())),
            }
        }
        for (at, pair, candidates) in open {
            let Some(known) = votes.get(&pair) else { continue };
            let count = |resource: &ResourceNumber| known.get(resource).copied().unwrap_or(0);
            let most = candidates.iter().map(&count).max().filter(|most| *most > 0);
            let mut best = candidates.iter().filter(|resource| Some(count(resource)) == most);
            if let (Some(resource), None, Some(slot)) = (best.next(), best.next(), found.get_mut(index(at))) {
                *slot = Some(*resource);
            }
        }
        found
    }

    /// Resources over which the call of a run's parent can have gone.
    fn carriers(&self, link: &Link, at: u32) -> Vec<ResourceNumber> {
        if self.roles.is_empty() {
            return Vec::new();
        }
        if let Some(resource) = self.roles.between(link.parent, at) {
            return vec![resource];
        }
        let Some((kind, _)) = link.hop else { return Vec::new() };
        // What the caller handles, too, is where the message came from before.
        let is_of_caller = |resource: &ResourceNumber| {
            self.roles.of_kind(link.parent, kind, true).any(|own| own == *resource)
        };
        let handled: Vec<_> = self.roles.of_kind(at, kind, true).filter(|own| !is_of_caller(own)).collect();
        if handled.is_empty() { self.roles.of_kind(link.parent, kind, false).collect() } else { handled }
    }
}

impl Calls {
    fn add(&mut self, run: &LinkedRun, is_retry: bool) {
        let (failed, retry) = (u64::from(run.outcome.is_failure()), u64::from(is_retry));
        self.calls += 1;
        self.errors += failed;
        self.retries += retry;
        self.failed_retries += failed * retry;
    }

    /// Adds a run of an edge to or from a resource, if it does not count yet.
    fn add_once(&mut self, at: u32, run: &LinkedRun, is_retry: bool) {
        if self.runs.insert(at) {
            self.add(run, is_retry);
        }
    }

    fn prove(&mut self, confidence_pct: u8, example: ExampleRuns) {
        self.evidence.insert(example.evidence);
        let is_whole = |example: &ExampleRuns| example.from.is_some() && example.to.is_some();
        let is_better = confidence_pct > self.confidence_pct
            || (confidence_pct == self.confidence_pct
                && self.example.as_ref().is_some_and(|known| !is_whole(known) && is_whole(&example)));
        if is_better {
            self.example = Some(example);
        }
        self.confidence_pct = self.confidence_pct.max(confidence_pct);
    }

    fn edge(mut self, from: NodeNumber, to: NodeNumber, nodes: &Nodes<'_>, declared: &Declared) -> Edge {
        let is_declared = declared.has_way(nodes.plain_name(from), nodes.plain_name(to));
        if is_declared {
            self.evidence.insert(EdgeEvidence::Link(Evidence::Tag));
            self.confidence_pct = self.confidence_pct.max(Evidence::Tag.confidence_pct());
        }
        let via = self.via.keys().map(|resource| nodes.name(nodes.resource(*resource)).to_owned());
        Edge {
            from: nodes.name(from).to_owned(),
            to: nodes.name(to).to_owned(),
            calls: self.calls,
            errors: self.errors,
            retries: self.retries,
            failed_retries: self.failed_retries,
            via: via.collect(),
            via_calls: self.via.values().sum(),
            p95_ms: p95(&mut self.durations),
            parent_span_calls: self.parent_span_calls,
            shared_id_calls: self.shared_id_calls,
            declared: is_declared,
            confidence_pct: self.confidence_pct,
            evidence: self.evidence.into_iter().map(EdgeEvidence::name).collect(),
            uncertain: self.calls < MIN_CALLS && !is_declared,
            change: None,
            before: None,
            example: None,
            example_runs: self.example,
        }
    }
}

impl Graph {
    /// Number of chains in which each node takes part.
    pub(super) fn chained(&self, nodes: &Nodes<'_>) -> HashMap<NodeNumber, usize, RandomState> {
        let chain_of = self.chain_of_runs();
        let of_run = |run: u32| chain_of.get(index(run)).copied().flatten();
        let functions = (0_u32..).zip(&self.runs).filter_map(|(at, run)| Some((run.function, of_run(at)?)));
        let resources =
            self.roles.all().filter_map(|role| Some((nodes.resource(role.resource), of_run(role.run())?)));
        let mut pairs: Vec<(NodeNumber, u32)> = functions.chain(resources).collect();
        pairs.sort_unstable();
        pairs.dedup();
        let mut counts: HashMap<NodeNumber, usize, RandomState> = HashMap::default();
        pairs.into_iter().for_each(|(node, _)| *counts.entry(node).or_insert(0) += 1);
        counts
    }

    /// Index of the chain of each run.
    pub(super) fn chain_of_runs(&self) -> Vec<Option<u32>> {
        let mut chain_of = vec![None; self.runs.len()];
        for (chain, at) in self.chains.iter().zip((0_usize..).map(number)) {
            for run in &chain.runs {
                if let Some(slot) = chain_of.get_mut(index(*run)) {
                    *slot = Some(at);
                }
            }
        }
        chain_of
    }
}
