//! Queries for functions, statistics, and all invocations of a time range.

use rusqlite::{Connection, Row, params};
use tailwater_forwarder::pipeline::TimeRange;
use tailwater_parser::{Origin, UnixMillis, derive::Invocation};

use super::{error::StoreError, origin_cache::OriginCache, row};

/// Row id of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionId(pub i64);

/// Function of which at least one invocation or log event is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Row id in `functions`.
    pub id: FunctionId,
    /// Id of the account that owns the log group; empty if unknown.
    pub account: String,
    /// Name of the log group; empty if unknown.
    pub log_group: String,
    /// Function name; empty for logs of other services, and for invocations of an unknown function.
    pub name: String,
}

impl Function {
    /// Name under which invocations are listed, as [`Origin::listed_name`] returns it.
    #[must_use]
    pub fn listed_name(&self) -> &str {
        let names = [self.name.as_str(), &self.log_group];
        names.into_iter().find(|name| !name.is_empty()).unwrap_or(Origin::UNKNOWN)
    }
}

/// Number of stored log events and invocations, and the time range of the events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StoreStats {
    /// Number of log events. A message that was split into parts counts once.
    pub events: u64,
    /// Number of invocations.
    pub invocations: u64,
    /// Times of the first and the last event; `None` if there are no events.
    pub first_and_last: Option<(UnixMillis, UnixMillis)>,
}

/// Returns all functions, ordered by name.
pub(super) fn functions(connection: &Connection) -> Result<Vec<Function>, StoreError> {
    let mut select = connection.prepare_cached(
        "SELECT id, account, log_group, name FROM functions
         WHERE id IN (SELECT function_id FROM invocations UNION SELECT function_id FROM blocks)
         ORDER BY name, account, log_group",
    )?;
    let function = |row: &Row<'_>| {
        Ok(Function {
            id: FunctionId(row.get(0)?),
            account: row.get(1)?,
            log_group: row.get(2)?,
            name: row.get(3)?,
        })
    };
    Ok(select.query_map([], function)?.collect::<Result<_, _>>()?)
}

pub(super) fn stats(connection: &Connection) -> Result<StoreStats, StoreError> {
    let (events, first, last): (i64, Option<i64>, Option<i64>) = connection
        .prepare_cached("SELECT coalesce(sum(events), 0), min(first_ms), max(last_ms) FROM blocks")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let invocations: i64 =
        connection.prepare_cached("SELECT count(*) FROM invocations")?.query_row([], |row| row.get(0))?;
    Ok(StoreStats {
        events: u64::try_from(events).unwrap_or(0),
        invocations: u64::try_from(invocations).unwrap_or(0),
        first_and_last: first.zip(last).map(|(first, last)| (UnixMillis(first), UnixMillis(last))),
    })
}

/// Passes every invocation whose REPORT lies in `range` to `each`, in no particular order.
pub(super) fn for_each_invocation(
    connection: &Connection,
    range: TimeRange,
    mut each: impl FnMut(Invocation),
) -> Result<(), StoreError> {
    let sql =
        format!("{} WHERE time_ms >= coalesce(?1, time_ms) AND (?2 IS NULL OR time_ms < ?2)", row::SELECT);
    let mut select = connection.prepare_cached(&sql)?;
    let mut rows = select.query(params![range.since.map(|time| time.0), range.until.map(|time| time.0)])?;
    let mut origins = OriginCache::default();
    while let Some(row) = rows.next()? {
        let (_, invocation) = row::read_with_origin(row, connection, &mut origins)?;
        each(invocation);
    }
    Ok(())
}
