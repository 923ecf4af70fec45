//! A block: some hundred events of one log stream, compressed, with what is needed to find them.
//!
//! So the costs of a row are paid once in some hundred events, and the lines of one stream, which resemble each other,
//! compress well together.

use std::sync::Arc;

use tailwater_parser::{Origin, UnixMillis};
use zstd::bulk::{Compressor, Decompressor};

use super::{
    bloom::BloomBuilder,
    codes::LevelMask,
    events::Events,
    identity::EventKey,
    problem::{self, Problem},
    varint,
    words::{request_hash, word_hash, words},
};

/// The fastest level; it makes 400-byte JSON lines five to ten times smaller.
const LEVEL: i32 = 1;
/// No column of a sound block is larger: the text is at most one full block and one message.
const MAX_INFLATED: usize = 8 * 1024 * 1024;

/// Events of one log stream, ready to be stored.
#[derive(Debug)]
pub struct Block {
    pub(super) origin: Arc<Origin>,
    pub(super) first: UnixMillis,
    pub(super) last: UnixMillis,
    pub(super) levels: LevelMask,
    /// Events that count; parts of a long message behind its first do not.
    pub(super) counted: u64,
    /// Events that count and came twice while the block was open.
    pub(super) duplicates: u64,
    pub(super) packed: Packed,
    pub(super) bloom: Vec<u8>,
    /// Its lines that tell of an error.
    pub(super) problems: Vec<Problem>,
}

/// The columns of a block as they lie in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Packed {
    /// Eight bytes an event, little-endian: read alone to find duplicates.
    pub(super) event_keys: Vec<u8>,
    /// Times, levels and the like, compressed.
    pub(super) columns: Vec<u8>,
    /// The messages, compressed.
    pub(super) messages: Vec<u8>,
}

impl Block {
    /// Bytes it takes in the file.
    pub(super) fn size(&self) -> usize {
        self.packed.size() + self.bloom.len()
    }
}

/// Makes blocks out of events; its buffers are used again for each.
pub(super) struct Sealer {
    compressor: Compressor<'static>,
    bloom: BloomBuilder,
    columns: Vec<u8>,
    lowered: String,
}

impl Default for Sealer {
    fn default() -> Self {
        let compressor = Compressor::new(LEVEL).expect("the level is one zstd has");
        Self { compressor, bloom: BloomBuilder::default(), columns: Vec::new(), lowered: String::new() }
    }
}

impl Sealer {
    /// The block of `events`; `None` when there are none.
    pub(super) fn seal(&mut self, origin: Arc<Origin>, events: &Events) -> Option<Block> {
        let (first, last) = events.span()?;
        Some(Block {
            origin,
            first,
            last,
            levels: events.levels(),
            counted: events.counted(),
            duplicates: 0,
            packed: self.pack(events),
            bloom: self.bloom_of(events),
            problems: problem::find(events),
        })
    }

    pub(super) fn pack(&mut self, events: &Events) -> Packed {
        self.columns.clear();
        events.encode_columns(&mut self.columns);
        Packed {
            event_keys: events.keys().iter().flat_map(|key| key.0.to_le_bytes()).collect(),
            columns: deflate(&mut self.compressor, &self.columns),
            messages: deflate(&mut self.compressor, events.text().as_bytes()),
        }
    }

    fn bloom_of(&mut self, events: &Events) -> Vec<u8> {
        self.lowered.clear();
        self.lowered.push_str(events.text());
        self.lowered.make_ascii_lowercase();
        words(&self.lowered).for_each(|word| self.bloom.insert(word_hash(word)));
        events.request_ids().for_each(|id| self.bloom.insert(request_hash(id)));
        self.bloom.finish()
    }
}

impl Packed {
    /// The events; `None` when the block is damaged.
    pub(super) fn open(&self) -> Option<Events> {
        let mut decompressor = Decompressor::new().ok()?;
        let columns = inflate(&mut decompressor, &self.columns)?;
        let text = String::from_utf8(inflate(&mut decompressor, &self.messages)?).ok()?;
        Events::decode(read_keys(&self.event_keys).collect(), &columns, text)
    }

    fn size(&self) -> usize {
        self.event_keys.len() + self.columns.len() + self.messages.len()
    }
}

/// The keys of a block's events.
pub(super) fn read_keys(bytes: &[u8]) -> impl Iterator<Item = EventKey> {
    let (keys, _) = bytes.as_chunks::<8>();
    keys.iter().map(|key| EventKey(u64::from_le_bytes(*key)))
}

/// The length of `data`, then `data` compressed.
fn deflate(compressor: &mut Compressor<'_>, data: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len() / 4 + 64);
    varint::put_size(&mut out, data.len());
    let deflated =
        compressor.compress(data).expect("zstd fails only for want of room, and gets its own bound");
    out.extend_from_slice(&deflated);
    out
}

fn inflate(decompressor: &mut Decompressor<'_>, mut data: &[u8]) -> Option<Vec<u8>> {
    let size = varint::take_size(&mut data).filter(|size| *size <= MAX_INFLATED)?;
    let inflated = decompressor.decompress(data, size).ok()?;
    (inflated.len() == size).then_some(inflated)
}
