//! `tailwater replay --follow`: reads an input that grows, and decides when the events read so far are committed.

use std::{
    fs,
    io::{self, Read, Seek as _},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::{bail, ensure};
use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};
use tailwater_parser::ByteSize;

use super::inputs::{Input, InputKind, Inputs};

/// Interval at which a file is checked for new data.
const POLL_INTERVAL: Duration = Duration::from_millis(200);
/// Events are committed when no new data came for this time, or ...
const COMMIT_IDLE: Duration = Duration::from_millis(400);
/// ... when the oldest of them has waited for this time.
const COMMIT_DELAY: Duration = Duration::from_secs(2);
/// An event whose next line may still come is complete after this time without new data: programs write an event at once.
const FLUSH_IDLE: Duration = Duration::from_secs(2);

/// Returns the inputs if they can be followed.
///
/// # Errors
/// Returns an error unless there is exactly one input, which is not a folder.
pub(super) fn single_input(inputs: Inputs) -> anyhow::Result<Inputs> {
    ensure!(inputs.len() == 1, "--follow takes one file, or - for standard input");
    if let Some(Ok(Input { kind: InputKind::Found, path, .. })) = inputs.first() {
        bail!("--follow takes one file, not a folder: {}", path.display());
    }
    Ok(inputs)
}

/// Timer of events that were read but not committed, and so are not visible to other programs.
pub(super) struct CommitTimer {
    /// Time of the first uncommitted data.
    since: Option<Instant>,
    /// Time of the last data.
    last: Instant,
    /// True if the scanner buffers no partial event.
    is_flushed: bool,
}

/// Action while no new data comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum IdleAction {
    /// Read again.
    Read,
    /// Commit the events, then read again.
    Commit,
    /// Emit the buffered partial event, then read again.
    Flush,
}

impl Default for CommitTimer {
    fn default() -> Self {
        Self { since: None, last: Instant::now(), is_flushed: true }
    }
}

impl CommitTimer {
    /// Records that `bytes` were read.
    pub(super) fn add(&mut self, bytes: ByteSize) {
        if bytes.0 > 0 {
            self.last = Instant::now();
            self.since.get_or_insert(self.last);
            self.is_flushed = false;
        }
    }

    /// Returns the next action. If nothing is due, waits for [`POLL_INTERVAL`] first.
    pub(super) fn wait(&mut self) -> IdleAction {
        let idle = self.last.elapsed();
        if !self.is_flushed && idle >= FLUSH_IDLE {
            self.is_flushed = true;
            // The event emitted by the flush needs a commit, too.
            self.since.get_or_insert(self.last);
            return IdleAction::Flush;
        }
        match self.since {
            Some(since) if idle >= COMMIT_IDLE || since.elapsed() >= COMMIT_DELAY => {
                self.since = None;
                IdleAction::Commit
            }
            Some(_) | None => {
                thread::park_timeout(POLL_INTERVAL);
                IdleAction::Read
            }
        }
    }
}

/// Flag that is set when the followed input has ended: never for a file, for standard input when its writer closes it.
#[derive(Clone, Debug, Default)]
pub(super) struct Closed(Arc<AtomicBool>);

impl Closed {
    pub(super) fn is_closed(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// Opens an input for reading without blocking: a read returns 0 bytes while no new data is there.
///
/// # Errors
/// Returns an error if the file cannot be opened or the thread cannot be started.
pub(super) fn open(input: &Input, closed: &Closed) -> io::Result<Box<dyn Read>> {
    match input.kind {
        InputKind::Stdin => Ok(Box::new(StdinReader::start(closed.clone())?)),
        InputKind::Named | InputKind::Found => {
            Ok(Box::new(GrowingFile { file: fs::File::open(&input.path)?, read: 0 }))
        }
    }
}

/// File that another program appends to. After a truncation, as by log rotation, it is read from the beginning.
struct GrowingFile {
    file: fs::File,
    read: u64,
}

impl Read for GrowingFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut read = self.file.read(buffer)?;
        if read == 0 && self.file.metadata()?.len() < self.read {
            self.read = self.file.seek(io::SeekFrom::Start(0))?;
            read = self.file.read(buffer)?;
        }
        self.read += u64::try_from(read).unwrap_or(0);
        Ok(read)
    }
}

/// Standard input, read by a thread of its own, because reading it blocks.
struct StdinReader {
    chunks: Receiver<Vec<u8>>,
    chunk: io::Cursor<Vec<u8>>,
    closed: Closed,
}

impl StdinReader {
    fn start(closed: Closed) -> io::Result<Self> {
        let (sender, chunks) = bounded(16);
        thread::Builder::new().name("stdin".to_owned()).spawn(move || {
            let mut buffer = vec![0; 64 * 1024];
            while let Ok(read @ 1..) = io::stdin().read(&mut buffer) {
                let chunk = buffer.get(..read).unwrap_or_default().to_vec();
                if sender.send(chunk).is_err() {
                    return;
                }
            }
        })?;
        Ok(Self { chunks, chunk: io::Cursor::default(), closed })
    }
}

impl Read for StdinReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.chunk.read(buffer)?;
        if left > 0 {
            return Ok(left);
        }
        match self.chunks.recv_timeout(Duration::from_millis(10)) {
            Ok(chunk) => {
                self.chunk = io::Cursor::new(chunk);
                self.chunk.read(buffer)
            }
            Err(RecvTimeoutError::Timeout) => Ok(0),
            Err(RecvTimeoutError::Disconnected) => {
                self.closed.0.store(true, Ordering::Release);
                Ok(0)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_committed_without_data() {
        let mut timer = CommitTimer::default();
        assert_eq!(timer.wait(), IdleAction::Read);
    }

    #[test]
    fn idle_input_is_committed_then_flushed_then_committed() {
        let mut timer = CommitTimer::default();
        timer.add(ByteSize(5));
        assert_eq!(timer.wait(), IdleAction::Read);
        timer.last -= COMMIT_IDLE;
        assert_eq!(timer.wait(), IdleAction::Commit);
        assert_eq!(timer.wait(), IdleAction::Read);
        timer.last -= FLUSH_IDLE;
        assert_eq!(
            [timer.wait(), timer.wait(), timer.wait()],
            [IdleAction::Flush, IdleAction::Commit, IdleAction::Read]
        );
    }

    #[test]
    fn truncated_file_is_read_from_the_beginning() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.log");
        fs::write(&path, "one two\n").unwrap();
        let mut file = GrowingFile { file: fs::File::open(&path).unwrap(), read: 0 };
        let mut read = || {
            let mut text = String::new();
            file.read_to_string(&mut text).unwrap();
            text
        };
        assert_eq!((read(), read()), ("one two\n".to_owned(), String::new()));
        fs::write(&path, "new\n").unwrap();
        assert_eq!(read(), "new\n");
    }

    #[test]
    fn input_without_pause_is_committed_after_the_delay() {
        let mut timer = CommitTimer::default();
        timer.add(ByteSize(5));
        timer.since = timer.since.map(|since| since - COMMIT_DELAY);
        assert_eq!(timer.wait(), IdleAction::Commit);
    }
}
