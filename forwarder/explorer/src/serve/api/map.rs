//! `GET /api/v1/map`: functions, the resources that they use, and the calls between them.

use super::{context::RequestContext, requests::too_many};
use crate::{
    requests::{MapOptions, Question},
    serve::{
        query_params::{QueryParams, parameter as p},
        response::{self, Problem},
    },
    view::index::FunctionFilter,
};

pub(super) fn map(context: &RequestContext<'_>, params: &QueryParams) -> Result<Vec<u8>, Problem> {
    let (range, before, direction, depth) =
        (params.request_range()?, params.before()?, params.direction()?, params.depth()?);
    let read = |text| Question::read(text).map_err(|error| Problem::malformed_question(&error, text));
    let ask = params.text(p::ASK).map(read).transpose()?;
    let filter = params.function_filter();
    let declared = context.catalog.declared_calls();
    let snapshot = context.snapshot();
    let graph = |range, filter: &FunctionFilter<'_>| {
        snapshot.invocations.request_graph(range, context.catalog, filter).ok_or_else(too_many)
    };
    let current = graph(range, &filter)?;
    let mut map = current.map(&declared, MapOptions::default());
    let version_before = params.text(p::VERSION_BEFORE);
    if before.is_some() || version_before.is_some() {
        let earlier = FunctionFilter { version: version_before.or(filter.version), ..filter };
        map.compare(&graph(before.unwrap_or(range), &earlier)?.map(&declared, MapOptions::default()));
    }
    drop(snapshot);
    let of = params.text(p::OF);
    let of_node = of.map(|of| Question::Around { of: of.to_owned(), direction, depth });
    let impact = of.map(|of| current.impact(&map, of));
    for ask in ask.iter().chain(&of_node) {
        if let Some(name) = ask.unknown(&map).first() {
            return Err(Problem::not_found(&format!("the map has no function or resource {name:?}")));
        }
    }
    for ask in ask.iter().chain(&of_node) {
        ask.apply(&mut map);
    }
    map.impact = impact;
    response::to_json(&map)
}
