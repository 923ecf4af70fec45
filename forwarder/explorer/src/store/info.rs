//! Content of a store, and the parts of the file with their sizes.

use rusqlite::Connection;

use super::{Store, error::StoreError, read::StoreStats};

/// Content and size of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreInfo {
    /// Version of the schema.
    pub schema_version: i64,
    /// Numbers of events and invocations, and the times of the events.
    pub stats: StoreStats,
    /// Number of functions that have events or invocations.
    pub functions: usize,
    /// Size of the file in bytes.
    pub bytes: u64,
    /// Parts of the file, the largest first. Their sizes add up to that of the file.
    pub parts: Vec<StorePart>,
}

/// Part of the file of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StorePart {
    /// Name of the part.
    pub name: &'static str,
    /// Size in bytes.
    pub bytes: u64,
}

impl Store {
    /// Returns what the store holds, and the sizes of its parts. Reads every page of the file.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read.
    pub fn info(&self) -> Result<StoreInfo, StoreError> {
        let (stats, functions) = (self.stats()?, self.functions()?.len());
        self.named(read(&self.connection).map(|(schema_version, bytes, parts)| StoreInfo {
            schema_version,
            stats,
            functions,
            bytes,
            parts,
        }))
    }
}

/// Returns the schema version, the size of the file and its parts.
fn read(connection: &Connection) -> Result<(i64, u64, Vec<StorePart>), StoreError> {
    // One transaction for all statements, so that no page is added between two of them.
    let transaction = connection.unchecked_transaction()?;
    let pragma = |name| transaction.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let number = |n: i64| u64::try_from(n).unwrap_or(0);
    let (version, page) = (pragma("user_version")?, number(pragma("page_size")?));
    let bytes = page.saturating_mul(number(pragma("page_count")?));
    let mut parts: Vec<StorePart> = Vec::new();
    let mut add = |name, bytes| match parts.iter_mut().find(|part| part.name == name) {
        Some(part) => part.bytes += bytes,
        None => parts.push(StorePart { name, bytes }),
    };
    let mut counted = 0;
    let mut select = transaction.prepare("SELECT name, pgsize FROM dbstat WHERE aggregate = TRUE")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let (table, size): (String, i64) = (row.get(0)?, row.get(1)?);
        counted += number(size);
        let mut rest = number(size);
        if table == "blocks" {
            for (name, bytes) in columns_of_blocks(&transaction)? {
                let bytes = number(bytes).min(rest);
                add(name, bytes);
                rest -= bytes;
            }
        }
        add(part_of(&table), rest);
    }
    add(UNUSED, bytes.saturating_sub(counted));
    parts.retain(|part| part.bytes > 0);
    parts.sort_by_key(|part| (std::cmp::Reverse(part.bytes), part.name));
    Ok((version, bytes, parts))
}

/// Name of the pages that hold nothing.
const UNUSED: &str = "unused pages";

/// Returns the sizes of the compressed columns of all blocks.
fn columns_of_blocks(connection: &Connection) -> Result<[(&'static str, i64); 2], StoreError> {
    let sizes = "SELECT coalesce(sum(length(columns) + length(messages)), 0), coalesce(sum(length(event_keys)), 0) FROM blocks";
    let (content, keys) = connection.query_row(sizes, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok([("log events, compressed", content), ("keys of events, to find duplicates", keys)])
}

/// Returns the part that a table or an index belongs to.
fn part_of(table: &str) -> &'static str {
    match table {
        "blocks" | "blocks_by_stream" | "blocks_by_time" | "block_sums" => "index and checksums of blocks",
        "block_words" => "words of blocks, for the search",
        "invocations" => "invocations",
        name if name.starts_with("invocations_by_") || name.starts_with("sqlite_autoindex_invocations") => {
            "indexes of invocations"
        }
        "evidence" | "settled" | "touched" | "sqlite_autoindex_evidence_1" => {
            "facts about invocations from other lines"
        }
        "mentions" | "mentions_by_value" | "mentions_by_run" | "mentions_by_time" => {
            "correlation ids and resources in log lines"
        }
        _ => "names, totals and schema",
    }
}
