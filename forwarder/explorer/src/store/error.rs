//! Why the store could not do what was asked.

use std::path::PathBuf;

use rusqlite::ErrorCode;

/// What went wrong, in words for whoever ran the command.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No such file, or no right to it.
    #[error("cannot open the store {}: {reason}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// SQLite's words.
        reason: String,
    },
    /// The file holds something else, which is left alone.
    #[error("{} is not a Tailwater store", path.display())]
    NotAStore {
        /// The file.
        path: PathBuf,
    },
    /// A later Tailwater wrote it.
    #[error("{} has version {found} of the store's schema, this program knows up to {known}", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The latest this program knows.
        known: i64,
    },
    /// An earlier Tailwater wrote it, and it was opened for reading only.
    #[error("{} has version {found} of the store's schema: replay something into it to bring it up to date", path.display())]
    Older {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i64,
    },
    /// Another program held the file's write lock for longer than we wait.
    #[error("the store is locked by another program that writes to it")]
    Locked,
    /// No space left.
    #[error("the disk is full; what was stored before is intact, running again completes it")]
    Full,
    /// A block that cannot be decoded.
    #[error("block {block} of the store is damaged")]
    Damaged {
        /// Row id in `blocks`; 0 for one that is not stored yet.
        block: i64,
    },
    /// The thread that writes could not be started, or ended in a panic.
    #[error("the store's writer stopped unexpectedly")]
    WriterLost,
    /// Anything else SQLite says.
    #[error("the store failed: {0}")]
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

/// The writer has stopped: nothing more is taken, and `Writer::finish` says why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the store's writer has stopped")]
pub struct Stopped;
