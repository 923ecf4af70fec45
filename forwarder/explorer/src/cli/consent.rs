//! Asks the user before a command does something that may cost much.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use super::{exit::Exit, stderr};
use crate::{
    pull::price_of_metrics,
    view::format::{dollars, plural},
};

/// Number of metrics that are read without asking: they cost 0.05 dollars.
const ASK_ABOVE_METRICS: u64 = 5_000;

/// Says how many metrics of CloudWatch are read and what they cost, and asks if they are many. Returns how the command ends
/// if the user does not agree.
///
/// # Errors
/// Returns the error of the terminal.
pub(super) fn ask_for_metrics(metrics: usize, is_agreed: bool) -> io::Result<Option<Exit>> {
    let metrics = u64::try_from(metrics).unwrap_or(u64::MAX);
    let price = dollars(price_of_metrics(metrics));
    stderr::log(format_args!("reads {} of CloudWatch for {price}", plural(metrics, "metric")));
    if metrics <= ASK_ABOVE_METRICS || is_agreed {
        return Ok(None);
    }
    ask("read that many?", "give --yes to read that many metrics")
}

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
