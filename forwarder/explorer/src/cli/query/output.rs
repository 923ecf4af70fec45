//! Output of the rows of a query: standard output or a file.

use std::{
    ffi::OsString,
    fs,
    io::{self, IsTerminal as _, Write as _},
    path::Path,
};

use tailwater_forwarder::telemetry::escape::escape_json;

use crate::{
    cli::{args::Format, terminal},
    export::WriteError,
    query::{Table, parquet, print},
};

/// Width of a table in columns if the output is not a terminal.
const PIPE_WIDTH: usize = 10_000;

/// Reason why rows cannot go where they should; nothing if they can.
pub(super) fn problem(format: Format, file: Option<&Path>) -> Option<&'static str> {
    let is_binary = matches!(format, Format::Parquet);
    (is_binary && file.is_none() && io::stdout().is_terminal())
        .then_some("parquet is not for a terminal: name a file with --output, or redirect standard output")
}

/// Writes the rows to a file, or to standard output.
///
/// # Errors
/// Returns the error of standard output, or a [`WriteError`].
pub(super) fn write(table: &Table, format: Format, file: Option<&Path>) -> anyhow::Result<()> {
    match file {
        Some(path) => {
            let bytes = encoded(table, format, PIPE_WIDTH)?;
            Ok(replace(path, &bytes).map_err(|cause| WriteError::new(path, cause))?)
        }
        None => Ok(print(table, format)?),
    }
}

fn print(table: &Table, format: Format) -> io::Result<()> {
    let is_terminal = io::stdout().is_terminal();
    let width = is_terminal.then(|| terminal::columns(is_terminal)).flatten().unwrap_or(PIPE_WIDTH);
    let bytes = encoded(table, format, width)?;
    let mut out = io::stdout().lock();
    if is_terminal {
        return out.write_all(escape_json(&String::from_utf8_lossy(&bytes)).as_bytes());
    }
    out.write_all(&bytes)
}

fn encoded(table: &Table, format: Format, width: usize) -> io::Result<Vec<u8>> {
    let mut buffer = Vec::new();
    match format {
        Format::Table => print::write_table(table, width, &mut buffer)?,
        Format::Json => print::write_json(table, &mut buffer)?,
        Format::Ndjson => print::write_ndjson(table, &mut buffer)?,
        Format::Csv => print::write_csv(table, &mut buffer)?,
        Format::Parquet => return parquet::write_parquet(table, buffer),
    }
    Ok(buffer)
}

/// Writes a file. An existing one is replaced once the new one is complete; a device or pipe is written to.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if fs::metadata(path).is_ok_and(|known| !known.is_file()) {
        return fs::write(path, bytes);
    }
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".tmp");
    let temporary = path.with_file_name(name);
    let written = fs::write(&temporary, bytes).and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // There may be none, if it could not be created.
        let _ = fs::remove_file(&temporary);
    }
    written
}
