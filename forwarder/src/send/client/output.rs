//! Output of lines to standard output or a file.

use std::{
    borrow::Cow,
    fs::{File, OpenOptions},
    io::{self, IsTerminal as _, Write as _},
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

use crate::{
    http::{Error, Failure},
    telemetry::escape::escape_json,
};

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
                let shown = shown(lines, stdout.is_terminal());
                stdout.write_all(&shown).and_then(|()| stdout.flush())
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

/// Returns the bytes to write for JSON lines: for a terminal, control characters in them are escaped, because a log could
/// otherwise control the terminal. A pipe or a file gets the exact lines.
fn shown(lines: &[u8], is_terminal: bool) -> Cow<'_, [u8]> {
    if !is_terminal {
        return Cow::Borrowed(lines);
    }
    Cow::Owned(escape_json(&String::from_utf8_lossy(lines)).into_owned().into_bytes())
}

fn append(mut file: File, lines: &[u8]) -> io::Result<()> {
    let before = file.metadata()?.len();
    file.write_all(lines).inspect_err(|_| {
        // An incomplete line would damage the next one. If truncating fails, too, the incomplete line stays.
        let _ = file.set_len(before);
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_escaped_only_for_a_terminal() {
        let lines = "{\"body\":\"a\u{9b}31m\u{7f}\"}\n{\"body\":\"b\"}\n";
        let escaped = "{\"body\":\"a\\u009b31m\\u007f\"}\n{\"body\":\"b\"}\n";
        assert_eq!(shown(lines.as_bytes(), false), lines.as_bytes());
        assert_eq!(shown(lines.as_bytes(), true), escaped.as_bytes());
    }
}
