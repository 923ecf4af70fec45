//! How a file is opened: what SQLite is told before anything else.

use std::{path::Path, time::Duration};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::{error::StoreError, schema};

/// How long another program's write may hold us up before we give up.
const PATIENCE: Duration = Duration::from_millis(if cfg!(test) { 500 } else { 5_000 });

/// Blocks are some ten kilobytes: larger pages than the default keep them in fewer pieces. The write-ahead log lets
/// readers go on while we write and leaves the file consistent when we are killed; synchronising at its checkpoints
/// only can lose the latest transactions in a power cut, never their consistency, and a second run brings them back.
const FOR_WRITING: &str = "
PRAGMA page_size = 8192;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
PRAGMA cache_size = -32768;
PRAGMA temp_store = MEMORY;
";

/// Opens a store to write to; makes one where there is no file.
pub(super) fn for_writing(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let mut connection = with_flags(path, flags)?;
    prepare(&connection)?;
    schema::migrate(&mut connection, path)?;
    Ok(connection)
}

/// A pause before asking again, and how often that is done within [`PATIENCE`].
const PAUSE: Duration = Duration::from_millis(10);
const PAUSES: u128 = PATIENCE.as_millis() / PAUSE.as_millis();

/// Says what SQLite is told. Two programs that make the same new file get in each other's way when they turn on its
/// write-ahead log, and there SQLite does not wait by itself.
fn prepare(connection: &Connection) -> Result<(), StoreError> {
    for _ in 0..PAUSES {
        match connection.execute_batch(FOR_WRITING).map_err(StoreError::from) {
            Err(StoreError::Locked) => std::thread::park_timeout(PAUSE),
            done => return done,
        }
    }
    Ok(connection.execute_batch(FOR_WRITING)?)
}

/// Opens a store that is there, to read from.
pub(super) fn for_reading(path: &Path) -> Result<Connection, StoreError> {
    let connection = with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    schema::check(&connection, path)?;
    Ok(connection)
}

fn with_flags(path: &Path, flags: OpenFlags) -> Result<Connection, StoreError> {
    let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let cannot =
        |error: rusqlite::Error| StoreError::Open { path: path.to_owned(), reason: error.to_string() };
    let connection = Connection::open_with_flags(path, flags).map_err(cannot)?;
    connection.busy_timeout(PATIENCE)?;
    connection.set_prepared_statement_cache_capacity(64);
    // SQLite reads a file only when first asked for something in it: then a file of another kind shows.
    let looked = connection.pragma_query_value(None, "schema_version", |_| Ok(()));
    looked.map_err(|error| not_ours(error, path))?;
    Ok(connection)
}

fn not_ours(error: rusqlite::Error, path: &Path) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => StoreError::NotAStore { path: path.to_owned() },
        Some(_) | None => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_that_make_the_same_file_at_once_all_open_it() {
        for _ in 0..20 {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("x.db");
            let opened: Vec<_> = std::thread::scope(|scope| {
                let threads: Vec<_> = (0..3).map(|_| scope.spawn(|| for_writing(&path).map(drop))).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            assert!(opened.iter().all(Result::is_ok), "{opened:?}");
        }
    }
}
