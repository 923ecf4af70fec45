//! The command line: one module per command, exit codes, and the terminal.

mod args;
mod assumptions;
mod aws_profile;
mod check;
mod clock;
pub mod config_file;
mod connect;
mod exit;
mod follow;
mod inputs;
mod interrupt;
mod metrics_server;
mod progress;
mod redrive;
mod replay;
mod serve;
mod setting_flags;
mod settings;
mod stderr;
pub mod table;
mod targets;
mod workers;

use std::process::ExitCode;

use clap::Parser as _;

use self::args::{Cli, Command};

/// Parses the command line, runs the command and returns the exit code of the program.
#[must_use]
pub fn run() -> ExitCode {
    let cli = Cli::parse(); // exits with code 2 on wrong usage
    let result = match cli.command {
        Command::Replay(args) => replay::run(&args),
        Command::Serve(args) => serve::run(*args),
        Command::Redrive(args) => redrive::run(*args),
        Command::Check(args) => check::run(args),
        Command::Settings(args) => settings::run(&args),
    };
    exit::exit_code(result)
}
