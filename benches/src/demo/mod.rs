//! Generator of `tests/demo`: logs of twelve functions of a small shop, for one day.
//!
//! Each function's logs are in exactly one file format, so that no event is counted twice. The day ends at
//! 2026-03-04T10:00:00Z. Version 41 of `checkout-api`, deployed at 14:20 the day before, is slower and fails
//! more often, with a new error. `image-resize` leaks memory, `price-sync` got more memory without becoming
//! faster, one tenant of `report-builder` costs most of it, and `search-suggest` logs a debug line in each run.
//! `checkout-api` sends messages to `notify-email` and `invoice-pdf` on queues.

mod behaviour;
mod day;
mod files;
mod queue;
mod workloads;

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use crate::{rng::Rng, truth::Truth};

/// Files of the demo and their expected totals.
pub struct Demo {
    /// Path (within the demo's folder) and content of each file, sorted by path.
    pub files: Vec<(PathBuf, Vec<u8>)>,
    /// Expected totals of all files together.
    pub truth: Truth,
}

/// Seed of the committed demo.
const SEED: u64 = 20_260_304;

/// Simulates the day of all functions, with the messages between them. Adds their totals to `truth`.
fn simulate(
    workloads: &[day::Workload],
    rng: &mut Rng,
    truth: &mut Truth,
) -> Vec<(String, Vec<day::LogStream>)> {
    let mut functions: Vec<_> = workloads
        .iter()
        .map(|workload| {
            let streams = day::simulate(workload, &mut rng.fork(), truth);
            (workload.function.name.clone(), streams)
        })
        .collect();
    queue::connect(&mut functions, rng);
    functions
}

impl Demo {
    /// Generates the demo, always the same.
    ///
    /// # Errors
    /// Returns an error if compression fails; in memory it does not.
    pub fn make() -> Result<Self> {
        let mut rng = Rng::new(SEED);
        let mut truth = Truth::default();
        let workloads = workloads::workloads();
        let functions = simulate(&workloads, &mut rng, &mut truth);
        let mut demo_files = files::DemoFiles::default();
        for (workload, (_, streams)) in workloads.iter().zip(functions) {
            truth.deliveries += demo_files.add(workload, streams)?;
        }
        Ok(Self { files: demo_files.files()?, truth })
    }

    /// Writes the files into `folder`.
    ///
    /// # Errors
    /// Returns an error if a file cannot be written.
    pub fn write(&self, folder: &Path) -> Result<()> {
        for (path, content) in &self.files {
            let path = folder.join(path);
            let parent = path.parent().context("paths have a parent folder")?;
            fs::create_dir_all(parent).with_context(|| format!("failed to create {}", parent.display()))?;
            fs::write(&path, content).with_context(|| format!("failed to write {}", path.display()))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
