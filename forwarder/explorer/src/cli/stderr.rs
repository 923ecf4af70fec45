//! Messages on standard error. If writing fails, the message is lost, because the program has no other place
//! to report it.

use std::{fmt::Display, io::Write as _};

use tailwater_forwarder::telemetry::escape::escape_controls;

/// Writes a message with the name of the program in front.
pub(super) fn log(message: impl Display) {
    write_line(format_args!("tailwater: {message}"));
}

/// Writes a line without the name of the program. A control character in it is escaped, a line feed included.
pub(super) fn write_line(line: impl Display) {
    let _ = writeln!(anstream::stderr().lock(), "{}", escape_controls(line.to_string()));
}
