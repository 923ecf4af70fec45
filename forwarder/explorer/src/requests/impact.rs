//! Impact of a failure, reasons for an empty map, and the example of each edge.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    edges::{Caller, Example, ExampleRuns, Impact, Map, NodeKind, WhyEmpty},
    graph::Graph,
    question::Way,
    run::index,
    summary::Texts,
};

impl Graph {
    /// Returns what a failure of a node can reach: what stands upstream of it in `map`, and the requests that it is part of.
    #[must_use]
    pub fn impact(&self, map: &Map, of: &str) -> Impact {
        let own = self.runs_of(of);
        let chain_of = self.chain_of_runs();
        let chain = |run: &u32| chain_of.get(index(*run)).copied().flatten();
        let touched: BTreeSet<u32> = own.iter().filter_map(chain).collect();
        let failed: BTreeSet<u32> = touched.iter().copied().filter(|at| self.is_chain_failed(*at)).collect();
        let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let mut requests_of: BTreeMap<&str, BTreeSet<u32>> = BTreeMap::new();
        for at in &touched {
            let runs = self.chains.get(index(*at)).map(|chain| chain.runs.as_slice()).unwrap_or_default();
            for run in runs {
                requests_of.entry(self.function_of(*run)).or_default().insert(*at);
            }
        }
        let upstream = map.distances(of, Way::Up, usize::MAX);
        let mut callers: Vec<Caller> = upstream
            .into_iter()
            .filter(|(name, _)| *name != of && NodeKind::of(name) == NodeKind::Function)
            .map(|(name, distance)| {
                let requests = requests_of.get(name).cloned().unwrap_or_default();
                Caller {
                    name: name.to_owned(),
                    distance,
                    requests: number(requests.len()),
                    failed_requests: number(requests.intersection(&failed).count()),
                }
            })
            .collect();
        callers.sort_by(|a, b| (a.distance, &a.name).cmp(&(b.distance, &b.name)));
        let mut functions: Vec<String> = callers.iter().map(|caller| caller.name.clone()).collect();
        functions.sort();
        Impact {
            functions,
            callers,
            requests: number(touched.len()),
            failed_requests: number(failed.len()),
            invocations: number(own.len()),
            single_invocations: number(own.iter().filter(|run| chain(run).is_none()).count()),
            without_caller: number(own.iter().filter(|run| self.link(**run).is_none()).count()),
        }
    }

    /// Runs of a function, or those whose lines name a resource.
    fn runs_of(&self, name: &str) -> BTreeSet<u32> {
        let of_function =
            (0_u32..).zip(&self.runs).map(|(at, _)| at).filter(|at| self.function_of(*at) == name);
        let users = self.roles.all().filter(|role| self.roles.name(role.resource) == name);
        let is_resource = NodeKind::of(name) != NodeKind::Function;
        let runs = of_function.chain(users.filter(|_| is_resource).map(super::roles::Role::run));
        runs.filter(|at| self.run(*at).is_some_and(|run| run.is_counted)).collect()
    }

    fn is_chain_failed(&self, chain: u32) -> bool {
        self.chains.get(index(chain)).is_some_and(|chain| self.is_failed(&chain.runs))
    }

    /// True if a run of these failed.
    #[must_use]
    pub fn is_failed(&self, runs: &[u32]) -> bool {
        runs.iter().filter_map(|run| self.run(*run)).any(|run| run.outcome.is_failure())
    }

    /// Reason why the whole map has no edges; `None` if it has some.
    pub(super) fn why_empty(&self, map: &Map) -> Option<WhyEmpty> {
        if !map.edges.is_empty() {
            return None;
        }
        Some(if self.runs.is_empty() {
            WhyEmpty::NoInvocations
        } else if self.runs.iter().all(|run| Some(run.function) == self.runs.first().map(|run| run.function))
        {
            WhyEmpty::OneFunction
        } else if self.ids().is_empty() {
            WhyEmpty::NoIds
        } else {
            WhyEmpty::NoSharedIds
        })
    }

    /// Adds to each edge the example by which it can be checked in the logs.
    pub fn explain(&self, map: &mut Map, texts: &dyn Texts) {
        for edge in &mut map.edges {
            edge.example = edge.example_runs.map(|runs| self.example(&runs, texts));
        }
    }

    fn example(&self, runs: &ExampleRuns, texts: &dyn Texts) -> Example {
        let request = |run: Option<u32>| texts.request(self.run(run?)?.request?);
        let time = |run: Option<u32>| Some(self.run(run?)?.begin.0);
        let function = |run: Option<u32>| run.map(|run| self.function_of(run).to_owned());
        let id = runs.id.and_then(|(kind, key)| {
            let runs: Vec<u32> = [runs.from, runs.to].into_iter().flatten().collect();
            Some((kind.name(), self.id_text(kind, key, &runs, texts)?))
        });
        Example {
            evidence: runs.evidence.name(),
            id_kind: id.as_ref().map(|(kind, _)| *kind),
            id: id.map(|(_, id)| id),
            from_function: function(runs.from),
            to_function: function(runs.to),
            from_request_id: request(runs.from),
            from_time: time(runs.from),
            to_request_id: request(runs.to),
            to_time: time(runs.to),
        }
    }
}

impl Map {
    /// Removes the edges with less confidence.
    pub(super) fn require_confidence(&mut self, min_pct: u8) {
        let before = self.edges.len();
        self.edges.retain(|edge| edge.confidence_pct >= min_pct);
        let removed = before - self.edges.len();
        self.edges_below_confidence = u64::try_from(removed).unwrap_or(u64::MAX);
        if self.edges.is_empty() && removed > 0 {
            self.why_empty = Some(WhyEmpty::BelowConfidence);
        }
    }
}
