//! How much of an invocation's time is left for sending, and for parking what could not be sent.

use std::time::Duration;

use tailwater_parser::{UnixMillis, sketch::Sketch};

/// No invocation lasts longer (facts.md F.4).
const LONGEST_INVOCATION: Duration = Duration::from_secs(15 * 60);

/// Time that the tests keep for parking.
#[cfg(test)]
const DEFAULT_RESERVE: Duration = Duration::from_millis(1500);

/// A try that may take no longer than this is not begun: it would fail where the backend is well.
const SHORTEST_TRY: Duration = Duration::from_millis(100);

/// Time that the answer takes on its way, and whatever is written meanwhile: parking ends before. Of a short invocation it is
/// a tenth at most.
const ANSWER: Duration = Duration::from_millis(200);

/// What an invocation's time depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BudgetTerms {
    /// The function's configured timeout, for when the deadline is not to be believed.
    pub timeout: Duration,
    /// Time kept back for parking.
    pub reserve: Duration,
    /// The longest that one try may take.
    pub longest_try: Duration,
}

/// Where an invocation's end is known from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeadlineSource {
    /// The Runtime API.
    Given,
    /// The configured timeout, because the deadline given is in the past or further away than any can be: emulators
    /// send a constant. Worth one warning.
    Configured,
}

/// An invocation's time. It counts from the invocation's begin, so that a wall clock set anew does no harm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Until it is time to answer.
    total: Duration,
    reserve: Duration,
    longest_try: Duration,
    source: DeadlineSource,
}

impl Budget {
    /// The budget of an invocation that begins `now` and has to answer before `deadline`.
    ///
    /// The reserve is never more than half of it: a function with a short timeout should try, too.
    #[must_use]
    pub fn begin(now: UnixMillis, deadline: UnixMillis, terms: &BudgetTerms) -> Self {
        let given = Duration::from_millis(u64::try_from(deadline.0.saturating_sub(now.0)).unwrap_or(0));
        let is_believable = !given.is_zero() && given <= LONGEST_INVOCATION;
        let (total, source) = if is_believable {
            (given, DeadlineSource::Given)
        } else {
            (terms.timeout, DeadlineSource::Configured)
        };
        let total = total.saturating_sub(ANSWER.min(total / 10));
        Self { total, reserve: terms.reserve.min(total / 2), longest_try: terms.longest_try, source }
    }

    /// Where its end is known from.
    #[must_use]
    pub fn source(&self) -> DeadlineSource {
        self.source
    }

    /// What is left for sending, `elapsed` after the begin.
    #[must_use]
    pub fn left(&self, elapsed: Duration) -> TimeLeft {
        let left = self.total.saturating_sub(self.reserve).saturating_sub(elapsed);
        TimeLeft { left, longest_try: self.longest_try }
    }

    /// What is left for parking, `elapsed` after the begin: all until it is time to answer.
    #[must_use]
    pub fn left_for_parking(&self, elapsed: Duration) -> Duration {
        self.total.saturating_sub(elapsed)
    }
}

/// What is left for sending at one moment, before the reserve is touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeLeft {
    left: Duration,
    longest_try: Duration,
}

impl TimeLeft {
    /// So much, for what decides on it.
    #[cfg(test)]
    pub(super) fn of(left: Duration, longest_try: Duration) -> Self {
        Self { left, longest_try }
    }

    /// All of it: when it is over, what is still being sent is given up and parked.
    #[must_use]
    pub fn all(self) -> Duration {
        self.left
    }

    /// The timeout of a try that begins now: half of what is left at most, so that a backend that hangs leaves time for
    /// another. `None` when nothing new may begin.
    #[must_use]
    pub fn try_timeout(self) -> Option<Duration> {
        Some(self.longest_try.min(self.left / 2)).filter(|timeout| *timeout >= SHORTEST_TRY)
    }

    /// Whether a try may begin after `delay`: both fit into what is left.
    #[must_use]
    pub fn allows_after(self, delay: Duration) -> bool {
        self.try_timeout().is_some_and(|timeout| delay.saturating_add(timeout) <= self.left)
    }
}

/// How long parking took, kept between invocations: what has to be reserved for it.
#[derive(Clone, Debug, Default)]
pub struct ParkingTimes {
    seconds: Sketch,
}

impl ParkingTimes {
    /// All parking of an invocation took this long.
    pub fn add(&mut self, took: Duration) {
        self.seconds.add(took.as_secs_f64());
    }

    /// The reserve: what the user sets aside, or the 99th percentile of all parking so far where that is more.
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
        longest_try: Duration::from_secs(10),
    };
    const NOW: UnixMillis = UnixMillis(1_700_000_000_000);

    fn millis(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    fn check_deadline(deadline: i64, left_ms: u64, source: DeadlineSource) {
        let budget = Budget::begin(NOW, UnixMillis(deadline), &TERMS);
        assert_eq!(budget.left(Duration::ZERO).all(), millis(left_ms), "{deadline}");
        assert_eq!(budget.source(), source, "{deadline}");
    }

    #[test]
    fn the_reserve_and_the_answers_time_are_taken_off_the_deadline() {
        check_deadline(NOW.0 + 60_000, 58_300, DeadlineSource::Given);
        check_deadline(NOW.0 + 900_000, 898_300, DeadlineSource::Given);
    }

    #[test]
    fn a_deadline_that_cannot_be_is_replaced_by_the_configured_timeout() {
        for deadline in [NOW.0, NOW.0 - 1, 0, i64::MIN, NOW.0 + 900_001, i64::MAX] {
            check_deadline(deadline, 28_300, DeadlineSource::Configured);
        }
    }

    #[test]
    fn a_short_timeout_leaves_half_for_sending() {
        check_deadline(NOW.0 + 2_000, 900, DeadlineSource::Given);
    }

    /// `left_ms` for sending: the timeout of a try, and the longest delay before one.
    fn check_try(left_ms: u64, timeout_ms: Option<u64>, longest_delay_ms: Option<u64>) {
        let left = TimeLeft { left: millis(left_ms), longest_try: TERMS.longest_try };
        assert_eq!(left.try_timeout(), timeout_ms.map(millis), "{left_ms} ms left");
        match longest_delay_ms {
            None => assert!(!left.allows_after(Duration::ZERO)),
            Some(longest) => {
                assert!(left.allows_after(millis(longest)), "{left_ms} ms left");
                assert!(!left.allows_after(millis(longest + 1)), "{left_ms} ms left");
            }
        }
    }

    #[test]
    fn a_try_takes_half_of_what_is_left_at_most() {
        check_try(60_000, Some(10_000), Some(50_000));
        check_try(20_000, Some(10_000), Some(10_000));
        check_try(3_000, Some(1_500), Some(1_500));
        check_try(200, Some(100), Some(100));
    }

    #[test]
    fn nothing_begins_in_the_last_moments() {
        check_try(199, None, None);
        check_try(0, None, None);
    }

    #[test]
    fn tries_that_all_hang_end_before_the_reserve_is_touched() {
        let budget = Budget::begin(NOW, UnixMillis(NOW.0 + 60_000), &TERMS);
        let mut elapsed = Duration::ZERO;
        while let Some(timeout) = budget.left(elapsed).try_timeout() {
            elapsed += timeout;
        }
        assert!(elapsed > millis(58_000), "{elapsed:?}");
        assert!(budget.left_for_parking(elapsed) >= DEFAULT_RESERVE, "{elapsed:?}");
        assert_eq!(budget.left_for_parking(Duration::MAX), Duration::ZERO);
    }

    /// What is left for parking when an invocation of so much time begins.
    fn check_parking(total_ms: i64, left_ms: u64) {
        let budget = Budget::begin(NOW, UnixMillis(NOW.0 + total_ms), &TERMS);
        assert_eq!(budget.left_for_parking(Duration::ZERO), millis(left_ms), "{total_ms}");
    }

    #[test]
    fn parking_ends_before_the_answer_is_due() {
        check_parking(60_000, 59_800);
        check_parking(1_000, 900);
    }

    #[test]
    fn parking_that_is_slower_than_the_default_is_given_its_time() {
        let mut times = ParkingTimes::default();
        assert_eq!(times.reserve(DEFAULT_RESERVE), DEFAULT_RESERVE);
        times.add(millis(80));
        assert_eq!(times.reserve(DEFAULT_RESERVE), DEFAULT_RESERVE);
        times.add(millis(4000));
        assert_eq!(times.reserve(DEFAULT_RESERVE), millis(4000));
        assert_eq!(times.reserve(millis(5000)), millis(5000));
    }
}
