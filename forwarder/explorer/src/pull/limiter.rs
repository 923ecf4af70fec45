//! Rate of requests that adapts to throttling, as the adaptive retry mode of AWS's SDKs does: a token bucket whose rate
//! falls when a request is throttled, and grows back along a cubic curve.
//!
//! It has no clock: times are arguments.

use std::time::Duration;

/// Part of the rate that remains after a throttled request.
const BETA: f64 = 0.7;
/// Scale of the cubic curve.
const SCALE: f64 = 0.4;
/// Lowest rate in requests a second.
const MIN_RATE: f64 = 0.5;
/// Highest rate, as a multiple of the documented quota. Accounts may have higher quotas.
const MAX_FACTOR: f64 = 100.0;
/// Time after a throttled request in which further ones do not lower the rate again: they were sent at the old rate.
const REACTION: Duration = Duration::from_millis(500);

/// Token bucket with an adaptive rate.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limiter {
    /// Requests a second.
    rate: f64,
    max_rate: f64,
    /// Requests that may be sent at once; negative if requests already wait.
    tokens: f64,
    /// Time of the last change of `tokens`, since the limiter was created.
    updated: Duration,
    /// Time of the last throttled request that lowered the rate, and the rate before; `None` before the first one.
    throttled: Option<(Duration, f64)>,
}

impl Limiter {
    /// Creates a limiter that begins with `quota` requests a second.
    pub(super) fn new(quota: f64) -> Self {
        Self {
            rate: quota,
            max_rate: quota * MAX_FACTOR,
            tokens: 1.0,
            updated: Duration::ZERO,
            throttled: None,
        }
    }

    /// Takes a token, and returns the time to wait before the request is sent.
    pub(super) fn acquire(&mut self, now: Duration) -> Duration {
        let elapsed = now.saturating_sub(self.updated).as_secs_f64();
        self.updated = self.updated.max(now);
        // At most a second's requests may be sent at once.
        self.tokens = (self.tokens + elapsed * self.rate).min(self.rate.max(1.0)) - 1.0;
        Duration::from_secs_f64((-self.tokens / self.rate).max(0.0))
    }

    /// Raises the rate after a request that was not throttled.
    pub(super) fn succeeded(&mut self, now: Duration) {
        self.rate = match self.throttled {
            // As long as nothing is throttled, it about doubles each second.
            None => self.rate + 1.0,
            Some((at, before)) => {
                let plateau = (before * (1.0 - BETA) / SCALE).cbrt();
                let time = now.saturating_sub(at).as_secs_f64();
                (SCALE * (time - plateau).powi(3) + before).max(self.rate)
            }
        };
        self.rate = self.rate.min(self.max_rate);
    }

    /// Lowers the rate after a throttled request.
    pub(super) fn throttled(&mut self, now: Duration) {
        if self.throttled.is_some_and(|(at, _)| now.saturating_sub(at) < REACTION) {
            return;
        }
        self.throttled = Some((now, self.rate));
        self.rate = (self.rate * BETA).max(MIN_RATE);
        self.tokens = self.tokens.min(0.0);
    }

    /// Requests a second at the moment.
    #[cfg(test)]
    fn rate(&self) -> f64 {
        self.rate
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    #[test]
    fn requests_are_spaced_by_the_rate() {
        let mut limiter = Limiter::new(5.0);
        let waits: Vec<_> = (0..4).map(|_| limiter.acquire(Duration::ZERO).as_millis()).collect();
        assert_eq!(waits, [0, 200, 400, 600]);
        assert_eq!(limiter.acquire(seconds(1.0)).as_millis(), 0);
    }

    #[test]
    fn pause_allows_a_burst_of_one_second() {
        let mut limiter = Limiter::new(5.0);
        limiter.acquire(Duration::ZERO);
        let waits: Vec<_> = (0..6).map(|_| limiter.acquire(seconds(60.0)).as_millis()).collect();
        assert_eq!(waits, [0, 0, 0, 0, 0, 200]);
    }

    #[test]
    fn throttled_request_lowers_the_rate_once() {
        let mut limiter = Limiter::new(10.0);
        limiter.throttled(seconds(1.0));
        limiter.throttled(seconds(1.2));
        assert!((limiter.rate() - 7.0).abs() < 1e-9);
        limiter.throttled(seconds(2.0));
        assert!((limiter.rate() - 4.9).abs() < 1e-9);
    }

    #[test]
    fn rate_grows_back_to_where_it_was_and_beyond() {
        let mut limiter = Limiter::new(10.0);
        limiter.throttled(seconds(0.0));
        // The plateau is at cbrt(10 × 0.3 ÷ 0.4) = 1.957 s.
        limiter.succeeded(seconds(1.957_433_8));
        assert!((limiter.rate() - 10.0).abs() < 1e-3, "{}", limiter.rate());
        // 0.4 × (4.957 − 1.957)³ + 10 = 20.8.
        limiter.succeeded(seconds(4.957_433_8));
        assert!((limiter.rate() - 20.8).abs() < 1e-3, "{}", limiter.rate());
    }

    #[test]
    fn rate_grows_until_the_first_throttled_request() {
        let mut limiter = Limiter::new(5.0);
        limiter.succeeded(seconds(0.1));
        limiter.succeeded(seconds(0.2));
        assert!((limiter.rate() - 7.0).abs() < 1e-9);
    }

    #[test]
    fn rate_has_bounds() {
        let mut limiter = Limiter::new(1.0);
        (1..50).for_each(|n| limiter.throttled(seconds(f64::from(n))));
        assert!((limiter.rate() - MIN_RATE).abs() < 1e-9);
        limiter.succeeded(seconds(1e6));
        assert!((limiter.rate() - MAX_FACTOR).abs() < 1e-9);
    }
}
