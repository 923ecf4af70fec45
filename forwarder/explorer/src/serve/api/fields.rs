//! `GET /api/v1/query/fields`: fields of the log events in a sample, for the completion of queries.

use std::time::{Duration, Instant};

use serde::Serialize;

use super::context::QueryContext;
use crate::{
    query::fields::{FieldSample, sample_fields},
    serve::{
        query_params::QueryParams,
        response::{self, Problem},
    },
};

/// Maximum number of fields in a response.
const MAX_FIELDS: usize = 500;
/// Time after which the sample is not enlarged further.
const SAMPLE_TIME: Duration = Duration::from_secs(2);

#[derive(Serialize)]
struct QueryFields {
    fields: Vec<QueryField>,
    sampled_events: u64,
}

#[derive(Serialize)]
struct QueryField {
    name: String,
    share: f64,
    example: String,
}

pub(super) fn fields(context: &QueryContext<'_>, params: &QueryParams) -> Result<Vec<u8>, Problem> {
    let (range, begin) = (params.time_range()?, Instant::now());
    let must_stop = || begin.elapsed() >= SAMPLE_TIME || context.stop.is_due();
    let FieldSample { mut fields, events } =
        sample_fields(context.request.store, context.request.catalog, range, &must_stop)?;
    fields.truncate(MAX_FIELDS);
    let field = |field: crate::query::fields::SampledField| QueryField {
        share: share(field.events, events),
        name: field.name,
        example: field.example,
    };
    let fields = fields.into_iter().map(field).collect();
    response::to_json(&QueryFields { fields, sampled_events: events })
}

fn share(part: u64, whole: u64) -> f64 {
    // A sample has few events.
    let number = |n: u64| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
    number(part) / number(whole.max(1))
}
