//! Streaming compression of request bodies; the compressor's state is reused from body to body.

use std::fmt;

use flate2::{Compress, FlushCompress, Status};
use zstd::{
    stream::raw::{Encoder as Zstd, Operation as _},
    zstd_safe::{InBuffer, OutBuffer},
};

use crate::sink::Encoding;

/// Compression level, from 1 (fast) to 9 (small).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level(pub u8);

impl Default for Level {
    /// Returns level 1: compression takes most of the forwarder's CPU time, and level 1 already saves most of the bytes.
    fn default() -> Self {
        Self(1)
    }
}

/// Size of the buffer for compressed bytes.
const BUFFER_SIZE: usize = 16 * 1024;

/// Size of the gzip and zlib window, as a power of two; 15 is the maximum.
const WINDOW_BITS: u8 = 15;

/// Compresses one request body after the other.
///
/// Allocates its state, a few hundred kilobytes, with the first body: a signal of which nothing is sent costs no memory.
pub struct Compressor {
    encoding: Encoding,
    level: Level,
    state: Option<State>,
    out: Vec<u8>,
}

struct State {
    method: Method,
    /// Buffer for the output of one compression step. Writing to the spare capacity of the body instead would clear all of
    /// it in each step.
    buffer: Box<[u8]>,
}

enum Method {
    Identity,
    Flate(Compress),
    Zstd(Zstd<'static>),
}

impl State {
    fn new(encoding: Encoding, Level(level): Level) -> Self {
        let flate = flate2::Compression::new(u32::from(level.clamp(1, 9)));
        let method = match encoding {
            Encoding::Identity => Method::Identity,
            Encoding::Gzip => Method::Flate(Compress::new_gzip(flate, WINDOW_BITS)),
            Encoding::Deflate => Method::Flate(Compress::new_with_window_bits(flate, true, WINDOW_BITS)),
            Encoding::Zstd => {
                Method::Zstd(Zstd::new(i32::from(level)).expect("the level is valid, and there is memory"))
            }
        };
        Self { method, buffer: vec![0; BUFFER_SIZE].into() }
    }
}

impl Compressor {
    /// Creates a compressor with this encoding.
    #[must_use]
    pub fn new(encoding: Encoding, level: Level) -> Self {
        Self { encoding, level, state: None, out: Vec::new() }
    }

    /// Returns the state, allocated if it is not yet, and the current body.
    fn state_and_body(&mut self) -> (&mut State, &mut Vec<u8>) {
        let state = self.state.get_or_insert_with(|| State::new(self.encoding, self.level));
        (state, &mut self.out)
    }

    /// Appends `input` to the current body.
    ///
    /// # Panics
    /// Panics if zstd cannot allocate its state.
    pub fn write(&mut self, input: &[u8]) {
        let (State { method, buffer }, out) = self.state_and_body();
        match method {
            Method::Identity => out.extend_from_slice(input),
            Method::Flate(state) => deflate(state, input, Flush::No, buffer, out),
            Method::Zstd(state) => zstd_write(state, input, buffer, out),
        }
    }

    /// Returns the number of compressed bytes of the current body so far.
    #[must_use]
    pub fn compressed_len(&self) -> usize {
        self.out.len()
    }

    /// Ends the current body, returns its compressed bytes, and begins the next one.
    ///
    /// # Panics
    /// Panics if zstd cannot allocate its state.
    pub fn finish(&mut self) -> Vec<u8> {
        let (State { method, buffer }, out) = self.state_and_body();
        match method {
            Method::Identity => {}
            Method::Flate(state) => {
                deflate(state, &[], Flush::End, buffer, out);
                state.reset();
            }
            Method::Zstd(state) => {
                zstd_finish(state, buffer, out);
                state.reinit().expect("resetting a session cannot fail");
            }
        }
        std::mem::take(out)
    }
}

/// Position of an input in the body: more input follows, or the body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flush {
    No,
    End,
}

fn deflate(state: &mut Compress, mut input: &[u8], flush: Flush, buffer: &mut [u8], out: &mut Vec<u8>) {
    let mode = match flush {
        Flush::No => FlushCompress::None,
        Flush::End => FlushCompress::Finish,
    };
    loop {
        let (read, wrote) = (state.total_in(), state.total_out());
        let status = state.compress(input, buffer, mode).expect("the state is valid");
        let used = usize::try_from(state.total_in() - read).unwrap_or(usize::MAX);
        let written = usize::try_from(state.total_out() - wrote).unwrap_or(usize::MAX);
        input = input.get(used..).unwrap_or_default();
        out.extend_from_slice(buffer.get(..written).unwrap_or_default());
        let is_done = match flush {
            // The buffer is not full, so there is no more output.
            Flush::No => input.is_empty() && written < buffer.len(),
            Flush::End => status == Status::StreamEnd,
        };
        if is_done {
            return;
        }
    }
}

fn zstd_write(state: &mut Zstd<'static>, input: &[u8], buffer: &mut [u8], out: &mut Vec<u8>) {
    let mut input = InBuffer::around(input);
    while input.pos() < input.src.len() {
        let mut step = OutBuffer::around(&mut *buffer);
        state.run(&mut input, &mut step).expect("the state is valid");
        out.extend_from_slice(step.as_slice());
    }
}

fn zstd_finish(state: &mut Zstd<'static>, buffer: &mut [u8], out: &mut Vec<u8>) {
    loop {
        let mut step = OutBuffer::around(&mut *buffer);
        let left = state.finish(&mut step, true).expect("the state is valid");
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
