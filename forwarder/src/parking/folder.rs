//! Parking in a folder: the same keys as paths, written so that a file is there whole or not at all.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Component, Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

/// A folder that parked objects are kept in.
#[derive(Clone, Debug)]
pub struct Folder {
    root: PathBuf,
}

/// What came of storing an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// It is there now.
    Stored,
    /// It was there already: the key names its content.
    AlreadyThere,
}

/// Files that are being written have names that begin so.
const UNFINISHED: char = '.';

/// Tells files apart that one process writes at the same time.
static WRITES: AtomicU64 = AtomicU64::new(0);

impl Folder {
    /// The folder at `root`; it is made when something is stored.
    #[must_use]
    pub fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// Stores an object. When this returns it outlives a loss of power.
    ///
    /// # Errors
    /// The file system's: full, read-only, no right. Nothing is left under the key then.
    pub fn put(&self, key: &str, bytes: &[u8]) -> io::Result<Put> {
        let path = self.path(key)?;
        let folder = path.parent().unwrap_or(&self.root);
        if path.is_file() {
            // Whoever wrote it may not have come this far.
            self.sync_up_from(folder)?;
            return Ok(Put::AlreadyThere);
        }
        fs::create_dir_all(folder)?;
        let beside = folder.join(unfinished_name(&path));
        let written = write_through(&beside, bytes).and_then(|()| fs::rename(&beside, &path));
        if written.is_err() {
            // Best effort: a leftover is never listed.
            let _ = fs::remove_file(&beside);
        }
        written?;
        self.sync_up_from(folder)?;
        Ok(Put::Stored)
    }

    /// The keys of all objects whose keys begin with `prefix`, sorted, so by sink and then by time. There are none in a
    /// folder that does not exist.
    ///
    /// # Errors
    /// The file system's.
    pub fn list(&self, prefix: &str) -> io::Result<Vec<String>> {
        let mut keys = Vec::new();
        collect(&self.root, "", &mut keys)?;
        keys.retain(|key| key.starts_with(prefix));
        keys.sort_unstable();
        Ok(keys)
    }

    /// The object of this key.
    ///
    /// # Errors
    /// The file system's; `NotFound` when another redrive was faster.
    pub fn read(&self, key: &str) -> io::Result<Vec<u8>> {
        fs::read(self.path(key)?)
    }

    /// Takes an object away; one that is gone already is no error.
    ///
    /// # Errors
    /// The file system's.
    pub fn delete(&self, key: &str) -> io::Result<()> {
        match fs::remove_file(self.path(key)?) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Where an object of this key lies. A key never leads out of the folder, nor to an unfinished file.
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

    /// Makes the names on the way to a file durable; without that the file could be nameless after a loss of power.
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

fn write_through(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Adds the keys of all files below `folder`, whose own key is `prefix`.
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
    fn what_is_stored_is_listed_read_and_deleted() {
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
    fn a_key_leads_nowhere_else() {
        let (_directory, folder) = folder();
        for key in ["", "/etc/passwd", "../x", "a/../../x", "./a", "a/.b"] {
            assert_eq!(folder.put(key, b"").unwrap_err().kind(), io::ErrorKind::InvalidInput, "{key}");
            assert!(folder.read(key).is_err() && folder.delete(key).is_err(), "{key}");
        }
    }

    #[test]
    fn what_a_killed_writer_left_is_not_listed() {
        let (_directory, folder) = folder();
        folder.put("a/b", b"1").unwrap();
        fs::write(folder.root.join("a/.c.77.0"), b"half").unwrap();
        assert_eq!(folder.list("").unwrap(), ["a/b"]);
    }

    #[test]
    fn what_cannot_be_stored_is_an_error_and_leaves_nothing() {
        let (directory, folder) = folder();
        fs::write(directory.path().join("made"), b"a file stands in the way").unwrap();
        assert!(folder.put("a/b", b"1").is_err());
        let (_directory, folder) = self::folder();
        fs::create_dir_all(folder.root.join("a/b")).unwrap();
        // A folder under the key itself: it is not the object, whatever its name.
        assert!(folder.put("a/b", b"1").is_err());
        assert_eq!(fs::read_dir(folder.root.join("a")).unwrap().count(), 1);
    }
}
