//! `tailwater`: the command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    tailwater_explorer::cli::run()
}
