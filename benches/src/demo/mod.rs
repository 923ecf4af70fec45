//! A day in the life of twelve functions of a small shop: what `tests/demo` holds.
//!
//! Each function's logs are in exactly one of the forms in which people really have them, so that nothing is counted
//! twice. The day ends at 2026-03-04T10:00:00Z; at 14:20 of the day before, a deploy made `checkout-api` worse.

mod cast;
mod day;
mod forms;
mod story;

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use crate::{rng::Rng, truth::Truth};

/// The demo's files, by their path in its folder, and the truth about them.
pub struct Demo {
    /// Path and content of each file, sorted by path.
    pub files: Vec<(PathBuf, Vec<u8>)>,
    /// What is true of all of them together.
    pub truth: Truth,
}

/// The seed of the demo that is in the repository.
const SEED: u64 = 20_260_304;

impl Demo {
    /// The demo: always the same.
    ///
    /// # Errors
    /// When compression fails, which it does not in memory.
    pub fn make() -> Result<Self> {
        let mut rng = Rng::new(SEED);
        let mut truth = Truth::default();
        let mut library = forms::Library::default();
        for role in cast::roles() {
            let streams = day::play(&role, &mut rng.fork(), &mut truth);
            truth.deliveries += library.add(&role, streams)?;
        }
        Ok(Self { files: library.files()?, truth })
    }

    /// Writes the files into `folder`.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write(&self, folder: &Path) -> Result<()> {
        for (path, content) in &self.files {
            let path = folder.join(path);
            let parent = path.parent().context("files are in the folder")?;
            fs::create_dir_all(parent).with_context(|| format!("failed to make {}", parent.display()))?;
            fs::write(&path, content).with_context(|| format!("failed to write {}", path.display()))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
