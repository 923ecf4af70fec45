//! Values of flags that hold for a store until they are changed.

use rusqlite::{Connection, OptionalExtension as _};

use super::error::StoreError;

/// Assumption about the functions of a store, where their logs say nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assumption {
    /// Region (`--region`).
    Region,
    /// Architecture (`--arch`).
    Arch,
    /// Configurations of functions: the text of the file of `--functions`.
    Functions,
    /// Dimensions that the cost is divided by (`--by`): names with commas.
    Dimensions,
}

impl Assumption {
    fn name(self) -> &'static str {
        match self {
            Self::Region => "region",
            Self::Arch => "arch",
            Self::Functions => "functions",
            Self::Dimensions => "by",
        }
    }
}

pub(super) fn read(connection: &Connection, assumption: Assumption) -> Result<Option<String>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT value FROM assumptions WHERE name = ?1")?;
    Ok(statement.query_row([assumption.name()], |row| row.get(0)).optional()?)
}

pub(super) fn write(connection: &Connection, assumption: Assumption, value: &str) -> Result<(), StoreError> {
    let mut statement =
        connection.prepare_cached("INSERT OR REPLACE INTO assumptions (name, value) VALUES (?1, ?2)")?;
    statement.execute([assumption.name(), value])?;
    Ok(())
}
