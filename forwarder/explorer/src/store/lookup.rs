//! Lookup of single invocations by row id, key or request id.

use rusqlite::{Connection, ToSql};
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
        found.extend(select(connection, "WHERE invocations.id = ?1", id, &mut origins)?);
    }
    Ok(found)
}

pub(super) fn by_key(
    connection: &Connection,
    key: InvocationKey,
) -> Result<Option<StoredInvocation>, StoreError> {
    Ok(select(connection, "WHERE invocations.key = ?1", &key.0, &mut OriginCache::default())?.pop())
}

/// Returns the invocations with this request id, oldest first: several if the request was retried.
pub(super) fn by_request(
    connection: &Connection,
    request_id: &str,
) -> Result<Vec<StoredInvocation>, StoreError> {
    const BY_REQUEST: &str = "WHERE invocations.request_id = ?1 ORDER BY time_ms, event_id";
    select(connection, BY_REQUEST, &request_id, &mut OriginCache::default())
}

fn select(
    connection: &Connection,
    condition: &str,
    value: &dyn ToSql,
    origins: &mut OriginCache,
) -> Result<Vec<StoredInvocation>, StoreError> {
    let mut select = connection.prepare_cached(&format!("{} {condition}", row::SELECT))?;
    let mut rows = select.query([value])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (id, invocation) = row::read_with_origin(row, connection, origins)?;
        // The key cannot be computed from the invocation: it is made of the function that the batch named, and the row
        // may refer to a function that a log line named.
        found.push(StoredInvocation { id, key: row::key(row)?, invocation });
    }
    Ok(found)
}
