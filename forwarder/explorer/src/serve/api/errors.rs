//! `GET /api/v1/errors`: errors grouped by message.

use serde::Serialize;
use tailwater_forwarder::pipeline::TimeRange;

use super::context::RequestContext;
use crate::serve::{
    query_params::{QueryParams, format_place, parameter as p},
    response::{self, Problem},
};

#[derive(Serialize)]
struct Errors<'a> {
    errors: Vec<ErrorGroup<'a>>,
    /// Number of all groups of errors; the response lists only the most frequent groups.
    total: usize,
}

#[derive(Serialize)]
struct ErrorGroup<'a> {
    title: String,
    function: &'a str,
    account: Option<&'a str>,
    events: u64,
    first_ms: i64,
    first_version: String,
    last_ms: i64,
    last_version: String,
    place: String,
}

pub(super) fn errors(context: &RequestContext<'_>, params: &QueryParams) -> Result<Vec<u8>, Problem> {
    let range = params.time_range()?;
    let span = TimeRange { since: range.since, until: range.until };
    let functions = match params.text(p::FUNCTION) {
        None => Vec::new(),
        Some(name) => context.snapshot().functions_by_name(name, params.text(p::ACCOUNT)),
    };
    if params.text(p::FUNCTION).is_some() && functions.is_empty() {
        return response::to_json(&Errors { errors: Vec::new(), total: 0 });
    }
    let groups = context.store.problems(&functions, span)?;
    let snapshot = context.snapshot();
    let names = snapshot.functions_by_id();
    let total = groups.len();
    let errors = groups.into_iter().take(params.limit()?).map(|group| {
        let function = names.get(&group.function.0);
        ErrorGroup {
            title: group.title,
            function: function.map_or("", |function| function.listed_name()),
            account: function.map(|function| function.account.as_str()).filter(|account| !account.is_empty()),
            events: group.events,
            first_ms: group.first.0,
            first_version: group.first_version,
            last_ms: group.last.0,
            last_version: group.last_version,
            place: format_place(&group.position),
        }
    });
    response::to_json(&Errors { errors: errors.collect(), total })
}
