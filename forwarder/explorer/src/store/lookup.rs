//! Lookup of single invocations by row id, key or request id.

use rusqlite::{Connection, ToSql, params};
use tailwater_parser::derive::Invocation;

use super::{error::StoreError, identity::InvocationKey, origin_cache::OriginCache, row};

/// Invocation with its row id and its key in the store.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredInvocation {
    /// Row id in `invocations`.
    pub id: i64,
    /// Identity that stays the same when the invocation is stored again.
    pub key: InvocationKey,
    /// Data of the invocation, merged from all inputs, including facts from lines other than its REPORT line.
    pub invocation: Invocation,
}

/// Returns the invocations with these row ids, in the order of `ids`; unknown ids are skipped.
pub(super) fn by_id(connection: &Connection, ids: &[i64]) -> Result<Vec<StoredInvocation>, StoreError> {
    let mut origins = OriginCache::default();
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        found.extend(select(connection, "WHERE invocations.id = ?1", &[id], &mut origins)?);
    }
    Ok(found)
}

pub(super) fn by_key(
    connection: &Connection,
    key: InvocationKey,
) -> Result<Option<StoredInvocation>, StoreError> {
    Ok(select(connection, "WHERE invocations.key = ?1", &[&key.0], &mut OriginCache::default())?.pop())
}

/// Returns the invocations with this request id, oldest first: several if the request was retried.
pub(super) fn by_request(
    connection: &Connection,
    request_id: &str,
) -> Result<Vec<StoredInvocation>, StoreError> {
    const BY_REQUEST: &str = "WHERE substr(request_id, 1, 8) = substr(?1, 1, 8) AND request_id = ?1
        ORDER BY time_ms, event_id";
    select(connection, BY_REQUEST, &[&request_id], &mut OriginCache::default())
}

/// Returns the invocations of a log stream with this request id.
pub(super) fn by_request_in_stream(
    connection: &Connection,
    request_id: &str,
    stream: i64,
) -> Result<Vec<StoredInvocation>, StoreError> {
    const IN_STREAM: &str =
        "WHERE substr(request_id, 1, 8) = substr(?1, 1, 8) AND request_id = ?1 AND stream_id = ?2";
    select(connection, IN_STREAM, params![request_id, stream], &mut OriginCache::default())
}

/// Returns at most `limit` invocations with this X-Ray trace id.
pub(super) fn by_trace(
    connection: &Connection,
    trace_id: &str,
    limit: usize,
) -> Result<Vec<StoredInvocation>, StoreError> {
    const OF_TRACE: &str = "WHERE substr(invocations.trace_id, 12, 8) = substr(?1, 12, 8)
        AND invocations.trace_id = ?1 LIMIT ?2";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    select(connection, OF_TRACE, params![trace_id, limit], &mut OriginCache::default())
}

/// Returns the first `limit` invocations whose request id begins with `prefix`, ordered by request id.
pub(super) fn by_request_prefix(
    connection: &Connection,
    prefix: &str,
    limit: usize,
) -> Result<Vec<StoredInvocation>, StoreError> {
    let mut found = Vec::new();
    for id in requests_with_prefix(connection, prefix, limit)? {
        found.extend(by_request(connection, &id)?);
    }
    found.truncate(limit);
    Ok(found)
}

/// Returns the request ids that begin with `prefix`, in their order and at most `limit`.
pub(super) fn requests_with_prefix(
    connection: &Connection,
    prefix: &str,
    limit: usize,
) -> Result<Vec<String>, StoreError> {
    // The index holds eight characters, so the longer of these ids are compared one by one.
    let sql = "SELECT DISTINCT request_id FROM invocations
         WHERE substr(request_id, 1, 8) >= substr(?1, 1, 8) AND substr(request_id, 1, 8) <= substr(?1, 1, 8) || ?2
             AND substr(request_id, 1, length(?1)) = ?1
         ORDER BY request_id LIMIT ?3";
    ids_with_prefix(connection, sql, prefix, limit)
}

/// Returns the trace ids that begin with `prefix`, in their order and at most `limit`.
pub(super) fn traces_with_prefix(
    connection: &Connection,
    prefix: &str,
    limit: usize,
) -> Result<Vec<String>, StoreError> {
    /// Length of the version and the time at the beginning of an X-Ray trace id; the index holds what follows them.
    const BEFORE_INDEXED: usize = "1-5759e988-".len();
    let sql = if prefix.len() > BEFORE_INDEXED {
        "SELECT DISTINCT trace_id FROM invocations
         WHERE trace_id IS NOT NULL
             AND substr(trace_id, 12, 8) >= substr(?1, 12, 8) AND substr(trace_id, 12, 8) <= substr(?1, 12, 8) || ?2
             AND substr(trace_id, 1, length(?1)) = ?1
         ORDER BY trace_id LIMIT ?3"
    } else {
        "SELECT DISTINCT trace_id FROM invocations NOT INDEXED
         WHERE trace_id >= ?1 AND trace_id < ?1 || ?2
         ORDER BY trace_id LIMIT ?3"
    };
    ids_with_prefix(connection, sql, prefix, limit)
}

/// Reads ids with a statement whose parameters are a prefix, the last character of all, and the maximum number.
fn ids_with_prefix(
    connection: &Connection,
    sql: &'static str,
    prefix: &str,
    limit: usize,
) -> Result<Vec<String>, StoreError> {
    let mut select = connection.prepare_cached(sql)?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let found = select.query_map(params![prefix, char::MAX.to_string(), limit], |row| row.get(0))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

fn select(
    connection: &Connection,
    condition: &str,
    parameters: &[&dyn ToSql],
    origins: &mut OriginCache,
) -> Result<Vec<StoredInvocation>, StoreError> {
    let mut select = connection.prepare_cached(&format!("{} {condition}", row::SELECT))?;
    let mut rows = select.query(parameters)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (id, invocation) = row::read_with_origin(row, connection, origins)?;
        // The key cannot be computed from the invocation: it is made of the function that the batch named, and the row
        // may refer to a function that a log line named.
        found.push(StoredInvocation { id, key: row::key(row)?, invocation });
    }
    Ok(found)
}
