//! What time it is in an invocation: counted from its begin, on a clock that tests can pause.

use std::time::Duration;

use tailwater_parser::UnixMillis;
use tokio::time::Instant;

use super::budget::{Budget, TimeLeft};

/// An invocation's time.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    budget: Budget,
    began: Instant,
    /// The same moment on the wall.
    wall: UnixMillis,
}

impl Clock {
    /// The clock of an invocation that began at `wall`, just now.
    #[must_use]
    pub fn begin(budget: Budget, wall: UnixMillis) -> Self {
        Self { budget, began: Instant::now(), wall }
    }

    /// Since the begin.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// What is left for sending.
    #[must_use]
    pub fn left(&self) -> TimeLeft {
        self.budget.left(self.elapsed())
    }

    /// What is left for parking, until it is time to answer.
    #[must_use]
    pub fn left_for_parking(&self) -> Duration {
        self.budget.left_for_parking(self.elapsed())
    }

    /// Now, as the world outside says it. A wall clock set anew during an invocation does no harm.
    #[must_use]
    pub fn now(&self) -> UnixMillis {
        let elapsed = i64::try_from(self.elapsed().as_millis()).unwrap_or(i64::MAX);
        UnixMillis(self.wall.0.saturating_add(elapsed))
    }
}
