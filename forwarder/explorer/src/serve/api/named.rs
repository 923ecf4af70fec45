//! `GET /api/v1/query/named`: the named queries of this program.

use axum::http::StatusCode;
use serde_json::json;

use super::context::RequestContext;
use crate::{
    query::named::named_queries,
    serve::{
        query_params::QueryParams,
        response::{self, Problem},
    },
};

pub(super) fn queries(_: &RequestContext<'_>, _: &QueryParams) -> Result<Vec<u8>, Problem> {
    let failed = |error| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, &format!("{error}"));
    let queries = named_queries(None).map_err(failed)?;
    response::to_json(&json!({ "queries": queries }))
}
