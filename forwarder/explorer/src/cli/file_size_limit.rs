//! Limit on the size of files that this process may write (`ulimit -f`).

use std::io;

/// Makes a write beyond the limit an error that names the file. Without this, the signal SIGXFSZ ends the process.
#[cfg(unix)]
pub(super) fn report_as_error() -> io::Result<()> {
    use std::sync::{Arc, atomic::AtomicBool};
    signal_hook::flag::register(signal_hook::consts::SIGXFSZ, Arc::new(AtomicBool::new(false)))?;
    Ok(())
}

/// Does nothing: this operating system has no such limit.
#[cfg(not(unix))]
pub(super) fn report_as_error() -> io::Result<()> {
    Ok(())
}
