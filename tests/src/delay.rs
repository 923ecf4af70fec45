//! Delays in real time, for slow stand-ins and for servers that cannot notify.

use std::{
    thread,
    time::{Duration, Instant},
};

/// Blocks this thread for at least this duration.
pub fn pause(duration: Duration) {
    let end = Instant::now() + duration;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return;
        }
        // May return early.
        thread::park_timeout(left);
    }
}
