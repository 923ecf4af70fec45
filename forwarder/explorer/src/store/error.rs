//! Errors of the store.

use std::path::PathBuf;

use rusqlite::ErrorCode;

/// Failure to open, read or write a store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file does not exist or must not be accessed.
    #[error("cannot open the store {}: {reason}", path.display())]
    Open {
        /// Path of the file.
        path: PathBuf,
        /// Message of SQLite.
        reason: String,
    },
    /// The file is not a store. The file was not changed.
    #[error("{} is not a Tailwater store", path.display())]
    NotAStore {
        /// Path of the file.
        path: PathBuf,
    },
    /// A later version of Tailwater wrote the file.
    #[error(
        "the store {} has schema version {found}, but this program supports only up to {supported}: use a newer version",
        path.display()
    )]
    Newer {
        /// Path of the file.
        path: PathBuf,
        /// Schema version of the file.
        found: i64,
        /// Latest schema version that this program supports.
        supported: i64,
    },
    /// An earlier version of Tailwater wrote the file, and it was opened only for reading.
    #[error("the store {} has the old schema version {found}: replay any input into it to upgrade it", path.display())]
    Older {
        /// Path of the file.
        path: PathBuf,
        /// Schema version of the file.
        found: i64,
    },
    /// Another program held the write lock of the file for longer than the busy timeout.
    #[error("the store is locked by another program that writes to it")]
    Locked,
    /// No space is left on the device.
    #[error("the disk is full: free some space and run again; what was stored before is intact")]
    Full,
    /// A block cannot be decoded.
    #[error("block {block} of the store is damaged")]
    Damaged {
        /// Row id of the block in the table `blocks`; 0 for a block that is not stored yet.
        block: i64,
    },
    /// The writer thread could not be started, or it panicked.
    #[error("the writer thread of the store could not be started or panicked")]
    WriterFailed,
    /// Any other error of SQLite.
    #[error("SQLite failed: {0}")]
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked,
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(_) | None => Self::Sqlite(error),
        }
    }
}

/// Error of a call to a writer thread that has stopped after an earlier error. `Writer::finish` returns that
/// earlier error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the writer of the store has stopped")]
pub struct WriterStopped;
