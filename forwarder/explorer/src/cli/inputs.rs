//! Resolves the PATH arguments of `replay` to inputs: files, folders, globs and standard input.

use std::{
    fs::File,
    io::{self, IsTerminal as _},
    path::{Path, PathBuf},
};

use tailwater_parser::{ByteSize, UnixMillis};
use walkdir::WalkDir;

use super::{
    clock::unix_millis,
    input_stream::{InputStream, WhenIdle},
    interrupt::Interrupt,
    stderr,
};
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

    /// True if the input is a regular file, which can be read again. Standard input, a named pipe or a device can be read
    /// only once, and may wait for data without end.
    pub(super) fn is_regular_file(&self) -> bool {
        self.size.is_some()
    }

    /// Opens the input. The interrupt ends an input that waits for data.
    ///
    /// # Errors
    /// Returns the error of the file system.
    pub(super) fn open(&self, interrupt: &Interrupt) -> io::Result<Box<dyn io::Read>> {
        if self.is_regular_file() {
            return Ok(Box::new(File::open(&self.path)?));
        }
        Ok(Box::new(self.open_stream(WhenIdle::Wait, interrupt)?))
    }

    /// Opens an input that is not a regular file.
    ///
    /// # Errors
    /// Returns an error if no thread can be started; later errors are returned when the input is read.
    pub(super) fn open_stream(&self, when_idle: WhenIdle, interrupt: &Interrupt) -> io::Result<InputStream> {
        match self.kind {
            InputKind::Stdin => {
                announce_stdin();
                InputStream::start(|| Ok(io::stdin()), when_idle, interrupt)
            }
            InputKind::Named | InputKind::Found => {
                let path = self.path.clone();
                InputStream::start(move || File::open(path), when_idle, interrupt)
            }
        }
    }
}

/// Says that the program waits for lines if standard input is a terminal, where nothing else shows it.
fn announce_stdin() {
    let end = if cfg!(windows) { "Ctrl-Z and Enter" } else { "Ctrl-D" };
    if io::stdin().is_terminal() {
        stderr::log(format_args!(
            "reading logs from the terminal: paste them, and press {end} on an empty line to end"
        ));
    }
}

/// Treatment of empty files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EmptyFiles {
    /// They are rejected.
    Reject,
    /// They are inputs, because they may grow.
    Accept,
}

/// Returns the inputs that `arguments` name, in their order, with the files of each folder sorted. An
/// argument or file that cannot be read is a [`RejectedInput`].
///
/// Folders are read recursively, without hidden files. Ignore files have no effect. An argument that is not a path is a
/// glob.
pub(super) fn find_inputs(arguments: &[PathBuf], empty_files: EmptyFiles) -> Inputs {
    let mut found = Finder { empty_files, found: Vec::new() };
    for argument in arguments {
        if argument.as_os_str() == "-" {
            let path = argument.clone();
            found.found.push(Ok(Input { path, kind: InputKind::Stdin, size: None, modified: None }));
        } else if argument.exists() {
            found.add(argument, InputKind::Named);
        } else {
            found.add_matches(argument);
        }
    }
    found.found
}

/// Search for inputs.
struct Finder {
    empty_files: EmptyFiles,
    found: Inputs,
}

impl Finder {
    fn add(&mut self, path: &Path, kind: InputKind) {
        if path.is_dir() { self.add_folder(path) } else { self.add_file(path, kind) }
    }

    fn add_folder(&mut self, folder: &Path) {
        let before = self.found.len();
        // Links are followed; the walker detects a link to a folder above it.
        let walk = WalkDir::new(folder).follow_links(true).sort_by_file_name().into_iter();
        let is_hidden = |name: &std::ffi::OsStr| name.as_encoded_bytes().starts_with(b".");
        for entry in walk.filter_entry(|entry| entry.depth() == 0 || !is_hidden(entry.file_name())) {
            match entry {
                Ok(entry) if entry.file_type().is_file() && entry.file_name() != WRITE_TEST_FILE => {
                    self.add_file(entry.path(), InputKind::Found);
                }
                Ok(_) => {}
                Err(error) if error.loop_ancestor().is_some() => {}
                Err(error) => {
                    let path = error.path().unwrap_or(folder);
                    let reason = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
                    self.found.push(Err(rejection(path, reason)));
                }
            }
        }
        if self.found.len() == before {
            self.found.push(Err(rejection(folder, "no files in this folder".to_owned())));
        }
    }

    fn add_matches(&mut self, pattern: &Path) {
        let no_match = || rejection(pattern, "no such file, and no file matches this pattern".to_owned());
        let Some(paths) = pattern.to_str().and_then(|pattern| glob::glob(pattern).ok()) else {
            return self.found.push(Err(no_match()));
        };
        let before = self.found.len();
        for path in paths {
            match path {
                Ok(path) if path.ends_with(WRITE_TEST_FILE) => {}
                Ok(path) => self.add(&path, InputKind::Found),
                Err(error) => self.found.push(Err(rejection(error.path(), error.error().to_string()))),
            }
        }
        if self.found.len() == before {
            self.found.push(Err(no_match()));
        }
    }

    fn add_file(&mut self, path: &Path, kind: InputKind) {
        let input = file_input(path, kind);
        let is_empty = input.as_ref().is_ok_and(|input| input.size == Some(ByteSize(0)));
        self.found.push(match self.empty_files {
            EmptyFiles::Reject if is_empty => Err(rejection(path, "empty file".to_owned())),
            EmptyFiles::Reject | EmptyFiles::Accept => input,
        });
    }
}

fn file_input(path: &Path, kind: InputKind) -> Result<Input, RejectedInput> {
    let metadata = path.metadata().map_err(|error| rejection(path, error.to_string()))?;
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
        let found = find_inputs(&arguments, EmptyFiles::Reject).into_iter().map(|input| match input {
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
    fn folder_without_files_is_rejected() {
        check(&["s"], &["s: no files in this folder"]);
    }

    #[test]
    fn empty_file_that_may_grow_is_an_input() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("empty.log");
        fs::write(&path, "").unwrap();
        for argument in [path, folder.path().to_owned(), folder.path().join("*.log")] {
            assert!(matches!(find_inputs(&[argument], EmptyFiles::Accept).as_slice(), [Ok(_)]));
        }
    }

    #[test]
    fn hyphen_is_standard_input() {
        let found = find_inputs(&[PathBuf::from("-")], EmptyFiles::Reject);
        assert!(matches!(found.as_slice(), [Ok(Input { kind: InputKind::Stdin, size: None, .. })]));
    }
}
