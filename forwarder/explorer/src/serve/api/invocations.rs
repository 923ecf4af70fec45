//! Invocations: lists of them, and each with its log.

use serde::Serialize;
use tailwater_parser::{
    derive::{Outcome, StartKind},
    millis_f64,
};

use super::{
    Asked, Question,
    logs::{Line, line},
    p,
};
use crate::{
    serve::answer::{self, Problem},
    store::{InvocationKey, LogEvent, StoredInvocation},
    view::runs::{Order, Page},
};

#[derive(Serialize)]
struct Invocations {
    invocations: Vec<Row>,
    /// Where the next page begins; only the latest go on.
    next: Option<String>,
}

/// An invocation's numbers. `null` where the log does not tell.
#[derive(Serialize)]
struct Row {
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
    invocation: Row,
    /// Other runs of the same request: it was retried.
    retries: Vec<Row>,
    /// Its log, in order.
    lines: Vec<Line>,
    /// The lines just before it in the same environment.
    before: Vec<Line>,
}

pub(super) fn list(asked: &Asked<'_>, question: &Question) -> Result<Vec<u8>, Problem> {
    let (between, limit, order) = (question.between()?, question.limit()?, question.order()?);
    let page = Page { limit, after: question.after_invocation()? };
    let now = asked.now();
    let selection = now.runs.select(between, asked.catalog, &question.which());
    let ids = now.runs.pick(between, &selection, question.outcomes()?, order, page);
    drop(now);
    let found = asked.store.invocations(&ids)?;
    let goes_on = order == Order::Latest && found.len() >= limit;
    let next = found.last().filter(|_| goes_on);
    let next = next.map(|last| format!("{}.{}", last.invocation.time.0, last.id));
    let invocations = found.iter().map(|stored| row(asked, stored)).collect();
    answer::json(&Invocations { invocations, next })
}

/// Lines of an earlier run that are shown before an invocation.
const BEFORE: usize = 12;

pub(super) fn one(asked: &Asked<'_>, question: &Question) -> Result<Vec<u8>, Problem> {
    let request = question.text(p::REQUEST);
    let found = match (question.key()?, request) {
        (Some(key), _) => asked.store.invocation(key)?,
        (None, Some(request)) => asked.store.invocations_of_request(request)?.pop(),
        (None, None) => return Err(Problem::wrong("key or request_id is missing".to_owned())),
    };
    let stored = found.ok_or_else(|| Problem::missing("invocation"))?;
    let lines = asked.store.invocation_log(stored.key)?;
    let before = lines.first().map_or(Ok(Vec::new()), |first| asked.store.around(first.position, BEFORE));
    let before = before?.into_iter().take_while(|event| Some(event.position) != first_place(&lines));
    let others = asked.store.invocations_of_request(&stored.invocation.request_id)?;
    let retries = others.into_iter().filter(|other| other.key != stored.key);
    answer::json(&Detail {
        retries: retries.map(|other| row(asked, &other)).collect(),
        before: before.map(|event| line(&event)).collect(),
        lines: lines.iter().map(line).collect(),
        invocation: row(asked, &stored),
    })
}

fn first_place(lines: &[LogEvent]) -> Option<crate::store::LogPosition> {
    lines.first().map(|first| first.position)
}

fn row(asked: &Asked<'_>, stored: &StoredInvocation) -> Row {
    let StoredInvocation { key, invocation, .. } = stored;
    let terms = asked.catalog.terms(&invocation.origin);
    let cost = invocation.cost(&terms).ok();
    let origin = &invocation.origin;
    let told = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    Row {
        key: written_key(*key),
        time_ms: invocation.time.0,
        function: origin.function().to_owned(),
        version: origin.version().to_owned(),
        account: told(&origin.account),
        region: told(&origin.region).or_else(|| told(terms.region)),
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

fn written_key(key: InvocationKey) -> String {
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
