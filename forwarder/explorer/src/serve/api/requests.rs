//! `GET /api/v1/requests` and `GET /api/v1/request`: requests across several functions, and one of them with its lines.

use std::cmp::Reverse;

use axum::http::StatusCode;
use serde::Serialize;

use super::{context::RequestContext, logs::line};
use crate::{
    requests::{Chain, Graph},
    serve::{
        query_params::{QueryParams, parameter as p},
        request_params::RequestOrder,
        response::{self, Problem},
    },
    stored_request::{self, Lookup},
    view::index::FunctionFilter,
};

#[derive(Serialize)]
struct Requests {
    /// Number of requests that match.
    chains: usize,
    /// Number of their invocations.
    linked_invocations: usize,
    /// Cost of these invocations.
    cost_usd: Option<f64>,
    requests: Vec<Row>,
    /// Value of the parameter `cursor` for the next page; `None` on the last page.
    next: Option<String>,
}

/// Request in a list.
#[derive(Serialize)]
struct Row {
    id: String,
    id_kind: &'static str,
    time: i64,
    total_ms: u64,
    cost_usd: Option<f64>,
    failed: bool,
    /// Functions in the order in which the request reached them.
    functions: Vec<String>,
    invocations: usize,
}

pub(super) fn list(context: &RequestContext<'_>, params: &QueryParams) -> Result<Vec<u8>, Problem> {
    let (range, order, limit, cursor) =
        (params.request_range()?, params.request_order()?, params.limit()?, params.cursor()?);
    let (only_failed, function) = (params.only_failed()?, params.text(p::FUNCTION));
    // A request of a function also has invocations of others, so its chains are filtered, not their invocations.
    let filter = FunctionFilter { function: None, version: None, ..params.function_filter() };
    let snapshot = context.snapshot();
    let graph = snapshot.invocations.request_graph(range, context.catalog, &filter).ok_or_else(too_many)?;
    let is_shown = |chain: &&Chain| {
        let is_of = |run: &u32, name| graph.function_of(*run) == name || graph.function_name_of(*run) == name;
        let has_function = |name| chain.runs.iter().any(|run| is_of(run, name));
        function.is_none_or(has_function) && (!only_failed || graph.is_failed(&chain.runs))
    };
    let mut chains: Vec<&Chain> = graph.chains.iter().filter(is_shown).collect();
    // Chains are in the order of their beginning.
    chains.reverse();
    match order {
        RequestOrder::Time => {}
        RequestOrder::Total => chains.sort_by_cached_key(|chain| Reverse(graph.total_ms(&chain.runs))),
        RequestOrder::Cost => chains.sort_by_cached_key(|chain| Reverse(graph.cost(&chain.runs))),
    }
    let linked: Vec<u32> = chains.iter().flat_map(|chain| &chain.runs).copied().collect();
    let page = chains.iter().skip(cursor).take(limit);
    let row = |chain: &&Chain| row(&graph, chain, graph.chain_id(chain, &snapshot.invocations));
    let end = cursor.saturating_add(limit);
    response::to_json(&Requests {
        chains: chains.len(),
        linked_invocations: linked.len(),
        cost_usd: graph.cost(&linked).map(tailwater_parser::Usd::dollars),
        requests: page.map(row).collect(),
        next: (end < chains.len()).then(|| end.to_string()),
    })
}

/// Error of an index that keeps no correlation ids.
pub(super) fn too_many() -> Problem {
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "the store has too many correlation ids to link its invocations; read fewer days of logs into a new store",
    )
}

fn row(graph: &Graph, chain: &Chain, id: String) -> Row {
    let mut functions: Vec<String> = Vec::new();
    for run in &chain.runs {
        let name = graph.function_of(*run);
        if !functions.iter().any(|known| known == name) {
            functions.push(name.to_owned());
        }
    }
    Row {
        id,
        id_kind: chain.kind.name(),
        time: graph.begin(&chain.runs).0,
        total_ms: graph.total_ms(&chain.runs),
        cost_usd: graph.cost(&chain.runs).map(tailwater_parser::Usd::dollars),
        failed: graph.is_failed(&chain.runs),
        functions,
        invocations: chain.runs.len(),
    }
}

pub(super) fn one(context: &RequestContext<'_>, params: &QueryParams) -> Result<Vec<u8>, Problem> {
    let id = params.text(p::ID).ok_or_else(|| Problem::bad_request("missing parameter: id".to_owned()))?;
    match stored_request::find(context.store, context.catalog, id)? {
        Lookup::Found(request) => response::to_json(&request.document(line, context.catalog)),
        Lookup::None(missing) => Err(Problem::not_found(&missing.sentences("the store").join("; "))),
        Lookup::Ambiguous(candidates) => {
            let list: Vec<String> =
                candidates.iter().map(|one| format!("{} ({})", one.id, one.place())).collect();
            let reason = format!("{id:?} is the beginning of several ids: {}", list.join(", "));
            Err(Problem::new(StatusCode::CONFLICT, &reason))
        }
    }
}
