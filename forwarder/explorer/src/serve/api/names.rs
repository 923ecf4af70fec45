//! `GET /api/v1/names`: names that filters can choose from.

use super::context::RequestContext;
use crate::serve::{
    query_params::QueryParams,
    response::{self, Problem},
};

pub(super) fn names(context: &RequestContext<'_>, _: &QueryParams) -> Result<Vec<u8>, Problem> {
    response::to_json(&context.snapshot().invocations.names(context.catalog))
}
