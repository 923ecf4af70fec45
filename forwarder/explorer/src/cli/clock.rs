//! The clock of this machine, in the units of the parser.

use std::time::{SystemTime, UNIX_EPOCH};

use tailwater_parser::UnixMillis;

/// Returns the current time; 0 if the clock is before 1970.
pub(super) fn now() -> UnixMillis {
    unix_millis(SystemTime::now()).unwrap_or(UnixMillis(0))
}

/// Converts a time of this machine. Returns `None` before 1970 and if the value is out of range.
pub(super) fn unix_millis(time: SystemTime) -> Option<UnixMillis> {
    let since = time.duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(since.as_millis()).ok().map(UnixMillis)
}
