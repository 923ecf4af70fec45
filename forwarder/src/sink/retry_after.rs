//! How long a backend asks to be left alone. A stand-in that reads seconds only, until the real one is merged.

use std::time::Duration;

use tailwater_parser::UnixMillis;

/// Reads a `Retry-After` header; `None` when it says no time.
pub(super) fn retry_after(text: &str, _now: UnixMillis) -> Option<Duration> {
    text.trim().parse().ok().map(Duration::from_secs)
}
