//! Reading what is new: invocations that came or changed since someone last looked.

use rusqlite::{Connection, params};
use tailwater_parser::derive::Invocation;

use super::{error::StoreError, origins::Origins, row};

/// How far someone knows the invocations; the default knows none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// The last row.
    invocation: i64,
    /// The last entry of `touched`.
    touched: i64,
}

/// One thing that is new.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// Comes first where nothing was known, or too much has changed: everything follows, so many rows at most, and
    /// what was known is to be forgotten.
    All(usize),
    /// An invocation by its row, new or as it is now.
    Invocation(i64, Box<Invocation>),
}

/// Hands out what is new since `known`, all of it as of one moment.
pub(super) fn since(
    connection: &Connection,
    known: Known,
    mut each: impl FnMut(News),
) -> Result<Known, StoreError> {
    // Reading in one transaction: otherwise a row could change between the two halves.
    let transaction = connection.unchecked_transaction()?;
    let last = |sql| transaction.query_row(sql, [], |row| row.get::<_, i64>(0));
    let now = Known {
        invocation: last("SELECT coalesce(max(id), 0) FROM invocations")?,
        touched: last("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'touched'")?,
    };
    let oldest = last("SELECT coalesce(min(id), 0) FROM touched")?;
    let is_lost = now.touched > known.touched && (oldest == 0 || oldest > known.touched + 1);
    let known = if is_lost { Known::default() } else { known };
    if known == Known::default() {
        each(News::All(usize::try_from(now.invocation).unwrap_or(0)));
        hand_out(&transaction, "", (0, 0), &mut each)?;
    } else {
        hand_out(&transaction, "WHERE invocations.id > ?1 AND ?2 = ?2", (known.invocation, 0), &mut each)?;
        let touched = "WHERE invocations.id <= ?1 AND invocations.id IN
            (SELECT invocation_id FROM touched WHERE id > ?2)";
        hand_out(&transaction, touched, (known.invocation, known.touched), &mut each)?;
    }
    transaction.commit()?;
    Ok(now)
}

fn hand_out(
    connection: &Connection,
    which: &str,
    (invocation, touched): (i64, i64),
    each: &mut impl FnMut(News),
) -> Result<(), StoreError> {
    let mut select = connection.prepare_cached(&format!("{} {which}", row::SELECT))?;
    let mut rows =
        if which.is_empty() { select.query([])? } else { select.query(params![invocation, touched])? };
    let mut origins = Origins::default();
    while let Some(row) = rows.next()? {
        let version = row.get_ref(2)?.as_str().map_err(rusqlite::Error::from)?;
        let origin = origins.of_version(connection, (row.get(1)?, row.get(22)?), version)?;
        each(News::Invocation(row.get(0)?, Box::new(row::read(row, origin)?)));
    }
    Ok(())
}
