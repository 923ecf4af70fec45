//! Strips the symbols of the Lambda functions.
//!
//! The profile of the workspace strips them too, but Cargo does not apply that to a package with an optimisation level of
//! its own.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is = |name, value| env::var(name).is_ok_and(|actual| actual == value);
    // Benches and tests of this package keep their symbols.
    if is("PROFILE", "release") && is("CARGO_CFG_TARGET_OS", "linux") {
        println!("cargo::rustc-link-arg-bins=-Wl,--strip-all");
    }
}
