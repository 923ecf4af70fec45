//! Simulated time of a queue: retry delays and visibility timeouts of AWS take no real time.

use std::time::Duration;

/// Clock that stands still until it is advanced. Times are durations since its creation.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Clock {
    now: Duration,
}

impl Clock {
    /// Current time.
    pub(super) fn now(self) -> Duration {
        self.now
    }

    /// Advances the clock; a time in the past has no effect.
    pub(super) fn advance_to(&mut self, time: Duration) {
        self.now = self.now.max(time);
    }
}
