//! Reading what the view is made of: functions, and every invocation in a span of time.

use rusqlite::{Connection, Row, params};
use tailwater_parser::{UnixMillis, derive::Invocation};

use super::{error::StoreError, origins::Origins, row};

/// Row of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionId(pub i64);

/// A function that something is stored of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Its row.
    pub id: FunctionId,
    /// Account that owns its log group; empty when nothing told.
    pub account: String,
    /// Its log group; empty when nothing told.
    pub log_group: String,
    /// Its name.
    pub name: String,
}

/// How much a store holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Holdings {
    /// Log events; a message in parts is one.
    pub events: u64,
    /// Invocations.
    pub invocations: u64,
    /// When the first event was logged and when the last; `None` without events.
    pub span: Option<(UnixMillis, UnixMillis)>,
}

/// A span of time; the default is all of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// From this time.
    pub since: Option<UnixMillis>,
    /// Before this time.
    pub until: Option<UnixMillis>,
}

/// All functions, by name.
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

pub(super) fn holdings(connection: &Connection) -> Result<Holdings, StoreError> {
    let (events, first, last): (i64, Option<i64>, Option<i64>) = connection
        .prepare_cached("SELECT coalesce(sum(events), 0), min(first_ms), max(last_ms) FROM blocks")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let invocations: i64 =
        connection.prepare_cached("SELECT count(*) FROM invocations")?.query_row([], |row| row.get(0))?;
    Ok(Holdings {
        events: u64::try_from(events).unwrap_or(0),
        invocations: u64::try_from(invocations).unwrap_or(0),
        span: first.zip(last).map(|(first, last)| (UnixMillis(first), UnixMillis(last))),
    })
}

/// Hands every invocation that ended in `span` to `each`, in no particular order.
pub(super) fn for_each_invocation(
    connection: &Connection,
    span: Span,
    mut each: impl FnMut(Invocation),
) -> Result<(), StoreError> {
    let sql =
        format!("{} WHERE time_ms >= coalesce(?1, time_ms) AND (?2 IS NULL OR time_ms < ?2)", row::SELECT);
    let mut select = connection.prepare_cached(&sql)?;
    let mut rows = select.query(params![span.since.map(|time| time.0), span.until.map(|time| time.0)])?;
    let mut origins = Origins::default();
    while let Some(row) = rows.next()? {
        let version = row.get_ref(2)?.as_str().map_err(rusqlite::Error::from)?;
        let origin = origins.of_version(connection, (row.get(1)?, row.get(22)?), version)?;
        each(row::read(row, origin)?);
    }
    Ok(())
}
