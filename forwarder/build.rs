//! Leaves the unwind tables out of the programs of a release for Linux. A panic aborts there, so that nothing reads them, and
//! they are 0.5 MB of `bootstrap`. Rust has a flag for that (`-C force-unwind-tables=no`), but Cargo's profiles do not.

use std::{
    env, fs,
    io::{self, Write as _},
    path::PathBuf,
};

/// Script for GNU ld and LLD that changes nothing else.
const SCRIPT: &str = "SECTIONS { /DISCARD/ : { *(.eh_frame) } } INSERT AFTER .text;\n";

fn main() -> io::Result<()> {
    let mut cargo = io::stdout();
    writeln!(cargo, "cargo::rerun-if-changed=build.rs")?;
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|found| found == value);
    // mold reads no such scripts.
    let is_mold = env::var("CARGO_ENCODED_RUSTFLAGS").is_ok_and(|flags| flags.contains("mold"));
    let is_linux = is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu");
    if is("PROFILE", "release") && is_linux && !is_mold {
        let folder = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
        let script = folder.join("without-unwind-tables.ld");
        fs::write(&script, SCRIPT)?;
        writeln!(cargo, "cargo::rustc-link-arg-bins=-Wl,-T,{}", script.display())?;
    }
    Ok(())
}
