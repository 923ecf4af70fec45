//! Lets evidence meet the invocation it speaks of when the two stood in different inputs.
//!
//! The result stands in a table of its own that is made anew each time, so it depends on what is stored and not on
//! the order or number of runs.

use std::sync::Arc;

use rusqlite::{Connection, Row, Transaction, TransactionBehavior, params, types::FromSqlError};
use tailwater_parser::{
    Origin, UnixMillis,
    derive::{Details, Evidence, Invocation},
};

use super::{codes::Code, error::StoreError, row};

/// A row of `evidence`.
struct Stored {
    stream: i64,
    evidence: Evidence,
}

/// All evidence, in an order that does not depend on how it came: that of the index which keeps it unique.
const EVIDENCE: &str = "
    SELECT stream_id, request_id, time_ms, kind, error_type,
        start, produced_bytes, response_latency_ns, trace_id, tenant
    FROM evidence ORDER BY stream_id, request_id, time_ms, kind, error_type";

/// Weighs all evidence anew, one row at a time: a store may hold far more of it than memory. What comes out otherwise
/// than before is marked as touched, for those who keep invocations in memory.
pub(super) fn settle(connection: &Connection) -> Result<(), StoreError> {
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    let is_idle: bool = transaction.query_row(
        "SELECT NOT EXISTS (SELECT 1 FROM evidence) AND NOT EXISTS (SELECT 1 FROM settled)",
        [],
        |row| row.get(0),
    )?;
    if !is_idle {
        transaction
            .execute_batch("CREATE TEMP TABLE before AS SELECT * FROM settled; DELETE FROM settled")?;
        weigh_all(&transaction)?;
        transaction.execute_batch(TOUCH)?;
    }
    transaction
        .execute("DELETE FROM touched WHERE id <= (SELECT max(id) FROM touched) - ?1", [REMEMBERED])?;
    Ok(transaction.commit()?)
}

/// Entries of `touched` that are kept: who knows none of them reads everything again.
const REMEMBERED: i64 = 100_000;

const TOUCH: &str = "
    INSERT INTO touched (invocation_id) SELECT invocation_id FROM (
        SELECT * FROM (SELECT * FROM settled EXCEPT SELECT * FROM before)
        UNION SELECT * FROM (SELECT * FROM before EXCEPT SELECT * FROM settled)
    );
    DROP TABLE before;
";

fn weigh_all(connection: &Connection) -> Result<(), StoreError> {
    let mut select = connection.prepare_cached(EVIDENCE)?;
    for stored in select.query_map([], read)? {
        let Stored { stream, evidence } = stored?;
        if let Some((id, mut invocation)) = nearest(connection, stream, &evidence)? {
            invocation.weigh(evidence.kind, evidence.error_type.as_deref());
            invocation.fill(evidence.details);
            keep(connection, id, &invocation)?;
        }
    }
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<Stored> {
    let evidence = Evidence {
        origin: Arc::default(),
        request_id: row.get(1)?,
        time: UnixMillis(row.get(2)?),
        kind: row::code(row, 3)?.ok_or(FromSqlError::InvalidType)?,
        error_type: row::text(row, 4)?.filter(|error_type| !error_type.is_empty()),
        details: Details {
            start: row::code(row, 5)?,
            produced_bytes: row::size(row, 6)?,
            response_latency: row::duration(row, 7)?,
            trace_id: row::text(row, 8)?,
            tenant: row::text(row, 9)?,
        },
    };
    Ok(Stored { stream: row.get(0)?, evidence })
}

/// The invocation of the same stream and request that is nearest in time (a retry has the same request id); where the
/// evidence names no request, the one that ran then.
fn nearest(
    connection: &Connection,
    stream: i64,
    evidence: &Evidence,
) -> Result<Option<(i64, Invocation)>, StoreError> {
    let time = evidence.time;
    let candidates = if evidence.request_id.is_empty() {
        let mut running = candidates(connection, RUNNING_AT, params![stream, time.0, LONGEST_MS])?;
        running.retain(|(_, invocation)| invocation.spans(time));
        running
    } else {
        candidates(connection, OF_REQUEST, params![stream, evidence.request_id])?
    };
    Ok(candidates.into_iter().min_by_key(|(_, invocation)| invocation.distance(time)))
}

const OF_REQUEST: &str = "WHERE stream_id = ?1 AND request_id = ?2 ORDER BY time_ms, event_id";

const RUNNING_AT: &str = "WHERE stream_id = ?1 AND time_ms BETWEEN ?2 AND ?2 + ?3 ORDER BY time_ms, event_id";

/// Lambda's longest timeout is 15 minutes; a REPORT ends a run, so it comes within that.
const LONGEST_MS: i64 = 16 * 60 * 1000;

fn candidates(
    connection: &Connection,
    which: &str,
    parameters: &[&dyn rusqlite::ToSql],
) -> Result<Vec<(i64, Invocation)>, StoreError> {
    let mut select = connection.prepare_cached(&format!("{} {which}", row::SELECT))?;
    let origin = Arc::new(Origin::default());
    let found =
        select.query_map(parameters, |row| Ok((row.get(0)?, row::read(row, Arc::clone(&origin))?)))?;
    Ok(found.collect::<Result<_, _>>()?)
}

fn keep(connection: &Connection, id: i64, invocation: &Invocation) -> Result<(), StoreError> {
    let mut replace = connection.prepare_cached(
        "INSERT OR REPLACE INTO settled (invocation_id, outcome, error_type,
            start, produced_bytes, response_latency_ns, trace_id, tenant)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    replace.execute(params![
        id,
        invocation.outcome.code(),
        invocation.error_type,
        invocation.start.code(),
        invocation.produced_bytes.map(|size| row::signed(size.0)),
        invocation.response_latency.map(row::nanos),
        invocation.trace_id,
        invocation.tenant,
    ])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::open;

    #[test]
    fn evidence_is_read_in_order_without_being_gathered_first() {
        let folder = tempfile::tempdir().unwrap();
        let connection = open::for_writing(&folder.path().join("x.db")).unwrap();
        let mut explain = connection.prepare(&format!("EXPLAIN QUERY PLAN {EVIDENCE}")).unwrap();
        let steps: Vec<String> =
            explain.query_map([], |row| row.get(3)).unwrap().map(Result::unwrap).collect();
        assert!(steps.iter().all(|step| !step.contains("TEMP B-TREE")), "{steps:?}");
    }
}
