//! `GET /api/v1/map`: functions, the resources that they use, and the calls between them.

use super::{context::RequestContext, requests::too_many};
use crate::{
    requests::{MapOptions, Question},
    serve::{
        query_params::{QueryParams, parameter as p},
        response::{self, Problem},
    },
    view::index::{FunctionFilter, VersionOf},
};

pub(super) fn map(context: &RequestContext<'_>, params: &QueryParams) -> Result<Vec<u8>, Problem> {
    let (range, before, direction, depth) =
        (params.request_range()?, params.before()?, params.direction()?, params.depth()?);
    let read = |text| Question::read(text).map_err(|error| Problem::malformed_question(&error, text));
    let ask = params.text(p::ASK).map(read).transpose()?;
    let filter = params.function_filter();
    let declared = context.catalog.declared_calls();
    let options = MapOptions { min_confidence_pct: params.confidence()?, ..MapOptions::default() };
    let snapshot = context.snapshot();
    let of = params.text(p::OF);
    // Of a map about one function, the version is that of this function: what others call must not be lost.
    let of_version = |version: Option<&str>| {
        of.zip(version)
            .map(|(of, version)| VersionOf { function: of.to_owned(), version: version.to_owned() })
    };
    let graph = |range, version: Option<&str>| {
        let others = version.filter(|_| of.is_none());
        let filter = FunctionFilter { version: others, ..filter };
        let version = of_version(version);
        let found = snapshot.invocations.request_graph_of(range, context.catalog, &filter, version.as_ref());
        found.ok_or_else(too_many)
    };
    let current = graph(range, filter.version)?;
    let mut map = current.map(&declared, options);
    let version_before = params.text(p::VERSION_BEFORE);
    if before.is_some() || version_before.is_some() {
        let earlier = graph(before.unwrap_or(range), version_before.or(filter.version))?;
        map.compare(&earlier.map(&declared, options));
    }
    let of_node = of.map(|of| Question::Around { of: of.to_owned(), direction, depth });
    let has_of = of_node.is_some();
    let mut asks = Vec::new();
    for ask in ask.into_iter().chain(of_node) {
        asks.push(ask.resolve(&map, &current).map_err(|error| Problem::not_found(&error.to_string()))?);
    }
    let impact = asks.last().filter(|_| has_of).map(|ask| current.impact(&map, ask.first()));
    for ask in &asks {
        ask.apply(&mut map);
    }
    map.impact = impact;
    current.explain(&mut map, &snapshot.invocations);
    drop(snapshot);
    response::to_json(&map)
}
