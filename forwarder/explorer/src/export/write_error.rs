//! Failure to write a file, with what to do about it.

use std::{
    fmt,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

/// Kinds of errors with what happened and what to do. Any other error is shown as it is.
const REMEDIES: [(&[ErrorKind], &str); 5] = [
    (
        &[ErrorKind::StorageFull, ErrorKind::QuotaExceeded],
        "the disk is full: free some space, or name a place on another disk",
    ),
    (
        &[ErrorKind::FileTooLarge],
        "it would exceed the file-size limit of this process: raise the limit (ulimit -f), and run again",
    ),
    (
        &[ErrorKind::PermissionDenied, ErrorKind::ReadOnlyFilesystem],
        "the file or its folder is read-only: make both writable, or name another place",
    ),
    (&[ErrorKind::NotFound], "its folder does not exist: create it, or name another one"),
    (
        &[ErrorKind::NotADirectory, ErrorKind::AlreadyExists, ErrorKind::IsADirectory],
        "a file or folder of this name is in the way: move it, or name another place",
    ),
];

/// File or folder that cannot be written, and the reason.
#[derive(Debug)]
pub struct WriteError {
    path: PathBuf,
    cause: io::Error,
}

impl WriteError {
    /// Names the file or folder that an error is about.
    #[must_use]
    pub fn new(path: &Path, cause: io::Error) -> Self {
        Self { path: path.to_owned(), cause }
    }
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot write {}: ", self.path.display())?;
        let kind = self.cause.kind();
        match REMEDIES.iter().find(|(kinds, _)| kinds.contains(&kind)) {
            Some((_, remedy)) => f.write_str(remedy),
            None => self.cause.fmt(f),
        }
    }
}

impl std::error::Error for WriteError {}
