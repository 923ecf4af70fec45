//! `GET /api/v1/cost`: cost of each function by day and version.

use serde::Serialize;

use super::context::RequestContext;
use crate::{
    serve::{
        query_params::QueryParams,
        response::{self, Problem},
    },
    view::index::FunctionCost,
};

#[derive(Serialize)]
struct Cost {
    functions: Vec<FunctionCost>,
}

pub(super) fn cost(context: &RequestContext<'_>, params: &QueryParams) -> Result<Vec<u8>, Problem> {
    let range = params.time_range()?;
    let snapshot = context.snapshot();
    let selection = snapshot.invocations.select(range, context.catalog, &params.function_filter());
    let mut functions = snapshot.invocations.cost(range, context.catalog, &selection);
    drop(snapshot);
    functions.sort_by(|a, b| {
        (&a.identity.function, &a.identity.region).cmp(&(&b.identity.function, &b.identity.region))
    });
    response::to_json(&Cost { functions })
}
