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

/// Output that is taken at a time.
const ROOM: usize = 16 * 1024;

/// The largest window of gzip and zlib.
const WINDOW_BITS: u8 = 15;

/// Compresses one body after the other.
pub struct Compressor {
    method: Method,
    /// What a step writes into. It is used again and again: were it the end of `out`, all that `out` has room for would be
    /// cleared for each step.
    room: Box<[u8]>,
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
        Self { method, room: vec![0; ROOM].into(), out: Vec::new() }
    }

    /// Appends to the open body.
    pub fn write(&mut self, input: &[u8]) {
        match &mut self.method {
            Method::Identity => self.out.extend_from_slice(input),
            Method::Flate(state) => deflate(state, input, Flush::No, &mut self.room, &mut self.out),
            Method::Zstd(state) => zstd_write(state, input, &mut self.room, &mut self.out),
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
                deflate(state, &[], Flush::End, &mut self.room, &mut self.out);
                state.reset();
            }
            Method::Zstd(state) => {
                zstd_finish(state, &mut self.room, &mut self.out);
                state.reinit().expect("resetting a session of ours cannot fail");
            }
        }
        std::mem::take(&mut self.out)
    }
}

/// Whether more is to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flush {
    No,
    End,
}

fn deflate(state: &mut Compress, mut input: &[u8], flush: Flush, room: &mut [u8], out: &mut Vec<u8>) {
    let how = match flush {
        Flush::No => FlushCompress::None,
        Flush::End => FlushCompress::Finish,
    };
    loop {
        let (read, wrote) = (state.total_in(), state.total_out());
        let status = state.compress(input, room, how).expect("the state is one of ours, never misused");
        let used = usize::try_from(state.total_in() - read).unwrap_or(usize::MAX);
        let written = usize::try_from(state.total_out() - wrote).unwrap_or(usize::MAX);
        input = input.get(used..).unwrap_or_default();
        out.extend_from_slice(room.get(..written).unwrap_or_default());
        let is_done = match flush {
            // There was room left, so nothing waits for more of it.
            Flush::No => input.is_empty() && written < room.len(),
            Flush::End => status == Status::StreamEnd,
        };
        if is_done {
            return;
        }
    }
}

fn zstd_write(state: &mut Zstd<'static>, input: &[u8], room: &mut [u8], out: &mut Vec<u8>) {
    let mut input = InBuffer::around(input);
    while input.pos() < input.src.len() {
        let mut step = OutBuffer::around(&mut *room);
        state.run(&mut input, &mut step).expect("the state is one of ours, never misused");
        out.extend_from_slice(step.as_slice());
    }
}

fn zstd_finish(state: &mut Zstd<'static>, room: &mut [u8], out: &mut Vec<u8>) {
    loop {
        let mut step = OutBuffer::around(&mut *room);
        let left = state.finish(&mut step, true).expect("the state is one of ours, never misused");
        out.extend_from_slice(step.as_slice());
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
