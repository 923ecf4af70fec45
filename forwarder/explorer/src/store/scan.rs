//! Scan over blocks: lists them, tells which may contain a word, and decodes them one by one.
//!
//! A scan with several threads lists the blocks once. Each thread then opens the store for itself and reads blocks.

use std::{collections::HashMap, sync::Arc};

use foldhash::fast::RandomState;
use rusqlite::{Connection, params};
use tailwater_forwarder::pipeline::TimeRange;
use tailwater_parser::{Level, Origin, UnixMillis, decode::Part, derive::Invocation};

use super::{
    Store, bloom,
    checksum::{self, OF_BLOCK_HEAD},
    codes::LevelMask,
    error::StoreError,
    events::Events,
    log::{read_block, test_words},
    origin_cache::{OriginCache, StreamRow},
    read::FunctionId,
    row,
    search::{EventFilter, Query},
    words::{inner_words, is_word_char, request_hash, word_hash},
};

/// Block of events of one log stream, without its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockInfo {
    /// Row id in `blocks`.
    pub id: i64,
    /// Row id in `streams`.
    pub stream: i64,
    /// Row id in `functions`.
    pub function: i64,
    /// Time of the earliest event.
    pub first: UnixMillis,
    /// Time of the latest event.
    pub last: UnixMillis,
    levels: LevelMask,
}

/// Events of a block.
#[derive(Debug)]
pub struct ScannedBlock(Events);

/// Origins of blocks, each read from the store once.
#[derive(Debug, Default)]
pub struct BlockOrigins(HashMap<(i64, i64), Arc<Origin>, RandomState>);

/// Event of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScannedEvent<'e> {
    /// Time of the event.
    pub time: UnixMillis,
    /// Log level; `None` if the line has none.
    pub level: Option<Level>,
    /// Part of a split message that this event holds.
    pub part: Part,
    /// Kind of line, such as `app` or `report`.
    pub kind: &'e str,
    /// Request id of the invocation that the event belongs to, if known.
    pub request_id: Option<&'e str>,
    /// X-Ray trace id, if the event has one.
    pub trace_id: Option<&'e str>,
    /// Message text.
    pub message: &'e str,
}

/// Set of the words and request ids in a block. It may contain others too, but lacks none.
#[derive(Clone, Copy, Debug)]
pub struct BlockWords<'b>(&'b [u8]);

impl BlockInfo {
    /// True if the block may have events of this level; `None` are events without one.
    #[must_use]
    pub fn may_have_level(&self, level: Option<Level>) -> bool {
        let mut wanted = LevelMask::default();
        wanted.add(level);
        self.levels.0 & wanted.0 != 0
    }
}

impl ScannedBlock {
    /// Iterates over the events in the order in which they were logged.
    pub fn events(&self) -> impl Iterator<Item = ScannedEvent<'_>> {
        self.0.iter().map(|event| ScannedEvent {
            time: event.time,
            level: event.level,
            part: event.part,
            kind: event.kind,
            request_id: event.request_id,
            trace_id: event.trace_id,
            message: event.message,
        })
    }
}

impl EventFilter<'_> {
    /// True if a block may have events that meet the conditions, by its time, levels and function.
    #[must_use]
    pub fn may_meet(&self, block: &BlockInfo) -> bool {
        let (since, until) = self.time_bounds();
        !self.excludes_all()
            && block.levels.0 & self.levels().0 != 0
            && block.first <= until
            && since <= block.last
            && self.is_of_source(FunctionId(block.function), block.stream)
    }

    /// True if a block with these words may have events that meet the conditions.
    #[must_use]
    pub fn may_meet_words(&self, words: BlockWords<'_>) -> bool {
        self.may_match(words.0)
    }

    /// Tells for each event of a block if it meets the conditions.
    #[must_use]
    pub fn meeting(&self, block: &ScannedBlock) -> Vec<bool> {
        let mut meeting = vec![false; block.0.len()];
        for (index, _) in self.matching(&block.0) {
            if let Some(meets) = meeting.get_mut(index) {
                *meets = true;
            }
        }
        meeting
    }
}

impl BlockOrigins {
    /// Returns the origin of a block's events.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read.
    pub fn of(&mut self, store: &Store, block: &BlockInfo) -> Result<Arc<Origin>, StoreError> {
        let key = (block.stream, block.function);
        if let Some(origin) = self.0.get(&key) {
            return Ok(Arc::clone(origin));
        }
        let origin = store.block_origin(block)?;
        self.0.insert(key, Arc::clone(&origin));
        Ok(origin)
    }
}

impl BlockWords<'_> {
    /// True if the block may contain this word. ASCII case is ignored. A word consists of letters, digits, `_` and all
    /// characters outside ASCII.
    #[must_use]
    pub fn may_contain(&self, word: &str) -> bool {
        bloom::may_contain(self.0, word_hash(word.to_ascii_lowercase().as_bytes()))
    }

    /// True if the block may contain events of this request.
    #[must_use]
    pub fn may_contain_request(&self, request_id: &str) -> bool {
        bloom::may_contain(self.0, request_hash(request_id))
    }

    /// True if a character is part of a word.
    #[must_use]
    pub fn is_word_character(character: char) -> bool {
        is_word_char(character)
    }

    /// Returns a text without the words at its ends, which may be parts of longer words where it occurs.
    #[must_use]
    pub fn inner(text: &str) -> &str {
        inner_words(text)
    }
}

impl Store {
    /// Lists the blocks that may have events within `range`, the one with the latest end first.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read.
    pub fn blocks(&self, range: TimeRange) -> Result<Vec<BlockInfo>, StoreError> {
        self.named(blocks(&self.connection, range))
    }

    /// Returns the origin of a block's events, with the function version that the log stream names.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read.
    pub fn block_origin(&self, block: &BlockInfo) -> Result<Arc<Origin>, StoreError> {
        self.named(block_origin(&self.connection, block))
    }

    /// Calls `test` with the words of a block and returns its answer.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read.
    pub fn test_words(
        &self,
        block: &BlockInfo,
        test: impl FnOnce(BlockWords<'_>) -> bool,
    ) -> Result<bool, StoreError> {
        self.named(test_words(&self.connection, block.id, |bloom| test(BlockWords(bloom))))
    }

    /// Prepares the conditions of a search. The function of an event is that of its block.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read.
    pub fn event_filter<'q>(&self, query: &'q Query<'q>) -> Result<EventFilter<'q>, StoreError> {
        self.named(EventFilter::new(&self.connection, query))
    }

    /// Decodes a block.
    ///
    /// # Errors
    /// Returns [`StoreError::Damaged`] if the block cannot be decoded.
    pub fn scan_block(&self, block: &BlockInfo) -> Result<ScannedBlock, StoreError> {
        self.named(read_block(&self.connection, block.id)).map(ScannedBlock)
    }

    /// Returns the invocations of the log stream of a block.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read.
    pub fn stream_invocations(&self, block: &BlockInfo) -> Result<Vec<Invocation>, StoreError> {
        self.named(invocations_of_stream(&self.connection, block.stream))
    }
}

/// Lists the blocks that may have events within `range`, the one with the latest end first.
fn blocks(connection: &Connection, range: TimeRange) -> Result<Vec<BlockInfo>, StoreError> {
    let mut select = connection.prepare_cached(&format!(
        "SELECT id, stream_id, function_id, first_ms, last_ms, levels, head = {OF_BLOCK_HEAD}
         FROM blocks INDEXED BY blocks_by_time LEFT JOIN block_sums ON block_id = id
         WHERE last_ms >= ?1 AND first_ms < ?2 ORDER BY last_ms DESC, id DESC"
    ))?;
    let since = range.since.map_or(i64::MIN, |since| since.0);
    let until = range.until.map_or(i64::MAX, |until| until.0);
    let mut rows = select.query(params![since, until])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let id = row.get(0)?;
        checksum::verify(row.get::<_, Option<bool>>(6)? == Some(true), "blocks", id)?;
        found.push(BlockInfo {
            id,
            stream: row.get(1)?,
            function: row.get(2)?,
            first: UnixMillis(row.get(3)?),
            last: UnixMillis(row.get(4)?),
            levels: LevelMask(row.get(5)?),
        });
    }
    Ok(found)
}

fn block_origin(connection: &Connection, block: &BlockInfo) -> Result<Arc<Origin>, StoreError> {
    let source = StreamRow { stream: block.stream, function: block.function };
    let mut origins = OriginCache::default();
    let origin = origins.of_version(connection, source, "")?;
    let mut named = Origin::default();
    named.set_names(origin.log_group(), origin.log_stream());
    origins.of_version(connection, source, named.version())
}

fn invocations_of_stream(connection: &Connection, stream: i64) -> Result<Vec<Invocation>, StoreError> {
    let mut select = connection.prepare_cached(&format!("{} WHERE stream_id = ?1", row::SELECT))?;
    let mut rows = select.query([stream])?;
    let (mut origins, mut found) = (OriginCache::default(), Vec::new());
    while let Some(row) = rows.next()? {
        found.push(row::read_with_origin(row, connection, &mut origins)?.1);
    }
    Ok(found)
}
