//! Tests with small cases, and with generated systems whose chains and calls are known.

#![expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "the numbers of a test are small"
)]

mod generated;
mod resources;
mod system;

use std::num::NonZeroU64;

use tailwater_parser::{
    UnixMillis,
    derive::{Outcome, StartKind},
    line::correlation::{IdKind, Mention},
};

use super::*;

/// Run of a function from `begin` to `end`.
fn run(builder: &mut GraphBuilder, function: &str, begin: i64, end: i64) -> LinkedRun {
    LinkedRun {
        id: 0,
        function: builder.function(&FunctionId::new(function, None, None)),
        begin: UnixMillis(begin),
        end: UnixMillis(end),
        duration: u64::try_from(end - begin).ok().map(std::time::Duration::from_millis),
        request: None,
        link: RunLink::default(),
        start: StartKind::Warm,
        outcome: Outcome::Success,
        cost: None,
        is_counted: true,
    }
}

/// Adds runs, each with its correlation ids.
fn graph(runs: &[(&str, i64, i64, &[&str])]) -> Graph {
    let mut builder = GraphBuilder::default();
    for (function, begin, end, ids) in runs {
        let run = run(&mut builder, function, *begin, *end);
        let at = builder.run(run);
        ids.iter().for_each(|id| builder.id(at, IdKind::Correlation, id_key(id)));
    }
    builder.finish()
}

/// Parents by name, `child < parent evidence`.
fn parents(graph: &Graph) -> Vec<String> {
    (0..graph.runs.len() as u32)
        .filter_map(|at| {
            let link = graph.link(at)?;
            let (child, parent) = (graph.function_of(at), graph.function_of(link.parent));
            Some(format!("{child} < {parent} {:?} {}", link.evidence, link.confidence_pct()))
        })
        .collect()
}

#[test]
fn innermost_enclosing_run_is_the_parent() {
    let graph = graph(&[
        ("api", 0, 100, &["id-00001"]),
        ("orders", 10, 80, &["id-00001"]),
        ("stock", 20, 40, &["id-00001"]),
        ("alone", 21, 39, &["id-00002"]),
    ]);
    assert_eq!(parents(&graph), ["orders < api Enclosing 80", "stock < orders Enclosing 80"]);
    assert_eq!(graph.chains.len(), 1);
    assert_eq!(graph.chains[0].runs.len(), 3);
}

#[test]
fn last_that_had_begun_is_the_parent_of_a_run_that_none_encloses() {
    let graph =
        graph(&[("a", 0, 10, &["id-00001"]), ("b", 50, 60, &["id-00001"]), ("c", 90, 95, &["id-00001"])]);
    assert_eq!(parents(&graph), ["b < a Order 50", "c < b Order 50"]);
}

#[test]
fn equal_claims_give_no_parent_and_no_circle() {
    let id = &["id-00001"][..];
    assert_eq!(parents(&graph(&[("a", 0, 10, id), ("b", 0, 10, id), ("c", 50, 60, id)])), [""; 0]);
    // Clocks that differ by less than the tolerance: the exact times decide.
    assert_eq!(parents(&graph(&[("a", 0, 100, id), ("b", 2, 99, id)])), ["b < a Enclosing 80"]);
    assert_eq!(parents(&graph(&[("a", 0, 100, id), ("b", -4, 60, id)])), ["b < a Enclosing 80"]);
}

#[test]
fn ids_are_shared_directly_and_time_alone_links_nothing() {
    let graph = graph(&[
        ("a", 0, 100, &["id-00001"]),
        ("b", 10, 20, &["id-00001", "id-00002"]),
        ("c", 30, 40, &["id-00002"]),
        ("d", 31, 39, &[]),
    ]);
    assert_eq!(parents(&graph), ["b < a Enclosing 80", "c < b Order 50"]);
    assert_eq!(graph.chains[0].runs.len(), 3);
}

#[test]
fn parent_span_beats_everything() {
    let mut builder = GraphBuilder::default();
    let span = NonZeroU64::new;
    let outer =
        LinkedRun { link: RunLink { span: span(7), ..RunLink::default() }, ..run(&mut builder, "a", 0, 10) };
    let near = LinkedRun {
        link: RunLink { span: span(8), ..RunLink::default() },
        ..run(&mut builder, "b", 20, 100)
    };
    let child = LinkedRun {
        link: RunLink { parent_span: span(7), ..RunLink::default() },
        ..run(&mut builder, "c", 30, 40)
    };
    for run in [outer, near, child] {
        let at = builder.run(run);
        builder.id(at, IdKind::Trace, 1);
    }
    let graph = builder.finish();
    assert_eq!(parents(&graph), ["b < a Order 50", "c < a ParentSpan 100"]);
}

#[test]
fn id_of_a_message_beats_the_id_of_the_request() {
    let mut builder = GraphBuilder::default();
    for (function, begin, message) in [("a", 0, Some(1)), ("b", 50, None), ("c", 90, Some(1))] {
        let run = run(&mut builder, function, begin, begin + 10);
        let at = builder.run(run);
        builder.id(at, IdKind::Correlation, 7);
        message.into_iter().for_each(|id| builder.id(at, IdKind::SqsMessage, id));
    }
    assert_eq!(parents(&builder.finish()), ["b < a Order 50", "c < a Order 50"]);
}

#[test]
fn attempts_have_the_parent_of_the_first() {
    let mut builder = GraphBuilder::default();
    for (function, begin, request) in [("a", 0, 1), ("b", 50, 2), ("c", 90, 3), ("b", 200, 2)] {
        let run =
            LinkedRun { request: NonZeroU64::new(request), ..run(&mut builder, function, begin, begin + 10) };
        let at = builder.run(run);
        builder.id(at, IdKind::Correlation, 7);
    }
    let graph = builder.finish();
    assert_eq!(parents(&graph), ["b < a Order 50", "c < b Order 50", "b < a Order 50"]);
    assert_eq!(graph.attempts, [1, 1, 1, 2]);
}

#[test]
fn id_of_too_many_runs_links_none() {
    let mut builder = GraphBuilder::default();
    for number in 0..1_001 {
        let run = run(&mut builder, if number % 2 == 0 { "a" } else { "b" }, number, number + 1);
        let at = builder.run(run);
        builder.id(at, IdKind::Correlation, 7);
    }
    let graph = builder.finish();
    assert!(graph.chains.is_empty());
    assert!(parents(&graph).is_empty());
}

fn map_of(tags: &[(&str, &str, &str)]) -> (Graph, Map) {
    let mut builder = GraphBuilder::default();
    for number in 0..4 {
        let begin = number * 1_000;
        let outer = run(&mut builder, "api", begin, begin + 100);
        let failed = if number == 0 { Outcome::Error } else { Outcome::Success };
        let inner = LinkedRun { outcome: failed, ..run(&mut builder, "orders", begin + 10, begin + 60) };
        for run in [outer, inner] {
            let at = builder.run(run);
            builder.id(at, IdKind::Correlation, id_key(&format!("request-{number}")));
        }
    }
    let worker = run(&mut builder, "worker", 9_000, 9_010);
    let at = builder.run(worker);
    builder.mention(at, Mention::HandlesEventOf, 0, "SQS:jobs");
    builder.mention(at, Mention::Uses, 0, "HTTP:api.example.com");
    let graph = builder.finish();
    let mut declared = Declared::default();
    for (function, name, value) in tags {
        declared.add(function, &[((*name).to_owned(), (*value).to_owned())].into());
    }
    let map = graph.map(&declared, MapOptions::default());
    (graph, map)
}

fn edges(map: &Map) -> Vec<String> {
    let text = |edge: &Edge| {
        let Edge { from, to, calls, errors, confidence_pct, evidence, uncertain, .. } = edge;
        let dots = if *uncertain { " uncertain" } else { "" };
        format!("{from} > {to}: {calls}/{errors} {confidence_pct} {}{dots}", evidence.join(","))
    };
    map.edges.iter().map(text).collect()
}

#[test]
fn edges_count_calls_with_their_evidence() {
    let (graph, map) = map_of(&[]);
    assert_eq!(
        edges(&map),
        [
            "api > orders: 4/1 80 enclosing",
            "SQS:jobs > worker: 1/0 80 arn uncertain",
            "worker > HTTP:api.example.com: 1/0 80 host uncertain",
        ]
    );
    let names: Vec<_> =
        map.nodes.iter().map(|node| (node.name.as_str(), node.kind, node.invocations)).collect();
    assert_eq!(
        names,
        [
            ("api", NodeKind::Function, 4),
            ("orders", NodeKind::Function, 4),
            ("HTTP:api.example.com", NodeKind::Host, 1),
            ("SQS:jobs", NodeKind::Queue, 1),
            ("worker", NodeKind::Function, 1),
        ]
    );
    let impact = graph.impact(&map, "orders");
    assert_eq!((impact.functions, impact.requests, impact.failed_requests), (vec!["api".to_owned()], 4, 1));
}

#[test]
fn tags_are_shown_beside_what_was_seen() {
    let tags =
        [("api", "Downstream", "Fn:orders;DDB:carts, lost"), ("worker", "Upstream", "sqs:jobs;what:ever;x")];
    let (_, map) = map_of(&tags);
    assert_eq!(
        edges(&map),
        [
            "api > orders: 4/1 90 tag,enclosing",
            "SQS:jobs > worker: 1/0 90 tag,arn",
            "worker > HTTP:api.example.com: 1/0 80 host uncertain",
            "api > DDB:carts: 0/0 90 tag",
            "api > DDB:lost: 0/0 90 tag",
        ]
    );
}

#[test]
fn changes_against_an_earlier_map_are_marked() {
    let (_, before) = map_of(&[]);
    let mut after = before.clone();
    after.edges[0].errors = 3;
    after.edges.remove(1);
    after.edges.push(Edge { from: "api".to_owned(), to: "new".to_owned(), ..before.edges[0].clone() });
    after.compare(&before);
    let marks: Vec<_> = after
        .edges
        .iter()
        .map(|edge| (edge.to.as_str(), edge.change, edge.before.map(|old| old.calls)))
        .collect();
    assert_eq!(
        marks,
        [
            ("new", Some(Change::New), None),
            ("orders", Some(Change::Failing), Some(4)),
            ("HTTP:api.example.com", None, Some(1)),
            ("worker", Some(Change::Gone), Some(1)),
        ]
    );
}

#[test]
fn slower_needs_half_as_much_again_and_some_calls() {
    let (_, before) = map_of(&[]);
    let with_p95 = |p95| {
        let mut map = before.clone();
        map.edges[0].p95_ms = Some(p95);
        map.compare(&before);
        map.edges[0].change
    };
    assert_eq!(with_p95(74.0), None);
    assert_eq!(with_p95(75.0), Some(Change::Slower));
}

fn asked(text: &str) -> Vec<String> {
    let edge = |from: &str, to: &str| Edge {
        from: from.to_owned(),
        to: to.to_owned(),
        ..map_of(&[]).1.edges[0].clone()
    };
    let edges = [("a", "b"), ("b", "c"), ("c", "d"), ("x", "b"), ("d", "e")];
    let node = |name: &&str| Node { name: (*name).to_owned(), ..map_of(&[]).1.nodes[0].clone() };
    let mut map = Map {
        nodes: ["a", "b", "c", "d", "e", "x"].iter().map(node).collect(),
        edges: edges.map(|(from, to)| edge(from, to)).into(),
        ..Map::default()
    };
    let ask = Question::read(text).unwrap();
    assert_eq!(ask.unknown(&map), [""; 0]);
    ask.apply(&mut map);
    map.edges.iter().map(|edge| format!("{}{}", edge.from, edge.to)).collect()
}

#[test]
fn questions_leave_the_edges_that_answer_them() {
    assert_eq!(asked("b -> *"), ["bc"]);
    assert_eq!(asked("b->* depth 2"), ["bc", "cd"]);
    assert_eq!(asked("* -> b"), ["ab", "xb"]);
    assert_eq!(asked("*->c depth 2"), ["ab", "bc", "xb"]);
    assert_eq!(asked("a ->> d"), ["ab", "bc", "cd"]);
    assert_eq!(asked("a ->> d depth 2"), [""; 0]);
    assert_eq!(asked("a -> d depth 3"), ["ab", "bc", "cd"]);
    assert_eq!(asked("e ->> a"), [""; 0]);
}

#[test]
fn wrong_questions_name_the_place() {
    let check = |text: &str, position, expected| {
        assert_eq!(Question::read(text), Err(QuestionError { position, expected }), "{text}");
    };
    check("", 1, "the name of a function or *");
    check("a", 2, "-> or ->>");
    check("a => b", 3, "-> or ->>");
    check("a ->", 5, "the name of a function or *");
    check("* -> *", 6, "a name, because the other side is *");
    check("a -> b deep 2", 8, "depth, or the end");
    check("a -> b depth 9", 14, "a number from 1 to 8");
    check("a -> b depth 2 c", 16, "the end");
}

#[test]
fn drawings_escape_what_logs_say() {
    let (_, mut map) = map_of(&[]);
    map.edges.truncate(1);
    map.nodes.truncate(2);
    map.nodes[0].name = "a\"]; x".to_owned();
    map.edges[0].from = "a\"]; x".to_owned();
    let dot = Dot(&map).to_string();
    assert!(dot.contains(r#""a\"]; x" -> "orders" [label="4 (1 failed)"];"#), "{dot}");
    let mermaid = Mermaid(&map).to_string();
    assert!(mermaid.contains("n0[\"a#34;#93;#59; x\"]"), "{mermaid}");
    assert!(mermaid.contains("n0 -->|4 #40;1 failed#41;| n1"), "{mermaid}");
    // Changes are named.
    map.edges[0].change = Some(Change::Slower);
    let (dot, mermaid) = (Dot(&map).to_string(), Mermaid(&map).to_string());
    assert!(dot.contains(r#"[label="4 (slower, 1 failed)"];"#), "{dot}");
    assert!(mermaid.contains("|4 #40;slower#44; 1 failed#41;|"), "{mermaid}");
    map.edges[0].change = None;
    // Uncertain calls are drawn as dotted lines in the words of each language.
    map.edges[0].uncertain = true;
    let (dot, mermaid) = (Dot(&map).to_string(), Mermaid(&map).to_string());
    assert!(dot.contains(r#"[label="4 (1 failed)", style=dotted];"#), "{dot}");
    assert!(mermaid.contains("n0 -.->|4 "), "{mermaid}");
}

/// Edge with three calls.
fn edge(from: String, to: String) -> Edge {
    let graph = graph(&[("a", 0, 10, &["id-00001"]), ("b", 2, 9, &["id-00001"])]);
    let map = graph.map(&Declared::default(), MapOptions::default());
    let edge = map.edges.into_iter().next().expect("a calls b");
    Edge { from, to, ..edge }
}

#[test]
fn walk_over_many_ways_visits_each_node_once() {
    // Thirty layers of ten functions, each of which calls all of the next: 10^29 ways.
    let name = |layer: usize, at: usize| format!("l{layer}n{at}");
    let pairs = (1..30).flat_map(|layer| (0..100).map(move |pair| (layer, pair / 10, pair % 10)));
    let edges: Vec<Edge> =
        pairs.map(|(layer, from, to)| edge(name(layer - 1, from), name(layer, to))).collect();
    let node = graph(&[("a", 0, 10, &[])]).map(&Declared::default(), MapOptions::default()).nodes.remove(0);
    let nodes = (0..30).flat_map(|layer| (0..10).map(move |at| (layer, at)));
    let nodes = nodes.map(|(layer, at)| Node { name: name(layer, at), ..node.clone() }).collect();
    let map = Map { nodes, edges, ..Map::default() };
    assert_eq!(map.reach("l29n0", Direction::Upstream, usize::MAX).len(), 291);
    assert_eq!(map.reach("l3n0", Direction::Both, 1).len(), 21);
}

#[test]
fn arn_of_a_called_function_is_no_further_call() {
    let mut builder = GraphBuilder::default();
    let caller = run(&mut builder, "web", 0, 100);
    let caller = builder.run(caller);
    let callee = run(&mut builder, "price", 10, 20);
    let callee = builder.run(callee);
    for at in [caller, callee] {
        builder.id(at, IdKind::Correlation, id_key("id-00001"));
    }
    builder.mention(caller, Mention::Uses, 0, "price");
    let map = builder.finish().map(&Declared::default(), MapOptions::default());
    assert_eq!((map.edges.len(), map.edges[0].calls), (1, 1));
    assert_eq!(map.edges[0].evidence, ["enclosing", "arn"]);
}

#[test]
fn question_about_calls_leaves_no_others_between_the_same_nodes() {
    let graph = graph(&[
        ("a", 0, 10, &["id-00001"]),
        ("b", 2, 9, &["id-00001"]),
        ("a", 100, 110, &["id-00002"]),
        ("c", 102, 109, &["id-00002"]),
        ("b", 200, 210, &["id-00003"]),
        ("c", 202, 209, &["id-00003"]),
    ]);
    let mut map = graph.map(&Declared::default(), MapOptions::default());
    assert_eq!(map.edges.len(), 3);
    Question::read("a -> *").unwrap().apply(&mut map);
    let ends: Vec<_> = map.edges.iter().map(|edge| (&*edge.from, &*edge.to)).collect();
    assert_eq!((ends, map.nodes.len()), (vec![("a", "b"), ("a", "c")], 3));
}
