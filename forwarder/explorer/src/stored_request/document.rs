//! A request as JSON.

use serde::Serialize;
use tailwater_parser::{UnixMillis, Usd, line::correlation::IdKind, millis_f64};

use super::StoredRequest;
use crate::{
    number,
    requests::{Evidence, Link, LinkedRun},
    store::{LogEvent, StoredInvocation},
    view::Catalog,
};

/// Request as JSON.
#[derive(Serialize)]
pub(crate) struct RequestDocument<L> {
    id: String,
    id_kind: &'static str,
    time: i64,
    total_ms: u64,
    #[serde(serialize_with = "number::dollars")]
    cost_usd: Option<Usd>,
    failed: bool,
    truncated: bool,
    ids: Vec<RequestId>,
    steps: Vec<Step>,
    lines: Vec<StepLine<L>>,
    lines_truncated: bool,
}

/// Id of a request.
#[derive(Serialize)]
struct RequestId {
    kind: &'static str,
    id: String,
    invocations: u64,
}

/// Id that a run shares with its parent.
#[derive(Serialize)]
pub(crate) struct SharedId {
    pub(crate) kind: &'static str,
    pub(crate) id: String,
    /// Time of the first line of the run with the id; `None` if its START or REPORT has it.
    pub(crate) time: Option<i64>,
    /// The same of the parent.
    pub(crate) parent_time: Option<i64>,
}

/// Run of a request.
#[derive(Serialize)]
struct Step {
    function: String,
    /// Name of the function, with its account or region if the request has several of that name.
    label: String,
    version: String,
    account: Option<String>,
    region: Option<String>,
    request_id: Option<String>,
    event_id: String,
    key: String,
    time: i64,
    start_ms: i64,
    offset_ms: u64,
    duration_ms: Option<f64>,
    init_ms: Option<f64>,
    restore_ms: Option<f64>,
    billed_ms: Option<f64>,
    status: &'static str,
    error_type: Option<String>,
    attempt: u32,
    parent: Option<u32>,
    evidence: Option<Evidence>,
    confidence_pct: Option<u8>,
    shared_id: Option<SharedId>,
    /// Id of a message, an event or an execution that the run shares with its parent.
    message_id: Option<SharedId>,
    /// Span of the parent that the run names, 16 hexadecimal digits.
    parent_span_id: Option<String>,
    gap_ms: Option<u64>,
    #[serde(serialize_with = "number::dollars")]
    cost_usd: Option<Usd>,
}

/// Log line of a request, with the index of its step.
#[derive(Serialize)]
struct StepLine<L> {
    #[serde(flatten)]
    line: L,
    step: usize,
}

impl StoredRequest {
    /// Returns the request as JSON; `line` converts a log event.
    pub(crate) fn document<L: Serialize>(
        &self,
        line: impl Fn(&LogEvent) -> L,
        catalog: &Catalog,
    ) -> RequestDocument<L> {
        let (id_kind, id) = self.name();
        let all = self.all();
        let begin = self.graph.begin(&all);
        let steps = self.graph.runs.iter().zip(&self.runs).zip(0_u32..);
        RequestDocument {
            id,
            id_kind,
            time: begin.0,
            total_ms: self.graph.total_ms(&all),
            cost_usd: self.graph.cost(&all),
            failed: self.graph.is_failed(&all),
            truncated: self.is_truncated,
            ids: self.ids_by_strength(),
            steps: steps.map(|((run, stored), at)| self.step(run, stored, at, begin, catalog)).collect(),
            lines: self
                .lines
                .iter()
                .map(|(step, event)| StepLine { line: line(event), step: *step })
                .collect(),
            lines_truncated: self.are_lines_truncated,
        }
    }

    fn ids_by_strength(&self) -> Vec<RequestId> {
        let mut ids: Vec<_> = self.ids.values().collect();
        ids.sort_by(|(a, a_text, a_runs), (b, b_text, b_runs)| (a, b_runs, a_text).cmp(&(b, a_runs, b_text)));
        let id = |(kind, text, runs): &&(IdKind, String, u64)| RequestId {
            kind: kind.name(),
            id: self.id_text(*kind, text),
            invocations: *runs,
        };
        ids.iter().map(id).collect()
    }

    fn step(
        &self,
        run: &LinkedRun,
        stored: &StoredInvocation,
        at: u32,
        begin: UnixMillis,
        catalog: &Catalog,
    ) -> Step {
        let invocation = &stored.invocation;
        let (origin, terms) = (&invocation.origin, catalog.terms(&invocation.origin));
        let non_empty = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let link = self.graph.link(at);
        Step {
            function: origin.listed_name().to_owned(),
            label: self.graph.function_of(at).to_owned(),
            version: origin.version().to_owned(),
            account: non_empty(&origin.account),
            region: non_empty(&origin.region).or_else(|| non_empty(terms.region)),
            request_id: non_empty(&invocation.request_id),
            event_id: invocation.event_id.to_string(),
            key: stored.key.to_string(),
            time: invocation.time.0,
            start_ms: run.begin.0,
            offset_ms: run.begin.distance(begin),
            duration_ms: invocation.duration.map(millis_f64),
            init_ms: invocation.init_duration.map(millis_f64),
            restore_ms: invocation.restore_duration.map(millis_f64),
            billed_ms: invocation.billed_duration.map(millis_f64),
            status: invocation.outcome.name(),
            error_type: invocation.error_type.as_deref().map(str::to_owned),
            attempt: self.graph.attempt(at),
            parent: link.map(|link| link.parent),
            evidence: link.map(|link| link.evidence),
            confidence_pct: link.map(Link::confidence_pct),
            shared_id: link.and_then(|link| self.shared(at, link, link.shared?)),
            message_id: link.and_then(|link| self.shared(at, link, link.hop?)),
            parent_span_id: run.link.parent_span.map(|span| format!("{span:016x}")),
            gap_ms: link.and_then(|link| self.gap_ms(run, link)),
            cost_usd: run.cost,
        }
    }
}
