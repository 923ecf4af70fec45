//! `GET /api/v1/query` and the endpoints that are answered by queries.

use axum::http::StatusCode;

use super::context::RequestContext;
use crate::serve::{query_params::QueryParams, response::Problem};

pub(super) fn run(_: &RequestContext<'_>, _: &QueryParams) -> Result<Vec<u8>, Problem> {
    Err(Problem::new(StatusCode::NOT_IMPLEMENTED, "queries are not answered yet"))
}
