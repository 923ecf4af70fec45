//! Paths of the binaries under test, which are built once per test run.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use anyhow::{Context as _, Result, ensure};

/// Root directory of the repository.
#[must_use]
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate is in a folder of the repository")
}

/// Number of log events in `tests/demo`.
pub const DEMO_EVENTS: u64 = 77_755;

/// Path of the `tailwater` binary, built with the profile and in the target directory of the tests.
///
/// # Panics
/// Panics if it does not compile.
#[must_use]
pub fn tailwater() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| built("tailwater"))
}

/// Path of the `bootstrap` binary, built in the same way.
///
/// # Panics
/// Panics if it does not compile.
#[must_use]
pub fn bootstrap() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| built("bootstrap"))
}

/// Path of the `subscriber` binary, built in the same way.
///
/// # Panics
/// Panics if it does not compile.
#[must_use]
pub fn subscriber() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| built("subscriber"))
}

/// Path of the `macro` binary, built in the same way.
///
/// # Panics
/// Panics if it does not compile.
#[must_use]
pub fn macro_binary() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| built("macro"))
}

fn built(name: &str) -> PathBuf {
    static FOLDER: OnceLock<Result<PathBuf>> = OnceLock::new();
    let folder = FOLDER.get_or_init(build).as_ref().expect("the binaries under test compile");
    folder.join(format!("{name}{}", env::consts::EXE_SUFFIX))
}

/// Builds the binaries: Cargo does not build binaries of another package for a test. As part of the workspace they are built of
/// the same dependencies as the tests.
fn build() -> Result<PathBuf> {
    let profile_folder = profile_folder()?;
    let target_folder = profile_folder.parent().context("a profile's folder is in the target folder")?;
    let profile = match profile_folder.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => "dev",
        Some(name) => name,
    };
    let binaries = ["tailwater", "bootstrap", "subscriber", "macro"];
    let status = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--workspace", "--features", "tests/as-in-tests", "--profile", profile])
        .args(binaries.into_iter().flat_map(|name| ["--bin", name]))
        .env("CARGO_TARGET_DIR", target_folder)
        .current_dir(root())
        .status()
        .context("starting cargo")?;
    ensure!(status.success(), "cargo build ended with {status}");
    Ok(profile_folder)
}

/// Returns `TARGET/PROFILE`, two levels above the running test `TARGET/PROFILE/deps/it-HASH`.
fn profile_folder() -> Result<PathBuf> {
    let test = env::current_exe().context("finding the running test")?;
    let folder = test.ancestors().nth(2).context("a test runs in the profile's folder")?;
    Ok(folder.to_path_buf())
}
