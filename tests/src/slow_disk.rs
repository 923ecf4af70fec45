//! Slow disk for the programs under test: a library in C, loaded before the C library, that delays `fsync`.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
    time::Duration,
};

use crate::server::print_uncaptured;

/// Returns the environment variables that make the disk of a program slow: each `fsync` takes this long. `None` on a
/// system where that is not possible, which is printed.
#[must_use]
pub fn environment(sync_time: Duration) -> Option<[(&'static str, String); 2]> {
    static LIBRARY: OnceLock<Option<PathBuf>> = OnceLock::new();
    let library = LIBRARY.get_or_init(compile).as_ref()?;
    Some([("LD_PRELOAD", library.display().to_string()), ("TEST_SYNC_MS", sync_time.as_millis().to_string())])
}

fn compile() -> Option<PathBuf> {
    if !cfg!(target_os = "linux") {
        print_uncaptured("no slow disk: this system cannot load a library before the C library");
        return None;
    }
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("slow_disk/sync.c");
    // A name of its own for each process: several may compile at the same time.
    let library = std::env::temp_dir().join(format!("tailwater-slow-disk-{}.so", std::process::id()));
    let compiled = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .arg(&library)
        .arg(source)
        .arg("-ldl")
        .status();
    match compiled {
        Ok(status) if status.success() => Some(library),
        result => panic!("a C compiler is needed, as for SQLite: {result:?}"),
    }
}
