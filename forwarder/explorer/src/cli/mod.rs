//! The command line: one module per command, exit codes, and the terminal.

mod args;
mod assumptions;
mod aws_accounts;
mod aws_profile;
mod check;
mod clock;
mod compare;
mod completions;
pub mod config_file;
mod connect;
mod consent;
mod demo;
mod exit;
mod export;
mod fail_on;
mod file_size_limit;
mod follow;
mod from_datadog;
mod input_stream;
mod inputs;
mod interrupt;
mod man;
mod map;
mod metrics_server;
mod progress;
mod pull;
mod query;
mod redrive;
mod replay;
mod request;
mod rules;
mod rules_test;
mod serve;
mod setting_flags;
mod settings;
mod show;
mod stderr;
mod stdout;
mod store;
mod stored_view;
pub mod table;
mod targets;
mod terminal;
mod text_table;
mod verify;
mod workers;
mod wrap;

use std::{ffi::OsString, process::ExitCode};

use clap::FromArgMatches as _;

use self::{
    args::{Cli, Command},
    exit::Exit,
    interrupt::Interrupt,
};

/// Parses a command line, with the name of the program first.
fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Cli, clap::Error> {
    let mut command = args::command();
    let matches = command.try_get_matches_from_mut(arguments)?;
    Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

/// Parses the command line, runs the command and returns the exit code of the program.
#[must_use]
pub fn run() -> ExitCode {
    // Installed first: flags name files that are read while they are parsed, and such a file may be a pipe.
    let interrupt = match Interrupt::listen() {
        Ok(interrupt) => interrupt,
        Err(error) => return exit::exit_code(Err(error)),
    };
    let cli = match parse(std::env::args_os()) {
        Ok(cli) => cli,
        Err(error) => return exit::wrong_usage(&error),
    };
    if let Err(error) = file_size_limit::report_as_error() {
        return exit::exit_code(Err(error.into()));
    }
    exit::exit_code(execute(cli.command, &interrupt))
}

/// Runs a command.
fn execute(command: Command, interrupt: &Interrupt) -> anyhow::Result<Exit> {
    match command {
        Command::Replay(args) => replay::run(&args, interrupt),
        Command::Demo(args) => demo::run(args, interrupt),
        Command::Pull(args) => pull::run(&args, interrupt),
        Command::Verify(args) => verify::run(&args, interrupt),
        Command::Show(args) => show::run(&args),
        Command::Request(args) => request::run(&args),
        Command::Map(args) => map::run(&args),
        Command::Query(args) => query::run(&args, interrupt),
        Command::Export(args) => export::run(&args, interrupt),
        Command::Compare(args) => compare::run(&args),
        Command::Serve(args) => serve::run(*args, interrupt),
        Command::Redrive(args) => redrive::run(*args, interrupt),
        Command::Check(args) => check::run(args, interrupt),
        Command::Settings(args) => settings::run(&args),
        Command::Rules { command } => rules_test::run(&command, interrupt),
        Command::Store { command } => store::run(&command, interrupt),
        Command::Completions(args) => completions::run(&args),
        Command::Man(args) => man::run(&args),
    }
}
