//! Streaming decompression of gzip and zstd, detected by the first bytes; other input passes through unchanged. What is
//! compressed again inside, as when Firehose compresses what CloudWatch Logs compressed, is decompressed too.

mod layer;
#[cfg(test)]
mod tests;

pub use self::layer::Compression;
use self::layer::{Layer, Progress};
use super::{DecodeError, Window};
use crate::units::ByteSize;

/// Maximum number of layers of compression, one inside the other. Real inputs have two; the limit bounds the memory.
pub(super) const MAX_LAYERS: u8 = 5;

/// Number of bytes by which compressed data is recognised.
const MAGIC_LEN: usize = 4;

/// Size in bytes of the buffer between two layers.
const BUFFER: usize = 16 * 1024;

/// A decompressor for one input, with a limit on the decompressed size of each layer.
#[derive(Debug)]
pub struct Inflater {
    layer: Layer,
    output: Output,
    limit: ByteSize,
    /// Number of layers around this one.
    depth: u8,
}

/// Kind of the decompressed bytes of a layer.
#[derive(Debug)]
enum Output {
    /// Not known yet; holds the first bytes, which are fewer than needed to recognise compressed data.
    Unknown(Vec<u8>),
    /// Text, which is written to the window.
    Text,
    /// Compressed data.
    Compressed(Box<Inner>),
}

/// The layer inside, and the bytes that it has to decompress.
#[derive(Debug)]
struct Inner {
    inflater: Inflater,
    bytes: Vec<u8>,
    /// Number of bytes that are decompressed.
    used: usize,
    /// Damage of the layer outside, which is returned after the bytes before it are decompressed.
    damage: Option<DecodeError>,
}

impl Default for Inflater {
    fn default() -> Self {
        Self::new(ByteSize(u64::MAX))
    }
}

impl Inflater {
    /// Creates a decompressor that may write at most `limit` in all.
    #[must_use]
    pub fn new(limit: ByteSize) -> Self {
        Self::at_depth(limit, 0)
    }

    fn at_depth(limit: ByteSize, depth: u8) -> Self {
        Self { layer: Layer::new(limit), output: Output::Unknown(Vec::new()), limit, depth }
    }

    /// Number of bytes of text written so far.
    #[must_use]
    pub fn inflated(&self) -> ByteSize {
        match &self.output {
            Output::Unknown(_) | Output::Text => self.layer.wrote(),
            Output::Compressed(inner) => inner.inflater.inflated(),
        }
    }

    /// Prepares for another input; the limit stays.
    pub fn reset(&mut self) {
        *self = Self::at_depth(self.limit, self.depth);
    }

    /// Decompresses from `input` into the window until the input is used up or the window is full. A result of
    /// `(0, 0)` means that more input is needed.
    pub(super) fn step(&mut self, input: &[u8], window: &mut Window) -> Result<Progress, DecodeError> {
        match &mut self.output {
            Output::Text => {
                let (progress, result) = self.layer.step(input, window.spare());
                window.filled(progress.1);
                result.map(|()| progress)
            }
            Output::Unknown(_) => self.detect(input, window),
            Output::Compressed(inner) => inner.step(&mut self.layer, input, window),
        }
    }

    /// Ends the input.
    ///
    /// # Errors
    /// Returns an error if the input ends inside a compressed member, or in bytes that do not begin another member.
    pub(super) fn finish(&mut self, window: &mut Window) -> Result<(), DecodeError> {
        let result = self.layer.finish();
        match &mut self.output {
            Output::Text => {}
            Output::Unknown(held) => {
                let held = std::mem::take(held);
                write(window, &held);
                self.output = Output::Text;
            }
            Output::Compressed(inner) => {
                let ended = inner.inflater.finish(window);
                return result.and(ended);
            }
        }
        write(window, &result?);
        Ok(())
    }

    /// Decompresses the first bytes, and detects their kind.
    fn detect(&mut self, input: &[u8], window: &mut Window) -> Result<Progress, DecodeError> {
        let Output::Unknown(held) = &mut self.output else { return Ok((0, 0)) };
        let spare = window.spare();
        let mut len = held.len();
        if let Some(start) = spare.get_mut(..len) {
            start.copy_from_slice(held);
        }
        let (mut taken, mut result) = (0, Ok(()));
        while len < MAGIC_LEN && result.is_ok() {
            let rest = input.get(taken..).unwrap_or_default();
            let progress;
            (progress, result) = self.layer.step(rest, spare.get_mut(len..).unwrap_or_default());
            taken += progress.0;
            len += progress.1;
            if progress == (0, 0) {
                break;
            }
        }
        let first = spare.get(..len).unwrap_or_default();
        if len < MAGIC_LEN && result.is_ok() {
            *held = first.to_vec();
            return Ok((taken, 0));
        }
        // Input that is not compressed is no layer.
        let is_layer = self.layer.compression() != Compression::Plain;
        if is_layer && Compression::detect(first) != Compression::Plain {
            let inner = Inner::new(first.to_vec(), self.limit, self.depth, result)?;
            self.output = Output::Compressed(Box::new(inner));
            let (more, wrote) = self.step(input.get(taken..).unwrap_or_default(), window)?;
            return Ok((taken + more, wrote));
        }
        self.output = Output::Text;
        window.filled(len);
        result.map(|()| (taken, len))
    }
}

impl Inner {
    /// Creates the layer inside one at `depth`, with the first bytes that it has to decompress.
    fn new(
        bytes: Vec<u8>,
        limit: ByteSize,
        depth: u8,
        outside: Result<(), DecodeError>,
    ) -> Result<Self, DecodeError> {
        let depth = depth + 1;
        if depth >= MAX_LAYERS {
            return Err(DecodeError::TooManyLayers { limit: MAX_LAYERS });
        }
        Ok(Self { inflater: Inflater::at_depth(limit, depth), bytes, used: 0, damage: outside.err() })
    }

    /// Decompresses from `input`, the input of the layer `outside`, into the window.
    fn step(
        &mut self,
        outside: &mut Layer,
        mut input: &[u8],
        window: &mut Window,
    ) -> Result<Progress, DecodeError> {
        let mut taken = 0;
        loop {
            let unread = self.bytes.get(self.used..).unwrap_or_default();
            let (used, wrote) = self.inflater.step(unread, window)?;
            self.used += used;
            if wrote > 0 {
                return Ok((taken, wrote));
            }
            if used > 0 {
                continue;
            }
            if let Some(damage) = self.damage.take() {
                return Err(damage);
            }
            let (progress, result) = self.refill(outside, input);
            self.damage = result.err();
            taken += progress.0;
            input = input.get(progress.0..).unwrap_or_default();
            if progress == (0, 0) && self.damage.is_none() {
                return Ok((taken, 0));
            }
        }
    }

    fn refill(&mut self, outside: &mut Layer, input: &[u8]) -> layer::Step {
        self.bytes.resize(BUFFER, 0);
        let step = outside.step(input, &mut self.bytes);
        self.bytes.truncate(step.0.1);
        self.used = 0;
        step
    }
}

/// Writes a few bytes to the window.
fn write(window: &mut Window, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        let spare = window.spare();
        let len = bytes.len().min(spare.len());
        let (now, later) = bytes.split_at_checked(len).unwrap_or((bytes, &[]));
        if let Some(spare) = spare.get_mut(..len) {
            spare.copy_from_slice(now);
        }
        window.filled(len);
        bytes = later;
    }
}
