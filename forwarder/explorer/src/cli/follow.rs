//! `tailwater replay --follow`: an input that grows while it is read, and when what was read of it is shown.

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

use super::workers::Inputs;
use crate::files::walk::{Input, Kind};

/// How often a file is asked whether it has grown.
const GLANCE: Duration = Duration::from_millis(200);
/// What was read is shown when nothing more came for so long, or ...
const QUIET: Duration = Duration::from_millis(400);
/// ... when it has waited for so long.
const PATIENCE: Duration = Duration::from_secs(2);
/// A message that could go on in the next line is taken for whole after so long: nobody writes half of one and waits.
const WHOLE: Duration = Duration::from_secs(2);

/// The one input that can be followed.
pub(super) fn only(inputs: Inputs) -> anyhow::Result<Inputs> {
    ensure!(inputs.len() == 1, "--follow takes one file, or - for standard input");
    if let Some(Ok(Input { kind: Kind::Found, path, .. })) = inputs.first() {
        bail!("--follow takes a file, not a folder: {}", path.display());
    }
    Ok(inputs)
}

/// What was read and is not shown yet.
pub(super) struct Pending {
    /// When something came that is not shown.
    since: Option<Instant>,
    last: Instant,
    is_released: bool,
}

/// What to do while nothing comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pause {
    /// Look again.
    Short,
    /// Show what was read, then look again.
    Show,
    /// Hand on what is held back, then look again.
    Release,
}

impl Default for Pending {
    fn default() -> Self {
        Self { since: None, last: Instant::now(), is_released: true }
    }
}

impl Pending {
    /// So much was read.
    pub(super) fn note(&mut self, bytes: ByteSize) {
        if bytes.0 > 0 {
            self.last = Instant::now();
            self.since.get_or_insert(self.last);
            self.is_released = false;
        }
    }

    /// Waits a moment where nothing has to be done.
    pub(super) fn pause(&mut self) -> Pause {
        let quiet = self.last.elapsed();
        if !self.is_released && quiet >= WHOLE {
            self.is_released = true;
            // What is released is to be shown as well.
            self.since.get_or_insert(self.last);
            return Pause::Release;
        }
        match self.since {
            Some(since) if quiet >= QUIET || since.elapsed() >= PATIENCE => {
                self.since = None;
                Pause::Show
            }
            Some(_) | None => {
                thread::park_timeout(GLANCE);
                Pause::Short
            }
        }
    }
}

/// Whether what is followed has ended for good: a file never has, standard input has when its writer closes it.
#[derive(Clone, Debug, Default)]
pub(super) struct Closed(Arc<AtomicBool>);

impl Closed {
    pub(super) fn is_so(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// Opens an input so that reading it never waits for what is not there yet.
pub(super) fn open(input: &Input, closed: &Closed) -> io::Result<Box<dyn Read>> {
    match input.kind {
        Kind::Stdin => Ok(Box::new(Stdin::start(closed.clone())?)),
        Kind::Named | Kind::Found => Ok(Box::new(Growing { file: fs::File::open(&input.path)?, read: 0 })),
    }
}

/// A file that others write to. One that was emptied, as log rotation does, is read from its beginning again.
struct Growing {
    file: fs::File,
    read: u64,
}

impl Read for Growing {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let mut read = self.file.read(room)?;
        if read == 0 && self.file.metadata()?.len() < self.read {
            self.read = self.file.seek(io::SeekFrom::Start(0))?;
            read = self.file.read(room)?;
        }
        self.read += u64::try_from(read).unwrap_or(0);
        Ok(read)
    }
}

/// Standard input, read by a thread that may wait for it as long as it has to.
struct Stdin {
    pieces: Receiver<Vec<u8>>,
    piece: io::Cursor<Vec<u8>>,
    closed: Closed,
}

impl Stdin {
    fn start(closed: Closed) -> io::Result<Self> {
        let (sender, pieces) = bounded(16);
        thread::Builder::new().name("stdin".to_owned()).spawn(move || {
            let mut room = vec![0; 64 * 1024];
            while let Ok(read @ 1..) = io::stdin().read(&mut room) {
                let piece = room.get(..read).unwrap_or_default().to_vec();
                if sender.send(piece).is_err() {
                    return;
                }
            }
        })?;
        Ok(Self { pieces, piece: io::Cursor::default(), closed })
    }
}

impl Read for Stdin {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let left = self.piece.read(room)?;
        if left > 0 {
            return Ok(left);
        }
        match self.pieces.recv_timeout(Duration::from_millis(10)) {
            Ok(piece) => {
                self.piece = io::Cursor::new(piece);
                self.piece.read(room)
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
    fn nothing_read_is_nothing_to_show() {
        let mut pending = Pending::default();
        assert_eq!(pending.pause(), Pause::Short);
    }

    #[test]
    fn what_was_read_is_shown_once_it_is_quiet_then_what_was_held_back() {
        let mut pending = Pending::default();
        pending.note(ByteSize(5));
        assert_eq!(pending.pause(), Pause::Short);
        pending.last -= QUIET;
        assert_eq!(pending.pause(), Pause::Show);
        assert_eq!(pending.pause(), Pause::Short);
        pending.last -= WHOLE;
        assert_eq!(
            [pending.pause(), pending.pause(), pending.pause()],
            [Pause::Release, Pause::Show, Pause::Short]
        );
    }

    #[test]
    fn a_file_that_was_emptied_is_read_from_its_beginning() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.log");
        fs::write(&path, "one two\n").unwrap();
        let mut growing = Growing { file: fs::File::open(&path).unwrap(), read: 0 };
        let mut read = || {
            let mut text = String::new();
            growing.read_to_string(&mut text).unwrap();
            text
        };
        assert_eq!((read(), read()), ("one two\n".to_owned(), String::new()));
        fs::write(&path, "new\n").unwrap();
        assert_eq!(read(), "new\n");
    }

    #[test]
    fn a_file_that_never_rests_is_shown_all_the_same() {
        let mut pending = Pending::default();
        pending.note(ByteSize(5));
        pending.since = pending.since.map(|since| since - PATIENCE);
        assert_eq!(pending.pause(), Pause::Show);
    }
}
