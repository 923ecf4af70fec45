//! Queries in CloudWatch's Logs Insights query language over the store.
//!
//! [`language`] parses a query into a tree, `plan` resolves its names and orders its work, `exec` reads events with
//! several workers and merges what they have found, `field` takes the fields out of events, [`value`] compares and
//! computes.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a rule is about a few of the many commands, expressions and values"
)]

pub mod columns;
mod csv;
mod exec;
mod field;
pub mod fields;
mod key;
pub mod language;
pub mod named;
pub mod parquet;
mod plan;
pub mod print;
mod result;
pub mod sql;
mod table;
#[cfg(test)]
pub(crate) mod tests;
pub mod value;

use std::path::Path;

use tailwater_forwarder::pipeline::TimeRange;
use tailwater_parser::UnixMillis;

use self::{
    exec::{Execution, Ranges},
    language::{Query, tree::CommandKind},
    plan::{Earlier, Plan, Settings, build, length},
};
pub use self::{
    plan::PlanError,
    result::{Partial, Table},
    table::Tables,
};
use crate::{
    store::{EventFilter, LogPosition, Store, StoreError},
    view::Catalog,
};

/// Number of rows of a query without `limit`.
pub const DEFAULT_ROWS: usize = 10_000;
/// Memory in bytes that a query may use for rows and groups if nothing else is set.
pub const DEFAULT_MEMORY: usize = 256 * 1024 * 1024;

/// Log, options and limits of a query.
#[derive(Clone, Copy)]
pub struct Options<'o> {
    /// File of the store to read.
    pub store: &'o Path,
    /// Prices and names that the log does not tell.
    pub catalog: &'o Catalog,
    /// Tables of `lookup`.
    pub tables: &'o Tables,
    /// Only events in this range.
    pub range: TimeRange,
    /// Only events that meet these conditions.
    pub filter: Option<&'o EventFilter<'o>>,
    /// Current time in Unix milliseconds.
    pub now: i64,
    /// Number of workers.
    pub jobs: usize,
    /// Memory for rows and groups in bytes.
    pub memory: usize,
    /// Greatest number of rows; [`DEFAULT_ROWS`] for a query without `limit` if `None`.
    pub limit: Option<usize>,
    /// True once the query is to be stopped. It is asked between blocks.
    pub must_cancel: &'o (dyn Fn() -> bool + Sync),
}

/// Result of a query.
#[derive(Debug)]
pub struct Answer {
    /// Columns and rows.
    pub table: Table,
    /// Log event that each row stands for. The last rows, or all, have none if they stand for no single event.
    pub places: Vec<Option<LogPosition>>,
    /// Number of rows that the default limit, or [`Options::limit`], cut off the result; at least one if more is not known.
    pub cut: u64,
    /// Number of events that were decoded.
    pub events: u64,
    /// Reason why the result stands for a part of the log only.
    pub partial: Option<Partial>,
}

/// Failure to run a query.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The query asks for something impossible.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Runs a query.
///
/// # Errors
/// Returns an error if the query cannot be run, or the store cannot be read.
pub fn run(query: &Query, options: &Options<'_>) -> Result<Answer, RunError> {
    let options = &with_range(query, options)?;
    let plan = plan_of(query, options)?;
    let limit = options.limit.unwrap_or(DEFAULT_ROWS);
    let executed = execution(options, limit).run(&plan)?;
    let (mut table, mut places) = (executed.table, executed.places);
    let before = executed.rows_before_limit;
    if let Some(limit) = options.limit {
        table.rows.truncate(limit);
        places.truncate(limit);
    }
    let is_limited = plan.has_default_limit || options.limit.is_some();
    let kept = u64::try_from(table.rows.len()).unwrap_or(u64::MAX);
    let cut = if is_limited { before.saturating_sub(kept) } else { 0 };
    Ok(Answer { table, places, cut, events: executed.events, partial: executed.partial })
}

/// Describes the plan of a query: its passes, and what the index of a block must have for it to be read.
///
/// # Errors
/// Returns an error if the query cannot be run, or the store cannot be read.
pub fn explain(query: &Query, options: &Options<'_>) -> Result<String, RunError> {
    let plan = plan_of(query, options)?;
    let reads = execution(options, DEFAULT_ROWS).explain(&plan);
    let passes = plan.segments.iter().enumerate().map(|(number, segment)| {
        format!("pass {}: {} filters, then {}\n", number + 1, segment.filters(), segment.end.name())
    });
    let passes: String = passes.collect();
    Ok(format!("blocks read: {reads}\n{passes}columns: {}\n", plan.columns.join(", ")))
}

fn execution<'o>(options: &Options<'o>, default_rows: usize) -> Execution<'o> {
    Execution {
        store: options.store,
        catalog: options.catalog,
        range: options.range,
        filter: options.filter,
        now: options.now,
        jobs: options.jobs,
        memory: options.memory,
        default_rows,
        must_cancel: options.must_cancel,
    }
}

fn plan_of(query: &Query, options: &Options<'_>) -> Result<Plan, RunError> {
    let mut failure = None;
    let mut run_inner = |inner: &Query, earlier_by: i64| match run_whole(inner, &shifted(options, earlier_by))
    {
        Ok(table) => Ok(table),
        Err(RunError::Plan(error)) => Err(error),
        Err(RunError::Store(error)) => {
            let problem = error.to_string();
            failure = Some(error);
            Err(PlanError { span: inner.span, problem })
        }
    };
    let plan = build(query, Settings { tables: options.tables, run_inner: &mut run_inner });
    match (plan, failure) {
        (_, Some(error)) => Err(error.into()),
        (plan, None) => Ok(plan?),
    }
}

/// Options of a query whose range is earlier by this many milliseconds.
fn shifted<'o>(options: &Options<'o>, earlier_by: i64) -> Options<'o> {
    let shift = |time: UnixMillis| UnixMillis(time.0.saturating_sub(earlier_by));
    let TimeRange { since, until } = options.range;
    Options { range: TimeRange { since: since.map(shift), until: until.map(shift) }, ..*options }
}

/// Options of a query with the range that it reads. That of a `logcompare` after `stats` has a beginning and an end.
fn with_range<'o>(query: &Query, options: &Options<'o>) -> Result<Options<'o>, StoreError> {
    let mut commands =
        query.commands.iter().skip_while(|command| !matches!(command.kind, CommandKind::Stats(_)));
    let timeshift = commands.find_map(|command| match command.kind {
        CommandKind::LogCompare { timeshift } => Some(timeshift),
        _ => None,
    });
    let Some(timeshift) = timeshift else { return Ok(*options) };
    let stats = Store::open_read_only(options.store)?.stats()?;
    let first_and_last = stats.first_and_last.map(|(first, last)| (first.0, last.0));
    let ranges = Ranges::new(Earlier::Millis(length(timeshift)), options.range, first_and_last);
    Ok(Options { range: ranges.queried(), ..*options })
}

/// Runs a query inside a query. All of its rows are needed.
fn run_whole(query: &Query, options: &Options<'_>) -> Result<Table, RunError> {
    let options = &with_range(query, options)?;
    let plan = plan_of(query, options)?;
    let executed = execution(options, usize::MAX).run(&plan)?;
    if let Some(Partial::Memory { .. } | Partial::Truncated) = executed.partial {
        let problem = "the inner query exceeds a limit of memory, text or rows; narrow it".to_owned();
        return Err(PlanError { span: query.span, problem }.into());
    }
    Ok(executed.table)
}
