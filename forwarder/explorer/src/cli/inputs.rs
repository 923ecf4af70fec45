//! Resolves the PATH arguments of `replay` to inputs: files, folders, globs and standard input.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
};

use tailwater_parser::{ByteSize, UnixMillis};
use walkdir::WalkDir;

use super::clock::unix_millis;
use crate::files::{RejectedInput, WRITE_TEST_FILE};

/// All inputs of a run, in order.
pub(super) type Inputs = Vec<Result<Input, RejectedInput>>;

/// Input that `replay` reads: a file or standard input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Input {
    /// Path of the file; `-` is standard input.
    pub(super) path: PathBuf,
    pub(super) kind: InputKind,
    /// Size in bytes as stored (possibly compressed); `None` if it is not a regular file.
    pub(super) size: Option<ByteSize>,
    /// Time of the last modification.
    pub(super) modified: Option<UnixMillis>,
}

/// Kind of an input, by the way it was selected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum InputKind {
    /// Standard input.
    Stdin,
    /// File named on the command line.
    Named,
    /// File found in a folder or by a glob.
    Found,
}

impl Input {
    /// Returns the name for messages: the path as given on the command line, or as found below a folder given
    /// there.
    pub(super) fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// Opens the input.
    ///
    /// # Errors
    /// Returns the error of the file system.
    pub(super) fn open(&self) -> io::Result<Box<dyn io::Read>> {
        match self.kind {
            InputKind::Stdin => Ok(Box::new(io::stdin())),
            InputKind::Named | InputKind::Found => Ok(Box::new(File::open(&self.path)?)),
        }
    }
}

/// Returns the inputs that `arguments` name, in their order, with the files of each folder sorted. An
/// argument or file that cannot be read is a [`RejectedInput`].
///
/// Folders are read recursively, without hidden files. Ignore files have no effect. An argument that is not a path is a
/// glob.
pub(super) fn find_inputs(arguments: &[PathBuf]) -> Inputs {
    let mut found = Vec::new();
    for argument in arguments {
        if argument.as_os_str() == "-" {
            let path = argument.clone();
            found.push(Ok(Input { path, kind: InputKind::Stdin, size: None, modified: None }));
        } else if argument.exists() {
            add(argument, InputKind::Named, &mut found);
        } else {
            add_matches(argument, &mut found);
        }
    }
    found
}

fn add(path: &Path, kind: InputKind, found: &mut Inputs) {
    if path.is_dir() { add_folder(path, found) } else { found.push(file_input(path, kind)) }
}

fn add_folder(folder: &Path, found: &mut Inputs) {
    // Links are followed; the walker detects a link to a folder above it.
    let walk = WalkDir::new(folder).follow_links(true).sort_by_file_name().into_iter();
    let is_hidden = |name: &std::ffi::OsStr| name.as_encoded_bytes().starts_with(b".");
    for entry in walk.filter_entry(|entry| entry.depth() == 0 || !is_hidden(entry.file_name())) {
        match entry {
            Ok(entry) if entry.file_type().is_file() && entry.file_name() != WRITE_TEST_FILE => {
                found.push(file_input(entry.path(), InputKind::Found));
            }
            Ok(_) => {}
            Err(error) if error.loop_ancestor().is_some() => {}
            Err(error) => {
                let path = error.path().unwrap_or(folder);
                let reason = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
                found.push(Err(rejection(path, reason)));
            }
        }
    }
}

fn add_matches(pattern: &Path, found: &mut Inputs) {
    let no_match = || rejection(pattern, "no such file, and no file matches this pattern".to_owned());
    let Some(paths) = pattern.to_str().and_then(|pattern| glob::glob(pattern).ok()) else {
        return found.push(Err(no_match()));
    };
    let before = found.len();
    for path in paths {
        match path {
            Ok(path) if path.ends_with(WRITE_TEST_FILE) => {}
            Ok(path) => add(&path, InputKind::Found, found),
            Err(error) => found.push(Err(rejection(error.path(), error.error().to_string()))),
        }
    }
    if found.len() == before {
        found.push(Err(no_match()));
    }
}

fn file_input(path: &Path, kind: InputKind) -> Result<Input, RejectedInput> {
    let metadata = path.metadata().map_err(|error| rejection(path, error.to_string()))?;
    if metadata.is_file() && metadata.len() == 0 {
        return Err(rejection(path, "empty file".to_owned()));
    }
    let size = metadata.is_file().then_some(ByteSize(metadata.len()));
    let modified = metadata.modified().ok().and_then(unix_millis);
    Ok(Input { path: path.to_owned(), kind, size, modified })
}

fn rejection(path: &Path, reason: String) -> RejectedInput {
    RejectedInput { input: path.display().to_string(), records: 1, offset: None, reason }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// Asserts the inputs that the arguments name inside a folder with some files.
    fn check(arguments: &[&str], expected: &[&str]) {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        for path in
            ["b.log", "a/2.log", "a/10.log", "a/.hidden", ".git/x", "a/empty.log", "s/aws-logs-write-test"]
        {
            fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
            fs::write(root.join(path), if path.contains("empty") { "" } else { "text" }).unwrap();
        }
        fs::write(root.join(".gitignore"), "*").unwrap();
        std::os::unix::fs::symlink(root, root.join("a/loop")).unwrap();
        let arguments: Vec<_> = arguments.iter().map(|path| root.join(path)).collect();
        let found = find_inputs(&arguments).into_iter().map(|input| match input {
            Ok(input) => format!("{} {:?} {}", input.name(), input.kind, input.size.unwrap()),
            Err(rejected) => rejected.to_string(),
        });
        let prefix = format!("{}/", root.display());
        let found: Vec<_> = found.map(|line| line.replace(&prefix, "")).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn folders_are_read_in_order_without_hidden_files() {
        check(
            &[""],
            &["a/10.log Found 4 B", "a/2.log Found 4 B", "a/empty.log: empty file", "b.log Found 4 B"],
        );
    }

    #[test]
    fn named_hidden_file_is_read() {
        check(&["b.log", "a/.hidden"], &["b.log Named 4 B", "a/.hidden Named 4 B"]);
    }

    #[test]
    fn globs_match_files_and_folders() {
        check(&["a/*.log"], &["a/10.log Found 4 B", "a/2.log Found 4 B", "a/empty.log: empty file"]);
        check(&["no*.log"], &["no*.log: no such file, and no file matches this pattern"]);
        check(&["nothing[.log"], &["nothing[.log: no such file, and no file matches this pattern"]);
    }

    #[test]
    fn hyphen_is_standard_input() {
        let found = find_inputs(&[PathBuf::from("-")]);
        assert!(matches!(found.as_slice(), [Ok(Input { kind: InputKind::Stdin, size: None, .. })]));
    }
}
