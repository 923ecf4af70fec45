//! Opening of database files, and the SQLite settings of a connection.

use std::{io::ErrorKind, path::Path, time::Duration};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::{checksum, error::StoreError, schema};

/// Maximum time to wait for the write lock of another program.
const BUSY_TIMEOUT: Duration = Duration::from_millis(if cfg!(test) { 500 } else { 5_000 });

/// Settings of a connection that writes.
///
/// A block has about ten kilobytes, so pages larger than the default store it in fewer overflow pages. With the
/// write-ahead log readers do not block, and the file stays consistent if the process is killed. `NORMAL` synchronises
/// only at checkpoints: a power failure may lose the latest transactions but not consistency, and a second run restores
/// them.
const WRITE_PRAGMAS: &str = "
PRAGMA page_size = 8192;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
PRAGMA cache_size = -32768;
PRAGMA temp_store = MEMORY;
";

/// Opens a store for reading and writing. Creates the file if it is missing, and upgrades its schema.
pub(super) fn read_write(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let open = || {
        let mut connection = with_flags(path, flags)?;
        set_write_pragmas(&connection)?;
        schema::migrate(&mut connection, path)?;
        Ok(connection)
    };
    open().map_err(|error: StoreError| error.in_file(path))
}

/// Pause between two attempts to set the pragmas.
const RETRY_PAUSE: Duration = Duration::from_millis(10);
/// Number of attempts within [`BUSY_TIMEOUT`].
const ATTEMPTS: u128 = BUSY_TIMEOUT.as_millis() / RETRY_PAUSE.as_millis();

/// Sets [`WRITE_PRAGMAS`], with retries: SQLite does not apply its busy timeout while another program enables the
/// write-ahead log of the same new file.
fn set_write_pragmas(connection: &Connection) -> Result<(), StoreError> {
    for _ in 0..ATTEMPTS {
        match connection.execute_batch(WRITE_PRAGMAS).map_err(StoreError::from) {
            Err(StoreError::Locked) => std::thread::park_timeout(RETRY_PAUSE),
            result => return result,
        }
    }
    Ok(connection.execute_batch(WRITE_PRAGMAS)?)
}

/// Opens an existing store of the current schema version for reading only.
pub(super) fn read_only(path: &Path) -> Result<Connection, StoreError> {
    let open = || {
        let connection = with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        schema::check(&connection, path)?;
        Ok(connection)
    };
    open().map_err(|error: StoreError| error.in_file(path))
}

/// True for names that SQLite does not take as those of a file: databases in memory, and URIs.
fn is_special(path: &Path) -> bool {
    path.to_str().is_some_and(|path| path.is_empty() || path == ":memory:" || path.starts_with("file:"))
}

fn with_flags(path: &Path, flags: OpenFlags) -> Result<Connection, StoreError> {
    if is_special(path) {
        return Err(StoreError::NotAPath(path.to_owned()));
    }
    let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection =
        Connection::open_with_flags(path, flags).map_err(|error| not_opened(&error, path, flags))?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(64);
    // SQLite then checks the layout of each page that it reads.
    connection.execute_batch("PRAGMA cell_size_check = ON")?;
    checksum::register(&connection)?;
    // SQLite opens files lazily: only the first query shows that a file is not a database.
    let first_read = connection.pragma_query_value(None, "schema_version", |_| Ok(()));
    first_read.map_err(|error| first_read_error(error, path))?;
    Ok(connection)
}

/// Returns the error of a file that cannot be opened, with the reason that the operating system has for it.
fn not_opened(error: &rusqlite::Error, path: &Path, flags: OpenFlags) -> StoreError {
    let may_create = flags.contains(OpenFlags::SQLITE_OPEN_CREATE);
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let reason = match std::fs::File::open(path) {
        Ok(_) if path.is_dir() => "it is a folder".to_owned(),
        Ok(_) => error.to_string(),
        Err(reason)
            if may_create
                && reason.kind() == ErrorKind::NotFound
                && folder.unwrap_or(Path::new(".")).is_dir() =>
        {
            "the file cannot be created in its folder".to_owned()
        }
        Err(reason) => reason.to_string(),
    };
    StoreError::Open(reason)
}

fn first_read_error(error: rusqlite::Error, path: &Path) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => StoreError::NotAStore { path: path.to_owned() },
        Some(_) | None => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn concurrent_opens_of_a_new_file_all_succeed() {
        for _ in 0..20 {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("x.db");
            let opened: Vec<_> = std::thread::scope(|scope| {
                let threads: Vec<_> = (0..3).map(|_| scope.spawn(|| read_write(&path).map(drop))).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            assert!(opened.iter().all(Result::is_ok), "{opened:?}");
        }
    }
}
