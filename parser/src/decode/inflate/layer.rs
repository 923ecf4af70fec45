//! One layer of compression: streaming decompression of gzip or zstd, detected by the first bytes; other input passes
//! through unchanged.

use flate2::{Decompress, FlushDecompress, Status};
use zstd::stream::raw::{Decoder as ZstdDecoder, Operation};

use super::DecodeError;
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

/// A decompressor of one layer, with a limit on the decompressed size.
#[derive(Debug)]
pub(super) struct Layer {
    state: State,
    /// The first bytes of the input or of the next member, until they are enough to recognise a magic number and are
    /// decompressed.
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
    /// Output that the decoder may hold back, because it filled the buffer of the last step.
    held: Held,
}

/// Output that a decoder holds back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Held {
    None,
    Maybe,
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

/// Bytes taken from the input, and bytes written to the output.
pub(super) type Progress = (usize, usize);

/// Progress of a step, which is valid even if the step ended with an error.
pub(super) type Step = (Progress, Result<(), DecodeError>);

impl Layer {
    /// Creates a decompressor that may write at most `limit` in all.
    pub(super) fn new(limit: ByteSize) -> Self {
        Self { state: State::Unknown, head: Vec::new(), limit, read: 0, wrote: 0 }
    }

    /// Number of bytes written so far.
    pub(super) fn wrote(&self) -> ByteSize {
        ByteSize(self.wrote)
    }

    /// Decompresses from `input` to `out` until the input is used up or `out` is full. A progress of `(0, 0)` without
    /// an error means that more input is needed.
    pub(super) fn step(&mut self, input: &[u8], out: &mut [u8]) -> Step {
        match &self.state {
            State::Unknown => self.detect(input, out),
            State::BetweenMembers(compression) => self.next_member(input, *compression),
            State::Plain | State::Gzip(_) | State::Zstd(_) if !self.head.is_empty() => {
                let (wrote, result) = self.replay_head(out);
                ((0, wrote), result)
            }
            State::Plain | State::Gzip(_) | State::Zstd(_) => self.inflate(input, out),
        }
    }

    /// Ends the input. Returns the bytes that are left of an input too short to detect its format: they are plain.
    ///
    /// # Errors
    /// Returns an error if the input ends inside a compressed member, or in bytes that do not begin another member.
    pub(super) fn finish(&mut self) -> Result<Vec<u8>, DecodeError> {
        let offset = self.read + to_u64(self.head.len());
        match &self.state {
            State::Unknown => {
                let rest = std::mem::take(&mut self.head);
                self.wrote += to_u64(rest.len());
                Ok(rest)
            }
            State::Plain => Ok(Vec::new()),
            State::BetweenMembers(_) if self.head.is_empty() => Ok(Vec::new()),
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

impl Layer {
    /// Collects the first bytes; once there are enough to detect the format, begins to decompress.
    fn detect(&mut self, input: &[u8], out: &mut [u8]) -> Step {
        let taken = self.collect(input, ZSTD_MAGIC.len());
        if self.head.len() < ZSTD_MAGIC.len() {
            return ((taken, 0), Ok(()));
        }
        self.state = State::begin(Compression::detect(&self.head));
        let (wrote, result) = self.replay_head(out);
        ((taken, wrote), result)
    }

    /// Begins the next gzip member or zstd frame if one follows.
    fn next_member(&mut self, input: &[u8], compression: Compression) -> Step {
        let magic = if compression == Compression::Zstd { ZSTD_MAGIC } else { GZIP_MAGIC };
        let taken = self.collect(input, magic.len());
        if !magic.starts_with(&self.head) {
            let error = DecodeError::TrailingGarbage { format: compression.name(), offset: self.read };
            return ((taken, 0), Err(error));
        }
        let mut result = Ok(());
        if self.head.len() == magic.len() {
            self.state = State::begin(compression);
            // A magic number alone produces no output, so no window is needed.
            result = self.replay_head(&mut []).1;
        }
        ((taken, 0), result)
    }

    fn collect(&mut self, input: &[u8], wanted: usize) -> usize {
        let taken = input.len().min(wanted.saturating_sub(self.head.len()));
        self.head.extend_from_slice(input.get(..taken).unwrap_or_default());
        taken
    }

    /// Decompresses the bytes that were collected. Returns the number of bytes written.
    fn replay_head(&mut self, out: &mut [u8]) -> (usize, Result<(), DecodeError>) {
        let head = std::mem::take(&mut self.head);
        let (mut rest, mut total) = (head.as_slice(), 0);
        let result = loop {
            let (progress, result) = self.inflate(rest, out.get_mut(total..).unwrap_or_default());
            rest = rest.get(progress.0..).unwrap_or_default();
            total += progress.1;
            if result.is_err() || rest.is_empty() || progress == (0, 0) {
                break result;
            }
        };
        self.head = rest.to_vec();
        (total, result)
    }

    /// Runs the decoder once. The progress is valid even if the result is an error.
    fn inflate(&mut self, input: &[u8], out: &mut [u8]) -> Step {
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

    /// Compression format of the input; `Plain` until it is detected.
    pub(super) fn compression(&self) -> Compression {
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
                Ok(decoder) => Self::Zstd(Zstd { decoder, wanted: ZSTD_MAGIC.len(), held: Held::None }),
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
    if input.is_empty() && zstd.held == Held::None {
        // The decoder takes repeated calls without progress for an error.
        return ((0, 0), Ok(MemberState::Continues));
    }
    let block = input.get(..zstd.wanted).unwrap_or(input);
    match zstd.decoder.run_on_buffers(block, out) {
        Ok(status) => {
            let after_block = status.remaining.checked_sub(BLOCK_HEADER).filter(|wanted| *wanted > 0);
            zstd.wanted = after_block.unwrap_or(status.remaining).max(1);
            zstd.held = if status.bytes_written == out.len() { Held::Maybe } else { Held::None };
            let progress = (status.bytes_read, status.bytes_written);
            let has_ended = status.remaining == 0 && progress != (0, 0);
            (progress, Ok(if has_ended { MemberState::Ended } else { MemberState::Continues }))
        }
        Err(error) => ((0, 0), Err(error.to_string())),
    }
}
