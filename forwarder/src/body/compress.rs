//! Compression of a body as it grows; the state is used again for the next one.

use std::fmt;

use flate2::{Compress, FlushCompress, Status};
use zstd::{
    stream::raw::{Encoder as Zstd, Operation as _},
    zstd_safe::{InBuffer, OutBuffer},
};

use crate::sink::Encoding;

/// How hard to compress, from 1 (fast) to 9 (small).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level(pub u8);

impl Default for Level {
    /// Compression is most of what forwarding costs, and the first level saves most of the bytes.
    fn default() -> Self {
        Self(1)
    }
}

/// Room that is made for output at a time.
const ROOM: usize = 64 * 1024;

/// The largest window of gzip and zlib.
const WINDOW_BITS: u8 = 15;

/// Compresses one body after the other.
pub struct Compressor {
    method: Method,
    out: Vec<u8>,
}

enum Method {
    Identity,
    Flate(Compress),
    Zstd(Zstd<'static>),
}

impl Compressor {
    /// One for this encoding. State is made here, not for each body.
    ///
    /// # Panics
    /// When zstd does not get the few hundred kilobytes that it works in.
    #[must_use]
    pub fn new(encoding: Encoding, Level(level): Level) -> Self {
        let flate = flate2::Compression::new(u32::from(level.clamp(1, 9)));
        let method = match encoding {
            Encoding::Identity => Method::Identity,
            Encoding::Gzip => Method::Flate(Compress::new_gzip(flate, WINDOW_BITS)),
            Encoding::Deflate => Method::Flate(Compress::new_with_window_bits(flate, true, WINDOW_BITS)),
            Encoding::Zstd => {
                Method::Zstd(Zstd::new(i32::from(level)).expect("a level of ours, and memory for its state"))
            }
        };
        Self { method, out: Vec::new() }
    }

    /// Appends to the open body.
    pub fn write(&mut self, input: &[u8]) {
        match &mut self.method {
            Method::Identity => self.out.extend_from_slice(input),
            Method::Flate(state) => deflate(state, input, FlushCompress::None, &mut self.out),
            Method::Zstd(state) => zstd_write(state, input, &mut self.out),
        }
    }

    /// Bytes of the compressed body that are there already.
    #[must_use]
    pub fn compressed_len(&self) -> usize {
        self.out.len()
    }

    /// Ends the body and begins the next.
    pub fn finish(&mut self) -> Vec<u8> {
        match &mut self.method {
            Method::Identity => {}
            Method::Flate(state) => {
                deflate(state, &[], FlushCompress::Finish, &mut self.out);
                state.reset();
            }
            Method::Zstd(state) => {
                zstd_finish(state, &mut self.out);
                state.reinit().expect("resetting a session of ours cannot fail");
            }
        }
        std::mem::take(&mut self.out)
    }
}

fn deflate(state: &mut Compress, mut input: &[u8], flush: FlushCompress, out: &mut Vec<u8>) {
    loop {
        out.reserve(ROOM);
        let before = state.total_in();
        let status = state.compress_vec(input, out, flush).expect("the state is one of ours, never misused");
        let used = usize::try_from(state.total_in() - before).unwrap_or(usize::MAX);
        input = input.get(used..).unwrap_or_default();
        let is_done = match flush {
            FlushCompress::Finish => status == Status::StreamEnd,
            // There was room left, so nothing waits for more of it.
            _ => input.is_empty() && out.len() < out.capacity(),
        };
        if is_done {
            return;
        }
    }
}

fn zstd_write(state: &mut Zstd<'static>, input: &[u8], out: &mut Vec<u8>) {
    let mut input = InBuffer::around(input);
    while input.pos() < input.src.len() {
        out.reserve(ROOM);
        let end = out.len();
        let mut room = OutBuffer::around_pos(out, end);
        state.run(&mut input, &mut room).expect("the state is one of ours, never misused");
    }
}

fn zstd_finish(state: &mut Zstd<'static>, out: &mut Vec<u8>) {
    loop {
        out.reserve(ROOM);
        let end = out.len();
        let mut room = OutBuffer::around_pos(out, end);
        let left = state.finish(&mut room, true).expect("the state is one of ours, never misused");
        if left == 0 {
            return;
        }
    }
}

impl fmt::Debug for Compressor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Compressor").field("compressed_len", &self.out.len()).finish_non_exhaustive()
    }
}
