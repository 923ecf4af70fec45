//! The command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    tailwater_forwarder::cli::run()
}
