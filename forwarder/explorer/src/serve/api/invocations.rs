//! `GET /api/v1/invocations` and `GET /api/v1/invocation`: lists of invocations, and one invocation with its
//! log lines.

use std::{collections::HashSet, num::NonZeroU64};

use foldhash::fast::RandomState;
use serde::Serialize;
use tailwater_forwarder::pipeline::TimeRange;
use tailwater_parser::{derive::StartKind, millis_f64};

use super::{
    context::{QueryContext, RequestContext, Selection},
    logs::{Line, line},
    query::{PartialResult, problem},
    search_query::{aggregate, column, equal, field, query},
};
use crate::{
    query::{
        Answer,
        language::{
            function::Aggregate,
            tree::{CommandKind, Stats},
        },
        value::Value,
    },
    serve::{
        query_params::{QueryParams, format_list_place, parameter as p},
        response::{self, Problem},
    },
    store::{LogEvent, StoredInvocation},
    view::{
        errors::{ErrorKind, GroupedErrors},
        index::{InvocationFilter, ListContext, ListOptions, request_hash},
    },
};

#[derive(Serialize)]
struct Invocations {
    invocations: Vec<InvocationRow>,
    /// Value of the parameter `after` for the next page; `None` on the last page.
    next: Option<String>,
    /// Number of invocations on all pages.
    total: u64,
    /// Number of those that failed.
    failed: u64,
    /// Reason why invocations may be missing.
    partial: Option<PartialResult>,
}

/// Group of the error with which an invocation failed.
#[derive(Serialize)]
struct RowGroup {
    id: String,
    kind: ErrorKind,
    r#type: Option<String>,
    title: String,
}

/// Invocation in a response. Members that the log does not contain are `null`.
#[derive(Serialize)]
pub(super) struct InvocationRow {
    key: String,
    time_ms: i64,
    request_id: Box<str>,
    function: String,
    version: String,
    account: Option<String>,
    region: Option<String>,
    log_group: String,
    log_stream: String,
    arch: &'static str,
    status: &'static str,
    error_type: Option<Box<str>>,
    error_group: Option<RowGroup>,
    start: &'static str,
    duration_ms: Option<f64>,
    billed_ms: Option<f64>,
    init_ms: Option<f64>,
    restore_ms: Option<f64>,
    memory_mb: Option<u32>,
    max_memory_mb: Option<u32>,
    cost_usd: Option<f64>,
    cold_start_cost_usd: Option<f64>,
    produced_bytes: Option<u64>,
    response_latency_ms: Option<f64>,
    trace_id: Option<Box<str>>,
    tenant: Option<Box<str>>,
}

#[derive(Serialize)]
struct Detail {
    invocation: InvocationRow,
    /// Other invocations with the same request id.
    retries: Vec<InvocationRow>,
    /// Log lines of the invocation, in order.
    lines: Vec<Line>,
    /// Last log lines before the invocation in the same log stream.
    before: Vec<Line>,
}

pub(super) fn list(context: &RequestContext<'_>, params: &QueryParams) -> Result<Vec<u8>, Problem> {
    list_page(context, params, &params.invocation_filter()?, None)
}

/// Lists the invocations with log events that have a value of a field.
pub(super) fn list_by_field(context: &QueryContext<'_>, params: &QueryParams) -> Result<Vec<u8>, Problem> {
    let filter = params.invocation_filter()?;
    let Some((name, value)) = params.field_value()? else {
        return list_page(&context.request, params, &filter, None);
    };
    let request = column(field("@invocation.id"), "request");
    let stats = Stats {
        columns: vec![column(aggregate(Aggregate::Count, Vec::new()), "events")],
        by: vec![request],
        offset: None,
    };
    let query = query(vec![CommandKind::Filter(equal(name, value)), CommandKind::Stats(stats)]);
    let selection = Selection { range: params.time_range()?, filter: None, limit: Some(MAX_REQUESTS) };
    let answer = context.run(&query, selection).map_err(|error| problem(error, ""))?;
    let requests = requests(&answer);
    let mut partial = answer.partial.map(|partial| PartialResult::new(partial, answer.events));
    if answer.cut > 0 {
        let message =
            format!("more than {MAX_REQUESTS} requests have this value; choose a shorter time range");
        partial = Some(PartialResult::truncated(message));
    }
    list_page(&context.request, params, &InvocationFilter { requests: Some(&requests), ..filter }, partial)
}

/// Maximum number of requests by which invocations are filtered.
const MAX_REQUESTS: usize = 100_000;

/// Hashes of the request ids in the column `request`.
fn requests(answer: &Answer) -> HashSet<NonZeroU64, RandomState> {
    let column = answer.table.columns.iter().position(|column| column == "request");
    let values = answer.table.rows.iter().filter_map(|row| row.get(column?));
    let hash = |value: &Value<'_>| if let Value::Text(text) = value { request_hash(text) } else { None };
    values.filter_map(hash).collect()
}

fn list_page(
    context: &RequestContext<'_>,
    params: &QueryParams,
    filter: &InvocationFilter<'_>,
    partial: Option<PartialResult>,
) -> Result<Vec<u8>, Problem> {
    let (range, order) = (params.time_range()?, params.order()?);
    let options =
        ListOptions { filter: *filter, order, limit: params.limit()?, after: params.after_invocation()? };
    let snapshot = context.snapshot();
    let index = &snapshot.invocations;
    let selection = index.select(range, context.catalog, &params.function_filter());
    let errors = filter.error_group.and_then(|_| index.error_groups(range, context.catalog));
    let page_context =
        ListContext { selection: &selection, catalog: context.catalog, errors: errors.as_deref() };
    let page = index.list(range, &page_context, &options);
    let groups = if page.failed > 0 { index.error_groups(range, context.catalog) } else { None };
    drop(snapshot);
    let found = context.store.invocations(&page.ids)?;
    response::to_json(&Invocations {
        invocations: rows(context, &found, groups.as_deref()),
        next: page.next.map(|place| format_list_place(order, place)),
        total: page.total,
        failed: page.failed,
        partial,
    })
}

/// Converts invocations. `groups` are the error groups that name why they failed; if they are not given, those of all
/// invocations do.
pub(super) fn rows(
    context: &RequestContext<'_>,
    found: &[StoredInvocation],
    groups: Option<&GroupedErrors>,
) -> Vec<InvocationRow> {
    let needs_groups = groups.is_none() && found.iter().any(|one| one.invocation.outcome.is_failure());
    let all = needs_groups
        .then(|| context.snapshot().invocations.error_groups(TimeRange::default(), context.catalog))
        .flatten();
    let groups = groups.or(all.as_deref());
    found.iter().map(|stored| row(context, stored, groups)).collect()
}

fn group_of(stored: &StoredInvocation, groups: Option<&GroupedErrors>) -> Option<RowGroup> {
    let group = groups?.group(stored.id)?;
    Some(RowGroup {
        id: group.id.to_string(),
        kind: group.kind,
        r#type: group.error_type.clone(),
        title: group.title.clone(),
    })
}

/// Maximum number of lines shown before an invocation.
const LINES_BEFORE: usize = 12;

pub(super) fn one(context: &RequestContext<'_>, params: &QueryParams) -> Result<Vec<u8>, Problem> {
    let request = params.text(p::REQUEST);
    let found = match (params.key()?, request) {
        (Some(key), _) => context.store.invocation(key)?,
        (None, Some(request)) => context.store.invocations_of_request(request)?.pop(),
        (None, None) => return Err(Problem::bad_request("missing parameter: key or request_id".to_owned())),
    };
    let stored = found.ok_or_else(|| Problem::not_found("invocation not found"))?;
    let lines = context.store.invocation_log(stored.key)?;
    let before =
        lines.first().map_or(Ok(Vec::new()), |first| context.store.around(first.position, LINES_BEFORE));
    let before = before?.into_iter().take_while(|event| Some(event.position) != first_place(&lines));
    let others = context.store.invocations_of_request(&stored.invocation.request_id)?;
    let key = stored.key;
    let retries = others.into_iter().filter(|other| other.key != key);
    let all: Vec<StoredInvocation> = [stored].into_iter().chain(retries).collect();
    let mut rows = rows(context, &all, None).into_iter();
    let invocation = rows.next().ok_or_else(|| Problem::not_found("invocation not found"))?;
    response::to_json(&Detail {
        invocation,
        retries: rows.collect(),
        before: before.map(|event| line(&event)).collect(),
        lines: lines.iter().map(line).collect(),
    })
}

fn first_place(lines: &[LogEvent]) -> Option<crate::store::LogPosition> {
    lines.first().map(|first| first.position)
}

fn row(
    context: &RequestContext<'_>,
    stored: &StoredInvocation,
    groups: Option<&GroupedErrors>,
) -> InvocationRow {
    let StoredInvocation { key, invocation, .. } = stored;
    let terms = context.catalog.terms(&invocation.origin);
    let cost = invocation.cost(&terms).ok();
    let origin = &invocation.origin;
    let non_empty = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    InvocationRow {
        key: key.to_string(),
        time_ms: invocation.time.0,
        function: origin.listed_name().to_owned(),
        version: origin.version().to_owned(),
        account: non_empty(&origin.account),
        region: non_empty(&origin.region).or_else(|| non_empty(terms.region)),
        log_group: origin.log_group().to_owned(),
        log_stream: origin.log_stream().to_owned(),
        arch: terms.cpu.name(),
        status: invocation.outcome.name(),
        start: start(invocation.start),
        duration_ms: invocation.duration.map(millis_f64),
        billed_ms: invocation.billed_duration.map(millis_f64),
        init_ms: invocation.init_duration.map(millis_f64),
        restore_ms: invocation.restore_duration.map(millis_f64),
        memory_mb: invocation.memory_size.map(|size| size.0),
        max_memory_mb: invocation.max_memory_used.map(|used| used.0),
        cost_usd: cost.map(|cost| cost.total.dollars()),
        cold_start_cost_usd: cost.map(|cost| cost.cold_start.dollars()),
        produced_bytes: invocation.produced_bytes.map(|size| size.0),
        response_latency_ms: invocation.response_latency.map(millis_f64),
        request_id: invocation.request_id.clone(),
        error_type: invocation.error_type.clone(),
        error_group: group_of(stored, groups),
        trace_id: invocation.trace_id.clone(),
        tenant: invocation.tenant.clone(),
    }
}

fn start(start: StartKind) -> &'static str {
    match start {
        StartKind::Warm => "warm",
        StartKind::Cold => "cold",
        StartKind::Restored => "restored",
    }
}
