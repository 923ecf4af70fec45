//! Exit codes of the Lambda functions, and the error text that explains them in Lambda's log.

use std::{fmt::Display, process::ExitCode};

/// Exit code for invalid or missing settings: `EX_USAGE` of BSD's `sysexits.h`.
pub const BAD_SETTINGS: u8 = 64;

/// Error that ends a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fatal {
    /// The settings are invalid or cannot be used.
    Settings(String),
    /// Anything else.
    Other(String),
}

impl Fatal {
    /// Wraps an error about the settings.
    #[must_use]
    pub fn settings(error: impl Display) -> Self {
        Self::Settings(error.to_string())
    }

    /// Wraps any other error.
    #[must_use]
    pub fn other(error: impl Display) -> Self {
        Self::Other(error.to_string())
    }
}

/// Prints the error, if there is one, and returns the exit code.
#[must_use]
#[expect(clippy::print_stderr, reason = "the log may not be installed yet")]
pub fn code(result: Result<(), Fatal>) -> ExitCode {
    let (text, code) = match result {
        Ok(()) => return ExitCode::SUCCESS,
        Err(Fatal::Settings(text)) => (text, ExitCode::from(BAD_SETTINGS)),
        Err(Fatal::Other(text)) => (text, ExitCode::FAILURE),
    };
    eprintln!("{text}");
    code
}

/// Runs the main task of a program on one thread. A Lambda function with little memory has only a fraction of one
/// processor, and starts faster with one thread.
///
/// # Errors
/// Returns an error if the tokio runtime cannot be created, or the task fails.
pub fn block_on<E: Display>(main: impl Future<Output = Result<(), E>>) -> Result<(), Fatal> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(Fatal::other)?.block_on(main).map_err(Fatal::other)
}
