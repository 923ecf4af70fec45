//! Checksums of rows. They show that bytes of the file were changed by something other than the writer.
//!
//! Each row that becomes a number, a name or a log line has one. It is verified whenever such a row is read: SQLite itself
//! verifies no content. Rows that are missing are found by [`super::totals`].

use rusqlite::{Connection, functions::FunctionFlags, types::ValueRef};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::{error::StoreError, totals};

/// Value of a checksum that has yet to be computed. [`of_values`] never returns it.
pub(super) const NOT_COMPUTED: i64 = 0;

/// SQL expression for the checksum of a row of `functions`.
pub(super) const OF_FUNCTION: &str = "checksum(functions.account, functions.log_group, functions.name)";

/// SQL expression for the checksum of a row of `streams`.
pub(super) const OF_STREAM: &str = "checksum(streams.function_id, streams.log_stream, streams.region)";

/// SQL expression for the checksum of a row of `invocations`: all columns, in the order of [`super::row`].
pub(super) const OF_INVOCATION: &str = "checksum(key, function_id, stream_id, version, event_id, time_ms, request_id,
    outcome, reported, error_type, start, duration_ns, billed_duration_ns, memory_size_mib, max_memory_used_mib,
    init_duration_ns, restore_duration_ns, billed_restore_duration_ns, produced_bytes, response_latency_ns, trace_id,
    tenant, at_edge, start_ms, span_id, parent_span_id, recorded)";

/// SQL expression for the checksum of a row of `evidence`.
pub(super) const OF_EVIDENCE: &str = "checksum(stream_id, request_id, time_ms, kind, evidence.error_type,
    evidence.start, evidence.produced_bytes, evidence.response_latency_ns, evidence.trace_id, evidence.tenant)";

/// SQL expression for the checksum of a row of `settled`: all columns, in the order of [`super::row`].
pub(super) const OF_SETTLED: &str = "checksum(invocation_id, outcome, error_type, start, produced_bytes,
    response_latency_ns, trace_id, tenant)";

/// SQL expression for the checksum of the columns of a block that its index by time holds.
pub(super) const OF_BLOCK_HEAD: &str =
    "checksum(blocks.id, stream_id, function_id, first_ms, last_ms, levels)";

/// SQL expression for the checksum of the event keys of a block and of their number.
pub(super) const OF_EVENT_KEYS: &str = "checksum(blocks.events, blocks.event_keys)";

/// SQL expression for the checksum of the compressed columns of a block.
pub(super) const OF_CONTENT: &str = "checksum(blocks.columns, blocks.messages)";

/// SQL expression for the checksum of a row of `block_words`.
pub(super) const OF_WORDS: &str = "checksum(bloom)";

/// SQL expression for the checksum of a row of `assumptions`.
pub(super) const OF_ASSUMPTION: &str = "checksum(name, value)";

/// SQL expression for the checksum of a row of `pulls`.
pub(super) const OF_PULL: &str = "checksum(kind, key, value)";

/// SQL expression for the checksum of a row of `mentions`.
pub(super) const OF_MENTION: &str = "checksum(run, kind, value, stream_id, request_id)";

/// Tables whose rows have a checksum in their column `sum`: name, a column that identifies a row, and the checksum.
pub(super) const TABLES: [(&str, &str, &str); 8] = [
    ("functions", "id", OF_FUNCTION),
    ("streams", "id", OF_STREAM),
    ("invocations", "id", OF_INVOCATION),
    ("evidence", "id", OF_EVIDENCE),
    ("settled", "invocation_id", OF_SETTLED),
    ("assumptions", "0", OF_ASSUMPTION),
    ("pulls", "0", OF_PULL),
    ("mentions", "id", OF_MENTION),
];

/// Makes the SQL function `checksum(…)` available in statements of a connection.
pub(super) fn register(connection: &Connection) -> rusqlite::Result<()> {
    let flags =
        FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    connection.create_scalar_function("checksum", -1, flags, |context| {
        Ok(of_values((0..context.len()).map(|index| context.get_raw(index))))
    })
}

/// Computes the checksums of all rows, and counts the rows. Runs when a database is upgraded from a schema without them.
pub(super) fn insert_all(connection: &Connection) -> Result<(), StoreError> {
    for (table, _, checksum) in TABLES {
        connection.execute_batch(&format!("UPDATE {table} SET sum = {checksum}"))?;
    }
    connection.execute_batch(&format!(
        "INSERT INTO block_sums (block_id, head, event_keys, content, words)
         SELECT blocks.id, {OF_BLOCK_HEAD}, {OF_EVENT_KEYS}, {OF_CONTENT}, {OF_WORDS}
         FROM blocks JOIN block_words ON block_id = blocks.id"
    ))?;
    totals::count_all(connection)
}

/// Computes the checksum of a row again that has been changed. `checksum` is one of the constants of this module.
pub(super) fn update(
    connection: &Connection,
    table: &'static str,
    checksum: &'static str,
    row: i64,
) -> Result<(), StoreError> {
    connection
        .prepare_cached(&format!("UPDATE {table} SET sum = {checksum} WHERE id = ?1"))?
        .execute([row])?;
    Ok(())
}

/// Returns an error if the checksum of a row does not match.
pub(super) fn verify(is_intact: bool, table: &'static str, row: i64) -> Result<(), StoreError> {
    if is_intact { Ok(()) } else { Err(StoreError::Damaged { table, row }) }
}

/// Returns the checksum of a sequence of SQL values.
pub(super) fn of_values<'v>(values: impl IntoIterator<Item = ValueRef<'v>>) -> i64 {
    let mut hash = Hash::default();
    values.into_iter().for_each(|value| hash.add(value));
    hash.finish()
}

/// Hash of a sequence of SQL values: that of each value starts from that of the values before it.
#[derive(Default)]
struct Hash(u64);

impl Hash {
    fn add(&mut self, value: ValueRef<'_>) {
        // The type counts, so that NULL differs from an empty text. The hash of bytes depends on their number, too.
        self.0 = match value {
            ValueRef::Null => xxh3_64_with_seed(&[], self.0),
            ValueRef::Integer(number) => xxh3_64_with_seed(&number.to_le_bytes(), self.0.wrapping_add(1)),
            ValueRef::Real(number) => xxh3_64_with_seed(&number.to_le_bytes(), self.0.wrapping_add(2)),
            ValueRef::Text(bytes) => xxh3_64_with_seed(bytes, self.0.wrapping_add(3)),
            ValueRef::Blob(bytes) => xxh3_64_with_seed(bytes, self.0.wrapping_add(4)),
        };
    }

    /// Returns the hash as SQL value, never [`NOT_COMPUTED`].
    fn finish(self) -> i64 {
        match self.0.cast_signed() {
            NOT_COMPUTED => 1,
            sum => sum,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checksum(values: &str) -> i64 {
        let connection = Connection::open_in_memory().unwrap();
        register(&connection).unwrap();
        connection.query_row(&format!("SELECT checksum({values})"), [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn values_types_and_boundaries_count() {
        let all = ["1", "2", "'1'", "x'31'", "NULL", "1.0", "1, 2", "2, 1", "'1', ''", "'', '1'", "''", "0"];
        let mut sums: Vec<_> = all.into_iter().map(checksum).collect();
        sums.sort_unstable();
        sums.dedup();
        assert_eq!(sums.len(), all.len());
        assert!(!sums.contains(&NOT_COMPUTED));
    }

    #[test]
    fn checksum_is_the_same_in_every_version() {
        assert_eq!(checksum("1, 'a', NULL, x'00'"), 6_106_172_767_875_209_718);
    }
}
