//! Output of lines to standard output or a file.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write as _},
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

use crate::http::{Error, Failure};

/// Destination of encoded lines.
#[derive(Debug)]
pub enum Output {
    /// Standard output.
    Stdout,
    /// End of this file. It is opened for each body, so that log rotation can rename it.
    File(Mutex<PathBuf>),
}

impl Output {
    /// Creates an output that appends to a file; the file is created if it does not exist.
    #[must_use]
    pub fn file(path: PathBuf) -> Self {
        Self::File(Mutex::new(path))
    }

    /// Writes complete lines.
    ///
    /// # Errors
    /// Returns an error if not all lines could be written. Then a file is truncated to the length it had before.
    pub fn write(&self, lines: &[u8]) -> Result<(), Error> {
        let written = match self {
            Self::Stdout => {
                let mut stdout = io::stdout().lock();
                stdout.write_all(lines).and_then(|()| stdout.flush())
            }
            Self::File(path) => {
                // One writer at a time: a writer that fails truncates the file.
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
        // An incomplete line would damage the next one. If truncating fails, too, the incomplete line stays.
        let _ = file.set_len(before);
    })
}
