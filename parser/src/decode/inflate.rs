//! Streaming decompression of gzip and zstd, detected by the first bytes; other input passes through unchanged.

use flate2::{Decompress, FlushDecompress, Status};
use zstd::stream::raw::{Decoder as ZstdDecoder, Operation};

use super::{DecodeError, Window};
use crate::units::ByteSize;

/// Compression format of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not compressed, or in a format that is not supported.
    Plain,
    /// gzip, with one member or several.
    Gzip,
    /// Zstandard, with one frame or several.
    Zstd,
}

const GZIP_MAGIC: &[u8] = &[0x1f, 0x8b];
const ZSTD_MAGIC: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

impl Compression {
    /// Detects the format of an input from its first bytes; four are enough.
    #[must_use]
    pub fn detect(head: &[u8]) -> Self {
        if head.starts_with(GZIP_MAGIC) {
            Self::Gzip
        } else if head.starts_with(ZSTD_MAGIC) {
            Self::Zstd
        } else {
            Self::Plain
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }
}

/// A decompressor for one input, with a limit on the decompressed size.
#[derive(Debug)]
pub struct Inflater {
    state: State,
    /// The first bytes of the input or of the next member, until they are enough to recognise a magic number.
    head: Vec<u8>,
    limit: ByteSize,
    read: u64,
    wrote: u64,
}

enum State {
    Unknown,
    Plain,
    Gzip(Decompress),
    Zstd(Zstd),
    /// After a gzip member or zstd frame: another one follows, or the end of the input.
    BetweenMembers(Compression),
}

/// A zstd frame that is decompressed block by block: on an error the decoder does not report what it wrote before, so
/// with larger steps the blocks before a damaged one would be lost.
struct Zstd {
    decoder: ZstdDecoder<'static>,
    /// Bytes up to the end of the current block, or of the frame header.
    wanted: usize,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Unknown => "Unknown",
            Self::Plain => "Plain",
            Self::Gzip(_) => "Gzip",
            Self::Zstd(_) => "Zstd",
            Self::BetweenMembers(_) => "BetweenMembers",
        })
    }
}

impl Default for Inflater {
    fn default() -> Self {
        Self::new(ByteSize(u64::MAX))
    }
}

/// Bytes taken from the input, and bytes written to the output.
type Progress = (usize, usize);

impl Inflater {
    /// Creates a decompressor that may write at most `limit` in all.
    #[must_use]
    pub fn new(limit: ByteSize) -> Self {
        Self { state: State::Unknown, head: Vec::new(), limit, read: 0, wrote: 0 }
    }

    /// Number of bytes written so far.
    #[must_use]
    pub fn inflated(&self) -> ByteSize {
        ByteSize(self.wrote)
    }

    /// Prepares for another input; the limit stays.
    pub fn reset(&mut self) {
        *self = Self::new(self.limit);
    }

    /// Decompresses from `input` into the window until the input is used up or the window is full. A result of
    /// `(0, 0)` means that more input is needed.
    pub(super) fn step(&mut self, input: &[u8], window: &mut Window) -> Result<Progress, DecodeError> {
        match &self.state {
            State::Unknown => self.detect(input, window),
            State::BetweenMembers(compression) => self.next_member(input, *compression),
            State::Plain | State::Gzip(_) | State::Zstd(_) => {
                let (progress, result) = self.inflate(input, window.spare());
                window.filled(progress.1);
                result.map(|()| progress)
            }
        }
    }

    /// Ends the input.
    ///
    /// # Errors
    /// Returns an error if the input ends inside a compressed member, or in bytes that do not begin another member.
    pub(super) fn finish(&mut self, window: &mut Window) -> Result<(), DecodeError> {
        let offset = self.read + to_u64(self.head.len());
        match &self.state {
            State::Unknown => {
                let (_, wrote) = copy(&std::mem::take(&mut self.head), window.spare());
                window.filled(wrote);
                self.wrote += to_u64(wrote);
                Ok(())
            }
            State::Plain => Ok(()),
            State::BetweenMembers(_) if self.head.is_empty() => Ok(()),
            State::BetweenMembers(compression) => {
                Err(DecodeError::TrailingGarbage { format: compression.name(), offset: self.read })
            }
            State::Gzip(_) => Err(DecodeError::Truncated { format: "gzip", offset }),
            State::Zstd(_) => Err(DecodeError::Truncated { format: "zstd", offset }),
        }
    }
}

fn to_u64(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

fn copy(input: &[u8], out: &mut [u8]) -> Progress {
    let n = input.len().min(out.len());
    if let (Some(from), Some(to)) = (input.get(..n), out.get_mut(..n)) {
        to.copy_from_slice(from);
    }
    (n, n)
}

impl Inflater {
    /// Collects the first bytes; once there are enough to detect the format, begins to decompress.
    fn detect(&mut self, input: &[u8], window: &mut Window) -> Result<Progress, DecodeError> {
        let taken = self.collect(input, ZSTD_MAGIC.len());
        if self.head.len() < ZSTD_MAGIC.len() {
            return Ok((taken, 0));
        }
        self.state = State::begin(Compression::detect(&self.head));
        let wrote = self.replay_head(window)?;
        Ok((taken, wrote))
    }

    /// Begins the next gzip member or zstd frame if one follows.
    fn next_member(&mut self, input: &[u8], compression: Compression) -> Result<Progress, DecodeError> {
        let magic = if compression == Compression::Zstd { ZSTD_MAGIC } else { GZIP_MAGIC };
        let taken = self.collect(input, magic.len());
        if !magic.starts_with(&self.head) {
            return Err(DecodeError::TrailingGarbage { format: compression.name(), offset: self.read });
        }
        if self.head.len() == magic.len() {
            self.state = State::begin(compression);
            // A magic number alone produces no output, so no window is needed.
            let head = std::mem::take(&mut self.head);
            self.inflate(&head, &mut []).1?;
        }
        Ok((taken, 0))
    }

    fn collect(&mut self, input: &[u8], wanted: usize) -> usize {
        let taken = input.len().min(wanted.saturating_sub(self.head.len()));
        self.head.extend_from_slice(input.get(..taken).unwrap_or_default());
        taken
    }

    fn replay_head(&mut self, window: &mut Window) -> Result<usize, DecodeError> {
        let head = std::mem::take(&mut self.head);
        let (mut rest, mut total) = (head.as_slice(), 0);
        while !rest.is_empty() {
            let (used, wrote) = self.step(rest, window)?;
            rest = rest.get(used..).unwrap_or_default();
            total += wrote;
        }
        Ok(total)
    }

    /// Runs the decoder once. The progress is valid even if the result is an error.
    fn inflate(&mut self, input: &[u8], out: &mut [u8]) -> (Progress, Result<(), DecodeError>) {
        let (progress, result) = match &mut self.state {
            State::Gzip(gzip) => step_gzip(gzip, input, out),
            State::Zstd(zstd) => step_zstd(zstd, input, out),
            State::Unknown | State::Plain | State::BetweenMembers(_) => {
                (copy(input, out), Ok(MemberState::Continues))
            }
        };
        self.read += to_u64(progress.0);
        self.wrote += to_u64(progress.1);
        let result = match result {
            Ok(_) if self.wrote > self.limit.0 => Err(DecodeError::InflatedLimit { limit: self.limit }),
            Ok(MemberState::Continues) => Ok(()),
            Ok(MemberState::Ended) => {
                self.state = State::BetweenMembers(self.compression());
                Ok(())
            }
            Err(reason) => {
                Err(DecodeError::Damaged { format: self.compression().name(), offset: self.read, reason })
            }
        };
        (progress, result)
    }

    fn compression(&self) -> Compression {
        match &self.state {
            State::Gzip(_) => Compression::Gzip,
            State::Zstd(_) => Compression::Zstd,
            State::BetweenMembers(compression) => *compression,
            State::Unknown | State::Plain => Compression::Plain,
        }
    }
}

impl State {
    fn begin(compression: Compression) -> Self {
        match compression {
            Compression::Plain => Self::Plain,
            Compression::Gzip => Self::Gzip(Decompress::new_gzip(15)),
            Compression::Zstd => match ZstdDecoder::new() {
                Ok(decoder) => Self::Zstd(Zstd { decoder, wanted: ZSTD_MAGIC.len() }),
                Err(_) => Self::Plain,
            },
        }
    }
}

/// State of a gzip member or zstd frame after a step of decompression.
enum MemberState {
    Continues,
    Ended,
}

/// Bytes read and written, and the state of the member or the decoder's error message.
type StepResult = (Progress, Result<MemberState, String>);

fn step_gzip(gzip: &mut Decompress, input: &[u8], out: &mut [u8]) -> StepResult {
    let before = (gzip.total_in(), gzip.total_out());
    let result = gzip.decompress(input, out, FlushDecompress::None);
    let used = usize::try_from(gzip.total_in() - before.0).unwrap_or(0);
    let wrote = usize::try_from(gzip.total_out() - before.1).unwrap_or(0);
    let member = match result {
        Ok(Status::StreamEnd) => Ok(MemberState::Ended),
        Ok(Status::Ok | Status::BufError) => Ok(MemberState::Continues),
        Err(error) => Err(error.message().unwrap_or("not a deflate stream").to_owned()),
    };
    ((used, wrote), member)
}

/// Size of a zstd block header. The decoder asks for the header of the next block together with the current one.
const BLOCK_HEADER: usize = 3;

fn step_zstd(zstd: &mut Zstd, input: &[u8], out: &mut [u8]) -> StepResult {
    let block = input.get(..zstd.wanted).unwrap_or(input);
    match zstd.decoder.run_on_buffers(block, out) {
        Ok(status) => {
            let after_block = status.remaining.checked_sub(BLOCK_HEADER).filter(|wanted| *wanted > 0);
            zstd.wanted = after_block.unwrap_or(status.remaining).max(1);
            let progress = (status.bytes_read, status.bytes_written);
            let has_ended = status.remaining == 0 && progress != (0, 0);
            (progress, Ok(if has_ended { MemberState::Ended } else { MemberState::Continues }))
        }
        Err(error) => ((0, 0), Err(error.to_string())),
    }
}
