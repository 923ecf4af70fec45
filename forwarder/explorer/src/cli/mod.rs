//! The command line: verbs, exit codes, the terminal.

mod args;
mod check;
mod columns;
pub mod config_file;
mod connect;
mod follow;
mod interrupt;
mod paint;
mod profile;
mod progress;
mod redrive;
mod replay;
mod scrape;
mod serve;
mod settings;
pub mod table;
mod targets;
mod workers;

use std::{io, process::ExitCode};

use clap::Parser as _;

use self::args::{Cli, Verb};

/// Everything was read and kept.
const ALL_FINE: u8 = 0;
/// Some input was rejected; each was named, the rest was processed. Also: the run itself failed.
const SOME_REJECTED: u8 = 1;
/// Settings that are wrong, or missing: `EX_USAGE` of BSD's sysexits, as linkerd has it.
const BAD_SETTINGS: u8 = 64;
/// Stopped by Ctrl-C, as shells expect it: 128 + SIGINT.
const INTERRUPTED: u8 = 130;

/// Runs the program: reads the command line, does what it says, tells the shell how it went.
#[must_use]
pub fn run() -> ExitCode {
    let cli = Cli::parse(); // exits 2 on wrong usage
    let done = match cli.verb {
        Verb::Replay(flags) => replay::run(&flags),
        Verb::Serve(flags) => serve::run(*flags),
        Verb::Redrive(flags) => redrive::run(*flags),
        Verb::Check(flags) => check::run(flags),
        Verb::Settings(flags) => settings::run(&flags),
    };
    match done {
        Ok(code) => ExitCode::from(code),
        Err(error) if is_closed_pipe(&error) => ExitCode::from(ALL_FINE),
        Err(error) => {
            complain(&format!("tailwater: {error:#}"));
            ExitCode::from(SOME_REJECTED)
        }
    }
}

/// Whoever read our output has seen enough (`tailwater … | head`).
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// Says something on standard error; when even that fails there is nobody to tell.
fn complain(text: &str) {
    use io::Write as _;
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}
