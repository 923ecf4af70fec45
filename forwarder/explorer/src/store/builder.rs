//! Collection of records into blocks, one open block for each log stream, within a memory limit.

use std::{collections::HashMap, sync::Arc};

use foldhash::fast::RandomState;
use tailwater_forwarder::sink::ndjson;
use tailwater_parser::{Origin, Record};

use super::{
    block::{Block, BlockEncoder},
    error::WriterStopped,
    events::{EventKeys, EventView, Events},
    identity::StreamKey,
    writer::WriterHandle,
};

/// Number of events at which an open block is closed.
const MAX_EVENTS: usize = 512;
/// Size in bytes of the messages at which an open block is closed, unless [`MAX_EVENTS`] is reached first.
const MAX_TEXT: usize = 128 * 1024;
/// Memory limit in bytes for all open blocks of a builder. Above it the largest blocks are closed until half
/// of the limit is free.
const MAX_OPEN_BYTES: usize = 16 * 1024 * 1024;
/// Estimated memory of an open block without its events, in bytes.
const BLOCK_OVERHEAD: usize = 1024;
/// Estimated memory of an event without its message, in bytes.
const EVENT_OVERHEAD: usize = 72;

/// Open blocks of one worker thread. As soon as a block is closed, it is sent to the [`Writer`](super::Writer).
pub struct BlockBuilder {
    writer: WriterHandle,
    open: HashMap<StreamKey, OpenBlock, RandomState>,
    /// Estimated memory of `open`, in bytes.
    size: usize,
    encoder: BlockEncoder,
    seen: EventKeys,
    /// Buffer for what rules added to an event, as a JSON object.
    additions: Vec<u8>,
}

struct OpenBlock {
    origin: Arc<Origin>,
    events: Events,
}

impl OpenBlock {
    fn size(&self) -> usize {
        BLOCK_OVERHEAD + self.events.len() * EVENT_OVERHEAD + self.events.text().len()
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
    /// Creates a builder that sends its blocks to `writer`.
    #[must_use]
    pub fn new(writer: WriterHandle) -> Self {
        let encoder = BlockEncoder::new(writer.scanner());
        Self {
            writer,
            open: HashMap::default(),
            size: 0,
            encoder,
            seen: EventKeys::default(),
            additions: Vec::new(),
        }
    }

    /// Adds a record to the open block of its log stream. Closes blocks and sends them to the writer when a
    /// limit is reached; blocks the thread while the queue of the writer is full.
    ///
    /// # Errors
    /// Returns [`WriterStopped`] if the writer has stopped.
    pub fn push(&mut self, record: &Record<'_>) -> Result<(), WriterStopped> {
        let key = StreamKey::of(record.origin);
        let open = self.open.entry(key).or_insert_with(|| {
            self.size += BLOCK_OVERHEAD;
            OpenBlock { origin: Arc::new(record.origin.clone()), events: Events::default() }
        });
        open.learn_region(record.origin);
        self.additions.clear();
        if let Some(additions) = record.additions {
            ndjson::write_additions_object(additions, &mut self.additions);
        }
        let additions = str::from_utf8(&self.additions).ok().filter(|json| !json.is_empty());
        open.events.push(&EventView::of(record, additions));
        self.size += EVENT_OVERHEAD + record.message.len() + 1;
        if open.is_full() {
            self.close(key)?;
        }
        if self.size > MAX_OPEN_BYTES { self.close_largest() } else { Ok(()) }
    }

    /// Returns the estimated memory of the open blocks, in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.size
    }

    /// Closes all open blocks and consumes the builder.
    ///
    /// # Errors
    /// Returns [`WriterStopped`] if the writer has stopped.
    pub fn finish(mut self) -> Result<(), WriterStopped> {
        self.flush()
    }

    /// Closes all open blocks, however small they are, so that their events become visible to readers.
    ///
    /// # Errors
    /// Returns [`WriterStopped`] if the writer has stopped.
    pub fn flush(&mut self) -> Result<(), WriterStopped> {
        let keys: Vec<_> = self.open.keys().copied().collect();
        keys.into_iter().try_for_each(|key| self.close(key))
    }

    /// Closes the largest blocks until half of the memory limit is free, so that the limit is reached rarely.
    fn close_largest(&mut self) -> Result<(), WriterStopped> {
        let mut by_size: Vec<_> = self.open.iter().map(|(key, open)| (open.size(), *key)).collect();
        by_size.sort_unstable();
        for (_, key) in by_size.into_iter().rev() {
            if self.size <= MAX_OPEN_BYTES / 2 {
                break;
            }
            self.close(key)?;
        }
        Ok(())
    }

    fn close(&mut self, key: StreamKey) -> Result<(), WriterStopped> {
        let Some(open) = self.open.remove(&key) else {
            return Ok(());
        };
        self.size -= open.size();
        match self.encode(open) {
            Some(block) => self.writer.block(block),
            None => Ok(()),
        }
    }

    /// Encodes an open block. An event that was added several times is encoded once.
    fn encode(&mut self, open: OpenBlock) -> Option<Block> {
        self.seen.clear();
        self.seen.extend(open.events.keys());
        if self.seen.len() == open.events.len() {
            return self.encoder.encode(open.origin, &open.events);
        }
        self.seen.clear();
        let kept = open.events.unseen(&mut self.seen);
        let duplicates = open.events.counted() - kept.counted();
        let block = self.encoder.encode(open.origin, &kept)?;
        Some(Block { duplicates, ..block })
    }
}
