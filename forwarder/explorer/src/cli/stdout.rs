//! Lines on standard output, as text or as JSON, without control characters from outside.

use std::{
    fmt::Display,
    io::{self, Write as _},
};

use serde::Serialize;
use tailwater_forwarder::telemetry::escape::{escape_controls, escape_json};

/// Writes a line of text. A control character in it is escaped.
///
/// # Errors
/// Returns the error of standard output.
pub(super) fn write_line(line: impl Display) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{}", escape_controls(line.to_string()))
}

/// Writes a JSON document on one line.
///
/// # Errors
/// Returns the error of standard output.
pub(super) fn write_json(document: &impl Serialize) -> io::Result<()> {
    let json = serde_json::to_string(document)?;
    writeln!(io::stdout().lock(), "{}", escape_json(&json))
}
