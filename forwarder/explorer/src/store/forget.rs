//! Deletion of events and invocations before a time.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
    time::Duration,
};

use foldhash::fast::RandomState;
use rusqlite::{Connection, Transaction, TransactionBehavior, params};
use tailwater_parser::{UnixMillis, line::correlation::Scanner};

use super::{
    Store,
    block::BlockEncoder,
    checksum::{self, OF_BLOCK_HEAD},
    error::StoreError,
    events::{EventView, Events},
    file_id::FileId,
    insert::Inserter,
    log::read_block,
    mentions, open,
    origin_cache::{OriginCache, StreamRow},
    reconcile::{self, MAX_DURATION_MS},
    totals::Total,
};

/// Numbers of events and invocations before a time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Forgettable {
    /// Invocations that ended before the time.
    pub invocations: u64,
    /// Events in blocks that end before the time. Blocks that go on after it have some more.
    pub events: u64,
}

/// Numbers of events and invocations that were deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// Deleted invocations.
    pub invocations: u64,
    /// Deleted events. A message that was split into parts counts once.
    pub events: u64,
}

impl Store {
    /// Counts what [`Store::forget`] would delete.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read.
    pub fn forgettable(&self, before: UnixMillis) -> Result<Forgettable, StoreError> {
        let count = |sql| self.connection.query_row(sql, [before.0], |row| row.get::<_, i64>(0));
        let counted = || {
            Ok(Forgettable {
                invocations: unsigned(count("SELECT count(*) FROM invocations WHERE time_ms < ?1")?),
                events: unsigned(count("SELECT coalesce(sum(events), 0) FROM blocks WHERE last_ms < ?1")?),
            })
        };
        self.named(counted())
    }

    /// Deletes the invocations that ended before `before`, and the events before it except those of other invocations. All
    /// in one transaction. The file keeps its size until [`Store::compact`], and what is stored later uses the room.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read or written, or is damaged; then nothing is deleted.
    pub fn forget(&self, before: UnixMillis) -> Result<Forgotten, StoreError> {
        let file = FileId::of(&self.path);
        let forget = || {
            let mut connection = open::read_write(&self.path)?;
            // Children of deleted rows are deleted here; without an index SQLite would look for them in whole tables.
            connection.execute_batch("PRAGMA foreign_keys = OFF")?;
            let scanner = Arc::new(mentions::scanner(&connection)?);
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let forgotten = forget(&transaction, before, &scanner)?;
            file.check()?;
            transaction.commit()?;
            connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")?;
            Ok(forgotten)
        };
        file.named(forget())
    }
}

fn unsigned(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}

fn forget(
    transaction: &Transaction<'_>,
    before: UnixMillis,
    scanner: &Arc<Scanner>,
) -> Result<Forgotten, StoreError> {
    let counted = |total: Total| total.count(transaction);
    let old = Total::ALL.map(counted).into_iter().collect::<Result<Vec<_>, _>>()?;
    // Those of events that are kept are inserted again with their blocks.
    transaction.execute("DELETE FROM mentions WHERE time_ms < ?1", [before.0])?;
    blocks(transaction, before, scanner)?;
    reconcile::forget(transaction, before)?;
    transaction.execute(
        "DELETE FROM settled WHERE invocation_id IN (SELECT id FROM invocations WHERE time_ms < ?1)",
        [before.0],
    )?;
    transaction.execute("DELETE FROM invocations WHERE time_ms < ?1", [before.0])?;
    let mut forgotten = Forgotten::default();
    for (total, old) in Total::ALL.into_iter().zip(old) {
        let deleted = old - total.count(transaction)?;
        total.add(transaction, -deleted)?;
        match total {
            Total::Events => forgotten.events = unsigned(deleted),
            Total::Invocations => forgotten.invocations = unsigned(deleted),
            Total::Evidence
            | Total::Settled
            | Total::Blocks
            | Total::Assumptions
            | Total::Pulls
            | Total::Mentions => {}
        }
    }
    // A log of changes that begins behind the position of every reader makes all of them read everything again.
    transaction.execute_batch("INSERT INTO touched (invocation_id) VALUES (0); DELETE FROM touched")?;
    Ok(forgotten)
}

/// Deletes the events of blocks that begin before `before`.
fn blocks(connection: &Connection, before: UnixMillis, scanner: &Arc<Scanner>) -> Result<(), StoreError> {
    connection.execute_batch("CREATE TEMP TABLE gone (id INTEGER PRIMARY KEY)")?;
    let (mut kept, mut origins) = (KeptRuns::new(before), OriginCache::default());
    let (mut inserter, mut encoder) =
        (Inserter::new(connection, Arc::clone(scanner)), BlockEncoder::new(Arc::clone(scanner)));
    for (id, row) in old_blocks(connection, before)? {
        let events = read_block(connection, id)?;
        let runs = kept.of_stream(connection, row.stream)?;
        let mut rest = Events::default();
        events
            .iter()
            .filter(|event| event.time >= before || has_run(runs, event))
            .for_each(|event| rest.push(&event));
        if rest.len() == events.len() {
            mentions::insert(connection, row.stream, &mentions::of_events(scanner, &rest))?;
            continue;
        }
        connection.prepare_cached("INSERT INTO gone (id) VALUES (?1)")?.execute([id])?;
        if let Some(block) = encoder.encode(origins.of_block(connection, id)?, &rest) {
            inserter.insert(row, &block)?;
        }
    }
    connection.execute_batch(
        "DELETE FROM block_words WHERE block_id IN (SELECT id FROM gone);
         DELETE FROM block_sums WHERE block_id IN (SELECT id FROM gone);
         DELETE FROM blocks WHERE id IN (SELECT id FROM gone);
         DROP TABLE gone;",
    )?;
    Ok(())
}

/// Returns the blocks that begin before `before`, those of a log stream behind each other.
fn old_blocks(connection: &Connection, before: UnixMillis) -> Result<Vec<(i64, StreamRow)>, StoreError> {
    let mut select = connection.prepare(&format!(
        "SELECT id, stream_id, function_id, head = {OF_BLOCK_HEAD} FROM blocks JOIN block_sums ON block_id = id
         WHERE first_ms < ?1 ORDER BY stream_id, id"
    ))?;
    let mut rows = select.query([before.0])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let id = row.get(0)?;
        checksum::verify(row.get(3)?, "blocks", id)?;
        found.push((id, StreamRow { stream: row.get(1)?, function: row.get(2)? }));
    }
    Ok(found)
}

/// Runs of a log stream that are kept and may have begun before the time: request ids with the beginning of the first run.
type Runs = HashMap<Box<str>, UnixMillis, RandomState>;

/// Runs that are kept, of the log stream that was asked for last.
struct KeptRuns {
    before: UnixMillis,
    stream: Option<i64>,
    runs: Runs,
}

impl KeptRuns {
    fn new(before: UnixMillis) -> Self {
        Self { before, stream: None, runs: Runs::default() }
    }

    fn of_stream(&mut self, connection: &Connection, stream: i64) -> Result<&Runs, StoreError> {
        if self.stream == Some(stream) {
            return Ok(&self.runs);
        }
        self.runs.clear();
        let mut select = connection.prepare_cached(
            "SELECT request_id, time_ms,
                coalesce(duration_ns, 0) + coalesce(init_duration_ns, 0) + coalesce(restore_duration_ns, 0)
             FROM invocations WHERE stream_id = ?1 AND time_ms BETWEEN ?2 AND ?2 + ?3",
        )?;
        let mut rows = select.query(params![stream, self.before.0, MAX_DURATION_MS])?;
        while let Some(row) = rows.next()? {
            let took = Duration::from_nanos(unsigned(row.get(2)?)).saturating_add(MARGIN);
            let begin = UnixMillis(row.get(1)?).before(took);
            match self.runs.entry(row.get(0)?) {
                Entry::Occupied(mut first) => *first.get_mut() = begin.min(*first.get()),
                Entry::Vacant(vacant) => {
                    vacant.insert(begin);
                }
            }
        }
        self.stream = Some(stream);
        Ok(&self.runs)
    }
}

/// Time between the first line of a run and the beginning that its REPORT tells.
const MARGIN: Duration = Duration::from_secs(1);

/// True if an event is of one of the runs.
fn has_run(runs: &Runs, event: &EventView<'_>) -> bool {
    event.request_id.and_then(|id| runs.get(id)).is_some_and(|begin| event.time >= *begin)
}
