//! `GET /api/v1/invocations` and `GET /api/v1/invocation`: lists of invocations, and one invocation with its
//! log lines.

use serde::Serialize;
use tailwater_parser::{
    derive::{Outcome, StartKind},
    millis_f64,
};

use super::{
    context::RequestContext,
    logs::{Line, line},
};
use crate::{
    serve::{
        query_params::{QueryParams, parameter as p},
        response::{self, Problem},
    },
    store::{InvocationKey, LogEvent, StoredInvocation},
    view::index::{ListOptions, SortOrder},
};

#[derive(Serialize)]
struct Invocations {
    invocations: Vec<InvocationRow>,
    /// Value of the parameter `after` for the next page. Only lists in the order `latest` have pages.
    next: Option<String>,
}

/// Invocation in a response. Members that the log does not contain are `null`.
#[derive(Serialize)]
struct InvocationRow {
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
    let (range, limit, order) = (params.time_range()?, params.limit()?, params.order()?);
    let (outcomes, after) = (params.outcome_filter()?, params.after_invocation()?);
    let options = ListOptions { outcomes, order, limit, after };
    let snapshot = context.snapshot();
    let selection = snapshot.invocations.select(range, context.catalog, &params.function_filter());
    let ids = snapshot.invocations.list(range, &selection, &options);
    drop(snapshot);
    let found = context.store.invocations(&ids)?;
    let has_next = order == SortOrder::Latest && found.len() >= limit;
    let next = found.last().filter(|_| has_next);
    let next = next.map(|last| format!("{}.{}", last.invocation.time.0, last.id));
    let invocations = found.iter().map(|stored| row(context, stored)).collect();
    response::to_json(&Invocations { invocations, next })
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
    let retries = others.into_iter().filter(|other| other.key != stored.key);
    response::to_json(&Detail {
        retries: retries.map(|other| row(context, &other)).collect(),
        before: before.map(|event| line(&event)).collect(),
        lines: lines.iter().map(line).collect(),
        invocation: row(context, &stored),
    })
}

fn first_place(lines: &[LogEvent]) -> Option<crate::store::LogPosition> {
    lines.first().map(|first| first.position)
}

fn row(context: &RequestContext<'_>, stored: &StoredInvocation) -> InvocationRow {
    let StoredInvocation { key, invocation, .. } = stored;
    let terms = context.catalog.terms(&invocation.origin);
    let cost = invocation.cost(&terms).ok();
    let origin = &invocation.origin;
    let non_empty = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    InvocationRow {
        key: format_key(*key),
        time_ms: invocation.time.0,
        function: origin.listed_name().to_owned(),
        version: origin.version().to_owned(),
        account: non_empty(&origin.account),
        region: non_empty(&origin.region).or_else(|| non_empty(terms.region)),
        log_group: origin.log_group().to_owned(),
        log_stream: origin.log_stream().to_owned(),
        arch: terms.cpu.name(),
        status: status(invocation.outcome),
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
        trace_id: invocation.trace_id.clone(),
        tenant: invocation.tenant.clone(),
    }
}

fn format_key(key: InvocationKey) -> String {
    format!("{:032x}", u128::from_be_bytes(key.0))
}

fn status(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Success => "success",
        Outcome::Error => "error",
        Outcome::Timeout => "timeout",
        Outcome::OutOfMemory => "out_of_memory",
        Outcome::Unknown => "unknown",
    }
}

fn start(start: StartKind) -> &'static str {
    match start {
        StartKind::Warm => "warm",
        StartKind::Cold => "cold",
        StartKind::Restored => "restored",
    }
}
