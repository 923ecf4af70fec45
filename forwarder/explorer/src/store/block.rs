//! Blocks. A block holds several hundred events of one log stream, compressed, with a Bloom filter and other
//! index data.
//!
//! The cost of a database row is thus paid once for several hundred events, and similar lines of one stream
//! compress well together.

use std::sync::Arc;

use tailwater_parser::{Origin, UnixMillis, line::correlation::Scanner, varint};
use zstd::bulk::{Compressor, Decompressor};

use super::{
    bloom::BloomBuilder,
    codes::LevelMask,
    events::Events,
    identity::EventKey,
    mentions::{self, RunMention},
    words::{request_hash, word_hash, words},
};

/// Compression level of zstd, the fastest; JSON lines of 400 bytes shrink by a factor of five to ten.
const COMPRESSION_LEVEL: i32 = 1;
/// Compression level of [`recompress`], above which blocks hardly shrink.
const COMPACT_LEVEL: i32 = 19;
/// Maximum size in bytes of a decompressed column. The messages of a block together are smaller: a block is
/// closed once it holds 128 KiB of them, so only its last message can exceed that.
const MAX_DECOMPRESSED: usize = 8 * 1024 * 1024;

/// Encoded events of one log stream, ready to be stored.
#[derive(Debug)]
pub struct Block {
    pub(super) origin: Arc<Origin>,
    pub(super) first: UnixMillis,
    pub(super) last: UnixMillis,
    pub(super) levels: LevelMask,
    /// Number of events, where the parts of a split message count once.
    pub(super) counted: u64,
    /// Number of repeated events that the block leaves out, where the parts of a split message count once.
    pub(super) duplicates: u64,
    pub(super) encoded: EncodedEvents,
    pub(super) bloom: Vec<u8>,
    /// Correlation ids and resources in the events.
    pub(super) mentions: Vec<RunMention>,
}

/// Encoded columns of a block, as stored in the table `blocks`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct EncodedEvents {
    /// Event keys, eight bytes each, little-endian. Not compressed, because they are read alone to find duplicates.
    pub(super) event_keys: Vec<u8>,
    /// A zero and the length of the other columns as they are before compression. In blocks of earlier versions, which have
    /// no zero, these columns themselves, compressed.
    pub(super) columns: Vec<u8>,
    /// The other columns and then the messages, compressed together, because both have the same request ids. In blocks of
    /// earlier versions the messages alone.
    pub(super) messages: Vec<u8>,
}

impl Block {
    /// Returns the size of the encoded columns, the Bloom filter and the rows of mentions, in bytes.
    pub(super) fn size(&self) -> usize {
        const ROW: usize = 200;
        self.encoded.size() + self.bloom.len() + self.mentions.len() * ROW
    }
}

/// Encoder of events into blocks. Its buffers are reused for the next block.
pub(super) struct BlockEncoder {
    compressor: Compressor<'static>,
    bloom: BloomBuilder,
    columns: Vec<u8>,
    lowercase: String,
    scanner: Arc<Scanner>,
}

impl Default for BlockEncoder {
    fn default() -> Self {
        Self::new(Arc::default())
    }
}

impl BlockEncoder {
    /// Creates an encoder that finds correlation ids with `scanner`.
    pub(super) fn new(scanner: Arc<Scanner>) -> Self {
        Self {
            compressor: compressor(COMPRESSION_LEVEL),
            bloom: BloomBuilder::default(),
            columns: Vec::new(),
            lowercase: String::new(),
            scanner,
        }
    }

    /// Encodes events into a block. Returns `None` if there are no events.
    pub(super) fn encode(&mut self, origin: Arc<Origin>, events: &Events) -> Option<Block> {
        let (first, last) = events.first_and_last()?;
        Some(Block {
            origin,
            first,
            last,
            levels: events.levels(),
            counted: events.counted(),
            duplicates: 0,
            encoded: self.encode_events(events),
            bloom: self.bloom_of(events),
            mentions: mentions::of_events(&self.scanner, events),
        })
    }

    pub(super) fn encode_events(&mut self, events: &Events) -> EncodedEvents {
        self.columns.clear();
        events.encode_columns(&mut self.columns);
        let columns = joined(self.columns.len());
        self.columns.extend_from_slice(events.text().as_bytes());
        EncodedEvents {
            event_keys: events.keys().iter().flat_map(|key| key.0.to_le_bytes()).collect(),
            columns,
            messages: compress(&mut self.compressor, &self.columns),
        }
    }

    fn bloom_of(&mut self, events: &Events) -> Vec<u8> {
        self.lowercase.clear();
        self.lowercase.push_str(events.text());
        self.lowercase.make_ascii_lowercase();
        words(&self.lowercase).for_each(|word| self.bloom.insert(word_hash(word)));
        events.request_ids().for_each(|id| self.bloom.insert(request_hash(id)));
        self.bloom.finish()
    }
}

impl EncodedEvents {
    /// Decodes the events. Returns `None` if the block is damaged.
    pub(super) fn decode(&self) -> Option<Events> {
        decode(&self.event_keys, &self.columns, &self.messages)
    }

    fn size(&self) -> usize {
        self.event_keys.len() + self.columns.len() + self.messages.len()
    }
}

/// Decodes the events of a block from its columns. Returns `None` if they are damaged.
pub(super) fn decode(event_keys: &[u8], columns: &[u8], messages: &[u8]) -> Option<Events> {
    let (mut joined, length) = decompress_joined(columns, messages)?;
    let text = String::from_utf8(joined.split_off(length)).ok()?;
    Events::decode(read_keys(event_keys).collect(), &joined, text)
}

/// Returns the other columns of a block and its messages behind each other, and the length of the columns.
fn decompress_joined(columns: &[u8], messages: &[u8]) -> Option<(Vec<u8>, usize)> {
    let mut decompressor = Decompressor::new().ok()?;
    if let Some(mut length) = columns.strip_prefix(&[0]) {
        let length = varint::read_size(&mut length)?;
        let joined = decompress(&mut decompressor, messages)?;
        return (length <= joined.len()).then_some((joined, length));
    }
    let mut joined = decompress(&mut decompressor, columns)?;
    let length = joined.len();
    joined.extend(decompress(&mut decompressor, messages)?);
    Some((joined, length))
}

/// Compresses the columns and messages of a block again, more slowly and better. Returns `None` if they are damaged.
pub(super) fn recompress(columns: &[u8], messages: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let (data, length) = decompress_joined(columns, messages)?;
    Some((joined(length), compress(&mut compressor(COMPACT_LEVEL), &data)))
}

/// Content of the column `columns` for columns of this length that are compressed together with the messages.
fn joined(length: usize) -> Vec<u8> {
    let mut columns = vec![0];
    varint::write_size(&mut columns, length);
    columns
}

fn compressor(level: i32) -> Compressor<'static> {
    Compressor::new(level).expect("zstd supports this level")
}

/// Iterates over the keys in a column `event_keys`.
pub(super) fn read_keys(bytes: &[u8]) -> impl Iterator<Item = EventKey> {
    let (keys, _) = bytes.as_chunks::<8>();
    keys.iter().map(|key| EventKey(u64::from_le_bytes(*key)))
}

/// Compresses `data`, prefixed with its length.
fn compress(compressor: &mut Compressor<'_>, data: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len() / 4 + 64);
    varint::write_size(&mut out, data.len());
    let compressed = compressor
        .compress(data)
        .expect("zstd fails only if the output buffer is too small, and allocates it");
    out.extend_from_slice(&compressed);
    out
}

/// Inverse of [`compress`]. Returns `None` if the data is damaged.
fn decompress(decompressor: &mut Decompressor<'_>, mut data: &[u8]) -> Option<Vec<u8>> {
    let size = varint::read_size(&mut data).filter(|size| *size <= MAX_DECOMPRESSED)?;
    let decompressed = decompressor.decompress(data, size).ok()?;
    (decompressed.len() == size).then_some(decompressed)
}
