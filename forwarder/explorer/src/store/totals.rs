//! Numbers of rows of tables. They show that no row is missing, which checksums of rows cannot show: a single changed bit of
//! a page can hide rows.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::{checksum, error::StoreError};

/// Name of a stored number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Total {
    /// Rows of `invocations`.
    Invocations,
    /// Rows of `evidence`.
    Evidence,
    /// Rows of `settled`.
    Settled,
    /// Rows of `blocks`.
    Blocks,
    /// Log events in all blocks.
    Events,
    /// Rows of `assumptions`.
    Assumptions,
    /// Rows of `pulls`.
    Pulls,
    /// Rows of `mentions`.
    Mentions,
}

impl Total {
    pub(super) const ALL: [Self; 8] = [
        Self::Invocations,
        Self::Evidence,
        Self::Settled,
        Self::Blocks,
        Self::Events,
        Self::Assumptions,
        Self::Pulls,
        Self::Mentions,
    ];

    /// Returns the name, which is that of the table whose rows are counted.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Invocations => "invocations",
            Self::Evidence => "evidence",
            Self::Settled => "settled",
            Self::Blocks => "blocks",
            Self::Events => "events",
            Self::Assumptions => "assumptions",
            Self::Pulls => "pulls",
            Self::Mentions => "mentions",
        }
    }

    /// Reads the stored number.
    pub(super) fn read(self, connection: &Connection) -> Result<i64, StoreError> {
        let mut select = connection
            .prepare_cached("SELECT total, sum = checksum(name, total) FROM totals WHERE name = ?1")?;
        let found: Option<(i64, bool)> =
            select.query_row([self.name()], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let (total, is_intact) = found.unwrap_or_default();
        checksum::verify(is_intact, "totals", 0)?;
        Ok(total)
    }

    /// Adds a number of rows to the stored number.
    pub(super) fn add(self, connection: &Connection, rows: i64) -> Result<(), StoreError> {
        match rows {
            0 => Ok(()),
            _ => self.write(connection, self.read(connection)?.saturating_add(rows)),
        }
    }

    /// Counts the rows, and stores their number.
    pub(super) fn store_count(self, connection: &Connection) -> Result<(), StoreError> {
        self.write(connection, self.count(connection)?)
    }

    /// Counts the rows.
    pub(super) fn count(self, connection: &Connection) -> Result<i64, StoreError> {
        let sql = if self == Self::Events {
            "SELECT coalesce(sum(events), 0) FROM blocks NOT INDEXED".to_owned()
        } else {
            format!("SELECT count(*) FROM {} NOT INDEXED", self.name())
        };
        Ok(connection.query_row(&sql, [], |row| row.get(0))?)
    }

    fn write(self, connection: &Connection, total: i64) -> Result<(), StoreError> {
        connection
            .prepare_cached(
                "INSERT OR REPLACE INTO totals (name, total, sum) VALUES (?1, ?2, checksum(?1, ?2))",
            )?
            .execute(params![self.name(), total])?;
        Ok(())
    }
}

/// Counts the rows of all tables, and stores their numbers.
pub(super) fn count_all(connection: &Connection) -> Result<(), StoreError> {
    Total::ALL.into_iter().try_for_each(|total| total.store_count(connection))
}

/// Scan of all rows of a table in the order of their ids. It notices rows that are missing or occur twice.
#[derive(Debug)]
pub(super) struct FullScan {
    total: Total,
    rows: i64,
    last_id: i64,
}

impl FullScan {
    pub(super) fn new(total: Total) -> Self {
        Self { total, rows: 0, last_id: i64::MIN }
    }

    /// Counts a row.
    pub(super) fn next(&mut self, id: i64) -> Result<(), StoreError> {
        checksum::verify(id > self.last_id, self.total.name(), id)?;
        self.last_id = id;
        self.rows += 1;
        Ok(())
    }

    /// Compares the number of rows with the stored one.
    pub(super) fn finish(self, connection: &Connection) -> Result<(), StoreError> {
        compare(connection, self.total, self.rows)
    }
}

/// Returns an error if `found` is not the stored number of rows.
pub(super) fn compare(connection: &Connection, total: Total, found: i64) -> Result<(), StoreError> {
    match total.read(connection)? {
        expected if expected == found => Ok(()),
        expected => Err(StoreError::MissingRows { table: total.name(), expected, found }),
    }
}
