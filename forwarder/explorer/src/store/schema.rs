//! The tables, and how a file of any earlier version comes to have them.

use std::path::Path;

use rusqlite::Connection;

use super::{error::StoreError, problem};

/// Marks a SQLite file as ours: `Twtr` in ASCII.
const APPLICATION_ID: i64 = 0x5477_7472;

/// Every step of the schema in order; a file's `user_version` is the number of steps it has taken. Steps are only
/// ever added.
const MIGRATIONS: [Step; 2] = [
    Step { tables: FIRST, fill: |_| Ok(()) },
    // What a page that shows the store needs: errors by what they say, and which invocations changed.
    Step { tables: SHOWN, fill: problem::find_all },
];

/// One step: statements, then what makes new tables hold what the old ones tell.
struct Step {
    tables: &'static str,
    fill: fn(&Connection) -> Result<(), StoreError>,
}

/// Where events come from, invocations as rows, events as compressed blocks.
///
/// A stream is of the function as its batch named it; an invocation or a block is of the function it is shown under,
/// which lines may have taught. So a download that begins behind those lines is recognised.
///
/// The words of a block stand in a table of their own, so that a search reads them in one sweep without stepping over
/// the messages. `settled` holds what evidence from other inputs made of invocations; it is rewritten after each run,
/// so `invocations` stays what the inputs say.
const FIRST: &str = "
CREATE TABLE functions (
    id INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    log_group TEXT NOT NULL,
    name TEXT NOT NULL,
    UNIQUE (account, log_group, name)
) STRICT;

CREATE TABLE streams (
    id INTEGER PRIMARY KEY,
    function_id INTEGER NOT NULL REFERENCES functions,
    log_stream TEXT NOT NULL,
    region TEXT NOT NULL,
    UNIQUE (function_id, log_stream)
) STRICT;

CREATE TABLE invocations (
    id INTEGER PRIMARY KEY,
    key BLOB NOT NULL UNIQUE,
    function_id INTEGER NOT NULL REFERENCES functions,
    stream_id INTEGER NOT NULL REFERENCES streams,
    version TEXT NOT NULL,
    event_id TEXT NOT NULL,
    time_ms INTEGER NOT NULL,
    request_id TEXT NOT NULL,
    outcome INTEGER NOT NULL,
    reported INTEGER,
    error_type TEXT,
    start INTEGER NOT NULL,
    duration_ns INTEGER,
    billed_duration_ns INTEGER,
    memory_size_mib INTEGER,
    max_memory_used_mib INTEGER,
    init_duration_ns INTEGER,
    restore_duration_ns INTEGER,
    billed_restore_duration_ns INTEGER,
    produced_bytes INTEGER,
    response_latency_ns INTEGER,
    trace_id TEXT,
    tenant TEXT,
    at_edge INTEGER NOT NULL
) STRICT;
CREATE INDEX invocations_by_stream ON invocations (stream_id, time_ms, function_id);
CREATE INDEX invocations_by_request ON invocations (request_id);

CREATE TABLE evidence (
    id INTEGER PRIMARY KEY,
    stream_id INTEGER NOT NULL REFERENCES streams,
    request_id TEXT NOT NULL,
    time_ms INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    error_type TEXT NOT NULL,
    start INTEGER,
    produced_bytes INTEGER,
    response_latency_ns INTEGER,
    trace_id TEXT,
    tenant TEXT,
    UNIQUE (stream_id, request_id, time_ms, kind, error_type)
) STRICT;

CREATE TABLE settled (
    invocation_id INTEGER PRIMARY KEY REFERENCES invocations,
    outcome INTEGER NOT NULL,
    error_type TEXT,
    start INTEGER NOT NULL,
    produced_bytes INTEGER,
    response_latency_ns INTEGER,
    trace_id TEXT,
    tenant TEXT
) STRICT;

CREATE TABLE blocks (
    id INTEGER PRIMARY KEY,
    stream_id INTEGER NOT NULL REFERENCES streams,
    function_id INTEGER NOT NULL REFERENCES functions,
    first_ms INTEGER NOT NULL,
    last_ms INTEGER NOT NULL,
    events INTEGER NOT NULL,
    levels INTEGER NOT NULL,
    event_keys BLOB NOT NULL,
    columns BLOB NOT NULL,
    messages BLOB NOT NULL
) STRICT;
CREATE INDEX blocks_by_stream ON blocks (stream_id, last_ms, first_ms);
CREATE INDEX blocks_by_time ON blocks (last_ms, first_ms, function_id, stream_id, levels);

CREATE TABLE block_words (
    block_id INTEGER PRIMARY KEY REFERENCES blocks,
    bloom BLOB NOT NULL
) STRICT;
";

/// What is shown of a store, over and over and while it is written.
///
/// An error is known by its function and what its line says without numbers and ids. Whoever keeps invocations in
/// memory reads those behind the last row it knows, and those that `touched` names behind the last entry it knows.
const SHOWN: &str = "
CREATE TABLE problems (
    id INTEGER PRIMARY KEY,
    function_id INTEGER NOT NULL REFERENCES functions,
    fingerprint INTEGER NOT NULL,
    title TEXT NOT NULL,
    first_ms INTEGER NOT NULL,
    first_version TEXT NOT NULL,
    UNIQUE (function_id, fingerprint)
) STRICT;

CREATE TABLE problem_events (
    problem_id INTEGER NOT NULL REFERENCES problems,
    time_ms INTEGER NOT NULL,
    block_id INTEGER NOT NULL REFERENCES blocks,
    place INTEGER NOT NULL,
    version TEXT NOT NULL,
    PRIMARY KEY (problem_id, time_ms, block_id, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE touched (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    invocation_id INTEGER NOT NULL
) STRICT;

CREATE TRIGGER invocation_changed AFTER UPDATE ON invocations
WHEN old.function_id <> new.function_id OR old.version <> new.version OR old.outcome <> new.outcome
    OR old.start <> new.start OR old.at_edge <> new.at_edge OR old.reported IS NOT new.reported
    OR old.error_type IS NOT new.error_type OR old.duration_ns IS NOT new.duration_ns
    OR old.billed_duration_ns IS NOT new.billed_duration_ns OR old.memory_size_mib IS NOT new.memory_size_mib
    OR old.max_memory_used_mib IS NOT new.max_memory_used_mib
    OR old.init_duration_ns IS NOT new.init_duration_ns OR old.restore_duration_ns IS NOT new.restore_duration_ns
    OR old.billed_restore_duration_ns IS NOT new.billed_restore_duration_ns
BEGIN
    INSERT INTO touched (invocation_id) VALUES (new.id);
END;

CREATE TRIGGER region_learned AFTER UPDATE OF region ON streams WHEN old.region <> new.region
BEGIN
    INSERT INTO touched (invocation_id) SELECT id FROM invocations WHERE stream_id = new.id;
END;

CREATE INDEX invocations_by_trace ON invocations (trace_id) WHERE trace_id IS NOT NULL;
";

/// Brings the file to the latest schema; a new file gets all of it.
pub(super) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let version = checked_version(&transaction, path)?;
    let taken = usize::try_from(version).unwrap_or(0);
    for step in MIGRATIONS.iter().skip(taken) {
        transaction.execute_batch(step.tables)?;
        (step.fill)(&transaction)?;
    }
    if taken < MIGRATIONS.len() {
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", latest())?;
    }
    Ok(transaction.commit()?)
}

/// Checks that a file opened for reading is a store of exactly this version.
pub(super) fn check(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let found = checked_version(connection, path)?;
    if found == 0 {
        return Err(StoreError::NotAStore { path: path.to_owned() });
    }
    if found < latest() {
        return Err(StoreError::Older { path: path.to_owned(), found });
    }
    Ok(())
}

/// The file's version, 0 for an empty one; an error when it is not ours or too new.
fn checked_version(connection: &Connection, path: &Path) -> Result<i64, StoreError> {
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let (application, found) = (pragma("application_id")?, pragma("user_version")?);
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let is_new = application == 0 && found == 0 && tables == 0;
    if application != APPLICATION_ID && !is_new {
        return Err(StoreError::NotAStore { path: path.to_owned() });
    }
    if found > latest() {
        return Err(StoreError::Newer { path: path.to_owned(), found, known: latest() });
    }
    Ok(found)
}

fn latest() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(sql: &str) -> String {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(sql).unwrap();
        migrate(&mut connection, Path::new("x.db")).unwrap_err().to_string()
    }

    #[test]
    fn a_new_file_gets_the_latest_schema_once() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection, Path::new("x.db")).unwrap();
        migrate(&mut connection, Path::new("x.db")).unwrap();
        check(&connection, Path::new("x.db")).unwrap();
    }

    #[test]
    fn a_database_of_another_program_is_left_alone() {
        assert_eq!(refused("CREATE TABLE theirs (x)"), "x.db is not a Tailwater store");
        assert_eq!(refused("PRAGMA application_id = 7"), "x.db is not a Tailwater store");
    }

    #[test]
    fn a_file_from_the_future_is_refused_with_both_versions() {
        let message = refused("PRAGMA application_id = 0x54777472; PRAGMA user_version = 99");
        assert_eq!(message, "x.db has version 99 of the store's schema, this program knows up to 2");
    }

    #[test]
    fn an_empty_file_cannot_be_read() {
        let connection = Connection::open_in_memory().unwrap();
        assert!(matches!(check(&connection, Path::new("x.db")), Err(StoreError::NotAStore { .. })));
    }
}
