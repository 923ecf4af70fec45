//! `--rate`: limits the number of parked objects per second.

use std::{
    num::NonZeroU32,
    thread,
    time::{Duration, Instant},
};

/// Limiter with a fixed interval between objects, without bursts.
#[derive(Debug)]
pub(super) struct RateLimiter {
    /// Minimum time between two objects; `None` for no limit.
    interval: Option<Duration>,
    /// Earliest time of the next object.
    due: Instant,
}

impl RateLimiter {
    /// Creates a limiter of `rate` objects per second; `None` for no limit.
    pub(super) fn new(rate: Option<NonZeroU32>) -> Self {
        Self { interval: rate.map(|rate| Duration::from_secs(1) / rate.get()), due: Instant::now() }
    }

    /// Waits until the next object is due, or `should_stop` returns true. Blocks the thread: nothing else runs between two
    /// objects.
    pub(super) fn wait(&mut self, should_stop: impl Fn() -> bool) {
        let Some(interval) = self.interval else { return };
        loop {
            let left = self.due.saturating_duration_since(Instant::now());
            if left.is_zero() || should_stop() {
                break;
            }
            thread::park_timeout(left.min(Duration::from_millis(100)));
        }
        // Lost time is not made up for with a burst.
        self.due = self.due.max(Instant::now()) + interval;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rate_is_not_exceeded() {
        let mut limiter = RateLimiter::new(NonZeroU32::new(50));
        let began = Instant::now();
        (0..6).for_each(|_| limiter.wait(|| false));
        assert!(
            began.elapsed() >= Duration::from_millis(100),
            "the first object is due at once, five more after 20 ms each"
        );
    }

    #[test]
    fn stop_request_and_missing_limit_end_the_wait() {
        let (began, mut slow) = (Instant::now(), RateLimiter::new(NonZeroU32::new(1)));
        (0..20).for_each(|_| slow.wait(|| true));
        let mut fast = RateLimiter::new(None);
        (0..20).for_each(|_| fast.wait(|| false));
        assert!(began.elapsed() < Duration::from_secs(10));
    }
}
