//! Time budget of an invocation: the part for sending, and the reserve for parking what could not be sent.

use std::time::Duration;

use tailwater_parser::{UnixMillis, sketch::Sketch};

/// Maximum duration of a Lambda invocation.
const MAX_INVOCATION: Duration = Duration::from_secs(15 * 60);

/// Reserve for parking in tests.
#[cfg(test)]
const DEFAULT_RESERVE: Duration = Duration::from_millis(1500);

/// Minimum timeout of a request. A request with less time is not sent: it would fail even if the backend is healthy.
const MIN_REQUEST_TIME: Duration = Duration::from_millis(100);

/// Time before the deadline that is kept for writing metrics and returning the answer to Lambda. At most a tenth of a short
/// invocation.
const ANSWER_TIME: Duration = Duration::from_millis(200);

/// Settings that a [`Budget`] depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BudgetTerms {
    /// Duration to assume for an invocation whose deadline is not plausible.
    pub timeout: Duration,
    /// Time that is kept for parking at the end of the invocation.
    pub reserve: Duration,
    /// Maximum duration of one request.
    pub max_request_time: Duration,
}

/// Source of an invocation's deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeadlineSource {
    /// The Lambda Runtime API.
    RuntimeApi,
    /// The configured timeout, because the deadline of the Runtime API is in the past or more than 15 minutes away: emulators
    /// send a constant.
    Configured,
}

/// Time budget of an invocation. It counts elapsed time from the start, so that a change of the system clock has no
/// effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Time from the start of the invocation until the answer to Lambda is due.
    total: Duration,
    reserve: Duration,
    max_request_time: Duration,
    source: DeadlineSource,
}

impl Budget {
    /// Creates the budget of an invocation that starts `now` and has to answer before `deadline`.
    ///
    /// The reserve for parking is at most half of the budget, so that a function with a short timeout has time to send,
    /// too.
    #[must_use]
    pub fn new(now: UnixMillis, deadline: UnixMillis, terms: &BudgetTerms) -> Self {
        let given = Duration::from_millis(u64::try_from(deadline.0.saturating_sub(now.0)).unwrap_or(0));
        let is_plausible = !given.is_zero() && given <= MAX_INVOCATION;
        let (total, source) = if is_plausible {
            (given, DeadlineSource::RuntimeApi)
        } else {
            (terms.timeout, DeadlineSource::Configured)
        };
        let total = total.saturating_sub(ANSWER_TIME.min(total / 10));
        Self {
            total,
            reserve: terms.reserve.min(total / 2),
            max_request_time: terms.max_request_time,
            source,
        }
    }

    /// Returns the source of the deadline.
    #[must_use]
    pub fn source(&self) -> DeadlineSource {
        self.source
    }

    /// Returns the time left for sending when `elapsed` has passed since the start.
    #[must_use]
    pub fn left(&self, elapsed: Duration) -> TimeLeft {
        let left = self.total.saturating_sub(self.reserve).saturating_sub(elapsed);
        TimeLeft { left, max_request_time: self.max_request_time }
    }

    /// Returns the same budget with at most `left` for sending after `elapsed`.
    #[must_use]
    pub fn limited_to(&self, elapsed: Duration, left: Duration) -> Self {
        let limit = elapsed.saturating_add(left).saturating_add(self.reserve);
        Self { total: self.total.min(limit), ..*self }
    }

    /// Returns the time left for parking when `elapsed` has passed since the start: all the time until the answer is
    /// due.
    #[must_use]
    pub fn left_for_parking(&self, elapsed: Duration) -> Duration {
        self.total.saturating_sub(elapsed)
    }
}

/// Time left for sending, without the reserve for parking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeLeft {
    left: Duration,
    max_request_time: Duration,
}

impl TimeLeft {
    /// Creates a `TimeLeft` for tests.
    #[cfg(test)]
    pub(super) fn of(left: Duration, max_request_time: Duration) -> Self {
        Self { left, max_request_time }
    }

    /// Returns the time left for sending. When it is over, bodies that are still being sent are given up and parked.
    #[must_use]
    pub fn all(self) -> Duration {
        self.left
    }

    /// Returns the timeout of a request that starts now: at most half of the time left, so that a backend that hangs leaves
    /// time for another request. `None` if there is not enough time for a request.
    #[must_use]
    pub fn request_timeout(self) -> Option<Duration> {
        Some(self.max_request_time.min(self.left / 2)).filter(|timeout| *timeout >= MIN_REQUEST_TIME)
    }

    /// True if a request may start after `delay`: the delay and the request together fit into the time left.
    #[must_use]
    pub fn allows_request_after(self, delay: Duration) -> bool {
        self.request_timeout().is_some_and(|timeout| delay.saturating_add(timeout) <= self.left)
    }
}

/// Durations of parking in earlier invocations, to decide how much time the next invocation reserves for parking.
#[derive(Clone, Debug, Default)]
pub struct ParkingTimes {
    seconds: Sketch,
}

impl ParkingTimes {
    /// Records the time that all parking of an invocation took together.
    pub fn add(&mut self, took: Duration) {
        self.seconds.add(took.as_secs_f64());
    }

    /// Returns the time to reserve for parking: `setting`, or the 99th percentile of all durations so far if that is
    /// longer.
    #[must_use]
    pub fn reserve(&self, setting: Duration) -> Duration {
        let measured = self.seconds.quantile(0.99).and_then(|p99| Duration::try_from_secs_f64(p99).ok());
        measured.unwrap_or_default().max(setting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TERMS: BudgetTerms = BudgetTerms {
        timeout: Duration::from_secs(30),
        reserve: DEFAULT_RESERVE,
        max_request_time: Duration::from_secs(10),
    };
    const NOW: UnixMillis = UnixMillis(1_700_000_000_000);

    fn millis(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    fn check_deadline(deadline: i64, left_ms: u64, source: DeadlineSource) {
        let budget = Budget::new(NOW, UnixMillis(deadline), &TERMS);
        assert_eq!(budget.left(Duration::ZERO).all(), millis(left_ms), "{deadline}");
        assert_eq!(budget.source(), source, "{deadline}");
    }

    #[test]
    fn reserve_and_answer_time_are_subtracted_from_the_deadline() {
        check_deadline(NOW.0 + 60_000, 58_300, DeadlineSource::RuntimeApi);
        check_deadline(NOW.0 + 900_000, 898_300, DeadlineSource::RuntimeApi);
    }

    #[test]
    fn implausible_deadline_is_replaced_by_the_configured_timeout() {
        for deadline in [NOW.0, NOW.0 - 1, 0, i64::MIN, NOW.0 + 900_001, i64::MAX] {
            check_deadline(deadline, 28_300, DeadlineSource::Configured);
        }
    }

    #[test]
    fn short_timeout_leaves_half_for_sending() {
        check_deadline(NOW.0 + 2_000, 900, DeadlineSource::RuntimeApi);
    }

    /// Checks the timeout of a request and the maximum delay before it, with `left_ms` left for sending.
    fn check_request(left_ms: u64, timeout_ms: Option<u64>, max_delay_ms: Option<u64>) {
        let left = TimeLeft { left: millis(left_ms), max_request_time: TERMS.max_request_time };
        assert_eq!(left.request_timeout(), timeout_ms.map(millis), "{left_ms} ms left");
        match max_delay_ms {
            None => assert!(!left.allows_request_after(Duration::ZERO)),
            Some(max) => {
                assert!(left.allows_request_after(millis(max)), "{left_ms} ms left");
                assert!(!left.allows_request_after(millis(max + 1)), "{left_ms} ms left");
            }
        }
    }

    #[test]
    fn request_takes_at_most_half_of_the_time_left() {
        check_request(60_000, Some(10_000), Some(50_000));
        check_request(20_000, Some(10_000), Some(10_000));
        check_request(3_000, Some(1_500), Some(1_500));
        check_request(200, Some(100), Some(100));
    }

    #[test]
    fn no_request_starts_with_less_than_the_minimum_time() {
        check_request(199, None, None);
        check_request(0, None, None);
    }

    #[test]
    fn requests_that_all_time_out_leave_the_reserve() {
        let budget = Budget::new(NOW, UnixMillis(NOW.0 + 60_000), &TERMS);
        let mut elapsed = Duration::ZERO;
        while let Some(timeout) = budget.left(elapsed).request_timeout() {
            elapsed += timeout;
        }
        assert!(elapsed > millis(58_000), "{elapsed:?}");
        assert!(budget.left_for_parking(elapsed) >= DEFAULT_RESERVE, "{elapsed:?}");
        assert_eq!(budget.left_for_parking(Duration::MAX), Duration::ZERO);
    }

    /// Checks the time left for parking at the start of an invocation of this length.
    fn check_parking(total_ms: i64, left_ms: u64) {
        let budget = Budget::new(NOW, UnixMillis(NOW.0 + total_ms), &TERMS);
        assert_eq!(budget.left_for_parking(Duration::ZERO), millis(left_ms), "{total_ms}");
    }

    #[test]
    fn parking_ends_before_the_deadline() {
        check_parking(60_000, 59_800);
        check_parking(1_000, 900);
    }

    #[test]
    fn reserve_grows_with_slow_parking() {
        let mut times = ParkingTimes::default();
        assert_eq!(times.reserve(DEFAULT_RESERVE), DEFAULT_RESERVE);
        times.add(millis(80));
        assert_eq!(times.reserve(DEFAULT_RESERVE), DEFAULT_RESERVE);
        times.add(millis(4000));
        assert_eq!(times.reserve(DEFAULT_RESERVE), millis(4000));
        assert_eq!(times.reserve(millis(5000)), millis(5000));
    }
}
