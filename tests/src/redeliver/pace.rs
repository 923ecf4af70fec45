//! How long AWS's waits take in a test.

use std::{
    thread,
    time::{Duration, Instant},
};

/// How long a second of AWS's takes here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// One second of AWS's.
    pub second: Duration,
}

impl Default for Pace {
    /// A thousandth: the two retries of an asynchronous event are over after 180 ms.
    fn default() -> Self {
        Self { second: Duration::from_millis(1) }
    }
}

impl Pace {
    /// So many of AWS's seconds.
    #[must_use]
    pub fn seconds(self, count: u32) -> Duration {
        self.second * count
    }
}

/// Lets time pass until this moment.
pub(crate) fn wait_until(moment: Instant) {
    loop {
        let left = moment.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return;
        }
        thread::park_timeout(left);
    }
}
