//! Gathers records into blocks, one open block a log stream, within a bounded memory.

use std::{collections::HashMap, sync::Arc};

use foldhash::fast::RandomState;
use tailwater_parser::{Origin, Record};

use super::{
    block::{Block, Sealer},
    error::Stopped,
    events::{EventKeys, EventView, Events},
    identity::StreamKey,
    writer::WriterHandle,
};

/// A block is sealed at this many events …
const MAX_EVENTS: usize = 512;
/// … or this many bytes of messages, whichever comes first.
const MAX_TEXT: usize = 128 * 1024;
/// Open blocks of one builder together; beyond it the largest are sealed until half is free.
const MAX_OPEN: usize = 16 * 1024 * 1024;
/// What an open block takes besides its messages and the columns counted by [`EVENT_COST`].
const BLOCK_COST: usize = 1024;
/// What an event takes besides its message.
const EVENT_COST: usize = 72;

/// One worker's open blocks. What it seals goes straight to the writer.
pub struct BlockBuilder {
    writer: WriterHandle,
    open: HashMap<StreamKey, Open, RandomState>,
    /// Bytes all of `open` takes.
    size: usize,
    sealer: Sealer,
    seen: EventKeys,
}

struct Open {
    origin: Arc<Origin>,
    events: Events,
}

impl Open {
    fn size(&self) -> usize {
        BLOCK_COST + self.events.len() * EVENT_COST + self.events.text().len()
    }

    fn is_full(&self) -> bool {
        self.events.len() >= MAX_EVENTS || self.events.text().len() >= MAX_TEXT
    }

    fn learn_region(&mut self, origin: &Origin) {
        if self.origin.region.is_empty() && !origin.region.is_empty() {
            Arc::make_mut(&mut self.origin).region.clone_from(&origin.region);
        }
    }
}

impl BlockBuilder {
    /// A builder that hands its blocks to `writer`.
    #[must_use]
    pub fn new(writer: WriterHandle) -> Self {
        Self {
            writer,
            open: HashMap::default(),
            size: 0,
            sealer: Sealer::default(),
            seen: EventKeys::default(),
        }
    }

    /// Takes one record.
    ///
    /// # Errors
    /// The writer has stopped.
    pub fn push(&mut self, record: &Record<'_>) -> Result<(), Stopped> {
        let key = StreamKey::of(record.origin);
        let open = self.open.entry(key).or_insert_with(|| {
            self.size += BLOCK_COST;
            Open { origin: Arc::new(record.origin.clone()), events: Events::default() }
        });
        open.learn_region(record.origin);
        open.events.push(&EventView::of(record));
        self.size += EVENT_COST + record.message.len() + 1;
        if open.is_full() {
            self.seal(key)?;
        }
        if self.size > MAX_OPEN { self.make_room() } else { Ok(()) }
    }

    /// About how many bytes the open blocks take.
    #[must_use]
    pub fn size(&self) -> usize {
        self.size
    }

    /// Hands over whatever is still open.
    ///
    /// # Errors
    /// The writer has stopped.
    pub fn finish(mut self) -> Result<(), Stopped> {
        self.flush()
    }

    /// Hands over whatever is open now: smaller blocks than could be, for who cannot wait.
    ///
    /// # Errors
    /// The writer has stopped.
    pub fn flush(&mut self) -> Result<(), Stopped> {
        let keys: Vec<_> = self.open.keys().copied().collect();
        keys.into_iter().try_for_each(|key| self.seal(key))
    }

    /// Seals the largest blocks until half the room is free, so that the next time is far away.
    fn make_room(&mut self) -> Result<(), Stopped> {
        let mut by_size: Vec<_> = self.open.iter().map(|(key, open)| (open.size(), *key)).collect();
        by_size.sort_unstable();
        for (_, key) in by_size.into_iter().rev() {
            if self.size <= MAX_OPEN / 2 {
                break;
            }
            self.seal(key)?;
        }
        Ok(())
    }

    fn seal(&mut self, key: StreamKey) -> Result<(), Stopped> {
        let Some(open) = self.open.remove(&key) else {
            return Ok(());
        };
        self.size -= open.size();
        match self.sealed(open) {
            Some(block) => self.writer.block(block),
            None => Ok(()),
        }
    }

    /// The block without events that came twice while it was open.
    fn sealed(&mut self, open: Open) -> Option<Block> {
        self.seen.clear();
        self.seen.extend(open.events.keys());
        if self.seen.len() == open.events.len() {
            return self.sealer.seal(open.origin, &open.events);
        }
        self.seen.clear();
        let kept = open.events.unseen(&mut self.seen);
        let duplicates = open.events.counted() - kept.counted();
        let block = self.sealer.seal(open.origin, &kept)?;
        Some(Block { duplicates, ..block })
    }
}
