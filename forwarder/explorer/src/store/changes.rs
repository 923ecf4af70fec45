//! Incremental reading: invocations that were added or changed since a cursor.

use rusqlite::{Connection, ToSql, params};
use tailwater_parser::{UnixMillis, derive::Invocation};

use super::{error::StoreError, origin_cache::OriginCache, row};

/// Position up to which a reader has read the invocations and their changes. The default is the position
/// before the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// Last row id in `invocations`.
    invocation: i64,
    /// Last row id in `touched`, the log of changed invocations.
    touched: i64,
}

/// Change of the stored invocations. A reader that keeps the invocations in memory must apply it to its copy.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Discard all invocations in memory, because all stored ones follow, at most this many. It is the first
    /// change if the cursor was the default or is too old.
    Reset(usize),
    /// Insert or replace the invocation with this row id.
    Invocation(i64, Box<Invocation>),
}

/// Passes all changes since `cursor` to `each`, from one consistent snapshot, and returns the new cursor.
pub(super) fn since(
    connection: &Connection,
    cursor: Cursor,
    mut each: impl FnMut(Change),
) -> Result<Cursor, StoreError> {
    // One transaction for all statements, so that no row changes between two of them.
    let transaction = connection.unchecked_transaction()?;
    let query = |sql| transaction.query_row(sql, [], |row| row.get::<_, i64>(0));
    let latest = Cursor {
        invocation: query("SELECT coalesce(max(id), 0) FROM invocations")?,
        touched: query("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'touched'")?,
    };
    let oldest = query("SELECT coalesce(min(id), 0) FROM touched")?;
    let is_too_old = latest.touched > cursor.touched && (oldest == 0 || oldest > cursor.touched + 1);
    let cursor = if is_too_old { Cursor::default() } else { cursor };
    if cursor == Cursor::default() {
        each(Change::Reset(usize::try_from(latest.invocation).unwrap_or(0)));
        row::for_each(&transaction, |id, invocation| each(Change::Invocation(id, Box::new(invocation))))?;
    } else {
        for_each_row(&transaction, ADDED, params![cursor.invocation], &mut each)?;
        for_each_row(&transaction, TOUCHED, params![cursor.invocation, cursor.touched], &mut each)?;
    }
    transaction.commit()?;
    Ok(latest)
}

/// Passes the invocations whose REPORT lies in a time range to `each`.
pub(super) fn in_range(
    connection: &Connection,
    since: UnixMillis,
    until: UnixMillis,
    each: &mut dyn FnMut(i64, &Invocation),
) -> Result<(), StoreError> {
    const IN_RANGE: &str = "WHERE invocations.time_ms >= ?1 AND invocations.time_ms < ?2";
    for_each_row(connection, IN_RANGE, params![since.0, until.0], &mut |change| match change {
        Change::Invocation(id, invocation) => each(id, &invocation),
        Change::Reset(_) => {}
    })
}

const ADDED: &str = "WHERE invocations.id > ?1";

const TOUCHED: &str = "WHERE invocations.id <= ?1 AND invocations.id IN
    (SELECT invocation_id FROM touched WHERE id > ?2)";

fn for_each_row(
    connection: &Connection,
    condition: &str,
    parameters: &[&dyn ToSql],
    each: &mut impl FnMut(Change),
) -> Result<(), StoreError> {
    let mut select = connection.prepare_cached(&format!("{} {condition}", row::SELECT))?;
    let mut rows = select.query(parameters)?;
    let mut origins = OriginCache::default();
    while let Some(row) = rows.next()? {
        let (id, invocation) = row::read_with_origin(row, connection, &mut origins)?;
        each(Change::Invocation(id, Box::new(invocation)));
    }
    Ok(())
}
