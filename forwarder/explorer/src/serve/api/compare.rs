//! `GET /api/v1/compare`: two time ranges or two versions beside each other.

use tailwater_parser::{UnixMillis, timestamp};

use super::context::RequestContext;
use crate::{
    serve::{
        query_params::{QueryParams, parameter as p},
        response::{self, Problem},
    },
    view::compare::Compared,
};

pub(super) fn compare(context: &RequestContext<'_>, params: &QueryParams) -> Result<Vec<u8>, Problem> {
    let compared = match (params.text(p::VERSIONS), params.text(p::A), params.text(p::B)) {
        (Some(versions), None, None) => Compared::versions(versions),
        (None, Some(a), Some(b)) => Compared::ranges([a, b], time),
        _ => Err("expected `versions`, or both `a` and `b`".to_owned()),
    };
    let compared = compared.map_err(Problem::bad_request)?;
    response::to_json(&compared.compare(&context.snapshot().invocations, context.catalog))
}

fn time(text: &str) -> Option<UnixMillis> {
    text.parse().ok().map(UnixMillis).or_else(|| timestamp::read_day_or_time(text))
}
