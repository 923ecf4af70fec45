//! Our own sources as text: what `tidy` reads to hold the promises that no compiler checks.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::binary::root;

mod blank;
mod functions;
mod reference;

pub use self::{functions::Function, reference::Reference};

/// One Rust file.
pub struct Source {
    /// From the repository's root, with `/`.
    pub path: String,
    /// As it is.
    pub text: String,
    /// With comments and literals blanked, line by line as long as before.
    pub code: String,
}

impl Source {
    /// Every Rust file below a folder of the repository, sorted by path.
    ///
    /// # Panics
    /// When the folder cannot be read.
    #[must_use]
    pub fn all(folder: &str) -> Vec<Self> {
        files(folder).into_iter().filter(|path| path.ends_with(".rs")).map(Self::read).collect()
    }

    fn read(path: String) -> Self {
        let text = read(&path);
        Self::new(path, text)
    }

    /// A file of this text.
    #[must_use]
    pub fn new(path: String, text: String) -> Self {
        let code = blank::blank(&text);
        Self { path, text, code }
    }

    /// Whether the file is nothing but tests.
    #[must_use]
    pub fn is_test(&self) -> bool {
        self.path.ends_with("/tests.rs") || self.path.contains("/tests/")
    }

    /// The code without its test module, which stands last.
    #[must_use]
    pub fn code_without_tests(&self) -> &str {
        self.code.split("#[cfg(test)]\nmod tests").next().unwrap_or_default()
    }

    /// What it names by path, tests aside: `crate::`, `super::` and crates.
    #[must_use]
    pub fn references(&self) -> Vec<Reference> {
        reference::references(&self.path, self.code_without_tests())
    }

    /// Its functions, with their first and last lines.
    #[must_use]
    pub fn functions(&self) -> Vec<Function> {
        functions::functions(&self.code)
    }
}

/// The text of a file of the repository.
///
/// # Panics
/// When it cannot be read.
#[must_use]
pub fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("reading {path}: {error}"))
}

/// Every file below a folder of the repository, from its root, sorted; build folders aside.
///
/// # Panics
/// When a folder cannot be read.
#[must_use]
pub fn files(folder: &str) -> Vec<String> {
    let found = files_below(&root().join(folder));
    let from_root = |path: PathBuf| {
        let path = path.strip_prefix(root()).expect("it was found below the root");
        path.to_string_lossy().replace('\\', "/")
    };
    let mut names: Vec<_> = found.into_iter().map(from_root).collect();
    names.sort();
    names
}

/// Every file below any folder, sorted; build folders aside.
///
/// # Panics
/// When a folder cannot be read.
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
    for entry in entries.map(|entry| entry.expect("its folder can be read")) {
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

/// The number of the line that holds this byte, counted from 1.
fn line_number(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count()
}
