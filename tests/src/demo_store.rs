//! Store with the logs of `tests/demo`, in a folder of its own.

use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use crate::{
    binary::root,
    replay::{Finished, Replay},
};

/// Folder with a store of the default name, into which the demo was replayed.
pub struct DemoStore(TempDir);

impl DemoStore {
    /// Replays the demo.
    ///
    /// # Panics
    /// Panics if the replay fails.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "a default that starts a program would surprise")]
    pub fn new() -> Self {
        let demo = Self(tempfile::tempdir().expect("a temporary folder can be created"));
        let _ = Replay::into_store(root().join("tests/demo"), demo.file()).run().code(0);
        demo
    }

    /// Path of the store's file.
    #[must_use]
    pub fn file(&self) -> PathBuf {
        self.folder().join("tailwater.db")
    }

    fn folder(&self) -> &Path {
        self.0.path()
    }

    /// Runs a subcommand of `tailwater` in the folder of the store.
    #[must_use]
    pub fn run(&self, subcommand: &str, arguments: &[&str]) -> Finished {
        Replay::subcommand(subcommand).args(arguments).in_folder(self.folder()).run()
    }

    /// Summary of the store, as `tailwater show --json` prints it.
    #[must_use]
    pub fn summary(&self) -> Value {
        self.run("show", &["--json"]).code(0).json()
    }
}
