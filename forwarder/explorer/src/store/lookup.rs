//! Single invocations: by row, by identity, by request.

use rusqlite::{Connection, ToSql};
use tailwater_parser::derive::Invocation;

use super::{error::StoreError, identity::InvocationKey, origins::Origins, row};

/// A stored invocation.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// Its row.
    pub id: i64,
    /// Its identity.
    pub key: InvocationKey,
    /// What is known of it, all evidence weighed.
    pub invocation: Invocation,
}

pub(super) fn by_row(connection: &Connection, ids: &[i64]) -> Result<Vec<Stored>, StoreError> {
    let mut origins = Origins::default();
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        found.extend(select(connection, "WHERE invocations.id = ?1", id, &mut origins)?);
    }
    Ok(found)
}

pub(super) fn by_key(connection: &Connection, key: InvocationKey) -> Result<Option<Stored>, StoreError> {
    Ok(select(connection, "WHERE invocations.key = ?1", &key.0, &mut Origins::default())?.pop())
}

pub(super) fn by_request(connection: &Connection, request_id: &str) -> Result<Vec<Stored>, StoreError> {
    const OF_REQUEST: &str = "WHERE invocations.request_id = ?1 ORDER BY time_ms, event_id";
    select(connection, OF_REQUEST, &request_id, &mut Origins::default())
}

fn select(
    connection: &Connection,
    which: &str,
    value: &dyn ToSql,
    origins: &mut Origins,
) -> Result<Vec<Stored>, StoreError> {
    let mut select = connection.prepare_cached(&format!("{} {which}", row::SELECT))?;
    let mut rows = select.query([value])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let version = row.get_ref(2)?.as_str().map_err(rusqlite::Error::from)?;
        let origin = origins.of_version(connection, (row.get(1)?, row.get(22)?), version)?;
        let (id, invocation) = (row.get(0)?, row::read(row, origin)?);
        // Of the function as its batch named it, which the row of a stored invocation may no longer tell.
        let key = connection
            .prepare_cached("SELECT key FROM invocations WHERE id = ?1")?
            .query_row([id], |row| row.get(0))?;
        found.push(Stored { id, key: InvocationKey(key), invocation });
    }
    Ok(found)
}
