//! Clock of an invocation, which tests can pause.

use std::time::Duration;

use tailwater_parser::UnixMillis;
use tokio::time::Instant;

use super::budget::{Budget, TimeLeft};

/// Clock of an invocation: tells the elapsed time, the time left and the time of day.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    budget: Budget,
    started: Instant,
    /// Time of day at the start of the invocation.
    start_time: UnixMillis,
}

impl Clock {
    /// Creates the clock of an invocation that starts now, at the time of day `start_time`.
    #[must_use]
    pub fn start(budget: Budget, start_time: UnixMillis) -> Self {
        Self { budget, started: Instant::now(), start_time }
    }

    /// Returns the time since the start of the invocation.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Returns the time left for sending.
    #[must_use]
    pub fn left(&self) -> TimeLeft {
        self.budget.left(self.elapsed())
    }

    /// Returns the same clock with at most this time left for sending. The time for parking follows it.
    #[must_use]
    pub fn limited_to(&self, left: Duration) -> Self {
        Self { budget: self.budget.limited_to(self.elapsed(), left), ..*self }
    }

    /// Returns the time left for parking: all the time until the answer to Lambda is due.
    #[must_use]
    pub fn left_for_parking(&self) -> Duration {
        self.budget.left_for_parking(self.elapsed())
    }

    /// Returns the time of day. It is the start plus the elapsed time, so that a change of the system clock during the
    /// invocation has no effect.
    #[must_use]
    pub fn now(&self) -> UnixMillis {
        let elapsed = i64::try_from(self.elapsed().as_millis()).unwrap_or(i64::MAX);
        UnixMillis(self.start_time.0.saturating_add(elapsed))
    }
}
