//! Check of a whole store: the structure of the file, the checksums of all rows, and the content of all blocks.

use rusqlite::{Connection, Row};

use super::{
    checksum::{OF_BLOCK_HEAD, OF_CONTENT, OF_EVENT_KEYS, OF_WORDS, TABLES},
    error::StoreError,
    log::read_block,
    totals::Total,
};

/// Result of a check.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckReport {
    /// Number of blocks of log events.
    pub blocks: u64,
    /// Number of log events in the blocks that could be read. A message that was split into parts counts once.
    pub events: u64,
    /// Number of invocations.
    pub invocations: u64,
    /// Damage that was found; empty if the store is intact.
    pub damage: Vec<Damage>,
}

/// Damage in a store.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// The structure of the file is damaged.
    #[error("{0}")]
    Structure(String),
    /// The content of a row does not match its checksum, or cannot be decoded.
    #[error("row {row} of {table} was changed or cannot be decoded")]
    Row {
        /// Table of the row.
        table: &'static str,
        /// Id of the row, or of the row that it belongs to.
        row: i64,
    },
    /// The store does not have as many rows as were stored.
    #[error("there are {found} {name} instead of {expected}")]
    Total {
        /// Name of what is counted, usually a table.
        name: &'static str,
        /// Number that was stored.
        expected: i64,
        /// Number that was found.
        found: i64,
    },
}

/// Maximum number of messages about the structure that SQLite is asked for.
const MAX_MESSAGES: u32 = 100;

/// Checks a store.
///
/// # Errors
/// Returns an error if the file cannot be read at all.
pub(super) fn run(connection: &Connection) -> Result<CheckReport, StoreError> {
    // One transaction for all statements, so that no row changes between two of them.
    let transaction = connection.unchecked_transaction()?;
    let mut report = CheckReport { damage: structure(&transaction), ..CheckReport::default() };
    for (table, id, checksum) in TABLES {
        let sql = format!("SELECT {id}, sum = {checksum} FROM {table} NOT INDEXED");
        let rows = changed_rows(&transaction, table, &sql, &mut report.damage);
        if table == Total::Invocations.name() {
            report.invocations = rows;
        }
    }
    blocks(&transaction, &mut report);
    report.damage.extend(Total::ALL.into_iter().filter_map(|total| differing_total(&transaction, total)));
    Ok(report)
}

/// Returns the messages of SQLite about the pages, indexes and references of the file.
fn structure(connection: &Connection) -> Vec<Damage> {
    let messages = |pragma: String| -> rusqlite::Result<Vec<String>> {
        connection.prepare(&pragma)?.query_map([], |row| row.get(0))?.collect()
    };
    let mut found = messages(format!("PRAGMA integrity_check({MAX_MESSAGES})"))
        .unwrap_or_else(|error| vec![error.to_string()]);
    found.retain(|message| message != "ok");
    match messages("PRAGMA foreign_key_check".to_owned()) {
        Ok(tables) => {
            found.extend(tables.iter().map(|table| format!("a row of {table} refers to a missing row")));
        }
        Err(error) => found.push(error.to_string()),
    }
    found.into_iter().map(Damage::Structure).collect()
}

/// Adds the rows of a query whose second column is not true to `damage`, and returns the number of rows. An error of the
/// query is damage, too: the rows after it cannot be read.
fn changed_rows(connection: &Connection, table: &'static str, sql: &str, damage: &mut Vec<Damage>) -> u64 {
    let mut count = 0;
    let mut each = |row: &Row<'_>| -> rusqlite::Result<()> {
        count += 1;
        if row.get::<_, Option<bool>>(1)? != Some(true) {
            damage.push(Damage::Row { table, row: row.get(0)? });
        }
        Ok(())
    };
    let read = connection.prepare(sql).and_then(|mut select| {
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            each(row)?;
        }
        Ok(())
    });
    if let Err(error) = read {
        damage.push(Damage::Structure(format!("{table}: {error}")));
    }
    count
}

/// Checks the blocks, and decodes each.
fn blocks(connection: &Connection, report: &mut CheckReport) {
    let sql = format!(
        "SELECT blocks.id, head = {OF_BLOCK_HEAD} AND block_sums.event_keys = {OF_EVENT_KEYS}
            AND content = {OF_CONTENT} AND words = {OF_WORDS}
         FROM blocks NOT INDEXED LEFT JOIN block_sums ON block_sums.block_id = blocks.id
         LEFT JOIN block_words ON block_words.block_id = blocks.id"
    );
    let mut damage = Vec::new();
    report.blocks = changed_rows(connection, "blocks", &sql, &mut damage);
    let ids: rusqlite::Result<Vec<i64>> = connection
        .prepare("SELECT id FROM blocks NOT INDEXED")
        .and_then(|mut select| select.query_map([], |row| row.get(0))?.collect());
    for id in ids.unwrap_or_default() {
        let changed = Damage::Row { table: "blocks", row: id };
        match read_block(connection, id) {
            Ok(events) => report.events += events.counted(),
            Err(_) if damage.contains(&changed) => {}
            Err(_) => damage.push(changed),
        }
    }
    report.damage.append(&mut damage);
}

/// Compares a number of rows with the stored one.
fn differing_total(connection: &Connection, total: Total) -> Option<Damage> {
    let name = total.name();
    let structure = |error: StoreError| Some(Damage::Structure(format!("{name}: {error}")));
    match (total.read(connection), total.count(connection)) {
        (Ok(expected), Ok(found)) if expected == found => None,
        (Ok(expected), Ok(found)) => Some(Damage::Total { name, expected, found }),
        (Err(error), _) | (_, Err(error)) => structure(error),
    }
}
