//! DuckDB, which reads Parquet files independently of our own code.

use std::process::{Command, Stdio};

use serde_json::Value;

use super::{is_installed, report_skipped};
use crate::binary::root;

/// Installed DuckDB.
pub struct Duckdb(());

impl Duckdb {
    /// Returns it, or `None` if it is not installed; then a warning is printed.
    ///
    /// # Panics
    /// Panics if it is required and not installed.
    #[must_use]
    pub fn installed() -> Option<Self> {
        if is_installed(&root().join("tests/servers/duckdb")) {
            return Some(Self(()));
        }
        report_skipped("duckdb", "tests/servers/install duckdb");
        None
    }

    /// Runs a statement. Each row is an object without missing values; times are Unix milliseconds.
    ///
    /// # Panics
    /// Panics if the statement fails.
    #[must_use]
    pub fn rows(&self, sql: &str) -> Vec<Value> {
        let script = root().join("tests/servers/duckdb");
        let run = Command::new(script).args(["start", sql]).stdin(Stdio::null()).output();
        let run = run.expect("the script can be started");
        assert!(run.status.success(), "{sql}: {}", String::from_utf8_lossy(&run.stderr));
        let lines = String::from_utf8(run.stdout).expect("JSON is UTF-8");
        lines.lines().map(|line| serde_json::from_str(line).expect("each line is an object")).collect()
    }
}
