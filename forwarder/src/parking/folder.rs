//! Parking store in a folder: the keys of parked objects are relative paths, and files are written atomically.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Component, Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

/// Folder that holds parked objects.
#[derive(Clone, Debug)]
pub struct Folder {
    root: PathBuf,
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

/// First character of the names of files that are being written.
const UNFINISHED: char = '.';

/// Number of files that this process has written; makes the names of unfinished files unique.
static WRITES: AtomicU64 = AtomicU64::new(0);

impl Folder {
    /// Creates a handle for the folder at `root`. The folder itself is created when the first object is stored.
    #[must_use]
    pub fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// Stores a parked object durably: it survives a power loss.
    ///
    /// # Errors
    /// Returns an error if the file cannot be written: disk full, read-only, or no permission. Then no file of this key
    /// exists.
    pub fn put(&self, key: &str, bytes: &[u8]) -> io::Result<Put> {
        let path = self.path(key)?;
        let folder = path.parent().unwrap_or(&self.root);
        if path.is_file() {
            // The process that wrote it may have been killed before it made the file durable.
            self.sync_up_from(folder)?;
            return Ok(Put::AlreadyThere);
        }
        fs::create_dir_all(folder)?;
        let unfinished = folder.join(unfinished_name(&path));
        let written = write_and_sync(&unfinished, bytes).and_then(|()| fs::rename(&unfinished, &path));
        if written.is_err() {
            // If this fails, too, the unfinished file stays, which is never listed.
            let _ = fs::remove_file(&unfinished);
        }
        written?;
        self.sync_up_from(folder)?;
        Ok(Put::Stored)
    }

    /// Lists the keys of parked objects that start with `prefix`. They are sorted: by kind, then by sink, then by time.
    /// The list is empty if the folder does not exist.
    ///
    /// # Errors
    /// Returns an error if a folder cannot be read.
    pub fn list(&self, prefix: &str) -> io::Result<Vec<String>> {
        let mut keys = Vec::new();
        collect(&self.root, "", &mut keys)?;
        keys.retain(|key| key.starts_with(prefix));
        keys.sort_unstable();
        Ok(keys)
    }

    /// Reads the parked object of this key.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read: `NotFound` if another redrive deleted it.
    pub fn read(&self, key: &str) -> io::Result<Vec<u8>> {
        fs::read(self.path(key)?)
    }

    /// Deletes the parked object of this key; does nothing if it does not exist.
    ///
    /// # Errors
    /// Returns an error if the file cannot be deleted.
    pub fn delete(&self, key: &str) -> io::Result<()> {
        match fs::remove_file(self.path(key)?) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Returns the path of the file for a key. A key that leads out of the folder, or to an unfinished file, is an
    /// error.
    fn path(&self, key: &str) -> io::Result<PathBuf> {
        let is_plain = |part: Component<'_>| match part {
            Component::Normal(name) => {
                !name.as_encoded_bytes().starts_with(UNFINISHED.to_string().as_bytes())
            }
            Component::Prefix(_) | Component::RootDir | Component::CurDir | Component::ParentDir => false,
        };
        let relative = Path::new(key);
        if key.is_empty() || !relative.components().all(is_plain) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not the key of a parked object"));
        }
        Ok(self.root.join(relative))
    }

    /// Syncs the folders from `folder` up to the root: otherwise the name of a new file could be lost in a power loss.
    fn sync_up_from(&self, folder: &Path) -> io::Result<()> {
        for folder in folder.ancestors() {
            File::open(folder)?.sync_all()?;
            if folder == self.root {
                break;
            }
        }
        Ok(())
    }
}

fn unfinished_name(path: &Path) -> String {
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    let write = WRITES.fetch_add(1, Ordering::Relaxed);
    format!("{UNFINISHED}{name}.{}.{write}", std::process::id())
}

fn write_and_sync(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Appends to `keys` the paths of all files below `folder`, each preceded by `prefix`.
fn collect(folder: &Path, prefix: &str, keys: &mut Vec<String>) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let kind = entry.file_type()?;
        if kind.is_dir() {
            collect(&entry.path(), &format!("{prefix}{name}/"), keys)?;
        } else if kind.is_file() && !name.starts_with(UNFINISHED) {
            keys.push(format!("{prefix}{name}"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> (tempfile::TempDir, Folder) {
        let directory = tempfile::tempdir().unwrap();
        let folder = Folder::new(directory.path().join("made/when/needed"));
        (directory, folder)
    }

    #[test]
    fn stored_object_is_listed_read_and_deleted() {
        let (_directory, folder) = folder();
        assert_eq!(folder.list("").unwrap(), [""; 0]);
        for key in ["parked/v1/b", "rejected/v1/c", "parked/v1/a/x", "parked/v1/a-"] {
            assert_eq!(folder.put(key, key.as_bytes()).unwrap(), Put::Stored);
        }
        assert_eq!(folder.list("parked/v1/").unwrap(), ["parked/v1/a-", "parked/v1/a/x", "parked/v1/b"]);
        assert_eq!(folder.read("parked/v1/b").unwrap(), b"parked/v1/b");
        folder.delete("parked/v1/b").unwrap();
        folder.delete("parked/v1/b").unwrap();
        assert_eq!(folder.read("parked/v1/b").unwrap_err().kind(), io::ErrorKind::NotFound);
        assert_eq!(folder.list("").unwrap().len(), 3);
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
            assert!(folder.read(key).is_err() && folder.delete(key).is_err(), "{key}");
        }
    }

    #[test]
    fn unfinished_file_of_a_killed_process_is_not_listed() {
        let (_directory, folder) = folder();
        folder.put("a/b", b"1").unwrap();
        fs::write(folder.root.join("a/.c.77.0"), b"half").unwrap();
        assert_eq!(folder.list("").unwrap(), ["a/b"]);
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
}
