//! Which events of a stream are stored already, as far as a new block could hold them again.
//!
//! Only stored blocks that overlap the new one in time matter. Their keys are read once and remembered, because the
//! next block of the stream mostly begins in the millisecond in which this one ends, and blocks of lines without a
//! time of their own all overlap.

use std::collections::VecDeque;

use rusqlite::{Connection, params};
use tailwater_parser::UnixMillis;

use super::{block::read_keys, error::StoreError, events::EventKeys, identity::EventKey};

/// Streams remembered at once: a few more than there are workers, which interleave theirs.
const STREAMS: usize = 16;
/// A stream's keys are forgotten beyond this many, or twice what was read at once, whichever is more.
const MIN_LIMIT: usize = 16_384;

/// The keys of the streams written to last.
#[derive(Debug, Default)]
pub(super) struct Overlap {
    /// The latest in front.
    streams: VecDeque<Known>,
}

/// All keys of a stream's stored blocks that end at `floor` or later.
#[derive(Debug)]
struct Known {
    stream: i64,
    floor: UnixMillis,
    keys: EventKeys,
    limit: usize,
}

impl Overlap {
    /// The stored keys of `stream`, at least those in blocks that reach `first` or a later time.
    pub(super) fn known(
        &mut self,
        connection: &Connection,
        stream: i64,
        first: UnixMillis,
    ) -> Result<&mut EventKeys, StoreError> {
        let place = self.streams.iter().position(|known| known.stream == stream);
        let mut known = match place.and_then(|place| self.streams.remove(place)) {
            Some(known) if known.keys.len() <= known.limit || first <= known.floor => known,
            Some(_) | None => Known::read(connection, stream, first)?,
        };
        known.lower(connection, first)?;
        self.streams.truncate(STREAMS - 1);
        self.streams.push_front(known);
        Ok(&mut self.streams.front_mut().expect("one was just put there").keys)
    }
}

impl Known {
    fn read(connection: &Connection, stream: i64, floor: UnixMillis) -> Result<Self, StoreError> {
        let mut known = Self { stream, floor: UnixMillis(i64::MAX), keys: EventKeys::default(), limit: 0 };
        known.lower(connection, floor)?;
        known.limit = MIN_LIMIT.max(known.keys.len() * 2);
        Ok(known)
    }

    /// Extends what is known to earlier blocks. Blocks that end at the old floor or later are known already, unless
    /// nothing is: a floor at the end of time means that.
    fn lower(&mut self, connection: &Connection, floor: UnixMillis) -> Result<(), StoreError> {
        if floor >= self.floor {
            return Ok(());
        }
        let until = if self.floor.0 == i64::MAX { i64::MAX } else { self.floor.0 - 1 };
        let mut select = connection.prepare_cached(
            "SELECT event_keys FROM blocks WHERE stream_id = ?1 AND last_ms BETWEEN ?2 AND ?3",
        )?;
        let mut rows = select.query(params![self.stream, floor.0, until])?;
        while let Some(row) = rows.next()? {
            let keys = row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?;
            self.keys.extend(read_keys(keys).collect::<Vec<EventKey>>());
        }
        self.floor = floor;
        Ok(())
    }
}
