//! Identity of the file of a store, by which a removed or replaced file is noticed.
//!
//! The operating system lets a program continue to write into a file that has been removed. Without this check, a run would
//! report success, and its store would be gone.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::error::StoreError;

/// File of a store as it was when it was opened.
#[derive(Clone, Debug)]
pub(super) struct FileId {
    path: PathBuf,
    opened: Option<Identity>,
}

impl FileId {
    /// Remembers the file that has this path now.
    pub(super) fn of(path: &Path) -> Self {
        Self { path: path.to_owned(), opened: identity(path) }
    }

    /// Checks that the path still is that of the opened file.
    ///
    /// # Errors
    /// Returns [`StoreError::Replaced`] if the file was removed or replaced.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        if identity(&self.path) == self.opened { Ok(()) } else { Err(StoreError::Replaced) }
    }

    /// Adds the path of the file to an error.
    pub(super) fn named<T>(&self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        result.map_err(|error| {
            let error = if self.check().is_err() { StoreError::Replaced } else { error };
            error.in_file(&self.path)
        })
    }
}

/// Device and number of a file.
#[cfg(unix)]
type Identity = (u64, u64);

/// Returns the identity of the file that has this path now; `None` if there is none.
#[cfg(unix)]
fn identity(path: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata(path).ok().map(|data| (data.dev(), data.ino()))
}

#[cfg(not(unix))]
type Identity = ();

#[cfg(not(unix))]
fn identity(path: &Path) -> Option<Identity> {
    fs::metadata(path).ok().map(drop)
}
