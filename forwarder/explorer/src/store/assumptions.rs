//! Values of flags that hold for a store until they are changed.

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::{
    checksum::{self, OF_ASSUMPTION},
    error::StoreError,
    totals::{self, Total},
};

/// Assumption about the functions of a store, where their logs say nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assumption {
    /// Region (`--region`).
    Region,
    /// Architecture (`--arch`).
    Arch,
    /// Configurations of functions: the text of the file of `--functions`.
    Functions,
    /// Price of the ingestion of logs (`--log-price`): dollars per GB.
    LogPrice,
    /// Paths of members that are correlation ids (`TAILWATER_CORRELATION_FIELDS`): dotted paths with commas.
    CorrelationFields,
    /// Dimensions that the cost is divided by (`--by`): names with commas.
    Dimensions,
}

impl Assumption {
    fn name(self) -> &'static str {
        match self {
            Self::Region => "region",
            Self::Arch => "arch",
            Self::Functions => "functions",
            Self::LogPrice => "log_price",
            Self::CorrelationFields => "correlation_fields",
            Self::Dimensions => "by",
        }
    }
}

pub(super) fn read(connection: &Connection, assumption: Assumption) -> Result<Option<String>, StoreError> {
    // One transaction for all statements, so that no row changes between two of them.
    let transaction = connection.unchecked_transaction()?;
    let mut select =
        transaction.prepare_cached(&format!("SELECT name, value, sum = {OF_ASSUMPTION} FROM assumptions"))?;
    let mut rows = select.query([])?;
    let (mut found, mut count) = (None, 0);
    while let Some(row) = rows.next()? {
        checksum::verify(row.get(2)?, "assumptions", 0)?;
        count += 1;
        if row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)? == assumption.name() {
            found = Some(row.get(1)?);
        }
    }
    totals::compare(&transaction, Total::Assumptions, count)?;
    Ok(found)
}

pub(super) fn write(connection: &Connection, assumption: Assumption, value: &str) -> Result<(), StoreError> {
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    transaction.execute(
        "INSERT OR REPLACE INTO assumptions (name, value, sum) VALUES (?1, ?2, checksum(?1, ?2))",
        [assumption.name(), value],
    )?;
    Total::Assumptions.store_count(&transaction)?;
    Ok(transaction.commit()?)
}
