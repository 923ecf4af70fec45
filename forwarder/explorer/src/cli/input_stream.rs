//! Reader of standard input, named pipes and devices, which may wait for data without end.
//!
//! Opening and reading block there, and a signal does not interrupt them. So a thread of its own does both, and the
//! reader waits for that thread or for the interrupt.

use std::{
    io::{self, Read},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use super::interrupt::{Interrupt, POLL_INTERVAL};

/// Size of one read in bytes.
const CHUNK: usize = 64 * 1024;
/// Maximum number of chunks that were read and not yet taken.
const MAX_CHUNKS: usize = 16;

/// Flag that is set when the followed input has ended. It is never set for a file; for standard input or a named pipe, it
/// is set when the last writer closes it.
#[derive(Clone, Debug, Default)]
pub(super) struct Closed(Arc<AtomicBool>);

impl Closed {
    pub(super) fn is_closed(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    pub(super) fn close(&self) {
        self.0.store(true, Ordering::Release);
    }
}

/// Result of a read while no data is available.
pub(super) enum WhenIdle {
    /// The read waits for data, the end of the input or the interrupt.
    Wait,
    /// The read returns 0 bytes. The flag is set when the input has ended.
    Return(Closed),
}

/// Reader of a blocking input. At the interrupt it returns 0 bytes, as at the end of the input.
pub(super) struct InputStream {
    chunks: Receiver<io::Result<Vec<u8>>>,
    chunk: io::Cursor<Vec<u8>>,
    when_idle: WhenIdle,
    interrupt: Interrupt,
}

impl InputStream {
    /// Starts the thread that opens the input with `open` and reads it.
    ///
    /// # Errors
    /// Returns an error if the thread cannot be started. An error of `open` is returned by the first read.
    pub(super) fn start<R: Read>(
        open: impl FnOnce() -> io::Result<R> + Send + 'static,
        when_idle: WhenIdle,
        interrupt: &Interrupt,
    ) -> io::Result<Self> {
        let (sender, chunks) = bounded(MAX_CHUNKS);
        thread::Builder::new().name("input".to_owned()).spawn(move || match open() {
            Ok(mut input) => read_all(&mut input, &sender),
            Err(error) => {
                // The receiver is gone after an interrupt.
                let _ = sender.send(Err(error));
            }
        })?;
        Ok(Self { chunks, chunk: io::Cursor::default(), when_idle, interrupt: interrupt.clone() })
    }
}

/// Reads an input to its end, and sends what was read until the receiver is dropped.
fn read_all(input: &mut dyn Read, sender: &Sender<io::Result<Vec<u8>>>) {
    let mut buffer = vec![0; CHUNK];
    loop {
        let chunk = match input.read(&mut buffer) {
            Ok(0) => return,
            Ok(read) => Ok(buffer.get(..read).unwrap_or_default().to_vec()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => Err(error),
        };
        let is_error = chunk.is_err();
        if sender.send(chunk).is_err() || is_error {
            return;
        }
    }
}

impl Read for InputStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            // Also while data comes: a slow input would otherwise fill the reader's chunk first.
            if self.interrupt.is_requested() {
                return Ok(0);
            }
            let left = self.chunk.read(buffer)?;
            if left > 0 {
                return Ok(left);
            }
            match (self.chunks.recv_timeout(self.when_idle.timeout()), &self.when_idle) {
                (Ok(chunk), _) => self.chunk = io::Cursor::new(chunk?),
                (Err(RecvTimeoutError::Timeout), WhenIdle::Wait) => {}
                (Err(RecvTimeoutError::Timeout), WhenIdle::Return(_))
                | (Err(RecvTimeoutError::Disconnected), WhenIdle::Wait) => return Ok(0),
                (Err(RecvTimeoutError::Disconnected), WhenIdle::Return(closed)) => {
                    closed.close();
                    return Ok(0);
                }
            }
        }
    }
}

impl WhenIdle {
    /// Returns the time after which a read looks at the interrupt, or returns.
    fn timeout(&self) -> Duration {
        match self {
            Self::Wait => POLL_INTERVAL,
            Self::Return(_) => POLL_INTERVAL / 5,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_of(input: &mut InputStream) -> io::Result<String> {
        let mut text = String::new();
        input.read_to_string(&mut text).map(|_| text)
    }

    fn start(input: impl Read + Send + 'static, when_idle: WhenIdle) -> InputStream {
        InputStream::start(move || Ok(input), when_idle, &Interrupt::default()).unwrap()
    }

    #[test]
    fn input_is_read_to_its_end() {
        let long = "0123456789".repeat(CHUNK / 4);
        let mut input = start(io::Cursor::new(long.clone()), WhenIdle::Wait);
        assert_eq!(text_of(&mut input).unwrap(), long);
    }

    #[test]
    fn error_of_opening_is_returned() {
        let open = || Err::<io::Empty, _>(io::Error::from(io::ErrorKind::PermissionDenied));
        let mut input = InputStream::start(open, WhenIdle::Wait, &Interrupt::default()).unwrap();
        assert_eq!(text_of(&mut input).unwrap_err().kind(), io::ErrorKind::PermissionDenied);
    }

    #[test]
    fn followed_input_is_idle_until_it_is_closed() {
        let (reader, mut writer) = io::pipe().unwrap();
        let closed = Closed::default();
        let mut input = start(reader, WhenIdle::Return(closed.clone()));
        assert_eq!(text_of(&mut input).unwrap(), "");
        assert!(!closed.is_closed());
        io::Write::write_all(&mut writer, b"text").unwrap();
        drop(writer);
        let mut text = String::new();
        while !closed.is_closed() {
            text += &text_of(&mut input).unwrap();
        }
        assert_eq!(text, "text");
    }
}
