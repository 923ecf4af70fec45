//! The map as text: calls with their evidence, changes, the impact of a failure, and the reason why there are none.

use std::{io, io::IsTerminal as _, time::Duration};

use super::{Answer, no_invocations};
use crate::{
    cli::{
        terminal,
        text_table::{
            Column::{Number, Text},
            TextTable,
        },
        wrap::wrapped,
    },
    query::value::time::print as print_time,
    requests::{Change, Direction, Edge, Example, Impact, Question, WhyEmpty},
    store::Store,
    view::format::{UNKNOWN, count, duration, plural},
};

/// Maximum number of calls in the table.
const MAX_EDGES: usize = 200;
/// Maximum number of callers in the impact of a failure.
const MAX_CALLERS: usize = 20;
/// Width if the terminal does not tell its own.
const USUAL_WIDTH: usize = 100;
/// Indentation of the lines below a row.
const INDENT: usize = 6;

pub(super) fn lines(answer: &Answer, confidence: u8, store: &Store) -> anyhow::Result<Vec<String>> {
    let map = &answer.map;
    let shown: Vec<&Edge> = map.edges.iter().filter(|edge| !edge.is_over_resources()).collect();
    let mut lines = vec![format!(
        "{} and {}, {} across several functions",
        plural(number(map.nodes.len()), "node"),
        plural(number(shown.len()), "edge"),
        plural(number(answer.graph.chains.len()), "request"),
    )];
    lines.extend(answer.compared.clone());
    if let Some(why) = map.why_empty {
        lines.extend(wrapped(&sentence(why, answer, confidence, store)?, 0, columns()));
    } else {
        lines.push(String::new());
        lines.extend(table(&shown));
    }
    if shown.len() > MAX_EDGES {
        lines.push(format!("  …  {} more; --json has all", shown.len() - MAX_EDGES));
    }
    let over_resources = map.edges.len() - shown.len();
    if over_resources > 0 {
        let edges = plural(number(over_resources), "edge");
        lines
            .push(format!("  {edges} between functions whose calls all go over these resources: see --json"));
    }
    if map.edges_below_confidence > 0 && map.why_empty.is_none() {
        let hidden = plural(map.edges_below_confidence, "edge");
        lines.push(format!("  {hidden} with less than {confidence} % confidence left out"));
    }
    if let (Some(impact), Some(ask)) = (&map.impact, &answer.ask) {
        lines.push(String::new());
        lines.extend(impact_lines(ask.first(), impact));
    }
    Ok(lines)
}

fn number(items: usize) -> u64 {
    u64::try_from(items).unwrap_or(u64::MAX)
}

fn columns() -> usize {
    terminal::columns(io::stdout().is_terminal()).unwrap_or(USUAL_WIDTH)
}

/// Sentence about a map without calls.
fn sentence(why: WhyEmpty, answer: &Answer, confidence: u8, store: &Store) -> anyhow::Result<String> {
    let graph = &answer.graph;
    let invocations = plural(number(graph.runs.len()), "invocation");
    let functions = plural(number(graph.functions.len()), "function");
    Ok(match why {
        WhyEmpty::NoInvocations => no_invocations(store)?,
        WhyEmpty::OneFunction => {
            let name = graph.functions.first().map_or("", |function| &function.label);
            format!(
                "no calls: all {invocations} are of {name}, and its lines name no resource; read the logs of the functions \
                 that it works with, too"
            )
        }
        WhyEmpty::NoIds => format!(
            "no calls: the lines of {invocations} of {functions} have no trace id, correlation id or message id, and name no \
             resource; log one, turn on X-Ray, or name the member that has your id with TAILWATER_CORRELATION_FIELDS"
        ),
        WhyEmpty::NoSharedIds => format!(
            "no calls: the lines of {invocations} of {functions} have ids, but none is in the lines of two functions; the \
             caller has to log the id that it passes on"
        ),
        WhyEmpty::BelowConfidence => format!(
            "no calls with {confidence} % confidence; {} with less: lower --confidence",
            plural(answer.map.edges_below_confidence, "edge")
        ),
        WhyEmpty::NoneInThisPart => none_in_part(answer),
    })
}

/// Sentence about a part of a map without calls.
fn none_in_part(answer: &Answer) -> String {
    let invocations = |of: &str| {
        let node = answer.map.nodes.iter().find(|node| node.name == of);
        plural(node.map_or(0, |node| node.invocations), "invocation")
    };
    let reason = match &answer.ask {
        Some(Question::Around { of, direction: Direction::Downstream, .. }) => format!(
            "the {} of {of} name no resource, and no later invocation of another function shares their ids",
            invocations(of)
        ),
        Some(Question::Around { of, direction: Direction::Upstream, .. }) => format!(
            "the {} of {of} share no id with an earlier one of another function, and name no source of their events",
            invocations(of)
        ),
        Some(Question::Around { of, direction: Direction::Both, .. }) => {
            format!(
                "the {} of {of} share no id with those of other functions, and name no resource",
                invocations(of)
            )
        }
        Some(Question::Way { from, to, depth }) => {
            let calls = plural(number(*depth), "call");
            format!(
                "no way of at most {calls} leads from {from} to {to}; ask for the other direction with '{to} ->> {from}'"
            )
        }
        None => return "no calls in this part of the map".to_owned(),
    };
    format!("no calls in this part of the map: {reason}")
}

fn table(edges: &[&Edge]) -> Vec<String> {
    let mut table = TextTable::new(&[
        Text("FROM"),
        Text("TO"),
        Number("CALLS"),
        Number("FAILED"),
        Number("RETRIED"),
        Number("P95"),
        Number("CONFIDENCE"),
        Text("EVIDENCE"),
    ]);
    for edge in edges.iter().take(MAX_EDGES) {
        let note = match (edge.calls, edge.uncertain) {
            (0, _) => ", not seen",
            (_, true) => ", few calls",
            (_, false) => "",
        };
        let retried = match edge.failed_retries {
            0 => count(edge.retries),
            failed => format!("{}, {} failed", count(edge.retries), count(failed)),
        };
        table.row([
            edge.from.clone(),
            edge.to.clone(),
            count(edge.calls),
            count(edge.errors),
            retried,
            millis(edge.p95_ms),
            format!("{} %", edge.confidence_pct),
            [&*edge.evidence.join(", ").replace('_', " "), note].concat(),
        ]);
    }
    let mut rows = table.lines().into_iter();
    let mut lines: Vec<String> = rows.next().into_iter().collect();
    for (row, edge) in rows.zip(edges) {
        lines.push(row);
        let notes = change(edge).into_iter().chain(edge.example.as_ref().map(example));
        notes.for_each(|note| lines.extend(wrapped(&note, INDENT, columns())));
    }
    lines
}

fn millis(value: Option<f64>) -> String {
    let time = value.and_then(|millis| Duration::try_from_secs_f64(millis / 1_000.0).ok());
    time.map_or_else(|| UNKNOWN.to_owned(), duration)
}

/// Change of an edge, with the numbers of both sides.
fn change(edge: &Edge) -> Option<String> {
    let before = edge.before.as_ref();
    let calls_before = plural(before.map_or(0, |before| before.calls), "call");
    Some(match edge.change? {
        Change::New => format!("new: no calls before, now {}", count(edge.calls)),
        Change::Gone => format!("gone: {calls_before} before, now none"),
        Change::Slower => {
            format!("slower: p95 {} before, now {}", millis(before?.p95_ms), millis(edge.p95_ms))
        }
        Change::Failing => format!(
            "failing: {} of {calls_before} failed before, now {} of {}; p95 {} before, now {}",
            count(before?.errors),
            count(edge.errors),
            count(edge.calls),
            millis(before?.p95_ms),
            millis(edge.p95_ms)
        ),
    })
}

/// Call that shows an edge, whole enough to be looked up.
fn example(example: &Example) -> String {
    let run = |function: &Option<String>, request: &Option<String>, time: Option<i64>| {
        let function = function.as_ref()?;
        let request = request.as_ref().map(|request| format!(" {request}")).unwrap_or_default();
        let at = time.map(|time| format!(" at {}", print_time(time))).unwrap_or_default();
        Some(format!("{function}{request}{at}"))
    };
    let from = run(&example.from_function, &example.from_request_id, example.from_time);
    let to = run(&example.to_function, &example.to_request_id, example.to_time);
    let runs: Vec<String> = from.into_iter().chain(to).collect();
    let runs = runs.join(", then ");
    match (example.id_kind, &example.id) {
        (Some(kind), Some(id)) => format!("{} {id}: {runs}", kind.replace('_', " ")),
        _ if example.evidence == "parent_span" => format!("parent span: {runs}"),
        _ => format!("named by {runs}"),
    }
}

fn impact_lines(of: &str, impact: &Impact) -> Vec<String> {
    let requests = plural(impact.requests, "request");
    let failed = count(impact.failed_requests);
    let first = if impact.callers.is_empty() {
        format!(
            "no function calls {of}, directly or through others; it is part of {requests}, of which {failed} failed anywhere"
        )
    } else {
        let functions = plural(number(impact.callers.len()), "function");
        format!(
            "{of} is called or sent to by {functions}, directly or through others; it is part of {requests}, of which {failed} failed \
             anywhere"
        )
    };
    let runs = format!(
        "of its {}, {} are part of no request across several functions, and for {} no log tells the caller",
        plural(impact.invocations, "invocation"),
        count(impact.single_invocations),
        count(impact.without_caller)
    );
    let mut lines = wrapped(&first, 0, columns());
    lines.extend(wrapped(&runs, 0, columns()));
    if impact.callers.is_empty() {
        return lines;
    }
    let mut table =
        TextTable::new(&[Text("UPSTREAM"), Number("CALLS AWAY"), Number("REQUESTS"), Number("FAILED")]);
    for caller in impact.callers.iter().take(MAX_CALLERS) {
        table.row([
            caller.name.clone(),
            caller.distance.to_string(),
            count(caller.requests),
            count(caller.failed_requests),
        ]);
    }
    lines.extend(table.lines());
    if impact.callers.len() > MAX_CALLERS {
        lines.push(format!("  …  {} more; --json has all", impact.callers.len() - MAX_CALLERS));
    }
    lines
}
