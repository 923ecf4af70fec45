//! Filling of the links between runs from the stored lines, when a store of an earlier version is upgraded.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use rusqlite::{Connection, params};
use tailwater_parser::{
    Line, UnixMillis,
    line::{self, Segment, correlation::Scanner},
};

use super::{
    checksum::OF_INVOCATION,
    error::StoreError,
    events::{EventView, Events},
    log::read_block,
    mentions,
    totals::Total,
};

/// SQL expression for the checksum of a row of `invocations` before it had the columns of a link.
const OF_UNLINKED: &str = "checksum(key, function_id, stream_id, version, event_id, time_ms, request_id, outcome, reported,
    error_type, start, duration_ns, billed_duration_ns, memory_size_mib, max_memory_used_mib, init_duration_ns,
    restore_duration_ns, billed_restore_duration_ns, produced_bytes, response_latency_ns, trace_id, tenant, at_edge)";

/// Maximum number of runs of a log stream whose START was read before their REPORT.
const MAX_OPEN: usize = 10_000;

/// Fills the table of ids, and the start times and spans of invocations, from all blocks. Runs once, in the transaction of
/// the upgrade.
pub(super) fn fill_links(connection: &Connection) -> Result<(), StoreError> {
    // A row whose checksum was wrong keeps it, so that its damage stays known.
    connection
        .execute_batch(&format!("UPDATE invocations SET sum = {OF_INVOCATION} WHERE sum = {OF_UNLINKED}"))?;
    let scanner = Scanner::default();
    let mut runs = Runs::default();
    let mut select =
        connection.prepare("SELECT id, stream_id FROM blocks ORDER BY stream_id, first_ms, id")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let (block, stream) = (row.get(0)?, row.get(1)?);
        let events = match read_block(connection, block) {
            Ok(events) => events,
            // `store check` lists the block; its lines are not searched, as in all other answers.
            Err(StoreError::Damaged { .. }) => continue,
            Err(error) => return Err(error),
        };
        mentions::insert(connection, stream, &mentions::of_events(&scanner, &events))?;
        runs.read(connection, stream, &events)?;
    }
    Total::Mentions.store_count(connection)
}

/// Open runs of a log stream by request id, with the links that their lines have told so far.
#[derive(Default)]
struct Runs {
    stream: i64,
    open: HashMap<Box<str>, Link, RandomState>,
}

/// Start and segment of a run.
#[derive(Clone, Copy, Default)]
struct Link {
    start: Option<UnixMillis>,
    segment: Segment,
}

impl Runs {
    fn read(&mut self, connection: &Connection, stream: i64, events: &Events) -> Result<(), StoreError> {
        if self.stream != stream || self.open.len() > MAX_OPEN {
            self.open.clear();
            self.stream = stream;
        }
        events.iter().try_for_each(|event| self.event(connection, &event))
    }

    fn event(&mut self, connection: &Connection, event: &EventView<'_>) -> Result<(), StoreError> {
        if !matches!(event.kind, "start" | "report" | "platform") {
            return Ok(());
        }
        match line::parse(event.message) {
            Line::Start(start) => {
                let link = Link { start: Some(event.time), segment: start.segment.unwrap_or_default() };
                self.open.insert(start.request_id.into(), link);
                Ok(())
            }
            Line::RuntimeDone(done) => {
                let link = self.open.entry(done.request_id.into()).or_default();
                link.segment = link.segment.or(done.segment.unwrap_or_default());
                Ok(())
            }
            Line::Report(report) => {
                let link = self.open.remove(report.request_id).unwrap_or_default();
                let segment = report.segment.unwrap_or_default().or(link.segment);
                update(connection, self.stream, event, Link { segment, ..link })
            }
            Line::InitStart(_)
            | Line::InitReport(_)
            | Line::InitRuntimeDone(_)
            | Line::RestoreStart(_)
            | Line::RestoreReport(_)
            | Line::RestoreRuntimeDone(_)
            | Line::End(_)
            | Line::Fault(_)
            | Line::Extension(_)
            | Line::Subscription(_)
            | Line::LogsDropped(_)
            | Line::OtherPlatform(_)
            | Line::Emf(_)
            | Line::App(_) => Ok(()),
        }
    }
}

/// Completes the invocation of a REPORT.
fn update(
    connection: &Connection,
    stream: i64,
    report: &EventView<'_>,
    Link { start, segment }: Link,
) -> Result<(), StoreError> {
    let Some(request) = report.request_id else { return Ok(()) };
    let of_report = "stream_id = ?1 AND substr(request_id, 1, 8) = substr(?2, 1, 8) AND request_id = ?2
        AND time_ms = ?3";
    // The checksum is computed from the values before and after, so that of a damaged row stays wrong.
    let statement = format!(
        "UPDATE invocations SET sum = 0, start_ms = ?4, span_id = ?5, parent_span_id = ?6, recorded = ?7
         WHERE {of_report} AND sum = {OF_INVOCATION}"
    );
    let changed = connection.prepare_cached(&statement)?.execute(params![
        stream,
        request,
        report.time.0,
        start.map(|time| time.0),
        segment.span_id.map(i64::from_be_bytes),
        segment.parent_span_id.map(i64::from_be_bytes),
        segment.recorded,
    ])?;
    if changed > 0 {
        let statement = format!("UPDATE invocations SET sum = {OF_INVOCATION} WHERE {of_report} AND sum = 0");
        connection.prepare_cached(&statement)?.execute(params![stream, request, report.time.0])?;
    }
    Ok(())
}
