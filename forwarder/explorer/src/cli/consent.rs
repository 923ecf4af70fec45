//! Asks the user before a command does something that may cost much.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use super::{exit::Exit, stderr};

/// Asks on standard error, and reads the answer from the terminal. Returns how the command ends if the user does not agree.
/// If standard input is not a terminal, nobody is asked, and `remedy` is printed.
///
/// # Errors
/// Returns the error of the terminal.
pub(super) fn ask(question: &str, remedy: &str) -> io::Result<Option<Exit>> {
    if !io::stdin().is_terminal() {
        stderr::log(remedy);
        return Ok(Some(Exit::WrongUsage));
    }
    write!(anstream::stderr().lock(), "tailwater: {question} [y/N] ")?;
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    let is_yes = ["y", "yes"].contains(&line.trim().to_ascii_lowercase().as_str());
    Ok((!is_yes).then_some(Exit::Failure))
}
