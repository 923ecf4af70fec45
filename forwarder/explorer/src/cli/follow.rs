//! `tailwater replay --follow`: reads an input that grows, and decides when the events read so far are committed.

use std::{
    fs,
    io::{self, Read, Seek as _},
    time::{Duration, Instant},
};

use anyhow::ensure;
use tailwater_parser::ByteSize;

use super::{
    input_stream::{Closed, WhenIdle},
    inputs::{Input, Inputs},
    interrupt::Interrupt,
};

/// Interval at which a file is checked for new data.
pub(super) const POLL_INTERVAL: Duration = Duration::from_millis(200);
/// Time without new data after which the events read so far are committed.
const COMMIT_IDLE: Duration = Duration::from_millis(400);
/// Time after which events are committed even if new data keeps coming, counted from the first uncommitted
/// data.
const COMMIT_DELAY: Duration = Duration::from_secs(2);
/// Time without new data after which the last event is taken as complete, although more lines could continue
/// it: programs usually write all lines of an event at once.
const FLUSH_IDLE: Duration = Duration::from_secs(2);

/// Returns `inputs` unchanged if they can be followed (`--follow`).
///
/// # Errors
/// Returns an error unless there is exactly one input, which may be the only file in a folder or of a glob.
pub(super) fn single_input(inputs: Inputs) -> anyhow::Result<Inputs> {
    let n = inputs.len();
    ensure!(n == 1, "--follow takes one file, or - for standard input, but the arguments name {n} files");
    Ok(inputs)
}

/// Timer of events that were read but not committed, and so are not visible to other programs.
pub(super) struct CommitTimer {
    /// Time at which the first uncommitted data was read.
    since: Option<Instant>,
    /// Time at which data was last read.
    last: Instant,
    /// True if the scanner buffers no partial event.
    is_flushed: bool,
}

/// Action while no new data comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum IdleAction {
    /// No action is due: wait for [`POLL_INTERVAL`], then read again.
    Wait,
    /// Commit the events, then read again.
    Commit,
    /// Emit the buffered partial event, then read again.
    Flush,
}

impl CommitTimer {
    /// Creates a timer without data.
    pub(super) fn new(now: Instant) -> Self {
        Self { since: None, last: now, is_flushed: true }
    }

    /// Records that `bytes` were read at `now`.
    pub(super) fn add(&mut self, bytes: ByteSize, now: Instant) {
        if bytes.0 > 0 {
            self.last = now;
            self.since.get_or_insert(now);
            self.is_flushed = false;
        }
    }

    /// Returns the action that is due at `now`.
    pub(super) fn next_action(&mut self, now: Instant) -> IdleAction {
        let idle = now.saturating_duration_since(self.last);
        if !self.is_flushed && idle >= FLUSH_IDLE {
            self.is_flushed = true;
            // The event emitted by the flush needs a commit, too.
            self.since.get_or_insert(self.last);
            return IdleAction::Flush;
        }
        match self.since {
            Some(since) if idle >= COMMIT_IDLE || now.saturating_duration_since(since) >= COMMIT_DELAY => {
                self.since = None;
                IdleAction::Commit
            }
            Some(_) | None => IdleAction::Wait,
        }
    }
}

/// Opens an input for reading without blocking: a read returns 0 bytes while no new data is available.
///
/// # Errors
/// Returns an error if the file cannot be opened or the thread cannot be started.
pub(super) fn open(input: &Input, closed: &Closed, interrupt: &Interrupt) -> io::Result<Box<dyn Read>> {
    if input.is_regular_file() {
        return Ok(Box::new(GrowingFile { file: fs::File::open(&input.path)?, read: 0 }));
    }
    Ok(Box::new(input.open_stream(WhenIdle::Return(closed.clone()), interrupt)?))
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

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// Asserts the actions of a timer that got data at `start` and `start + more`. `expected` holds times
    /// since the last data, each with the action that is due then.
    fn check(more: Duration, expected: &[(Duration, IdleAction)]) {
        let start = Instant::now();
        let mut timer = CommitTimer::new(start);
        timer.add(ByteSize(5), start);
        timer.add(ByteSize(5), start + more);
        for (after, action) in expected {
            assert_eq!(timer.next_action(start + more + *after), *action, "{after:?}");
        }
    }

    #[test]
    fn nothing_is_committed_without_data() {
        let start = Instant::now();
        let mut timer = CommitTimer::new(start);
        timer.add(ByteSize(0), start);
        assert_eq!(timer.next_action(start + Duration::from_secs(60)), IdleAction::Wait);
    }

    #[test]
    fn idle_input_is_committed_then_flushed_then_committed() {
        let [commit, flush] = [COMMIT_IDLE, FLUSH_IDLE];
        check(
            MS,
            &[
                (Duration::ZERO, IdleAction::Wait),
                (commit - MS, IdleAction::Wait),
                (commit, IdleAction::Commit),
                (flush - MS, IdleAction::Wait),
                (flush, IdleAction::Flush),
                (flush, IdleAction::Commit),
                (flush + flush, IdleAction::Wait),
            ],
        );
    }

    #[test]
    fn input_without_pause_is_committed_after_the_delay() {
        check(COMMIT_DELAY - MS, &[(Duration::ZERO, IdleAction::Wait), (MS, IdleAction::Commit)]);
        check(COMMIT_DELAY, &[(Duration::ZERO, IdleAction::Commit)]);
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
}
