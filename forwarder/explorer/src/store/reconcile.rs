//! Reconciliation of evidence (facts about an invocation from lines other than its REPORT line) with
//! invocations that were read from another input.
//!
//! The results go to the table `settled`, which is rebuilt each time. So the results depend only on the
//! stored invocations and evidence, not on the order or number of runs.

use std::sync::Arc;

use rusqlite::{Connection, Row, Transaction, TransactionBehavior, params, types::FromSqlError};
use tailwater_parser::{
    UnixMillis,
    derive::{Details, Evidence, Invocation},
};

use super::{
    checksum::{self, OF_EVIDENCE},
    codes::Code,
    error::StoreError,
    row,
    totals::{self, Total},
};

/// Row of the table `evidence`.
struct EvidenceRow {
    stream: i64,
    evidence: Evidence,
}

/// Returns the query for all evidence, in the order of its unique index, which does not depend on the order of insertion.
fn all_evidence() -> String {
    format!(
        "SELECT stream_id, request_id, time_ms, kind, error_type,
            start, produced_bytes, response_latency_ns, trace_id, tenant, id, sum = {OF_EVIDENCE}
         FROM evidence ORDER BY stream_id, request_id, time_ms, kind, error_type"
    )
}

/// Applies all evidence to the stored invocations and rebuilds the table `settled`.
///
/// Rows are processed one at a time, because the evidence may not fit into memory. Invocations with a changed result
/// are added to `touched`, from which [`super::changes`] reads.
pub(super) fn reconcile(connection: &Connection) -> Result<(), StoreError> {
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    let is_idle: bool = transaction.query_row(
        "SELECT NOT EXISTS (SELECT 1 FROM evidence) AND NOT EXISTS (SELECT 1 FROM settled)",
        [],
        |row| row.get(0),
    )?;
    if !is_idle {
        transaction
            .execute_batch("CREATE TEMP TABLE before AS SELECT * FROM settled; DELETE FROM settled")?;
        apply_all(&transaction)?;
        transaction.execute_batch(TOUCH_CHANGED)?;
    }
    transaction
        .execute("DELETE FROM touched WHERE id <= (SELECT max(id) FROM touched) - ?1", [MAX_TOUCHED])?;
    Ok(transaction.commit()?)
}

/// Maximum number of rows kept in the table `touched`. A reader whose cursor is older than the kept rows
/// reads all invocations again.
const MAX_TOUCHED: i64 = 100_000;

/// Statements that record in `touched` the invocations whose rows in `settled` differ from those in `before`.
const TOUCH_CHANGED: &str = "
    INSERT INTO touched (invocation_id) SELECT invocation_id FROM (
        SELECT * FROM (SELECT * FROM settled EXCEPT SELECT * FROM before)
        UNION SELECT * FROM (SELECT * FROM before EXCEPT SELECT * FROM settled)
    );
    DROP TABLE before;
";

fn apply_all(connection: &Connection) -> Result<(), StoreError> {
    let mut select = connection.prepare_cached(&all_evidence())?;
    let mut rows = 0;
    for row in select.query_and_then([], read)? {
        let EvidenceRow { stream, evidence } = row?;
        rows += 1;
        if let Some((id, mut invocation)) = nearest(connection, stream, &evidence)? {
            invocation.apply_evidence(evidence.kind, evidence.error_type.as_deref());
            invocation.fill_missing(evidence.details);
            replace_result(connection, id, &invocation)?;
        }
    }
    totals::compare(connection, Total::Evidence, rows)?;
    Total::Settled.store_count(connection)
}

/// Deletes the evidence of the invocations that ended before `before`, and older evidence without an invocation. That of
/// other invocations stays: without it they would have another outcome. Call it while the older invocations are stored.
pub(super) fn forget(connection: &Connection, before: UnixMillis) -> Result<(), StoreError> {
    let mut select = connection.prepare(&all_evidence())?;
    let mut rows = select.query([])?;
    let mut old: Vec<i64> = Vec::new();
    while let Some(row) = rows.next()? {
        let EvidenceRow { stream, evidence } = read(row)?;
        let owner = nearest(connection, stream, &evidence)?;
        if owner.map_or(evidence.time, |(_, invocation)| invocation.time) < before {
            old.push(row.get(10)?);
        }
    }
    let mut delete = connection.prepare_cached("DELETE FROM evidence WHERE id = ?1")?;
    for id in old {
        delete.execute([id])?;
    }
    Ok(())
}

fn read(row: &Row<'_>) -> Result<EvidenceRow, StoreError> {
    checksum::verify(row.get(11)?, "evidence", row.get(10)?)?;
    Ok(decode(row)?)
}

fn decode(row: &Row<'_>) -> rusqlite::Result<EvidenceRow> {
    let evidence = Evidence {
        origin: Arc::default(),
        request_id: row.get(1)?,
        time: UnixMillis(row.get(2)?),
        kind: row::code(row.get_ref(3)?)?.ok_or(FromSqlError::InvalidType)?,
        error_type: row::text(row.get_ref(4)?)?.filter(|error_type| !error_type.is_empty()),
        details: Details {
            start: row::code(row.get_ref(5)?)?,
            produced_bytes: row::size(row.get_ref(6)?)?,
            response_latency: row::nanoseconds(row.get_ref(7)?)?,
            trace_id: row::text(row.get_ref(8)?)?,
            tenant: row::text(row.get_ref(9)?)?,
            ..Details::default()
        },
    };
    Ok(EvidenceRow { stream: row.get(0)?, evidence })
}

/// Finds the invocation that a piece of evidence belongs to, and its row id. Among the invocations with the
/// same log stream and request id (retries share the request id), it is the nearest in time. If the evidence
/// has no request id, it is the invocation that ran in the stream at that time.
fn nearest(
    connection: &Connection,
    stream: i64,
    evidence: &Evidence,
) -> Result<Option<(i64, Invocation)>, StoreError> {
    let time = evidence.time;
    let candidates = if evidence.request_id.is_empty() {
        let mut running = candidates(connection, RUNNING_AT, params![stream, time.0, MAX_DURATION_MS])?;
        running.retain(|(_, invocation)| invocation.spans(time));
        running
    } else {
        candidates(connection, BY_REQUEST, params![stream, evidence.request_id])?
    };
    Ok(candidates.into_iter().min_by_key(|(_, invocation)| invocation.distance(time)))
}

const BY_REQUEST: &str =
    "WHERE substr(request_id, 1, 8) = substr(?2, 1, 8) AND request_id = ?2 AND stream_id = ?1
    ORDER BY time_ms, event_id";

const RUNNING_AT: &str = "WHERE stream_id = ?1 AND time_ms BETWEEN ?2 AND ?2 + ?3 ORDER BY time_ms, event_id";

/// Maximum time from any line of an invocation to its REPORT: Lambda's maximum timeout of 15 minutes and some margin.
pub(super) const MAX_DURATION_MS: i64 = 16 * 60 * 1000;

fn candidates(
    connection: &Connection,
    condition: &str,
    parameters: &[&dyn rusqlite::ToSql],
) -> Result<Vec<(i64, Invocation)>, StoreError> {
    let mut select = connection.prepare_cached(&format!("{} {condition}", row::SELECT))?;
    select.query_and_then(parameters, row::read)?.collect()
}

fn replace_result(connection: &Connection, id: i64, invocation: &Invocation) -> Result<(), StoreError> {
    let mut replace = connection.prepare_cached(
        "INSERT OR REPLACE INTO settled (invocation_id, outcome, error_type,
            start, produced_bytes, response_latency_ns, trace_id, tenant, sum)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, checksum(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8))",
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
    fn evidence_query_sorts_by_index() {
        let folder = tempfile::tempdir().unwrap();
        let connection = open::read_write(&folder.path().join("x.db")).unwrap();
        let mut explain = connection.prepare(&format!("EXPLAIN QUERY PLAN {}", all_evidence())).unwrap();
        let steps: Vec<String> =
            explain.query_map([], |row| row.get(3)).unwrap().map(Result::unwrap).collect();
        assert!(steps.iter().all(|step| !step.contains("TEMP B-TREE")), "{steps:?}");
    }
}
