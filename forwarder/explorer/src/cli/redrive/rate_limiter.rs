//! `--rate`: limits the number of parked objects per second.

use std::{
    num::NonZeroU32,
    thread,
    time::{Duration, Instant},
};

/// Maximum time between two checks for a request to stop.
const STOP_CHECK_INTERVAL: Duration = Duration::from_millis(100);

/// Rate limiter with a minimum interval between the starts of two parked objects, so that bursts are
/// impossible.
#[derive(Debug)]
pub(super) struct RateLimiter {
    /// Minimum time between the starts of two parked objects; 0 for no limit.
    interval: Duration,
    /// Earliest time at which the next parked object may start.
    due: Instant,
}

impl RateLimiter {
    /// Creates a limiter of `rate` parked objects per second, or without a limit if `rate` is `None`. The
    /// first object may start at `now`.
    pub(super) fn new(rate: Option<NonZeroU32>, now: Instant) -> Self {
        let interval = rate.map(|rate| Duration::from_secs(1) / rate.get()).unwrap_or_default();
        Self { interval, due: now }
    }

    /// Waits until the next parked object may start, or `should_stop` returns true. Blocks the thread,
    /// because no other work is done between two objects.
    pub(super) fn wait(&mut self, should_stop: impl Fn() -> bool) {
        loop {
            let left = self.time_left(Instant::now());
            if left.is_zero() || should_stop() {
                break;
            }
            thread::park_timeout(left.min(STOP_CHECK_INTERVAL));
        }
        self.start_next(Instant::now());
    }

    /// Returns the time until the next parked object may start.
    fn time_left(&self, now: Instant) -> Duration {
        self.due.saturating_duration_since(now)
    }

    /// Records that an object starts at `now`. An object that starts late does not make the next one due earlier.
    fn start_next(&mut self, now: Instant) {
        self.due = self.due.max(now) + self.interval;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn per_second(rate: u32, now: Instant) -> RateLimiter {
        RateLimiter::new(NonZeroU32::new(rate), now)
    }

    #[test]
    fn objects_are_due_at_fixed_intervals() {
        let (now, interval) = (Instant::now(), Duration::from_millis(20));
        let mut limiter = per_second(50, now);
        assert_eq!(limiter.time_left(now), Duration::ZERO);
        limiter.start_next(now);
        assert_eq!((limiter.time_left(now), limiter.time_left(now + interval)), (interval, Duration::ZERO));
    }

    #[test]
    fn late_object_is_not_followed_by_a_burst() {
        let now = Instant::now();
        let late = now + Duration::from_secs(9);
        let mut limiter = per_second(50, now);
        limiter.start_next(late);
        assert_eq!(limiter.time_left(late), Duration::from_millis(20));
    }

    #[test]
    fn without_a_rate_objects_are_due_at_once() {
        let now = Instant::now();
        let mut limiter = RateLimiter::new(None, now);
        limiter.start_next(now);
        assert_eq!(limiter.time_left(now), Duration::ZERO);
    }

    #[test]
    fn stop_request_ends_the_wait() {
        let now = Instant::now();
        let mut limiter = per_second(1, now + Duration::from_secs(3600));
        limiter.wait(|| true);
        assert!(now.elapsed() < Duration::from_secs(60));
    }
}
