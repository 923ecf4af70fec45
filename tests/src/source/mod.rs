//! Source files of this repository as text, for tests of rules that the compiler does not check.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::binary::root;

mod blank;
mod functions;
mod reference;

pub use self::{functions::Function, reference::Reference};

/// Rust source file.
pub struct Source {
    /// Path from the root of the repository, with `/`.
    pub path: String,
    /// Content of the file.
    pub text: String,
    /// Content with blanked comments and literals; line numbers stay the same.
    pub code: String,
}

impl Source {
    /// Reads all Rust files below a folder of the repository, sorted by path.
    ///
    /// # Panics
    /// Panics if the folder cannot be read.
    #[must_use]
    pub fn all(folder: &str) -> Vec<Self> {
        files(folder).into_iter().filter(|path| path.ends_with(".rs")).map(Self::read).collect()
    }

    fn read(path: String) -> Self {
        let text = read(&path);
        Self::new(path, text)
    }

    /// Creates a file from a text.
    #[must_use]
    pub fn new(path: String, text: String) -> Self {
        let code = blank::blank(&text);
        Self { path, text, code }
    }

    /// True if the file contains only tests.
    #[must_use]
    pub fn is_test(&self) -> bool {
        self.path.ends_with("/tests.rs") || self.path.contains("/tests/")
    }

    /// Returns the code before the test module, which is the last item of a source file.
    #[must_use]
    pub fn code_without_tests(&self) -> &str {
        self.code.split("#[cfg(test)]\nmod tests").next().unwrap_or_default()
    }

    /// Returns the paths that the code names, without tests: `crate::`, `super::` and other crates.
    #[must_use]
    pub fn references(&self) -> Vec<Reference> {
        reference::references(&self.path, self.code_without_tests())
    }

    /// Returns the functions with their lines.
    #[must_use]
    pub fn functions(&self) -> Vec<Function> {
        functions::functions(&self.code)
    }
}

/// Reads a file of the repository.
///
/// # Panics
/// Panics if it cannot be read.
#[must_use]
pub fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("reading {path}: {error}"))
}

/// Lists all files below a folder of the repository by their path from its root, sorted; build folders are skipped.
///
/// # Panics
/// Panics if a folder cannot be read.
#[must_use]
pub fn files(folder: &str) -> Vec<String> {
    let found = files_below(&root().join(folder));
    let from_root = |path: PathBuf| {
        let path = path.strip_prefix(root()).expect("the path is below the root");
        path.to_string_lossy().replace('\\', "/")
    };
    let mut names: Vec<_> = found.into_iter().map(from_root).collect();
    names.sort();
    names
}

/// Lists all files below a folder, sorted; build folders are skipped.
///
/// # Panics
/// Panics if a folder cannot be read.
#[must_use]
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    collect(folder, &mut found);
    found.sort();
    found
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    let entries =
        fs::read_dir(folder).unwrap_or_else(|error| panic!("reading {}: {error}", folder.display()));
    for entry in entries.map(|entry| entry.expect("the folder can be read")) {
        let path = entry.path();
        if path.is_dir() {
            if !["target", "node_modules"].iter().any(|name| path.ends_with(name)) {
                collect(&path, found);
            }
        } else {
            found.push(path);
        }
    }
}

/// Returns the number of the line that contains a byte, counted from 1.
fn line_number(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count()
}
