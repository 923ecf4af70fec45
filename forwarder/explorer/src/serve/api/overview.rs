//! Endpoints of the overview page: summary, series, sparklines and status.

use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::json;
use tailwater_forwarder::pipeline::TimeRange;

use super::context::RequestContext;
use crate::{
    line_scan::LineScan,
    serve::{
        query_params::QueryParams,
        response::{self, Problem},
        snapshot::Snapshot,
    },
    view::{
        LedgerCounts,
        insight::{Dimension, Insight},
        lines::LineCollector,
        logs::Depth,
    },
};

/// Number of time buckets of a chart if none is given.
const DEFAULT_BUCKETS: usize = 100;

pub(super) fn summary(context: &RequestContext<'_>, params: &QueryParams) -> Result<Vec<u8>, Problem> {
    let (range, dimensions) = (params.time_range()?, context.dimensions(params)?);
    let snapshot = context.snapshot();
    let summary = snapshot.invocations.summary(range, context.catalog, store_ledger(&snapshot));
    let insight = snapshot.invocations.insight(range, context.catalog, &dimensions);
    drop(snapshot);
    response::to_json(&summary.with_insight(insight).with_insight_notes())
}

/// Answer of the endpoint `insight`: `null` without invocations.
#[derive(Serialize)]
struct InsightAnswer {
    insight: Option<Insight>,
}

pub(super) fn insight(context: &RequestContext<'_>, params: &QueryParams) -> Result<Vec<u8>, Problem> {
    let (range, dimensions) = (params.time_range()?, context.dimensions(params)?);
    // The lines are read before the snapshot is locked.
    let lines = lines(context, range, &dimensions)?;
    let snapshot = context.snapshot();
    let index = &snapshot.invocations;
    let insight = index.insight(range, context.catalog, &dimensions).map(|insight| match lines {
        Some(lines) => insight.with_lines(lines, index, range, context.catalog),
        None => insight,
    });
    drop(snapshot);
    response::to_json(&InsightAnswer { insight })
}

/// Reads the log lines of a range; `None` if that takes too long.
fn lines(
    context: &RequestContext<'_>,
    range: TimeRange,
    dimensions: &[Dimension],
) -> Result<Option<LineCollector>, Problem> {
    const TIME_LIMIT: Duration = Duration::from_secs(10);
    let began = Instant::now();
    let must_stop = || began.elapsed() >= TIME_LIMIT;
    let scan = LineScan { range, must_stop: &must_stop, on_progress: &|_, _| {} };
    Ok(scan.run_alone(context.store, LineCollector::new(Depth::Patterns, dimensions))?)
}

/// Returns event counts in which all stored events are delivered. Bytes are 0, because the store does not
/// keep message sizes.
fn store_ledger(snapshot: &Snapshot) -> LedgerCounts {
    let events = snapshot.stats.events;
    LedgerCounts { received: events, delivered: events, ..LedgerCounts::default() }
}

pub(super) fn series(context: &RequestContext<'_>, params: &QueryParams) -> Result<Vec<u8>, Problem> {
    let range = params.time_range()?;
    let snapshot = context.snapshot();
    let selection = snapshot.invocations.select(range, context.catalog, &params.function_filter());
    let slow_limits = snapshot.invocations.slow_limits(context.catalog);
    let series =
        snapshot.invocations.series(range, &selection, &slow_limits, params.buckets(DEFAULT_BUCKETS)?);
    drop(snapshot);
    response::to_json(&series)
}

pub(super) fn sparklines(context: &RequestContext<'_>, params: &QueryParams) -> Result<Vec<u8>, Problem> {
    let (range, buckets) = (params.time_range()?, params.buckets(DEFAULT_BUCKETS)?);
    response::to_json(&context.snapshot().invocations.sparklines(range, context.catalog, buckets))
}

pub(super) fn status(context: &RequestContext<'_>, _: &QueryParams) -> Result<Vec<u8>, Problem> {
    let snapshot = context.snapshot();
    let stats = snapshot.stats;
    let extent = snapshot.invocations.extent();
    let first =
        extent.map(|(first, _)| first).into_iter().chain(stats.first_and_last.map(|times| times.0)).min();
    let last =
        extent.map(|(_, last)| last).into_iter().chain(stats.first_and_last.map(|times| times.1)).max();
    response::to_json(&json!({
        "version": env!("CARGO_PKG_VERSION"),
        "revision": snapshot.revision,
        "invocations": stats.invocations,
        "events": stats.events,
        "functions": snapshot.functions.len(),
        "first_ms": first.map(|time| time.0),
        "last_ms": last.map(|time| time.0),
        "receiving": snapshot.is_receiving(),
        "failure": context.live.failure(),
    }))
}
