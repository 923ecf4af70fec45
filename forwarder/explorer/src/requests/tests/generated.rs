//! Chains and parents of generated systems against their truth.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    system::{Logging, System},
    *,
};

const ALL: Logging = Logging { spans: true, correlation: true, messages: true, skew: 0, missing_pct: 0 };

/// Share of found links that are right, and share of true links that are found, in percent.
struct Score {
    precision_pct: f64,
    recall_pct: f64,
}

fn generate(functions: usize, logging: Logging) -> (Graph, system::Truth) {
    let System { builder, truth, .. } = System::generate(42, functions, 300, logging);
    (builder.finish(), truth)
}

/// Parent of each run by the numbers that the generator has given.
fn found_parents(graph: &Graph) -> BTreeMap<usize, usize> {
    let id = |at: u32| graph.run(at).unwrap().id as usize;
    (0..graph.runs.len() as u32).filter_map(|at| Some((id(at), id(graph.link(at)?.parent)))).collect()
}

fn score(graph: &Graph, truth: &system::Truth) -> Score {
    let found = found_parents(graph);
    let known: BTreeMap<usize, usize> = truth
        .parents
        .iter()
        .enumerate()
        .filter_map(|(child, (_, parent))| Some((child, (*parent)?)))
        .collect();
    let right = found.iter().filter(|(child, parent)| known.get(child) == Some(parent)).count() as f64;
    Score {
        precision_pct: right * 100.0 / found.len() as f64,
        recall_pct: right * 100.0 / known.len() as f64,
    }
}

/// True chains as sets of runs, without requests of a single function.
fn true_chains(truth: &system::Truth) -> BTreeSet<Vec<i64>> {
    let mut by_request: BTreeMap<usize, Vec<i64>> = BTreeMap::new();
    for (run, request) in truth.requests.iter().enumerate() {
        by_request.entry(*request).or_default().push(run as i64);
    }
    let function = |run: &i64| truth.parents[*run as usize].0;
    by_request
        .into_values()
        .filter(|runs| runs.iter().any(|run| function(run) != function(&runs[0])))
        .collect()
}

fn found_chains(graph: &Graph) -> BTreeSet<Vec<i64>> {
    let ids = |chain: &Chain| {
        let mut ids: Vec<i64> = chain.runs.iter().map(|at| graph.run(*at).unwrap().id).collect();
        ids.sort_unstable();
        ids
    };
    graph.chains.iter().map(ids).collect()
}

/// True calls between functions.
fn true_edges(truth: &system::Truth) -> BTreeMap<(String, String), u64> {
    let name = |run: usize| format!("function-{:03}", truth.parents[run].0);
    let mut edges = BTreeMap::new();
    for (child, (_, parent)) in truth.parents.iter().enumerate() {
        if let Some(parent) = parent {
            *edges.entry((name(*parent), name(child))).or_insert(0) += 1;
        }
    }
    edges
}

#[test]
fn chains_and_edges_equal_the_truth_where_ids_prove_them() {
    for functions in [5, 20, 100, 300] {
        for skew in [0, 3] {
            let (graph, truth) = generate(functions, Logging { skew, ..ALL });
            assert_eq!(found_chains(&graph), true_chains(&truth), "{functions} functions, skew {skew}");
            let map = graph.map(&Declared::default(), MapOptions::default());
            let found: BTreeMap<_, _> =
                map.edges.iter().map(|edge| ((edge.from.clone(), edge.to.clone()), edge.calls)).collect();
            assert_eq!(found, true_edges(&truth), "{functions} functions, skew {skew}");
            assert!(map.edges.iter().all(|edge| edge.confidence_pct == 100 && edge.shared_id_calls == 0));
        }
    }
}

#[test]
fn inferred_parents_are_marked_and_mostly_right() {
    for functions in [5, 20, 100, 300] {
        // Correlation and message ids, exact clocks: what a well-logged system without X-Ray has.
        let check = |logging: Logging, precision: f64, recall: f64| {
            let (graph, truth) = generate(functions, logging);
            let Score { precision_pct, recall_pct } = score(&graph, &truth);
            let case =
                format!("{functions} functions: precision {precision_pct:.1} %, recall {recall_pct:.1} %");
            println!("{case} with {logging:?}");
            assert!(precision_pct >= precision && recall_pct >= recall, "{case} with {logging:?}");
            assert!(graph.links.iter().flatten().all(|link| link.confidence_pct() <= 80));
        };
        let without_spans = Logging { spans: false, ..ALL };
        check(without_spans, 90.0, 90.0);
        check(Logging { skew: 3, ..without_spans }, 88.0, 85.0);
        check(Logging { messages: false, ..without_spans }, 50.0, 50.0);
        check(Logging { missing_pct: 10, ..without_spans }, 80.0, 70.0);
    }
}

#[test]
fn chains_without_spans_equal_the_truth_too() {
    let (graph, truth) = generate(50, Logging { spans: false, messages: false, ..ALL });
    assert_eq!(found_chains(&graph), true_chains(&truth));
}

#[test]
fn nothing_links_runs_without_ids() {
    let none = Logging { spans: false, correlation: false, messages: false, ..ALL };
    let (graph, _) = generate(20, none);
    assert!(graph.chains.is_empty() && graph.links.iter().all(Option::is_none));
}
