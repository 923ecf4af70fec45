//! Errors in stored log events.

use rusqlite::params;
use tailwater_parser::Level;

use super::{
    Store,
    checksum::{self, OF_BLOCK_HEAD},
    codes::LevelMask,
    error::StoreError,
    events::EventView,
    log::read_block,
    origin_cache::OriginCache,
};
use crate::errors::{Collector, Found, LogLine};

/// Position up to which a reader has read the errors. The default is the position before the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ErrorCursor {
    /// Last row id in `blocks`.
    block: i64,
    /// True if the last lines of a log stream may be the beginning of a crash report.
    is_open: bool,
}

impl ErrorCursor {
    /// True if the next read passes the errors of all lines, not only of new ones.
    #[must_use]
    pub fn is_before_first(self) -> bool {
        self.block == 0
    }

    /// Position from which to read on: the first one if the end of a crash report may follow.
    #[must_use]
    pub fn next(self) -> Self {
        if self.is_open { Self::default() } else { self }
    }
}

impl Store {
    /// Passes the errors in the log lines that were added since `cursor` to `found`, and returns the new cursor.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read.
    pub(crate) fn errors_since(
        &self,
        cursor: ErrorCursor,
        found: Found<'_>,
    ) -> Result<ErrorCursor, StoreError> {
        self.named(self.read_errors_since(cursor, found))
    }

    /// Passes the errors of one log stream to `found`.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read.
    pub(crate) fn errors_of_stream(&self, stream: i64, found: Found<'_>) -> Result<(), StoreError> {
        self.named(self.read_errors("stream_id = ?1 AND stream_id = ?2", [stream, stream], found)).map(|_| ())
    }

    fn read_errors_since(&self, cursor: ErrorCursor, found: Found<'_>) -> Result<ErrorCursor, StoreError> {
        let last = "SELECT coalesce(max(id), 0) FROM blocks";
        let block = self.connection.query_row(last, [], |row| row.get(0))?;
        if block == cursor.block {
            return Ok(cursor);
        }
        let is_open = self.read_errors("blocks.id > ?1 AND blocks.id <= ?2", [cursor.block, block], found)?;
        Ok(ErrorCursor { block, is_open })
    }

    /// Reads the blocks that have errors, and those with the rest of a crash report. True if one may go on after the last.
    fn read_errors(
        &self,
        condition: &str,
        parameters: [i64; 2],
        found: Found<'_>,
    ) -> Result<bool, StoreError> {
        let connection = &self.connection;
        let mut select = connection.prepare_cached(&format!(
            "SELECT blocks.id, levels, head = {OF_BLOCK_HEAD} FROM blocks LEFT JOIN block_sums ON block_id = blocks.id
             WHERE {condition} ORDER BY stream_id, first_ms, blocks.id"
        ))?;
        let mut rows = select.query(params![parameters[0], parameters[1]])?;
        let (mut collector, mut origins) = (Collector::default(), OriginCache::default());
        let mut wanted = LevelMask::default();
        [Level::Error, Level::Fatal].into_iter().for_each(|level| wanted.add(Some(level)));
        while let Some(row) = rows.next()? {
            let (block, levels) = (row.get(0)?, LevelMask(row.get(1)?));
            checksum::verify(row.get::<_, Option<bool>>(2)? == Some(true), "blocks", block)?;
            let origin = origins.of_block(connection, block)?;
            if levels.0 & wanted.0 != 0 || collector.is_open(&origin) {
                let events = read_block(connection, block)?;
                collector.begin_batch();
                events
                    .iter()
                    .for_each(|event| collector.read(&origin, &line(&event, &|| event.key.0), found));
            }
        }
        let is_open = collector.has_open();
        collector.finish(found);
        Ok(is_open)
    }
}

fn line<'e>(event: &EventView<'e>, id: &'e dyn Fn() -> u64) -> LogLine<'e> {
    LogLine {
        time: event.time,
        id,
        cloudwatch_id: None,
        level: event.level,
        part: event.part,
        kind: event.kind,
        request_id: event.request_id,
        message: event.message,
    }
}
