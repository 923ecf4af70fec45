//! The serverless view: the summary, its charts, and what the server knows of itself.

use serde::Serialize;
use serde_json::json;

use super::{Asked, Question};
use crate::{
    serve::{
        answer::{self, Problem},
        live::Now,
    },
    view::{LedgerCounts, runs::Sparkline},
};

pub(super) fn summary(asked: &Asked<'_>, question: &Question) -> Result<Vec<u8>, Problem> {
    let now = asked.now();
    let summary = now.runs.summary(question.between()?, asked.catalog, held(&now));
    drop(now);
    answer::json(&summary)
}

/// What the store holds, as the ledger of a run that stored it all: the sizes of messages are not kept.
fn held(now: &Now) -> LedgerCounts {
    let events = now.holdings.events;
    LedgerCounts { received: events, delivered: events, ..LedgerCounts::default() }
}

pub(super) fn series(asked: &Asked<'_>, question: &Question) -> Result<Vec<u8>, Problem> {
    let between = question.between()?;
    let now = asked.now();
    let selection = now.runs.select(between, asked.catalog, &question.which());
    let series = now.runs.series(between, &selection, question.buckets()?);
    drop(now);
    answer::json(&series)
}

#[derive(Serialize)]
struct Sparklines {
    from_ms: i64,
    step_ms: i64,
    functions: Vec<Sparkline>,
}

pub(super) fn sparklines(asked: &Asked<'_>, question: &Question) -> Result<Vec<u8>, Problem> {
    let (between, buckets) = (question.between()?, question.buckets()?);
    let (from_ms, step_ms, functions) = asked.now().runs.sparklines(between, asked.catalog, buckets);
    answer::json(&Sparklines { from_ms, step_ms, functions })
}

pub(super) fn status(asked: &Asked<'_>, _: &Question) -> Result<Vec<u8>, Problem> {
    let now = asked.now();
    let holdings = now.holdings;
    let runs = now.runs.extent();
    let first =
        runs.map(|(first, _)| first).into_iter().chain(holdings.first_and_last.map(|range| range.0)).min();
    let last =
        runs.map(|(_, last)| last).into_iter().chain(holdings.first_and_last.map(|range| range.1)).max();
    answer::json(&json!({
        "version": env!("CARGO_PKG_VERSION"),
        "revision": now.revision,
        "invocations": holdings.invocations,
        "events": holdings.events,
        "functions": now.functions.len(),
        "first_ms": first.map(|time| time.0),
        "last_ms": last.map(|time| time.0),
        "failure": asked.live.failure(),
    }))
}
