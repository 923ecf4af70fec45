//! Nodes of a map: their numbers while it is made, their names, and the sums of their runs.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use foldhash::fast::RandomState;
use tailwater_parser::{Usd, derive::Outcome, millis_f64};

use super::{
    edges::{Answers, Edge, Node, NodeKind},
    functions::FunctionId,
    graph::Graph,
    roles::ResourceNumber,
    run::{LinkedRun, index, number},
};

/// Number of a node: first the functions of the graph, then its resources, then names that only tags have.
pub(super) type NodeNumber = u32;

/// Numbers and names of the nodes of a map.
pub(super) struct Nodes<'g> {
    graph: &'g Graph,
    /// Numbers by name; `None` for the name that several functions share.
    numbers: HashMap<String, Option<NodeNumber>, RandomState>,
    /// Names that only tags have.
    declared: Vec<String>,
}

impl<'g> Nodes<'g> {
    pub(super) fn new(graph: &'g Graph) -> Self {
        let mut new = Self { graph, numbers: HashMap::default(), declared: Vec::new() };
        for (function, at) in graph.functions.iter().zip(0_u32..) {
            new.numbers.insert(function.label.to_string(), Some(at));
            if function.label != function.id.name {
                new.numbers.entry(function.id.name.to_string()).or_insert(None);
            }
        }
        for resource in (0..graph.roles.names().len()).map(number) {
            let at = new.resource(resource);
            new.numbers.entry(graph.roles.name(resource).to_owned()).or_insert(Some(at));
        }
        new
    }

    /// Number of a resource.
    pub(super) fn resource(&self, resource: ResourceNumber) -> NodeNumber {
        number(self.graph.functions.len()).saturating_add(resource)
    }

    /// Number of what a line of a function names: a resource, or another function, of the same account and region if
    /// several have the name.
    pub(super) fn mentioned(&self, resource: ResourceNumber, by: u32) -> NodeNumber {
        let name = self.graph.roles.name(resource);
        if self.graph.roles.kind(resource) != NodeKind::Function {
            return self.resource(resource);
        }
        if let Some(Some(known)) = self.numbers.get(name) {
            return *known;
        }
        let place = |id: &FunctionId| (id.account.clone(), id.region.clone());
        let functions = || self.graph.functions.iter().zip(0_u32..);
        let own = functions().find(|(_, at)| *at == by).map(|(function, _)| place(&function.id));
        let near =
            functions().find(|(function, _)| *function.id.name == *name && Some(place(&function.id)) == own);
        near.map_or_else(|| self.resource(resource), |(_, at)| at)
    }

    /// Number of a name in a tag; `None` for a name that several functions share.
    pub(super) fn named(&mut self, name: &str) -> Option<NodeNumber> {
        if let Some(known) = self.numbers.get(name) {
            return *known;
        }
        let before = self.graph.functions.len() + self.graph.roles.names().len() + self.declared.len();
        self.declared.push(name.to_owned());
        self.numbers.insert(name.to_owned(), Some(number(before)));
        Some(number(before))
    }

    /// Name of a node.
    pub(super) fn name(&self, node: NodeNumber) -> &str {
        let at = index(node);
        let (functions, resources) = (&self.graph.functions, self.graph.roles.names());
        if let Some(function) = functions.get(at) {
            return &function.label;
        }
        let at = at - functions.len();
        match resources.get(at) {
            Some(name) => name,
            None => self.declared.get(at - resources.len()).map_or("", String::as_str),
        }
    }

    /// Name of a node as tags have it.
    pub(super) fn plain_name(&self, node: NodeNumber) -> &str {
        self.graph.functions.get(index(node)).map_or_else(|| self.name(node), |function| &function.id.name)
    }

    /// Nodes with runs, and those at the ends of edges.
    pub(super) fn sums(&self, edges: &[Edge]) -> Vec<Node> {
        let mut sums: BTreeMap<NodeNumber, NodeSum> = BTreeMap::new();
        let mut of_functions: Vec<NodeSum> = Vec::new();
        of_functions.resize_with(self.graph.functions.len(), NodeSum::default);
        for run in self.graph.runs.iter().filter(|run| run.is_counted) {
            if let Some(sum) = of_functions.get_mut(index(run.function)) {
                sum.add_run(run);
            }
        }
        sums.extend((0_u32..).zip(of_functions).filter(|(_, sum)| sum.invocations > 0));
        let mut seen: BTreeSet<(ResourceNumber, u32)> = BTreeSet::new();
        for role in
            self.graph.roles.all().filter(|role| self.graph.roles.kind(role.resource) != NodeKind::Function)
        {
            if let Some(run) = self
                .graph
                .run(role.run())
                .filter(|run| run.is_counted && seen.insert((role.resource, role.run())))
            {
                sums.entry(self.resource(role.resource)).or_default().add_use(run);
            }
        }
        for name in edges.iter().flat_map(|edge| [edge.from.as_str(), edge.to.as_str()]) {
            if let Some(Some(node)) = self.numbers.get(name) {
                sums.entry(*node).or_default();
            }
        }
        let (chained, all) = (self.graph.chained(self), self.graph.chains.len());
        let node = |(number, sum): (NodeNumber, NodeSum)| {
            let id = self.graph.functions.get(index(number)).map(|function| &function.id);
            let text = |text: &Option<Box<str>>| text.as_deref().map(str::to_owned);
            Node {
                function: id.map(|id| id.name.to_string()),
                account: id.and_then(|id| text(&id.account)),
                region: id.and_then(|id| text(&id.region)),
                ..sum.node(self.name(number), chained.get(&number).copied().unwrap_or(0), all)
            }
        };
        sums.into_iter().map(node).collect()
    }
}

/// Value that 95 % of the values do not exceed.
pub(super) fn p95(values: &mut [f64]) -> Option<f64> {
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
            function: None,
            account: None,
            region: None,
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
