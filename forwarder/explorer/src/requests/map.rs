//! Parts of a map, ways through it, and its changes against an earlier map.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{
    edges::{Before, Change, Edge, MIN_CALLS, Map, Node, NodeKind, WhyEmpty},
    nodes::NodeSum,
    question::{Direction, Way},
};

impl Map {
    pub(super) fn sort(&mut self) {
        let by_runs = |node: &Node| (std::cmp::Reverse(node.invocations), node.name.clone());
        self.nodes.sort_by_cached_key(by_runs);
        self.edges
            .sort_by(|a, b| b.calls.cmp(&a.calls).then_with(|| (&a.from, &a.to).cmp(&(&b.from, &b.to))));
    }

    /// Keeps the first nodes, and the edges between them.
    pub(super) fn limit(&mut self, max_nodes: usize) {
        if self.nodes.len() <= max_nodes {
            return;
        }
        self.nodes_truncated = true;
        let kept: BTreeSet<String> =
            self.nodes.iter().take(max_nodes).map(|node| node.name.clone()).collect();
        self.keep(&|name| kept.contains(name));
    }

    /// Keeps the nodes that meet a condition, and the edges between them.
    fn keep(&mut self, is_kept: &dyn Fn(&str) -> bool) {
        self.nodes.retain(|node| is_kept(&node.name));
        self.edges.retain(|edge| is_kept(&edge.from) && is_kept(&edge.to));
    }

    /// Names of the nodes that can be reached from a node in at most `depth` steps, itself included, in their order.
    #[must_use]
    pub fn reach(&self, of: &str, direction: Direction, depth: usize) -> Vec<&str> {
        let ways = direction.ways().iter().flat_map(|way| self.distances(of, *way, depth).into_keys());
        let found: BTreeSet<&str> = ways.collect();
        found.into_iter().collect()
    }

    /// Number of calls to each node that can be reached from a node in at most `depth` calls. A resource between two
    /// functions is part of one call: the step to it counts, that from it does not, unless the walk begins there.
    pub(super) fn distances(&self, of: &str, way: Way, depth: usize) -> BTreeMap<&str, usize> {
        let mut next: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for edge in self.edges.iter().filter(|edge| !edge.is_over_resources()) {
            let (from, to) = way.ends(edge);
            next.entry(from).or_default().push(to);
        }
        let start = self.nodes.iter().find(|node| node.name == of).map(|node| node.name.as_str());
        let mut found: BTreeMap<&str, usize> = start.into_iter().map(|name| (name, 0)).collect();
        let mut waiting: VecDeque<(&str, usize)> = start.into_iter().map(|name| (name, 0)).collect();
        while let Some((name, distance)) = waiting.pop_front() {
            if found.get(name).is_some_and(|known| *known < distance) {
                continue;
            }
            let is_free = name != of && is_resource(name);
            let to = if is_free { distance } else { distance.saturating_add(1) };
            for other in next.get(name).into_iter().flatten().copied().filter(|_| to <= depth) {
                if found.get(other).is_none_or(|known| to < *known) {
                    found.insert(other, to);
                    // The nearest first, so that each node is left with its least distance.
                    if is_free { waiting.push_front((other, to)) } else { waiting.push_back((other, to)) }
                }
            }
        }
        found
    }

    /// Keeps what can be reached from a node in at most `depth` calls, and the edges on the way.
    pub(super) fn keep_around(&mut self, of: &str, direction: Direction, depth: usize) {
        let mut edges = BTreeSet::new();
        for way in direction.ways() {
            let distances = self.distances(of, *way, depth);
            let is_walked = |edge: &Edge| {
                let (near, far) = way.ends(edge);
                let is_free = near != of && is_resource(near);
                let reached = distances.get(near).map(|calls| calls + usize::from(!is_free));
                reached.is_some_and(|calls| calls <= depth) && distances.contains_key(far)
            };
            edges.extend(
                self.edges.iter().zip(0_usize..).filter(|(edge, _)| is_walked(edge)).map(|(_, at)| at),
            );
        }
        let nodes: BTreeSet<String> =
            self.reach(of, direction, depth).into_iter().map(str::to_owned).collect();
        self.keep_edges(&edges);
        self.nodes.retain(|node| nodes.contains(&node.name));
    }

    /// Notes that the part that was asked for has no edges, if the whole map has some.
    pub(super) fn note_empty_part(&mut self) {
        if self.edges.is_empty() {
            self.why_empty.get_or_insert(WhyEmpty::NoneInThisPart);
        }
    }

    /// Keeps the edges with these indices.
    pub(super) fn keep_edges(&mut self, kept: &BTreeSet<usize>) {
        let mut place = 0_usize;
        self.edges.retain(|_| {
            place += 1;
            kept.contains(&(place - 1))
        });
    }

    /// Marks the changes of the edges against the map of an earlier period, and adds edges that are gone.
    pub fn compare(&mut self, before: &Self) {
        let ends = |edge: &Edge| (edge.from.clone(), edge.to.clone());
        let mut earlier: BTreeMap<(String, String), &Edge> =
            before.edges.iter().map(|edge| (ends(edge), edge)).collect();
        for edge in &mut self.edges {
            let old = earlier.remove(&ends(edge));
            edge.compare(old);
        }
        for old in earlier.into_values().filter(|old| old.calls > 0) {
            let mut edge = Edge {
                calls: 0,
                errors: 0,
                retries: 0,
                failed_retries: 0,
                via_calls: 0,
                via: Vec::new(),
                p95_ms: None,
                parent_span_calls: 0,
                shared_id_calls: 0,
                // Its runs are those of the earlier period, whose graph is another one.
                example_runs: None,
                ..old.clone()
            };
            edge.compare(Some(old));
            self.edges.push(edge);
        }
        let known: BTreeSet<String> = self.nodes.iter().map(|node| node.name.clone()).collect();
        let ends: BTreeSet<&str> =
            self.edges.iter().flat_map(|edge| [edge.from.as_str(), edge.to.as_str()]).collect();
        let gone = ends.into_iter().filter(|name| !known.contains(*name));
        let earlier_node = |name: &str| before.nodes.iter().find(|node| node.name == name);
        let node = |name: &str| {
            let (empty, earlier) = (NodeSum::default().node(name, 0, 0), earlier_node(name));
            let text = |of: fn(&Node) -> &Option<String>| earlier.and_then(|node| of(node).clone());
            Node {
                function: text(|node| &node.function),
                account: text(|node| &node.account),
                region: text(|node| &node.region),
                ..empty
            }
        };
        let gone: Vec<Node> = gone.map(node).collect();
        self.nodes.extend(gone);
        self.sort();
    }
}

impl Edge {
    fn compare(&mut self, old: Option<&Self>) {
        self.before = old.map(|old| Before { calls: old.calls, errors: old.errors, p95_ms: old.p95_ms });
        let old_calls = old.map_or(0, |old| old.calls);
        self.change = match old {
            _ if self.calls == 0 && old_calls == 0 => None,
            _ if old_calls == 0 => Some(Change::New),
            _ if self.calls == 0 => Some(Change::Gone),
            Some(old) if self.is_failing_against(old) => Some(Change::Failing),
            Some(old) if self.is_slower_than(old) => Some(Change::Slower),
            Some(_) | None => None,
        };
    }

    fn is_failing_against(&self, old: &Self) -> bool {
        // errors / calls >= old errors / old calls + 5 %, without division.
        let now = self.errors.saturating_mul(old.calls).saturating_mul(100);
        let then = old.errors.saturating_mul(self.calls).saturating_mul(100);
        let points = self.calls.saturating_mul(old.calls).saturating_mul(5);
        self.errors >= MIN_CALLS && now >= then.saturating_add(points)
    }

    fn is_slower_than(&self, old: &Self) -> bool {
        const MIN_MS: f64 = 10.0;
        let is_enough = self.calls >= MIN_CALLS && old.calls >= MIN_CALLS;
        let rose = |(now, then): (f64, f64)| now >= then * 1.5 && now - then >= MIN_MS;
        is_enough && self.p95_ms.zip(old.p95_ms).is_some_and(rose)
    }
}

fn is_resource(name: &str) -> bool {
    NodeKind::of(name) != NodeKind::Function
}
