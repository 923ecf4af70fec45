//! Compaction: blocks are compressed again, better, and the file is written again without unused pages.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior, params, types::ValueRef};

use super::{
    Store, block,
    checksum::{self, OF_CONTENT},
    error::StoreError,
    file_id::FileId,
    open,
};

/// Number of blocks in a transaction: about ten megabytes of lines, which takes a few seconds.
const BATCH: usize = 100;

impl Store {
    /// Compresses all blocks again, and writes the file without unused pages. Returns false if `go_on`, which gets the number
    /// of blocks that are done and of all blocks, has returned false before the end.
    ///
    /// Each step is a transaction, so the store stays whole if the process is killed. Needs free space of the size of the
    /// store next to it, and the same in the folder for temporary files.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read or written, or is damaged.
    pub fn compact(&self, go_on: &(dyn Fn(usize, usize) -> bool + Sync)) -> Result<bool, StoreError> {
        let (path, file) = (self.path.as_path(), FileId::of(&self.path));
        file.named(run(path, go_on))
    }
}

fn run(path: &Path, go_on: &(dyn Fn(usize, usize) -> bool + Sync)) -> Result<bool, StoreError> {
    let mut connection = open::read_write(path)?;
    let ids: Vec<i64> = connection
        .prepare("SELECT id FROM blocks ORDER BY id")?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let mut done = 0;
    for batch in ids.chunks(BATCH) {
        if !go_on(done, ids.len()) {
            return Ok(false);
        }
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        batch.iter().try_for_each(|id| recompress(&transaction, *id))?;
        transaction.commit()?;
        done += batch.len();
    }
    if !go_on(done, ids.len()) {
        return Ok(false);
    }
    // The copy is too large for memory.
    connection.execute_batch("PRAGMA temp_store = FILE; VACUUM; PRAGMA wal_checkpoint(TRUNCATE)")?;
    Ok(true)
}

/// Compresses a block again, if that makes it smaller.
fn recompress(connection: &Connection, id: i64) -> Result<(), StoreError> {
    let mut select = connection.prepare_cached(&format!(
        "SELECT columns, messages, content = {OF_CONTENT} FROM blocks JOIN block_sums ON block_id = id WHERE id = ?1"
    ))?;
    let (old, new) = select.query_row([id], |row| {
        let [columns, messages] = [row.get_ref(0)?.as_blob()?, row.get_ref(1)?.as_blob()?];
        let new = if row.get(2)? { block::recompress(columns, messages) } else { None };
        Ok((columns.len() + messages.len(), new))
    })?;
    let (columns, messages) = new.ok_or(StoreError::Damaged { table: "blocks", row: id })?;
    if columns.len() + messages.len() >= old {
        return Ok(());
    }
    let sum = checksum::of_values([&columns, &messages].map(|bytes| ValueRef::Blob(bytes)));
    connection
        .prepare_cached("UPDATE blocks SET columns = ?2, messages = ?3 WHERE id = ?1")?
        .execute(params![id, columns, messages])?;
    connection
        .prepare_cached("UPDATE block_sums SET content = ?2 WHERE block_id = ?1")?
        .execute([id, sum])?;
    Ok(())
}
