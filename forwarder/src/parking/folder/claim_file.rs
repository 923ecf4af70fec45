//! Claim of a parked object in a folder: a hidden file beside the object, which is locked. The operating system unlocks it
//! when its process ends, so that the claim of a killed redrive is over at once.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read as _, Seek as _, Write as _},
    path::{Path, PathBuf},
};

use super::{Folder, HIDDEN};
use crate::parking::claim::{ClaimRecord, Stage, Takeover};

/// Maximum number of attempts to open the file, which its holder may delete at any time.
const ATTEMPTS: u32 = 8;
/// Maximum size in bytes of the content that is read.
const MAX_SIZE: u64 = 4096;

/// Locked claim file.
#[derive(Debug)]
pub(in crate::parking) struct ClaimFile {
    file: File,
    path: PathBuf,
}

/// Result of claiming a parked object in a folder.
#[derive(Debug)]
pub(in crate::parking) enum FolderClaim {
    Held(ClaimFile),
    Delivered(ClaimFile),
    Abandoned,
    Taken,
}

impl Folder {
    /// Claims the parked object of this key.
    ///
    /// # Errors
    /// Returns an error if the claim file cannot be created. As a rule the object cannot be deleted then, either.
    pub(in crate::parking) fn claim(&self, key: &str, takeover: Takeover) -> io::Result<FolderClaim> {
        let path = claim_path(&self.path(key)?);
        for _ in 0..ATTEMPTS {
            let (file, is_new) = match open(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                opened => opened?,
            };
            match file.try_lock() {
                Err(TryLockError::WouldBlock) => return Ok(FolderClaim::Taken),
                // A file system without locks: better two deliveries at once than none.
                Ok(()) | Err(TryLockError::Error(_)) => {}
            }
            if !is_at(&file, &path) {
                // Its holder ended the claim between the two calls.
                continue;
            }
            let mut file = ClaimFile { file, path };
            return Ok(match (is_new, file.stage(), takeover) {
                (true, _, _) => FolderClaim::Held(file),
                (false, Some(Stage::Delivered), _) => FolderClaim::Delivered(file),
                (false, _, Takeover::Allowed) => FolderClaim::Held(file),
                (false, _, Takeover::Later) => FolderClaim::Abandoned,
            });
        }
        Ok(FolderClaim::Taken)
    }
}

/// Returns the path of the claim file of a parked object.
fn claim_path(object: &Path) -> PathBuf {
    let name = object.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    object.with_file_name(format!("{HIDDEN}{name}.claim"))
}

/// Creates the file, or opens it; returns true as well if it is new.
fn open(path: &Path) -> io::Result<(File, bool)> {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    match options.clone().create_new(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok((options.open(path)?, false)),
        created => Ok((created?, true)),
    }
}

/// True if the path still leads to this open file.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let id = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
    let own = file.metadata().map(id).ok();
    own.is_some() && own == fs::metadata(path).map(id).ok()
}

/// True if the path still leads to this open file. A locked file cannot be deleted here.
#[cfg(not(unix))]
fn is_at(_: &File, path: &Path) -> bool {
    path.exists()
}

impl ClaimFile {
    /// Returns the stage that the file records; `None` if it records none.
    fn stage(&mut self) -> Option<Stage> {
        let mut text = Vec::new();
        (&self.file).take(MAX_SIZE).read_to_end(&mut text).ok()?;
        ClaimRecord::read(&text).map(|record| record.stage)
    }

    /// Ends the claim.
    ///
    /// # Errors
    /// Returns an error if the file cannot be deleted. Then the claim counts as abandoned.
    pub(in crate::parking) fn end(self) -> io::Result<()> {
        // Deleted before it is unlocked, which dropping it does.
        fs::remove_file(&self.path)
    }

    /// Ends the claim, and leaves the file as a record that the object was delivered.
    ///
    /// # Errors
    /// Returns an error if the file cannot be written.
    pub(in crate::parking) fn mark_delivered(mut self, holder: &str) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.file.write_all(&ClaimRecord::new(holder, Stage::Delivered).to_bytes())?;
        self.file.sync_all()
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    const KEY: &str = "parked/v1/a";

    fn folder() -> (tempfile::TempDir, Folder) {
        let directory = tempfile::tempdir().unwrap();
        let folder = Folder::new(directory.path().to_owned());
        folder.put(KEY, b"1").unwrap();
        (directory, folder)
    }

    #[track_caller]
    fn held(folder: &Folder, takeover: Takeover) -> ClaimFile {
        let claim = folder.claim(KEY, takeover).unwrap();
        let FolderClaim::Held(file) = claim else { panic!("{claim:?}") };
        file
    }

    #[test]
    fn claimed_object_is_taken_until_the_claim_ends() {
        let (_directory, folder) = folder();
        let file = held(&folder, Takeover::Later);
        assert!(matches!(folder.claim(KEY, Takeover::Allowed).unwrap(), FolderClaim::Taken));
        assert_eq!(folder.list("", None, 9).unwrap(), [KEY]);
        file.end().unwrap();
        held(&folder, Takeover::Later).end().unwrap();
    }

    #[test]
    fn claim_of_a_killed_process_is_abandoned() {
        let (_directory, folder) = folder();
        // Dropping the file unlocks it, as the end of its process does.
        drop(held(&folder, Takeover::Later));
        assert!(matches!(folder.claim(KEY, Takeover::Later).unwrap(), FolderClaim::Abandoned));
        held(&folder, Takeover::Allowed).end().unwrap();
    }

    #[test]
    fn delivered_object_is_known_to_the_next_claim() {
        let (_directory, folder) = folder();
        held(&folder, Takeover::Later).mark_delivered("r").unwrap();
        for _ in 0..2 {
            assert!(matches!(folder.claim(KEY, Takeover::Later).unwrap(), FolderClaim::Delivered(_)));
        }
    }

    #[test]
    fn one_of_many_threads_holds_the_claim() {
        let (_directory, folder) = folder();
        for _ in 0..50 {
            let claims: Vec<_> = thread::scope(|scope| {
                let threads: Vec<_> =
                    (0..4).map(|_| scope.spawn(|| folder.claim(KEY, Takeover::Allowed).unwrap())).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            let held = claims.into_iter().filter_map(|claim| match claim {
                FolderClaim::Held(file) => Some(file),
                FolderClaim::Delivered(_) | FolderClaim::Abandoned | FolderClaim::Taken => None,
            });
            let mut held: Vec<_> = held.collect();
            assert_eq!(held.len(), 1);
            held.remove(0).end().unwrap();
        }
    }
}
