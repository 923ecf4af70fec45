//! Exit codes of the program.

use std::{io, process::ExitCode};

use tailwater_forwarder::settings::Errors;

use super::stderr;
use crate::view::format::plural;

/// Result of a command, as an exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exit {
    /// All input was processed, without rejections or failed deliveries.
    Success,
    /// The command failed. Or some events were rejected or not delivered: each case was reported, and all
    /// other events were processed.
    Failure,
    /// Wrong usage, the exit code of the argument parser.
    WrongUsage,
    /// A condition of `--fail-on` is met.
    ConditionMet,
    /// Settings are missing or invalid: `EX_USAGE` of BSD's sysexits.
    InvalidSettings,
    /// Stopped by SIGINT (Ctrl-C) or SIGTERM before the end: 128 + SIGINT, the convention of shells.
    Interrupted,
}

impl Exit {
    /// Returns the exit code of the process.
    pub(super) const fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Failure => 1,
            Self::WrongUsage => 2,
            Self::ConditionMet => 3,
            Self::InvalidSettings => 64,
            Self::Interrupted => 130,
        }
    }
}

/// Converts the result of a command to the exit code, and logs its error.
pub(super) fn exit_code(result: anyhow::Result<Exit>) -> ExitCode {
    let exit = match result {
        Ok(exit) => exit,
        Err(error) if is_broken_pipe(&error) => Exit::Success,
        Err(error) => {
            stderr::log(format_args!("{error:#}"));
            Exit::Failure
        }
    };
    ExitCode::from(exit.code())
}

/// Prints the message of the argument parser: the help text, the version, or what is wrong with the command line.
pub(super) fn wrong_usage(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        // Its reader may have closed the pipe.
        let _ = error.print();
        return ExitCode::from(Exit::Success.code());
    }
    // Without colours: the message quotes arguments and files, and their escape sequences would be taken for its own.
    error.render().to_string().lines().for_each(stderr::write_line);
    ExitCode::from(Exit::WrongUsage.code())
}

/// Logs all settings that are missing or invalid.
pub(super) fn invalid_settings(errors: &Errors) -> Exit {
    let n = u64::try_from(errors.0.len()).unwrap_or(u64::MAX);
    stderr::log(plural(n, "invalid setting"));
    errors.0.iter().for_each(stderr::write_line);
    Exit::InvalidSettings
}

/// True if the error is that the reader of standard output has closed the pipe (`tailwater … | head`), which
/// is not a failure.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
