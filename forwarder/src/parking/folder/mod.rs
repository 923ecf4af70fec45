//! Parking store in a folder: the keys of parked objects are relative paths, and files are written atomically.

mod claim_file;
mod page;

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, Read as _, Write as _},
    path::{Component, Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

pub(super) use self::claim_file::{ClaimFile, FolderClaim};
use self::page::PageOfKeys;

/// Folder that holds parked objects. Its methods block the thread.
#[derive(Clone, Debug)]
pub struct Folder {
    root: PathBuf,
    /// Folders that this process has synced since a folder was created in them, so that they are not synced for each
    /// object.
    durable: Arc<Mutex<BTreeSet<PathBuf>>>,
}

/// Result of storing a parked object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// The parked object was stored.
    Stored,
    /// A parked object with this key was stored before. It has the same content, since the key contains a hash of the
    /// content.
    AlreadyThere,
}

/// Error of reading a file into memory.
#[derive(Debug)]
pub(super) enum ReadError {
    Io(io::Error),
    /// The file has more bytes than the limit.
    OverLimit,
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// First character of the names of files that are no parked objects: unfinished files, claims, the position.
const HIDDEN: char = '.';

/// Name of the file that holds the position at which the next scheduled redrive starts.
const POSITION: &str = ".redrive-position";

/// Maximum number of folders that are remembered as durable.
const MAX_DURABLE: usize = 10_000;

/// Number of files that this process has written; makes the names of unfinished files unique.
static WRITES: AtomicU64 = AtomicU64::new(0);

impl Folder {
    /// Creates a handle for the folder at `root`. The folder itself is created when the first object is stored.
    #[must_use]
    pub fn new(root: PathBuf) -> Self {
        Self { root, durable: Arc::default() }
    }

    /// Stores a parked object durably: it survives a power loss.
    ///
    /// # Errors
    /// Returns an error if the file cannot be written: disk full, read-only, or no permission. Then no file of this key
    /// exists.
    pub fn put(&self, key: &str, bytes: &[u8]) -> io::Result<Put> {
        let put = self.write(key, bytes, &AtomicBool::new(false))?;
        self.sync(std::slice::from_ref(&key))?;
        Ok(put)
    }

    /// Writes a parked object. Its content is durable, its name only after [`Self::sync`]. If `is_abandoned` is set meanwhile,
    /// the caller has given up, and no file is left.
    ///
    /// # Errors
    /// Returns an error as [`Self::put`] does.
    pub(super) fn write(&self, key: &str, bytes: &[u8], is_abandoned: &AtomicBool) -> io::Result<Put> {
        let path = self.path(key)?;
        let folder = path.parent().unwrap_or(&self.root);
        if path.is_file() {
            return Ok(Put::AlreadyThere);
        }
        if !folder.is_dir() {
            self.forget_durable(folder);
            fs::create_dir_all(folder)?;
        }
        let unfinished = folder.join(unfinished_name(&path));
        let written = write_and_sync(&unfinished, bytes).and_then(|()| {
            // Else AWS would send the events again, and a redrive would deliver them, too.
            if is_abandoned.load(Ordering::Relaxed) {
                return Err(io::ErrorKind::TimedOut.into());
            }
            fs::rename(&unfinished, &path)
        });
        if written.is_err() {
            // If this fails, too, the unfinished file stays, which is never listed.
            let _ = fs::remove_file(&unfinished);
        }
        written.map(|()| Put::Stored)
    }

    /// Makes the names of objects durable: syncs each of their folders once, and the folders above it that this process has
    /// not synced yet. A process that was killed may have created them without making them durable.
    ///
    /// # Errors
    /// Returns an error if a folder cannot be synced.
    pub(super) fn sync(&self, keys: &[impl AsRef<str>]) -> io::Result<()> {
        let mut folders = BTreeSet::new();
        for key in keys {
            let path = self.path(key.as_ref())?;
            folders.insert(path.parent().unwrap_or(&self.root).to_owned());
        }
        let mut above = BTreeSet::new();
        for folder in &folders {
            File::open(folder)?.sync_all()?;
            let is_inside = |folder: &&Path| folder.starts_with(&self.root);
            above.extend(folder.ancestors().skip(1).take_while(is_inside).map(Path::to_owned));
        }
        for folder in above {
            if self.lock().contains(&folder) {
                continue;
            }
            if !folders.contains(&folder) {
                File::open(&folder)?.sync_all()?;
            }
            // At once: if the time is over, the next call goes on with the next folder.
            self.remember_durable(folder);
        }
        Ok(())
    }

    /// Remembers a folder that was synced: the names of the folders in it are durable.
    fn remember_durable(&self, folder: PathBuf) {
        let mut durable = self.lock();
        if durable.len() >= MAX_DURABLE {
            durable.clear();
        }
        durable.insert(folder);
    }

    fn forget_durable(&self, folder: &Path) {
        let mut durable = self.lock();
        for above in folder.ancestors() {
            durable.remove(above);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeSet<PathBuf>> {
        self.durable.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lists the keys of parked objects that start with `prefix` and sort behind `after`: the first ones, up to `limit`,
    /// sorted by kind, then by sink, then by time. Needs no memory for the other keys. The list is empty if the folder does
    /// not exist.
    ///
    /// # Errors
    /// Returns an error if a folder cannot be read.
    pub fn list(&self, prefix: &str, after: Option<&str>, limit: usize) -> io::Result<Vec<String>> {
        PageOfKeys::read(&self.root, prefix, after, limit)
    }

    /// Reads the parked object of this key.
    pub(super) fn read(&self, key: &str, limit: usize) -> Result<Vec<u8>, ReadError> {
        let file = File::open(self.path(key)?)?;
        let mut bytes = Vec::new();
        let max = u64::try_from(limit).unwrap_or(u64::MAX);
        // Not more than the limit is read, even if the file grows meanwhile.
        if file.metadata()?.len() > max || file.take(max.saturating_add(1)).read_to_end(&mut bytes)? > limit {
            return Err(ReadError::OverLimit);
        }
        Ok(bytes)
    }

    /// Deletes the parked object of this key; does nothing if it does not exist.
    ///
    /// # Errors
    /// Returns an error if the file cannot be deleted.
    pub fn delete(&self, key: &str) -> io::Result<()> {
        none_if_missing(fs::remove_file(self.path(key)?)).map(drop)
    }

    /// Returns the key that [`Self::set_position`] recorded.
    pub(super) fn position(&self) -> io::Result<Option<String>> {
        none_if_missing(fs::read_to_string(self.root.join(POSITION)))
    }

    /// Records the position at which the next scheduled redrive starts.
    pub(super) fn set_position(&self, key: Option<&str>) -> io::Result<()> {
        let path = self.root.join(POSITION);
        match key {
            None => none_if_missing(fs::remove_file(path)).map(drop),
            Some(key) => {
                let unfinished = self.root.join(unfinished_name(&path));
                fs::write(&unfinished, key)?;
                fs::rename(unfinished, path)
            }
        }
    }

    /// Returns the path of the file for a key. A key that leads out of the folder, or to a hidden file, is an error.
    fn path(&self, key: &str) -> io::Result<PathBuf> {
        let is_plain = |part: Component<'_>| match part {
            Component::Normal(name) => !name.as_encoded_bytes().starts_with(HIDDEN.to_string().as_bytes()),
            Component::Prefix(_) | Component::RootDir | Component::CurDir | Component::ParentDir => false,
        };
        let relative = Path::new(key);
        if key.is_empty() || !relative.components().all(is_plain) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not the key of a parked object"));
        }
        Ok(self.root.join(relative))
    }
}

fn none_if_missing<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        result => result.map(Some),
    }
}

fn unfinished_name(path: &Path) -> String {
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    let write = WRITES.fetch_add(1, Ordering::Relaxed);
    format!("{HIDDEN}{name}.{}.{write}", std::process::id())
}

fn write_and_sync(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> (tempfile::TempDir, Folder) {
        let directory = tempfile::tempdir().unwrap();
        let folder = Folder::new(directory.path().join("made/when/needed"));
        (directory, folder)
    }

    fn list(folder: &Folder, prefix: &str) -> io::Result<Vec<String>> {
        folder.list(prefix, None, 100)
    }

    fn read(folder: &Folder, key: &str) -> io::Result<Vec<u8>> {
        match folder.read(key, 100) {
            Ok(bytes) => Ok(bytes),
            Err(ReadError::Io(error)) => Err(error),
            Err(ReadError::OverLimit) => panic!("the file is small"),
        }
    }

    #[test]
    fn stored_object_is_listed_read_and_deleted() {
        let (_directory, folder) = folder();
        assert_eq!(list(&folder, "").unwrap(), [""; 0]);
        for key in ["parked/v1/b", "rejected/v1/c", "parked/v1/a/x", "parked/v1/a-"] {
            assert_eq!(folder.put(key, key.as_bytes()).unwrap(), Put::Stored);
        }
        assert_eq!(list(&folder, "parked/v1/").unwrap(), ["parked/v1/a-", "parked/v1/a/x", "parked/v1/b"]);
        assert_eq!(read(&folder, "parked/v1/b").unwrap(), b"parked/v1/b");
        folder.delete("parked/v1/b").unwrap();
        folder.delete("parked/v1/b").unwrap();
        assert_eq!(read(&folder, "parked/v1/b").unwrap_err().kind(), io::ErrorKind::NotFound);
        assert_eq!(list(&folder, "").unwrap().len(), 3);
    }

    #[test]
    fn storing_twice_leaves_one_object() {
        let (_directory, folder) = folder();
        assert_eq!(folder.put("a/b", b"1").unwrap(), Put::Stored);
        assert_eq!(folder.put("a/b", b"1").unwrap(), Put::AlreadyThere);
        assert_eq!(fs::read_dir(folder.root.join("a")).unwrap().count(), 1);
    }

    #[test]
    fn keys_outside_of_the_folder_are_rejected() {
        let (_directory, folder) = folder();
        for key in ["", "/etc/passwd", "../x", "a/../../x", "./a", "a/.b"] {
            assert_eq!(folder.put(key, b"").unwrap_err().kind(), io::ErrorKind::InvalidInput, "{key}");
            assert!(read(&folder, key).is_err() && folder.delete(key).is_err(), "{key}");
        }
    }

    #[test]
    fn unfinished_file_of_a_killed_process_is_not_listed() {
        let (_directory, folder) = folder();
        folder.put("a/b", b"1").unwrap();
        fs::write(folder.root.join("a/.c.77.0"), b"half").unwrap();
        assert_eq!(list(&folder, "").unwrap(), ["a/b"]);
    }

    #[test]
    fn failed_put_leaves_no_file() {
        let (directory, folder) = folder();
        fs::write(directory.path().join("made"), b"a file instead of a folder").unwrap();
        assert!(folder.put("a/b", b"1").is_err());
        let (_directory, folder) = self::folder();
        fs::create_dir_all(folder.root.join("a/b")).unwrap();
        // A folder with the name of the object.
        assert!(folder.put("a/b", b"1").is_err());
        assert_eq!(fs::read_dir(folder.root.join("a")).unwrap().count(), 1);
    }

    #[test]
    fn file_over_the_limit_is_not_read() {
        let (_directory, folder) = folder();
        folder.put("a/b", &[b'x'; 101]).unwrap();
        assert!(matches!(folder.read("a/b", 100), Err(ReadError::OverLimit)));
        assert_eq!(folder.read("a/b", 101).unwrap().len(), 101);
    }

    #[test]
    fn abandoned_object_leaves_no_file() {
        let (_directory, folder) = folder();
        let error = folder.write("a/b", b"1", &AtomicBool::new(true)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!(fs::read_dir(folder.root.join("a")).unwrap().count(), 0);
    }

    #[test]
    fn folder_that_was_removed_is_synced_again() {
        let (_directory, folder) = folder();
        folder.put("a/b/c", b"1").unwrap();
        assert!(folder.lock().contains(&folder.root.join("a")));
        fs::remove_dir_all(folder.root.join("a")).unwrap();
        folder.write("a/b/c", b"1", &AtomicBool::new(false)).unwrap();
        assert!(folder.lock().is_empty());
        folder.sync(&["a/b/c"]).unwrap();
        assert!(folder.lock().contains(&folder.root) && folder.lock().contains(&folder.root.join("a")));
    }

    #[test]
    fn position_is_kept_until_it_is_removed() {
        let (_directory, folder) = folder();
        folder.put("a/b", b"1").unwrap();
        assert_eq!(folder.position().unwrap(), None);
        folder.set_position(Some("a/b")).unwrap();
        assert_eq!(folder.position().unwrap().as_deref(), Some("a/b"));
        assert_eq!(list(&folder, "").unwrap(), ["a/b"]);
        folder.set_position(None).unwrap();
        folder.set_position(None).unwrap();
        assert_eq!(folder.position().unwrap(), None);
    }
}
