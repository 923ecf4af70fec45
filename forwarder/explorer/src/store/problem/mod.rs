//! Errors by what they say: every line that tells of one has a title without numbers and ids, and lines of one
//! function with one title are one problem.

mod title;

use std::collections::{HashMap, HashSet};

use foldhash::fast::RandomState;
use rusqlite::{Connection, params};
use tailwater_parser::{Level, UnixMillis};
use xxhash_rust::xxh3::xxh3_64;

use super::{
    error::StoreError,
    events::{EventView, Events},
    lines::{Place, open_block},
    read::{FunctionId, Span},
    row,
};

/// A line of a block that tells of an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    index: usize,
    time: UnixMillis,
    title: String,
}

/// Errors of one function that say the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProblemGroup {
    /// The function's row.
    pub function: FunctionId,
    /// What they say, numbers and ids replaced by `*`.
    pub title: String,
    /// How often, in the span that was asked for.
    pub events: u64,
    /// When it was first seen in the whole store, and in which version.
    pub first: UnixMillis,
    /// The version that ran then; empty where nothing tells.
    pub first_version: String,
    /// When it was last seen in the span.
    pub last: UnixMillis,
    /// The version that ran then.
    pub last_version: String,
    /// Where the line stands that was last seen.
    pub place: Place,
}

/// The lines that tell of errors. What the platform repeats of an error in its REPORT is left out.
pub(super) fn find(events: &Events) -> Vec<Problem> {
    let tells = |event: &EventView<'_>| {
        event.level >= Some(Level::Error)
            && event.part.is_first()
            && !matches!(event.kind, "report" | "platform" | "init_report" | "restore_report" | "end")
    };
    let telling = events.iter().enumerate().filter(|(_, event)| tells(event));
    telling
        .map(|(index, event)| Problem { index, time: event.time, title: title::of(event.message) })
        .collect()
}

/// Stores the problems of a block that was just stored.
pub(super) fn insert(
    connection: &Connection,
    (function, block): (i64, i64),
    version: &str,
    problems: &[Problem],
) -> Result<(), StoreError> {
    // Lines of one problem come by the hundred: its row is looked up once a block.
    let mut known: HashMap<&str, i64, RandomState> = HashMap::default();
    for problem in problems {
        let id = match known.get(problem.title.as_str()) {
            Some(id) => *id,
            None => {
                let first =
                    problems.iter().filter(|other| other.title == problem.title).map(|p| p.time).min();
                let id = stored(connection, function, problem, first.unwrap_or(problem.time), version)?;
                known.insert(&problem.title, id);
                id
            }
        };
        connection
            .prepare_cached(
                "INSERT OR IGNORE INTO problem_events (problem_id, time_ms, block_id, place, version)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![id, problem.time.0, block, position(problem.index), version])?;
    }
    Ok(())
}

fn stored(
    connection: &Connection,
    function: i64,
    problem: &Problem,
    first: UnixMillis,
    version: &str,
) -> Result<i64, StoreError> {
    let mut upsert = connection.prepare_cached(
        "INSERT INTO problems (function_id, fingerprint, title, first_ms, first_version)
         VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT DO UPDATE SET
            first_version = iif(excluded.first_ms < first_ms, excluded.first_version, first_version),
            first_ms = min(first_ms, excluded.first_ms)
         RETURNING id",
    )?;
    let fingerprint = xxh3_64(problem.title.as_bytes()).cast_signed();
    Ok(upsert.query_row(params![function, fingerprint, problem.title, first.0, version], |row| row.get(0))?)
}

/// Finds the problems of all blocks: what a store of an older version lacks.
pub(super) fn find_all(connection: &Connection) -> Result<(), StoreError> {
    // Bits of the levels ERROR and FATAL in the mask of a block.
    const TELLING: &str = "SELECT id, function_id, stream_id FROM blocks WHERE levels & 96 <> 0";
    let mut select = connection.prepare(TELLING)?;
    let mut rows = select.query([])?;
    let mut origins = super::origins::Origins::default();
    while let Some(row) = rows.next()? {
        let (block, function): (i64, i64) = (row.get(0)?, row.get(1)?);
        let events = open_block(connection, block)?;
        let origin = origins.of_block(connection, block)?;
        insert(connection, (function, block), origin.version(), &find(&events))?;
    }
    Ok(())
}

const GROUP: &str = "
    SELECT problems.function_id, title, first_ms, first_version, count(*), max(time_ms), problem_events.version,
        block_id, place, (SELECT stream_id FROM blocks WHERE blocks.id = block_id)
    FROM problem_events JOIN problems ON problems.id = problem_id
    WHERE problem_id = ?3 AND time_ms >= ?1 AND time_ms < ?2
    GROUP BY problem_id";

/// Errors by what they say, the most frequent first. SQLite takes the columns that are in no sum from the row of the
/// greatest time.
pub(super) fn groups(
    connection: &Connection,
    functions: &[FunctionId],
    span: Span,
) -> Result<Vec<ProblemGroup>, StoreError> {
    let asked: HashSet<i64, RandomState> = functions.iter().map(|function| function.0).collect();
    let mut found = Vec::new();
    let ids = problems_of(connection, &asked)?;
    let mut select = connection.prepare_cached(GROUP)?;
    let (since, until) = (span.since.map_or(i64::MIN, |t| t.0), span.until.map_or(i64::MAX, |t| t.0));
    for id in ids {
        let mut rows = select.query(params![since, until, id])?;
        if let Some(row) = rows.next()? {
            found.push(group(row)?);
        }
    }
    found.sort_by(|a, b| (b.events, b.last, &a.title).cmp(&(a.events, a.last, &b.title)));
    Ok(found)
}

fn problems_of(
    connection: &Connection,
    functions: &HashSet<i64, RandomState>,
) -> Result<Vec<i64>, StoreError> {
    let mut select = connection.prepare_cached("SELECT id, function_id FROM problems")?;
    let all = select.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))?;
    let all = all.collect::<Result<Vec<_>, _>>()?;
    let of_asked = all.into_iter().filter(|(_, f)| functions.is_empty() || functions.contains(f));
    Ok(of_asked.map(|(id, _)| id).collect())
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
        place: Place { time: last, stream: row.get(9)?, block: row.get(7)?, index },
    })
}

fn position(index: usize) -> i64 {
    row::signed(u64::try_from(index).unwrap_or(u64::MAX))
}
