//! Queries for functions, statistics, and all invocations of a time range.

use rusqlite::{Connection, Row};
use tailwater_forwarder::pipeline::TimeRange;
use tailwater_parser::{Origin, UnixMillis, derive::Invocation};

use super::{
    checksum::{self, OF_BLOCK_HEAD, OF_FUNCTION},
    error::StoreError,
    row,
    totals::{self, Total},
};

/// Row id of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionId(pub i64);

/// Function of which at least one invocation or log event is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Row id in `functions`.
    pub id: FunctionId,
    /// Id of the account that owns the log group; empty if unknown.
    pub account: String,
    /// Name of the log group; empty if unknown.
    pub log_group: String,
    /// Function name; empty for logs of other services, and for invocations of an unknown function.
    pub name: String,
}

impl Function {
    /// Name under which invocations are listed, as [`Origin::listed_name`] returns it.
    #[must_use]
    pub fn listed_name(&self) -> &str {
        let names = [self.name.as_str(), &self.log_group];
        names.into_iter().find(|name| !name.is_empty()).unwrap_or(Origin::UNKNOWN)
    }
}

/// Number of stored log events and invocations, and the time range of the events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StoreStats {
    /// Number of log events. A message that was split into parts counts once.
    pub events: u64,
    /// Number of invocations.
    pub invocations: u64,
    /// Times of the first and the last event; `None` if there are no events.
    pub first_and_last: Option<(UnixMillis, UnixMillis)>,
}

/// Returns all functions, ordered by name.
pub(super) fn functions(connection: &Connection) -> Result<Vec<Function>, StoreError> {
    let mut select = connection.prepare_cached(&format!(
        "SELECT id, account, log_group, name, sum = {OF_FUNCTION} FROM functions
         WHERE id IN (SELECT function_id FROM invocations UNION SELECT function_id FROM blocks)
         ORDER BY name, account, log_group"
    ))?;
    let function = |row: &Row<'_>| {
        checksum::verify(row.get(4)?, "functions", row.get(0)?)?;
        Ok(Function {
            id: FunctionId(row.get(0)?),
            account: row.get(1)?,
            log_group: row.get(2)?,
            name: row.get(3)?,
        })
    };
    select.query_and_then([], function)?.collect()
}

pub(super) fn stats(connection: &Connection) -> Result<StoreStats, StoreError> {
    // One transaction for all statements, so that no row changes between two of them.
    let transaction = connection.unchecked_transaction()?;
    let count = |total: Total| Ok::<_, StoreError>(u64::try_from(total.read(&transaction)?).unwrap_or(0));
    Ok(StoreStats {
        events: count(Total::Events)?,
        invocations: count(Total::Invocations)?,
        first_and_last: first_and_last(&transaction)?,
    })
}

/// Returns the times of the first and the last event of all blocks.
fn first_and_last(connection: &Connection) -> Result<Option<(UnixMillis, UnixMillis)>, StoreError> {
    let mut select = connection.prepare_cached(&format!(
        "SELECT blocks.id, first_ms, last_ms, head = {OF_BLOCK_HEAD}
         FROM blocks INDEXED BY blocks_by_time JOIN block_sums ON block_id = blocks.id"
    ))?;
    let mut rows = select.query([])?;
    let (mut found, mut blocks) = (None, 0);
    while let Some(row) = rows.next()? {
        checksum::verify(row.get(3)?, "blocks", row.get(0)?)?;
        let (first, last) = (UnixMillis(row.get(1)?), UnixMillis(row.get(2)?));
        let (earliest, latest) = found.unwrap_or((first, last));
        found = Some((first.min(earliest), last.max(latest)));
        blocks += 1;
    }
    totals::compare(connection, Total::Blocks, blocks)?;
    Ok(found)
}

/// Passes every invocation whose REPORT lies in `range` to `each`, in no particular order.
pub(super) fn for_each_invocation(
    connection: &Connection,
    range: TimeRange,
    mut each: impl FnMut(Invocation),
) -> Result<(), StoreError> {
    let transaction = connection.unchecked_transaction()?;
    row::for_each(&transaction, |_, invocation| {
        if range.contains(invocation.time) {
            each(invocation);
        }
    })
}
