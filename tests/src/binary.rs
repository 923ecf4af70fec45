//! The real binaries, built once for each run of the tests.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use anyhow::{Context as _, Result, ensure};

/// The repository's root.
#[must_use]
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this crate is a folder of the repository")
}

/// The path of the `tailwater` binary, of the same profile as the tests and in the same target folder.
///
/// # Panics
/// When it does not compile.
#[must_use]
pub fn tailwater() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| built("tailwater"))
}

/// The path of the `bootstrap` binary, likewise; with the command line's code in it, which the real one lacks.
///
/// # Panics
/// When it does not compile.
#[must_use]
pub fn bootstrap() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| built("bootstrap"))
}

/// The path of the `subscriber` binary, likewise.
///
/// # Panics
/// When it does not compile.
#[must_use]
pub fn subscriber() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| built("subscriber"))
}

/// The path of the `macro` binary, likewise.
///
/// # Panics
/// When it does not compile.
#[must_use]
pub fn macro_binary() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| built("macro"))
}

fn built(name: &str) -> PathBuf {
    static FOLDER: OnceLock<Result<PathBuf>> = OnceLock::new();
    let folder = FOLDER.get_or_init(build).as_ref().expect("the binaries under test have to compile");
    folder.join(format!("{name}{}", env::consts::EXE_SUFFIX))
}

/// Cargo does not build another package's binaries for a test, so the test asks for them itself.
fn build() -> Result<PathBuf> {
    let profile_folder = profile_folder()?;
    let target_folder = profile_folder.parent().context("a profile's folder is in the target folder")?;
    let profile = match profile_folder.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => "dev",
        Some(name) => name,
    };
    let status = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--package", "tailwater", "--bins", "--profile", profile])
        .env("CARGO_TARGET_DIR", target_folder)
        .current_dir(root())
        .status()
        .context("starting cargo")?;
    ensure!(status.success(), "cargo build ended with {status}");
    Ok(profile_folder)
}

/// `TARGET/PROFILE`, two folders above the running test: `TARGET/PROFILE/deps/it-HASH`.
fn profile_folder() -> Result<PathBuf> {
    let test = env::current_exe().context("finding the running test")?;
    let folder = test.ancestors().nth(2).context("a test runs in the profile's folder")?;
    Ok(folder.to_path_buf())
}
