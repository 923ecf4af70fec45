//! Inflates gzip and zstd as it arrives, or passes plain text through; what it is shows in its first bytes.

use flate2::{Decompress, FlushDecompress, Status};
use zstd::stream::raw::{Decoder as ZstdDecoder, Operation};

use super::{DecodeError, Window};
use crate::units::ByteSize;

/// How an input is compressed, read from its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not, or not in a way known here.
    Plain,
    /// gzip, of one member or several.
    Gzip,
    /// Zstandard, of one frame or several.
    Zstd,
}

const GZIP_MAGIC: &[u8] = &[0x1f, 0x8b];
const ZSTD_MAGIC: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

impl Compression {
    /// Of an input that begins with `head`.
    #[must_use]
    pub fn of(head: &[u8]) -> Self {
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

/// An inflating stream with a limit on what it may inflate to.
#[derive(Debug)]
pub struct Inflate {
    state: State,
    /// The first bytes, until there are enough to tell what they begin.
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
    /// Behind a member: another, or the end.
    Between(Compression),
}

/// A zstd frame that is inflated block by block: the decoder does not tell what it wrote before it met damage, so that the
/// blocks before a damaged one would be lost.
struct Zstd {
    decoder: ZstdDecoder<'static>,
    /// Bytes to the end of the block, or of the header.
    wanted: usize,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Unknown => "Unknown",
            Self::Plain => "Plain",
            Self::Gzip(_) => "Gzip",
            Self::Zstd(_) => "Zstd",
            Self::Between(_) => "Between",
        })
    }
}

impl Default for Inflate {
    fn default() -> Self {
        Self::new(ByteSize(u64::MAX))
    }
}

/// Bytes taken from the input, and bytes written to the window.
type Progress = (usize, usize);

impl Inflate {
    /// A stream that may inflate to `limit`.
    #[must_use]
    pub fn new(limit: ByteSize) -> Self {
        Self { state: State::Unknown, head: Vec::new(), limit, read: 0, wrote: 0 }
    }

    /// How much text came out so far.
    #[must_use]
    pub fn inflated(&self) -> ByteSize {
        ByteSize(self.wrote)
    }

    /// Makes it ready for another input.
    pub fn reset(&mut self) {
        *self = Self::new(self.limit);
    }

    /// Inflates from `input` into the window until either has no more. Nothing used and nothing written: give it
    /// more input.
    pub(super) fn step(&mut self, input: &[u8], window: &mut Window) -> Result<Progress, DecodeError> {
        match &self.state {
            State::Unknown => self.detect(input, window),
            State::Between(compression) => self.next_member(input, *compression),
            State::Plain | State::Gzip(_) | State::Zstd(_) => {
                let (progress, result) = self.inflate(input, window.spare());
                window.filled(progress.1);
                result.map(|()| progress)
            }
        }
    }

    /// Says that there is no more input.
    pub(super) fn finish(&mut self, window: &mut Window) -> Result<(), DecodeError> {
        let offset = self.read + count(self.head.len());
        match &self.state {
            State::Unknown => {
                let (_, wrote) = copy(&std::mem::take(&mut self.head), window.spare());
                window.filled(wrote);
                self.wrote += count(wrote);
                Ok(())
            }
            State::Plain => Ok(()),
            State::Between(_) if self.head.is_empty() => Ok(()),
            State::Between(compression) => {
                Err(DecodeError::TrailingGarbage { format: compression.name(), offset: self.read })
            }
            State::Gzip(_) => Err(DecodeError::Truncated { format: "gzip", offset }),
            State::Zstd(_) => Err(DecodeError::Truncated { format: "zstd", offset }),
        }
    }
}

fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

fn copy(input: &[u8], out: &mut [u8]) -> Progress {
    let n = input.len().min(out.len());
    if let (Some(from), Some(to)) = (input.get(..n), out.get_mut(..n)) {
        to.copy_from_slice(from);
    }
    (n, n)
}

impl Inflate {
    /// Collects the first bytes, and begins to inflate with them once they tell.
    fn detect(&mut self, input: &[u8], window: &mut Window) -> Result<Progress, DecodeError> {
        let taken = self.collect(input, ZSTD_MAGIC.len());
        if self.head.len() < ZSTD_MAGIC.len() {
            return Ok((taken, 0));
        }
        self.state = State::begin(Compression::of(&self.head));
        let wrote = self.replay_head(window)?;
        Ok((taken, wrote))
    }

    /// Behind a member: begins the next where one follows.
    fn next_member(&mut self, input: &[u8], compression: Compression) -> Result<Progress, DecodeError> {
        let magic = if compression == Compression::Zstd { ZSTD_MAGIC } else { GZIP_MAGIC };
        let taken = self.collect(input, magic.len());
        if !magic.starts_with(&self.head) {
            return Err(DecodeError::TrailingGarbage { format: compression.name(), offset: self.read });
        }
        if self.head.len() == magic.len() {
            self.state = State::begin(compression);
            // A magic number alone inflates to nothing: no window is needed.
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

    /// How far it came, also where it met damage.
    fn inflate(&mut self, input: &[u8], out: &mut [u8]) -> (Progress, Result<(), DecodeError>) {
        let (progress, result) = match &mut self.state {
            State::Gzip(gzip) => step_gzip(gzip, input, out),
            State::Zstd(zstd) => step_zstd(zstd, input, out),
            State::Unknown | State::Plain | State::Between(_) => (copy(input, out), Ok(Member::GoesOn)),
        };
        self.read += count(progress.0);
        self.wrote += count(progress.1);
        let result = match result {
            Ok(_) if self.wrote > self.limit.0 => Err(DecodeError::InflatedLimit { limit: self.limit }),
            Ok(Member::GoesOn) => Ok(()),
            Ok(Member::Ended) => {
                self.state = State::Between(self.compression());
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
            State::Between(compression) => *compression,
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

/// Whether there is more of a gzip member or zstd frame.
enum Member {
    GoesOn,
    Ended,
}

/// Progress, and where the member stands behind it or what damage stopped it.
type Stepped = (Progress, Result<Member, String>);

fn step_gzip(gzip: &mut Decompress, input: &[u8], out: &mut [u8]) -> Stepped {
    let before = (gzip.total_in(), gzip.total_out());
    let result = gzip.decompress(input, out, FlushDecompress::None);
    let used = usize::try_from(gzip.total_in() - before.0).unwrap_or(0);
    let wrote = usize::try_from(gzip.total_out() - before.1).unwrap_or(0);
    let member = match result {
        Ok(Status::StreamEnd) => Ok(Member::Ended),
        Ok(Status::Ok | Status::BufError) => Ok(Member::GoesOn),
        Err(error) => Err(error.message().unwrap_or("not a deflate stream").to_owned()),
    };
    ((used, wrote), member)
}

/// Of the block that follows, which zstd wants with the one before.
const BLOCK_HEADER: usize = 3;

fn step_zstd(zstd: &mut Zstd, input: &[u8], out: &mut [u8]) -> Stepped {
    let block = input.get(..zstd.wanted).unwrap_or(input);
    match zstd.decoder.run_on_buffers(block, out) {
        Ok(status) => {
            let behind_block = status.remaining.checked_sub(BLOCK_HEADER).filter(|wanted| *wanted > 0);
            zstd.wanted = behind_block.unwrap_or(status.remaining).max(1);
            let progress = (status.bytes_read, status.bytes_written);
            let has_ended = status.remaining == 0 && progress != (0, 0);
            (progress, Ok(if has_ended { Member::Ended } else { Member::GoesOn }))
        }
        Err(error) => ((0, 0), Err(error.to_string())),
    }
}
