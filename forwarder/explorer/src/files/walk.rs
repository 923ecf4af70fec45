//! Finds the inputs that a command line names: files, folders, globs and standard input.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use tailwater_parser::{ByteSize, UnixMillis};
use walkdir::WalkDir;

use super::{Rejected, export::WRITE_TEST};

/// Something to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Where it is; `-` is standard input.
    pub path: PathBuf,
    /// Of what kind it is.
    pub kind: Kind,
    /// How large it is, compressed as it may be; unknown for what is no regular file.
    pub size: Option<ByteSize>,
    /// When it was last written.
    pub modified: Option<UnixMillis>,
}

/// How an input came to be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Standard input.
    Stdin,
    /// Named by the user.
    Named,
    /// Found in a folder or by a glob.
    Found,
}

impl Input {
    /// Its name, as the user knows it.
    #[must_use]
    pub fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// Opens it.
    ///
    /// # Errors
    /// It cannot be opened.
    pub fn open(&self) -> io::Result<Box<dyn io::Read>> {
        match self.kind {
            Kind::Stdin => Ok(Box::new(io::stdin())),
            Kind::Named | Kind::Found => Ok(Box::new(File::open(&self.path)?)),
        }
    }
}

/// The inputs that `arguments` name, in their order, folders' files sorted; or what is wrong with one of them.
///
/// Folders are walked to the bottom, without hidden files; ignore files mean nothing here. An argument that is no
/// file is a glob.
#[must_use]
pub fn inputs(arguments: &[PathBuf]) -> Vec<Result<Input, Rejected>> {
    let mut found = Vec::new();
    for argument in arguments {
        if argument.as_os_str() == "-" {
            let path = argument.clone();
            found.push(Ok(Input { path, kind: Kind::Stdin, size: None, modified: None }));
        } else if argument.exists() {
            add(argument, Kind::Named, &mut found);
        } else {
            add_matches(argument, &mut found);
        }
    }
    found
}

type Inputs = Vec<Result<Input, Rejected>>;

fn add(path: &Path, kind: Kind, found: &mut Inputs) {
    if path.is_dir() { add_folder(path, found) } else { found.push(input(path, kind)) }
}

fn add_folder(folder: &Path, found: &mut Inputs) {
    // Links are followed; the walker itself notices one that leads back to a folder above it.
    let walk = WalkDir::new(folder).follow_links(true).sort_by_file_name().into_iter();
    let is_hidden = |name: &std::ffi::OsStr| name.as_encoded_bytes().starts_with(b".");
    for entry in walk.filter_entry(|entry| entry.depth() == 0 || !is_hidden(entry.file_name())) {
        match entry {
            Ok(entry) if entry.file_type().is_file() && entry.file_name() != WRITE_TEST => {
                found.push(input(entry.path(), Kind::Found));
            }
            Ok(_) => {}
            Err(error) if error.loop_ancestor().is_some() => {}
            Err(error) => {
                let path = error.path().unwrap_or(folder);
                let reason = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
                found.push(Err(rejected(path, reason)));
            }
        }
    }
}

fn add_matches(pattern: &Path, found: &mut Inputs) {
    let no_match = || rejected(pattern, "no such file, and no file matches it".to_owned());
    let Some(paths) = pattern.to_str().and_then(|pattern| glob::glob(pattern).ok()) else {
        return found.push(Err(no_match()));
    };
    let before = found.len();
    for path in paths {
        match path {
            Ok(path) if path.ends_with(WRITE_TEST) => {}
            Ok(path) => add(&path, Kind::Found, found),
            Err(error) => found.push(Err(rejected(error.path(), error.error().to_string()))),
        }
    }
    if found.len() == before {
        found.push(Err(no_match()));
    }
}

fn input(path: &Path, kind: Kind) -> Result<Input, Rejected> {
    let about = path.metadata().map_err(|error| rejected(path, error.to_string()))?;
    if about.is_file() && about.len() == 0 {
        return Err(rejected(path, "empty file".to_owned()));
    }
    let size = about.is_file().then_some(ByteSize(about.len()));
    let modified = about.modified().ok().and_then(unix_millis);
    Ok(Input { path: path.to_owned(), kind, size, modified })
}

fn unix_millis(time: SystemTime) -> Option<UnixMillis> {
    let since = time.duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(since.as_millis()).ok().map(UnixMillis)
}

fn rejected(path: &Path, reason: String) -> Rejected {
    Rejected { input: path.display().to_string(), records: 1, offset: None, reason }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// What the arguments name inside a folder with some files.
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
        let found = inputs(&arguments).into_iter().map(|input| match input {
            Ok(input) => format!("{} {:?} {}", input.name(), input.kind, input.size.unwrap()),
            Err(rejected) => rejected.to_string(),
        });
        let prefix = format!("{}/", root.display());
        let found: Vec<_> = found.map(|line| line.replace(&prefix, "")).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn folders_are_walked_in_order_without_what_is_hidden() {
        check(
            &[""],
            &["a/10.log Found 4 B", "a/2.log Found 4 B", "a/empty.log: empty file", "b.log Found 4 B"],
        );
    }

    #[test]
    fn a_file_that_is_named_is_read_whatever_its_name() {
        check(&["b.log", "a/.hidden"], &["b.log Named 4 B", "a/.hidden Named 4 B"]);
    }

    #[test]
    fn globs_match_files_and_folders() {
        check(&["a/*.log"], &["a/10.log Found 4 B", "a/2.log Found 4 B", "a/empty.log: empty file"]);
        check(&["no*.log"], &["no*.log: no such file, and no file matches it"]);
        check(&["nothing[.log"], &["nothing[.log: no such file, and no file matches it"]);
    }

    #[test]
    fn a_hyphen_is_standard_input() {
        let found = inputs(&[PathBuf::from("-")]);
        assert!(matches!(found.as_slice(), [Ok(Input { kind: Kind::Stdin, size: None, .. })]));
    }
}
