//! `tailwater map`: functions, the resources that they use, and the calls between them.

use std::time::Duration;

use super::{
    args::{self, Drawing, MapArgs},
    assumptions::AssumptionFlags,
    clock::now,
    exit::Exit,
    stderr, stdout,
    store::open_existing,
    text_table::{
        Column::{Number, Text},
        TextTable,
    },
};
use crate::{
    query::language::nearest,
    requests::{Dot, Edge, Graph, Impact, Map, MapOptions, Mermaid, Question},
    stored_index::read_links,
    view::{
        format::{UNKNOWN, count, duration, plural},
        index::FunctionFilter,
    },
};

/// Maximum number of calls in the table.
const MAX_EDGES: usize = 200;
/// Sentence about a map without nodes.
const NO_INVOCATIONS: &str = "the store has no invocations of this time; check --since and --until";
/// Maximum number of names in the impact of a failure.
const MAX_NAMES: usize = 20;

/// Runs the command.
pub(super) fn run(args: &MapArgs) -> anyhow::Result<Exit> {
    let (ask, range) = match (ask(args), args::time_range(args.since, args.until, now())) {
        (Ok(ask), Ok(range)) => (ask, range),
        (Err(problem), _) | (_, Err(problem)) => {
            stderr::log(problem);
            return Ok(Exit::WrongUsage);
        }
    };
    let store = open_existing(&args.store)?;
    let flags = AssumptionFlags {
        region: args.region.as_deref(),
        arch: args.arch,
        functions: args.functions.as_ref(),
        log_price: None,
    };
    let catalog = flags.catalog_for_reading(&store)?;
    let index = read_links(&store)?;
    let Some(graph) = index.request_graph(range, &catalog, &FunctionFilter::default()) else {
        stderr::log(
            "the store has too many correlation ids for a map; read fewer days of logs into a new store",
        );
        return Ok(Exit::Failure);
    };
    let mut map = graph.map(&catalog.declared_calls(), MapOptions::default());
    let has_calls = !map.edges.is_empty();
    if let Some(ask) = &ask {
        if let Some(name) = ask.unknown(&map).first() {
            stderr::log(unknown(name, &map));
            return Ok(Exit::Failure);
        }
        let impact = args.of.as_deref().map(|of| graph.impact(&map, of));
        ask.apply(&mut map);
        map.impact = impact;
    }
    match args.drawing() {
        Drawing::Json => stdout::write_json(&map)?,
        Drawing::Dot => Dot(&map).to_string().lines().try_for_each(stdout::write_line)?,
        Drawing::Mermaid => Mermaid(&map).to_string().lines().try_for_each(stdout::write_line)?,
        Drawing::Table => {
            lines(&map, &graph, args.of.as_deref(), has_calls).iter().try_for_each(stdout::write_line)?;
        }
    }
    Ok(Exit::Success)
}

/// Question of the arguments; `None` for the whole map.
fn ask(args: &MapArgs) -> Result<Option<Question>, String> {
    let around = |of: &String| {
        let (of, direction) = (of.clone(), args.direction());
        Question::Around { of, direction, depth: usize::from(args.depth) }
    };
    match &args.of {
        Some(of) => Ok(Some(around(of))),
        None if args.ask.is_empty() => Ok(None),
        None => Question::read(&args.ask.join(" "))
            .map(Some)
            .map_err(|error| format!("cannot read QUESTION: {error}")),
    }
}

fn unknown(name: &str, map: &Map) -> String {
    if map.nodes.is_empty() {
        return NO_INVOCATIONS.to_owned();
    }
    let names = map.nodes.iter().map(|node| node.name.as_str());
    let similar =
        nearest(name, names).map(|similar| format!("; did you mean {similar}?")).unwrap_or_default();
    format!("the map has no function or resource {name:?}{similar}")
}

fn lines(map: &Map, graph: &Graph, of: Option<&str>, is_part: bool) -> Vec<String> {
    let number = |items: usize| u64::try_from(items).unwrap_or(u64::MAX);
    let mut lines = vec![format!(
        "{} and {}, {} across several functions",
        plural(number(map.nodes.len()), "node"),
        plural(number(map.edges.len()), "edge"),
        plural(number(graph.chains.len()), "request"),
    )];
    if map.edges.is_empty() {
        lines.push(no_calls(map, is_part).to_owned());
    } else {
        lines.push(String::new());
        lines.extend(table(&map.edges));
    }
    if map.edges.len() > MAX_EDGES {
        lines.push(format!("  …  {} more; --json has all", map.edges.len() - MAX_EDGES));
    }
    if let (Some(of), Some(impact)) = (of, &map.impact) {
        lines.push(String::new());
        lines.push(impact_line(of, impact));
    }
    lines
}

/// Sentence about a map without calls. `is_part` is true if the whole map has some.
fn no_calls(map: &Map, is_part: bool) -> &'static str {
    if map.nodes.is_empty() {
        NO_INVOCATIONS
    } else if is_part {
        "no calls in this part of the map"
    } else {
        "no calls: the logs have no ids that functions share, and name no resources"
    }
}

fn table(edges: &[Edge]) -> Vec<String> {
    let mut table = TextTable::new(&[
        Text("FROM"),
        Text("TO"),
        Number("CALLS"),
        Number("FAILED"),
        Number("P95"),
        Number("CONFIDENCE"),
        Text("EVIDENCE"),
    ]);
    for edge in edges.iter().take(MAX_EDGES) {
        let millis = |p95: f64| Duration::try_from_secs_f64(p95 / 1_000.0).ok();
        let p95 = edge.p95_ms.and_then(millis).map_or_else(|| UNKNOWN.to_owned(), duration);
        let note = match (edge.calls, edge.uncertain) {
            (0, _) => ", not seen",
            (_, true) => ", few calls",
            (_, false) => "",
        };
        table.row([
            edge.from.clone(),
            edge.to.clone(),
            count(edge.calls),
            count(edge.errors),
            p95,
            format!("{} %", edge.confidence_pct),
            [&*edge.evidence.join(", ").replace('_', " "), note].concat(),
        ]);
    }
    table.lines()
}

fn impact_line(of: &str, impact: &Impact) -> String {
    let requests = plural(impact.requests, "request");
    let failed = count(impact.failed_requests);
    if impact.functions.is_empty() {
        return format!(
            "a failure of {of} reaches no other function; it is part of {requests}, of which {failed} failed"
        );
    }
    let shown: Vec<&str> = impact.functions.iter().take(MAX_NAMES).map(String::as_str).collect();
    let more = if impact.functions.len() > MAX_NAMES { " and others" } else { "" };
    format!(
        "a failure of {of} reaches {}{more}; it is part of {requests}, of which {failed} failed",
        shown.join(", ")
    )
}
