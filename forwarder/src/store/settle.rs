//! Lets evidence meet the invocation it speaks of when the two stood in different inputs.
//!
//! The result stands in a table of its own that is made anew each time, so it depends on what is stored and not on
//! the order or number of runs.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Row, params};
use tailwater_parser::{
    Origin,
    derive::{EvidenceKind, Invocation},
};

use super::{codes::Code, error::StoreError, row};

/// One row of `evidence`.
struct Stored {
    stream: i64,
    request_id: Box<str>,
    time_ms: i64,
    kind: EvidenceKind,
    error_type: Option<Box<str>>,
}

/// Weighs all evidence anew.
pub(super) fn settle(connection: &mut Connection) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    transaction.execute("DELETE FROM settled", [])?;
    for evidence in stored(&transaction)? {
        if let Some((id, mut invocation)) = nearest(&transaction, &evidence)? {
            weigh(&mut invocation, evidence.kind, evidence.error_type.as_deref());
            keep(&transaction, id, &invocation)?;
        }
    }
    Ok(transaction.commit()?)
}

fn stored(connection: &Connection) -> Result<Vec<Stored>, StoreError> {
    let mut select = connection.prepare_cached(
        "SELECT stream_id, request_id, time_ms, kind, error_type FROM evidence
         ORDER BY stream_id, request_id, time_ms, kind, error_type",
    )?;
    let read = |row: &Row<'_>| {
        Ok(Stored {
            stream: row.get(0)?,
            request_id: row.get(1)?,
            time_ms: row.get(2)?,
            kind: row::code(row, 3)?.ok_or(rusqlite::types::FromSqlError::InvalidType)?,
            error_type: row.get::<_, Option<Box<str>>>(4)?.filter(|error_type| !error_type.is_empty()),
        })
    };
    Ok(select.query_map([], read)?.collect::<Result<_, _>>()?)
}

/// The invocation of the same stream and request whose end is nearest in time: a retry has the same request id.
fn nearest(connection: &Connection, evidence: &Stored) -> Result<Option<(i64, Invocation)>, StoreError> {
    let sql = format!(
        "{} WHERE request_id = ?1 AND stream_id = ?2 ORDER BY abs(time_ms - ?3), time_ms LIMIT 1",
        row::SELECT
    );
    let found = connection
        .prepare_cached(&sql)?
        .query_row(params![evidence.request_id, evidence.stream, evidence.time_ms], |row| {
            Ok((row.get(0)?, row::read(row, Arc::new(Origin::default()))?))
        })
        .optional()?;
    Ok(found)
}

fn keep(connection: &Connection, id: i64, invocation: &Invocation) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO settled (invocation_id, outcome, error_type) VALUES (?1, ?2, ?3)",
        )?
        .execute(params![id, invocation.outcome.code(), invocation.error_type])?;
    Ok(())
}

/// Stands in for the parser's rule until it is there.
fn weigh(invocation: &mut Invocation, kind: EvidenceKind, error_type: Option<&str>) {
    use tailwater_parser::derive::Outcome;
    let outcome = match kind {
        EvidenceKind::Timeout => Outcome::Timeout,
        EvidenceKind::Killed | EvidenceKind::OutOfMemory => Outcome::OutOfMemory,
        EvidenceKind::Exited | EvidenceKind::Unhandled => Outcome::Error,
    };
    if invocation.reported.is_none() && outcome.code() > invocation.outcome.code() {
        invocation.outcome = outcome;
        invocation.error_type = error_type.map(Into::into);
    }
}
