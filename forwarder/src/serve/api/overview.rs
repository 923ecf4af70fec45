//! The serverless view: the summary, its charts, and what the server knows of itself.

use serde::Serialize;
use serde_json::json;

use super::{Asked, Question};
use crate::{
    serve::answer::{self, Problem},
    view::{LedgerCounts, runs::Sparkline},
};

pub(super) fn summary(asked: &Asked<'_>, question: &Question) -> Result<Vec<u8>, Problem> {
    let summary = asked.now.runs.summary(question.between()?, asked.catalog, held(asked));
    answer::json(&summary)
}

/// What the store holds, as the ledger of a run that stored it all: the sizes of messages are not kept.
fn held(asked: &Asked<'_>) -> LedgerCounts {
    let events = asked.now.holdings.events;
    LedgerCounts { received: events, delivered: events, ..LedgerCounts::default() }
}

pub(super) fn series(asked: &Asked<'_>, question: &Question) -> Result<Vec<u8>, Problem> {
    let between = question.between()?;
    let selection = asked.now.runs.select(between, asked.catalog, &question.which());
    answer::json(&asked.now.runs.series(between, &selection, question.buckets()?))
}

#[derive(Serialize)]
struct Sparklines {
    from_ms: i64,
    step_ms: i64,
    functions: Vec<Sparkline>,
}

pub(super) fn sparklines(asked: &Asked<'_>, question: &Question) -> Result<Vec<u8>, Problem> {
    let (between, buckets) = (question.between()?, question.buckets()?);
    let (from_ms, step_ms, functions) = asked.now.runs.sparklines(between, asked.catalog, buckets);
    answer::json(&Sparklines { from_ms, step_ms, functions })
}

pub(super) fn status(asked: &Asked<'_>, _: &Question) -> Result<Vec<u8>, Problem> {
    let holdings = asked.now.holdings;
    let runs = asked.now.runs.extent();
    let first = runs.map(|(first, _)| first).into_iter().chain(holdings.span.map(|span| span.0)).min();
    let last = runs.map(|(_, last)| last).into_iter().chain(holdings.span.map(|span| span.1)).max();
    answer::json(&json!({
        "version": env!("CARGO_PKG_VERSION"),
        "revision": asked.now.revision,
        "invocations": holdings.invocations,
        "events": holdings.events,
        "functions": asked.now.functions.len(),
        "first_ms": first.map(|time| time.0),
        "last_ms": last.map(|time| time.0),
        "failure": asked.live.failure(),
    }))
}
