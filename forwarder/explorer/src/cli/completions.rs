//! `tailwater completions`: prints the completions of a shell.

use std::io::{self, Write as _};

use super::{
    args::{self, CompletionsArgs},
    exit::Exit,
};

/// Runs the command.
pub(super) fn run(args: &CompletionsArgs) -> anyhow::Result<Exit> {
    // Written to memory first: the generator panics where a reader has closed the pipe.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut args::command(), "tailwater", &mut script);
    io::stdout().lock().write_all(&script)?;
    Ok(Exit::Success)
}
