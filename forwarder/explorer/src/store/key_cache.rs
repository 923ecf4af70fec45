//! Cache of the keys of stored events, by which the writer finds duplicates.
//!
//! Only stored blocks that overlap a new block in time can hold the same events. Their keys are read once and
//! cached: a block of a log stream usually starts in the millisecond in which the block before it ends, and
//! blocks of lines without a time of their own all overlap.

use std::collections::VecDeque;

use rusqlite::{Connection, params};
use tailwater_parser::UnixMillis;

use super::{
    block::read_keys,
    checksum::{self, OF_EVENT_KEYS},
    error::StoreError,
    events::EventKeys,
    identity::EventKey,
};

/// Number of log streams in the cache: a few more than there are worker threads, because their blocks arrive
/// interleaved.
const STREAMS: usize = 16;
/// Lower bound of the number of cached keys of a log stream at which its keys are read again from the
/// database. The actual limit is twice the number of keys of the first read if that is larger.
const MIN_LIMIT: usize = 16_384;

/// Event keys of the log streams that were written most recently.
#[derive(Debug, Default)]
pub(super) struct KeyCache {
    /// Most recently used first.
    streams: VecDeque<StreamKeys>,
}

/// Event keys of those stored blocks of a log stream that end at or after `floor`.
#[derive(Debug)]
struct StreamKeys {
    stream: i64,
    floor: UnixMillis,
    keys: EventKeys,
    limit: usize,
}

impl KeyCache {
    /// Returns the stored keys of `stream`, at least those of blocks that end at or after `first`.
    ///
    /// The caller must add the keys of the events that it stores.
    pub(super) fn stream_keys(
        &mut self,
        connection: &Connection,
        stream: i64,
        first: UnixMillis,
    ) -> Result<&mut EventKeys, StoreError> {
        let index = self.streams.iter().position(|cached| cached.stream == stream);
        let mut cached = match index.and_then(|index| self.streams.remove(index)) {
            Some(cached) if cached.keys.len() <= cached.limit || first <= cached.floor => cached,
            Some(_) | None => StreamKeys::read(connection, stream, first)?,
        };
        cached.lower_floor(connection, first)?;
        self.streams.truncate(STREAMS - 1);
        self.streams.push_front(cached);
        Ok(&mut self.streams.front_mut().expect("pushed in the line above").keys)
    }
}

impl StreamKeys {
    fn read(connection: &Connection, stream: i64, floor: UnixMillis) -> Result<Self, StoreError> {
        let mut read = Self { stream, floor: UnixMillis(i64::MAX), keys: EventKeys::default(), limit: 0 };
        read.lower_floor(connection, floor)?;
        read.limit = MIN_LIMIT.max(read.keys.len() * 2);
        Ok(read)
    }

    /// Reads the keys of blocks that end between `floor` and the old floor. The keys of later blocks were
    /// read before. An old floor of `i64::MAX` means that no keys were read yet.
    fn lower_floor(&mut self, connection: &Connection, floor: UnixMillis) -> Result<(), StoreError> {
        if floor >= self.floor {
            return Ok(());
        }
        let until = if self.floor.0 == i64::MAX { i64::MAX } else { self.floor.0 - 1 };
        let mut select = connection.prepare_cached(&format!(
            "SELECT blocks.event_keys, block_sums.event_keys = {OF_EVENT_KEYS}, blocks.id
             FROM blocks LEFT JOIN block_sums ON block_id = blocks.id
             WHERE stream_id = ?1 AND last_ms BETWEEN ?2 AND ?3"
        ))?;
        let mut rows = select.query(params![self.stream, floor.0, until])?;
        while let Some(row) = rows.next()? {
            checksum::verify(row.get::<_, Option<bool>>(1)? == Some(true), "blocks", row.get(2)?)?;
            let keys = row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?;
            self.keys.extend(read_keys(keys).collect::<Vec<EventKey>>());
        }
        self.floor = floor;
        Ok(())
    }
}
