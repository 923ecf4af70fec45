//! The command line: one module per command, exit codes, and the terminal.

mod args;
mod assumptions;
mod aws_profile;
mod check;
mod clock;
mod compare;
pub mod config_file;
mod connect;
mod exit;
mod export;
mod fail_on;
mod file_size_limit;
mod follow;
mod input_stream;
mod inputs;
mod interrupt;
mod metrics_server;
mod progress;
mod query;
mod redrive;
mod replay;
mod rules;
mod rules_test;
mod serve;
mod setting_flags;
mod settings;
mod stderr;
mod stdout;
mod store;
pub mod table;
mod targets;
mod workers;

use std::process::ExitCode;

use clap::Parser as _;

use self::{
    args::{Cli, Command},
    interrupt::Interrupt,
};

/// Parses the command line, runs the command and returns the exit code of the program.
#[must_use]
pub fn run() -> ExitCode {
    // Installed first: flags name files that are read while they are parsed, and such a file may be a pipe.
    let interrupt = match Interrupt::listen() {
        Ok(interrupt) => interrupt,
        Err(error) => return exit::exit_code(Err(error)),
    };
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return exit::wrong_usage(&error),
    };
    if let Err(error) = file_size_limit::report_as_error() {
        return exit::exit_code(Err(error.into()));
    }
    let result = match cli.command {
        Command::Replay(args) => replay::run(&args, &interrupt),
        Command::Query(args) => query::run(&args, &interrupt),
        Command::Export(args) => export::run(&args, &interrupt),
        Command::Compare(args) => compare::run(&args),
        Command::Serve(args) => serve::run(*args, &interrupt),
        Command::Redrive(args) => redrive::run(*args, &interrupt),
        Command::Check(args) => check::run(args, &interrupt),
        Command::Settings(args) => settings::run(&args),
        Command::Rules { command } => rules_test::run(&command, &interrupt),
        Command::Store { command } => store::run(&command),
    };
    exit::exit_code(result)
}
