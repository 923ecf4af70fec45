//! Lines for standard output or the end of a file.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write as _},
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

use crate::http::{Error, Failure};

/// Where lines are written to.
#[derive(Debug)]
pub enum Output {
    /// Standard output.
    Stdout,
    /// The end of this file, opened for each body: whoever rotates it moves it away.
    File(Mutex<PathBuf>),
}

impl Output {
    /// The end of a file, which is made when it is not there.
    #[must_use]
    pub fn file(path: PathBuf) -> Self {
        Self::File(Mutex::new(path))
    }

    /// Writes whole lines.
    ///
    /// # Errors
    /// They are not there; of a file nothing is left of them.
    pub fn write(&self, lines: &[u8]) -> Result<(), Error> {
        let written = match self {
            Self::Stdout => {
                let mut stdout = io::stdout().lock();
                stdout.write_all(lines).and_then(|()| stdout.flush())
            }
            Self::File(path) => {
                // One writer at a time, so that nothing of another is cut off when this one fails.
                let path = path.lock().unwrap_or_else(PoisonError::into_inner);
                OpenOptions::new().create(true).append(true).open(&*path).and_then(|file| append(file, lines))
            }
        };
        written.map_err(|error| Error { failure: Failure::Reset, detail: error.kind().to_string().into() })
    }
}

fn append(mut file: File, lines: &[u8]) -> io::Result<()> {
    let before = file.metadata()?.len();
    file.write_all(lines).inspect_err(|_| {
        // Half of a line is worse than none; when even that fails the next reader sees it.
        let _ = file.set_len(before);
    })
}
