//! Values that `tailwater pull` keeps in a store besides events: the times of each log group that were read completely, and
//! metrics that AWS has measured.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};

use super::{
    checksum::{self, OF_PULL},
    error::StoreError,
    totals::{self, Total},
};

/// Kind of a kept value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PullKind {
    /// Time range of a log group that was read completely.
    Covered,
    /// Metrics that AWS has measured on one day.
    Metrics,
    /// Query by which a log group was read, so that the store has only some of its events.
    Query,
}

impl PullKind {
    const ALL: [Self; 3] = [Self::Covered, Self::Metrics, Self::Query];

    fn name(self) -> &'static str {
        match self {
            Self::Covered => "covered",
            Self::Metrics => "metrics",
            Self::Query => "query",
        }
    }
}

/// Value that a pull keeps. It replaces an earlier one of its kind and key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullRecord {
    /// Kind.
    pub kind: PullKind,
    /// Key, such as the ARN of a log group.
    pub key: String,
    /// Value as JSON.
    pub value: String,
}

/// Values of each kind as pairs of key and value, ordered by key.
pub type KeptByPulls = BTreeMap<PullKind, Vec<(String, String)>>;

/// Returns all values.
pub(super) fn read(connection: &Connection) -> Result<KeptByPulls, StoreError> {
    // One transaction for all statements, so that no row changes between two of them.
    let transaction = connection.unchecked_transaction()?;
    let sql = format!("SELECT kind, key, value, sum = {OF_PULL} FROM pulls ORDER BY key");
    let mut select = transaction.prepare_cached(&sql)?;
    let mut rows = select.query([])?;
    let (mut found, mut count) = (KeptByPulls::new(), 0);
    while let Some(row) = rows.next()? {
        checksum::verify(row.get(3)?, "pulls", 0)?;
        count += 1;
        let name = row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?;
        if let Some(kind) = PullKind::ALL.into_iter().find(|kind| kind.name() == name) {
            found.entry(kind).or_default().push((row.get(1)?, row.get(2)?));
        }
    }
    totals::compare(&transaction, Total::Pulls, count)?;
    Ok(found)
}

/// Counts the rows. Runs when a database is upgraded from a schema without the table.
pub(super) fn count(connection: &Connection) -> Result<(), StoreError> {
    Total::Pulls.store_count(connection)
}

/// Keeps a value, in the transaction of the caller.
pub(super) fn write(connection: &Connection, record: &PullRecord) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO pulls (kind, key, value, sum) VALUES (?1, ?2, ?3, checksum(?1, ?2, ?3))",
        )?
        .execute(params![record.kind.name(), record.key, record.value])?;
    Total::Pulls.store_count(connection)
}
