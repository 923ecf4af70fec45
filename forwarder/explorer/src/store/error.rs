//! Errors of the store.

use std::path::{Path, PathBuf};

use rusqlite::{ErrorCode, ffi};

/// Failure to open, read or write a store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file cannot be opened, read or written.
    #[error("the store {} {problem}", path.display())]
    File {
        /// Path of the file.
        path: PathBuf,
        /// Reason and remedy.
        problem: Box<Self>,
    },
    /// The path is a special name of SQLite, which is not a file name.
    #[error("{} is a name of SQLite, not a file: give the path of a file", .0.display())]
    NotAPath(PathBuf),
    /// The file does not exist, or must not be accessed.
    #[error("cannot be opened ({0}): name a file in an existing folder, both of which you may access")]
    Open(String),
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
    #[error("is locked by another program that writes to it: wait until that has ended, and run again")]
    Locked,
    /// No space is left on the device.
    #[error(
        "cannot grow, because the disk is full: free some space and run again; what was stored before is intact"
    )]
    Full,
    /// The process must not write a file of this size.
    #[error(
        "cannot grow beyond the file-size limit of this process: raise it (ulimit -f) and run again; what was stored \
         before is intact"
    )]
    FileSizeLimit,
    /// The file or its folder must not be written.
    #[error(
        "cannot be written, because the file or its folder is read-only: make both writable, or use another path"
    )]
    ReadOnly,
    /// The file was removed or replaced while it was open.
    #[error("was removed or replaced while it was in use: run again, and all data is stored anew")]
    Replaced,
    /// The disk failed, or the file system refused.
    #[error("cannot be read or written: {0}")]
    Io(std::io::Error),
    /// Bytes of the file were changed by something else than Tailwater.
    #[error(
        "is damaged (row {row} of {table}): tailwater store check lists all damage; move the file away and replay the \
         logs into a new one"
    )]
    Damaged {
        /// Table with the damaged row.
        table: &'static str,
        /// Id of the row, or of the row that it belongs to; 0 if it has none.
        row: i64,
    },
    /// Rows of a table are missing, or there are too many.
    #[error(
        "is damaged ({table} has {found} rows instead of {expected}): tailwater store check lists all damage; move the \
         file away and replay the logs into a new one"
    )]
    MissingRows {
        /// Table.
        table: &'static str,
        /// Number of rows that were stored.
        expected: i64,
        /// Number of rows that were found.
        found: i64,
    },
    /// The structure of the file is damaged.
    #[error(
        "is damaged ({0}): tailwater store check lists all damage; move the file away and replay the logs into a new one"
    )]
    Malformed(rusqlite::Error),
    /// The writer thread could not be started, or it panicked.
    #[error("the writer thread of the store could not be started or panicked")]
    WriterFailed,
    /// Any other error of SQLite.
    #[error("cannot be used: {0}")]
    Sqlite(rusqlite::Error),
}

impl StoreError {
    /// Adds the path of the file to an error that does not name it.
    pub(super) fn in_file(self, path: &Path) -> Self {
        if matches!(
            self,
            Self::File { .. }
                | Self::NotAPath(_)
                | Self::NotAStore { .. }
                | Self::Newer { .. }
                | Self::Older { .. }
                | Self::WriterFailed
        ) {
            return self;
        }
        Self::File { path: path.to_owned(), problem: Box::new(self) }
    }

    /// Returns the error without the path that [`StoreError::File`] adds.
    #[must_use]
    pub fn cause(&self) -> &Self {
        if let Self::File { problem, .. } = self { problem } else { self }
    }
}

/// Error number of a write beyond the file-size limit: `EFBIG`.
const FILE_TOO_LARGE: i32 = 27;

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let extended = error.sqlite_error().map(|error| error.extended_code);
        if extended == Some(ffi::SQLITE_READONLY_DBMOVED) {
            return Self::Replaced;
        }
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked,
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::ReadOnly) => Self::ReadOnly,
            Some(ErrorCode::DatabaseCorrupt) => Self::Malformed(error),
            Some(ErrorCode::SystemIoFailure) => io_error(error),
            Some(_) => Self::Sqlite(error),
            None => of_value(error),
        }
    }
}

/// Errors without a code of SQLite come from values that Tailwater never stores.
fn of_value(error: rusqlite::Error) -> StoreError {
    let is_damage = matches!(
        error,
        rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::QueryReturnedNoRows
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::Utf8Error(..)
    );
    if is_damage { StoreError::Malformed(error) } else { StoreError::Sqlite(error) }
}

/// Converts a failure of the operating system, which is still the last one of this thread.
fn io_error(error: rusqlite::Error) -> StoreError {
    let system = std::io::Error::last_os_error();
    match system.raw_os_error() {
        Some(FILE_TOO_LARGE) => StoreError::FileSizeLimit,
        Some(0) | None => StoreError::Sqlite(error),
        Some(_) => StoreError::Io(system),
    }
}

/// Error of a call to a writer thread that has stopped after an earlier error. `Writer::finish` returns that
/// earlier error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the writer of the store has stopped")]
pub struct WriterStopped;
