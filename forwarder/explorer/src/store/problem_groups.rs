//! Storing and querying of problem groups: errors of one function with the same title.

use std::collections::{HashMap, HashSet};

use foldhash::fast::RandomState;
use rusqlite::{Connection, params};
use tailwater_forwarder::pipeline::TimeRange;
use tailwater_parser::UnixMillis;
use xxhash_rust::xxh3::xxh3_64;

use super::{
    checksum::{self, OF_PROBLEM, OF_PROBLEM_EVENT},
    error::StoreError,
    log::{LogPosition, read_block},
    origin_cache::OriginCache,
    problem::{self, Problem},
    read::FunctionId,
    row,
    totals::{FullScan, Total},
};

/// Group of error lines of one function with the same title.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProblemGroup {
    /// Row id of the function.
    pub function: FunctionId,
    /// Error text in which numbers and ids are replaced by `*`.
    pub title: String,
    /// Number of error lines of the group within the queried time range.
    pub events: u64,
    /// Time of the first event of the group in the whole store, also outside the queried time range.
    pub first: UnixMillis,
    /// Function version that logged the first event; empty if unknown.
    pub first_version: String,
    /// Time of the last event within the queried time range.
    pub last: UnixMillis,
    /// Function version that logged the last event; empty if unknown.
    pub last_version: String,
    /// Position of the last event within the queried time range.
    pub position: LogPosition,
}

/// Row ids of a stored block and of the function under which it is shown.
#[derive(Clone, Copy, Debug)]
pub(super) struct BlockRow {
    pub(super) block: i64,
    pub(super) function: i64,
}

/// Stores the error lines of a newly inserted block, by group.
pub(super) fn insert(
    connection: &Connection,
    row: BlockRow,
    version: &str,
    problems: &[Problem],
) -> Result<(), StoreError> {
    // A block may hold hundreds of lines with the same title: its row is looked up only once.
    let mut ids: HashMap<&str, i64, RandomState> = HashMap::default();
    for problem in problems {
        let id = match ids.get(problem.title.as_str()) {
            Some(id) => *id,
            None => {
                let id = upsert(connection, row.function, problem, problems, version)?;
                ids.insert(&problem.title, id);
                id
            }
        };
        connection
            .prepare_cached(
                "INSERT INTO problem_events (problem_id, time_ms, block_id, place, version, sum)
                 VALUES (?1, ?2, ?3, ?4, ?5, checksum(?1, ?2, ?3, ?4, ?5))",
            )?
            .execute(params![id, problem.time.0, row.block, signed_index(problem.index), version])?;
    }
    Ok(())
}

/// Inserts the group of a problem, with the number of its events among `problems`. If it is stored already, adds that
/// number, and updates its first event if one of these is earlier. Returns the row id of the group.
fn upsert(
    connection: &Connection,
    function: i64,
    problem: &Problem,
    problems: &[Problem],
    version: &str,
) -> Result<i64, StoreError> {
    let title = &problem.title;
    let times = || problems.iter().filter(|other| other.title == *title).map(|other| other.time);
    let (first, events) = (times().min().unwrap_or(problem.time), signed_index(times().count()));
    let mut upsert = connection.prepare_cached(&format!(
        "INSERT INTO problems (function_id, fingerprint, title, first_ms, first_version, events, sum)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, checksum(?1, ?2, ?3, ?4, ?5, ?6))
         ON CONFLICT DO UPDATE SET
            first_version = iif(excluded.first_ms < first_ms, excluded.first_version, first_version),
            first_ms = min(first_ms, excluded.first_ms),
            events = events + excluded.events,
            sum = iif(sum = {OF_PROBLEM}, 0, sum)
         RETURNING id, sum"
    ))?;
    let fingerprint = xxh3_64(title.as_bytes()).cast_signed();
    let (id, sum) =
        upsert.query_row(params![function, fingerprint, title, first.0, version, events], row::id_and_sum)?;
    if sum == checksum::NOT_COMPUTED {
        checksum::update(connection, "problems", OF_PROBLEM, id)?;
    }
    Ok(id)
}

/// Finds and stores the error lines of all stored blocks. Runs when a database is upgraded from a schema
/// without the tables of problems.
pub(super) fn insert_all(connection: &Connection) -> Result<(), StoreError> {
    // 96: the bits of ERROR and FATAL in the level mask of a block.
    const BLOCKS_WITH_ERRORS: &str = "SELECT id, function_id FROM blocks WHERE levels & 96 <> 0";
    let mut select = connection.prepare(BLOCKS_WITH_ERRORS)?;
    let mut rows = select.query([])?;
    let mut origins = OriginCache::default();
    while let Some(row) = rows.next()? {
        let row = BlockRow { block: row.get(0)?, function: row.get(1)? };
        let events = read_block(connection, row.block)?;
        let origin = origins.of_block(connection, row.block)?;
        insert(connection, row, origin.version(), &problem::find(&events))?;
    }
    Total::Problems.store_count(connection)
}

/// SQL query for one problem group. Columns outside the aggregates come from the row with `max(time_ms)`;
/// SQLite guarantees this.
const GROUP: &str = "
    SELECT problems.function_id, title, first_ms, first_version, count(*), max(time_ms), problem_events.version,
        block_id, place, (SELECT stream_id FROM blocks WHERE blocks.id = block_id)
    FROM problem_events JOIN problems ON problems.id = problem_id
    WHERE problem_id = ?3 AND time_ms >= ?1 AND time_ms < ?2
    GROUP BY problem_id";

/// Returns the problem groups of `functions` (of all functions if empty) in `range`, the most frequent first.
pub(super) fn groups(
    connection: &Connection,
    functions: &[FunctionId],
    range: TimeRange,
) -> Result<Vec<ProblemGroup>, StoreError> {
    let functions: HashSet<i64, RandomState> = functions.iter().map(|function| function.0).collect();
    let mut found = Vec::new();
    // One transaction for all statements, so that no row changes between two of them.
    let transaction = connection.unchecked_transaction()?;
    let ids = group_ids(&transaction, &functions)?;
    let mut select = transaction.prepare_cached(GROUP)?;
    let (since, until) = (range.since.map_or(i64::MIN, |t| t.0), range.until.map_or(i64::MAX, |t| t.0));
    for id in ids {
        let mut rows = select.query(params![since, until, id])?;
        if let Some(row) = rows.next()? {
            found.push(group(row)?);
        }
    }
    found.sort_by(|a, b| (b.events, b.last, &a.title).cmp(&(a.events, a.last, &b.title)));
    Ok(found)
}

/// Returns the row ids of the groups of these functions, after a check of all their rows.
fn group_ids(connection: &Connection, functions: &HashSet<i64, RandomState>) -> Result<Vec<i64>, StoreError> {
    let mut select = connection.prepare_cached(&format!(
        "SELECT id, function_id, events, sum = {OF_PROBLEM} FROM problems ORDER BY id"
    ))?;
    let mut rows = select.query([])?;
    let (mut scan, mut selected) = (FullScan::new(Total::Problems), Vec::new());
    while let Some(row) = rows.next()? {
        let id = row.get(0)?;
        checksum::verify(row.get(3)?, "problems", id)?;
        scan.next(id)?;
        if functions.is_empty() || functions.contains(&row.get(1)?) {
            verify_events(connection, id, row.get(2)?)?;
            selected.push(id);
        }
    }
    scan.finish(connection)?;
    Ok(selected)
}

/// Checks all events of a group, also outside the queried time range: a changed time may have moved an event.
fn verify_events(connection: &Connection, problem: i64, expected: i64) -> Result<(), StoreError> {
    let mut select = connection.prepare_cached(&format!(
        "SELECT count(*), count(*) FILTER (WHERE sum = {OF_PROBLEM_EVENT}) FROM problem_events WHERE problem_id = ?1"
    ))?;
    let counts: (i64, i64) = select.query_row([problem], |row| Ok((row.get(0)?, row.get(1)?)))?;
    checksum::verify(counts == (expected, expected), "problem_events", problem)
}

fn group(row: &rusqlite::Row<'_>) -> rusqlite::Result<ProblemGroup> {
    let last = UnixMillis(row.get(5)?);
    let index = usize::try_from(row.get::<_, i64>(8)?).unwrap_or(0);
    Ok(ProblemGroup {
        function: FunctionId(row.get(0)?),
        title: row.get(1)?,
        first: UnixMillis(row.get(2)?),
        first_version: row.get(3)?,
        events: u64::try_from(row.get::<_, i64>(4)?).unwrap_or(0),
        last,
        last_version: row.get(6)?,
        position: LogPosition { time: last, stream: row.get(9)?, block: row.get(7)?, index },
    })
}

fn signed_index(index: usize) -> i64 {
    row::signed(u64::try_from(index).unwrap_or(u64::MAX))
}
