//! Database schema, and its migration from earlier versions.

use std::path::Path;

use rusqlite::Connection;

use super::{checksum, error::StoreError, pulls, upgrade};

/// `application_id` in the header of a store: `Twtr` in ASCII.
const APPLICATION_ID: i64 = 0x5477_7472;

/// All migrations in order. The `user_version` of a file is the number of migrations applied to it. Existing migrations
/// never change; new ones are appended.
const MIGRATIONS: [&str; 8] = [
    INITIAL_TABLES,
    PROBLEMS_AND_CHANGES,
    ASSUMPTIONS,
    CHECKSUMS,
    SHORT_INDEXES,
    PULLS,
    MENTIONS,
    TIME_INDEXES,
];

/// Functions that fill the new tables and columns of a migration from existing rows, with the number of that migration.
///
/// They run after the statements of all migrations, because they read and write the tables as they are now. The first
/// computes the checksums that all reading functions verify.
const BACKFILLS: [(usize, Backfill); 3] =
    [(4, checksum::insert_all), (6, pulls::count), (7, upgrade::fill_links)];

type Backfill = fn(&Connection) -> Result<(), StoreError>;

/// Tables of functions, streams, invocations, evidence and blocks.
///
/// A row of `streams` refers to the function that the input gave for the log stream. An invocation or a block
/// refers to the function under which it is shown; a log line may have named that function. So a second
/// download that starts after that line belongs to the same stream.
///
/// The Bloom filters of blocks have their own table, so that a search reads them without skipping over
/// messages. `settled` holds members of invocations that evidence from other inputs has changed. It is
/// rebuilt after each run, and overrides `invocations`, which is not changed by such evidence.
const INITIAL_TABLES: &str = "
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

/// Tables of problems (groups of error lines), and a log of changed invocations.
///
/// A problem is identified by its function and the hash of its title. `touched` lists invocations that changed after
/// their insertion, for readers that keep invocations in memory (see [`super::changes`]).
const PROBLEMS_AND_CHANGES: &str = "
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

/// Table of assumptions: values of flags that hold for the store until they are changed (see [`super::assumptions`]).
const ASSUMPTIONS: &str = "
CREATE TABLE assumptions (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
";

/// Checksums of rows (see [`checksum`]) and numbers of rows (see [`super::totals`]).
///
/// The checksums of blocks have their own table: a new column of `blocks` would be stored behind the messages.
const CHECKSUMS: &str = "
ALTER TABLE functions ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;
ALTER TABLE streams ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;
ALTER TABLE invocations ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;
ALTER TABLE evidence ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;
ALTER TABLE settled ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;
ALTER TABLE problems ADD COLUMN events INTEGER NOT NULL DEFAULT 0;
ALTER TABLE problems ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;
ALTER TABLE problem_events ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;
ALTER TABLE assumptions ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;

CREATE TABLE block_sums (
    block_id INTEGER PRIMARY KEY REFERENCES blocks,
    head INTEGER NOT NULL,
    event_keys INTEGER NOT NULL,
    content INTEGER NOT NULL,
    words INTEGER NOT NULL
) STRICT;

CREATE TABLE totals (
    name TEXT PRIMARY KEY,
    total INTEGER NOT NULL,
    sum INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
";

/// Indexes on parts of ids. The first characters of a request id, and the eight of a trace id behind its time, tell ids apart
/// as well as whole ones do, and take a third of the space. Queries have to name the same expressions.
///
/// Earlier versions cannot read the blocks of this one, whose columns and messages are compressed together.
const SHORT_INDEXES: &str = "
DROP INDEX invocations_by_request;
DROP INDEX invocations_by_trace;
CREATE INDEX invocations_by_request ON invocations (substr(request_id, 1, 8));
CREATE INDEX invocations_by_trace ON invocations (substr(trace_id, 12, 8)) WHERE trace_id IS NOT NULL;
";

/// Table of what `tailwater pull` keeps besides events (see [`super::pulls`]).
const PULLS: &str = "
CREATE TABLE pulls (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    sum INTEGER NOT NULL,
    PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;
";

/// Table of the correlation ids and resources that the lines of a run mention (see [`super::mentions`]).
///
/// The columns of `invocations` hold the time of the START line and the X-Ray segment, from which spans and their parents
/// follow.
///
/// Groups of error lines are no longer stored: errors are grouped by their cause when they are read.
const MENTIONS: &str = "
DROP TABLE problem_events;
DROP TABLE problems;
DELETE FROM totals WHERE name = 'problems';

ALTER TABLE invocations ADD COLUMN start_ms INTEGER;
ALTER TABLE invocations ADD COLUMN span_id INTEGER;
ALTER TABLE invocations ADD COLUMN parent_span_id INTEGER;
ALTER TABLE invocations ADD COLUMN recorded INTEGER;

CREATE TRIGGER invocation_linked AFTER UPDATE ON invocations
WHEN old.trace_id IS NOT new.trace_id OR old.start_ms IS NOT new.start_ms OR old.span_id IS NOT new.span_id
    OR old.parent_span_id IS NOT new.parent_span_id OR old.recorded IS NOT new.recorded
BEGIN
    INSERT INTO touched (invocation_id) VALUES (new.id);
END;

CREATE TABLE mentions (
    id INTEGER PRIMARY KEY,
    run INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    value TEXT NOT NULL,
    stream_id INTEGER NOT NULL REFERENCES streams,
    request_id TEXT NOT NULL,
    time_ms INTEGER NOT NULL,
    sum INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX mentions_by_value ON mentions (value, run, kind);
CREATE INDEX mentions_by_run ON mentions (run);
";

/// Indexes by time, by which the map of a day reads the invocations of the day and the ids in their lines, not all.
const TIME_INDEXES: &str = "
CREATE INDEX IF NOT EXISTS invocations_by_time ON invocations (time_ms);
CREATE INDEX IF NOT EXISTS mentions_by_time ON mentions (time_ms);
";

/// Applies all missing migrations in one transaction.
pub(super) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let version = checked_version(&transaction, path)?;
    let applied = usize::try_from(version).unwrap_or(0);
    for statements in MIGRATIONS.iter().skip(applied) {
        transaction.execute_batch(statements)?;
    }
    for (_, backfill) in BACKFILLS.iter().filter(|(migration, _)| *migration > applied) {
        backfill(&transaction)?;
    }
    if applied < MIGRATIONS.len() {
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", latest_version())?;
    }
    Ok(transaction.commit()?)
}

/// Checks that a file opened for reading is a store with the latest schema version.
pub(super) fn check(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let found = checked_version(connection, path)?;
    if found == 0 {
        return Err(StoreError::NotAStore { path: path.to_owned() });
    }
    if found < latest_version() {
        return Err(StoreError::Older { path: path.to_owned(), found });
    }
    Ok(())
}

/// Reads the schema version of a file, 0 for an empty one.
///
/// # Errors
/// Returns [`StoreError::NotAStore`] for a database of another program, [`StoreError::Newer`] for a later version.
fn checked_version(connection: &Connection, path: &Path) -> Result<i64, StoreError> {
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let (application, found) = (pragma("application_id")?, pragma("user_version")?);
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let is_new = application == 0 && found == 0 && tables == 0;
    if application != APPLICATION_ID && !is_new {
        return Err(StoreError::NotAStore { path: path.to_owned() });
    }
    if found > latest_version() {
        return Err(StoreError::Newer { path: path.to_owned(), found, supported: latest_version() });
    }
    Ok(found)
}

/// Latest schema version, which is that of every store that was opened for writing.
pub(super) fn latest_version() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        checksum::register(&connection).unwrap();
        connection
    }

    fn migration_error(sql: &str) -> String {
        let mut connection = memory();
        connection.execute_batch(sql).unwrap();
        migrate(&mut connection, Path::new("x.db")).unwrap_err().to_string()
    }

    #[test]
    fn migrating_twice_gives_the_latest_schema() {
        let mut connection = memory();
        migrate(&mut connection, Path::new("x.db")).unwrap();
        migrate(&mut connection, Path::new("x.db")).unwrap();
        check(&connection, Path::new("x.db")).unwrap();
    }

    #[test]
    fn database_of_another_program_is_rejected() {
        assert_eq!(migration_error("CREATE TABLE theirs (x)"), "x.db is not a Tailwater store");
        assert_eq!(migration_error("PRAGMA application_id = 7"), "x.db is not a Tailwater store");
    }

    #[test]
    fn newer_schema_is_rejected_with_both_versions() {
        let message = migration_error("PRAGMA application_id = 0x54777472; PRAGMA user_version = 99");
        assert_eq!(
            message,
            "the store x.db has schema version 99, but this program supports only up to 8: use a newer version"
        );
    }

    #[test]
    fn empty_file_is_rejected_for_reading() {
        let connection = Connection::open_in_memory().unwrap();
        assert!(matches!(check(&connection, Path::new("x.db")), Err(StoreError::NotAStore { .. })));
    }
}
