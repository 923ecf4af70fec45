//! Retry policy: decides the next step for a body after its response or failure.
//!
//! Two rules stand above it: the circuit breaker stops retries to a failing backend, and a backend that refuses everything
//! has its refusals treated as temporary ([`super::refusals`]).

use std::time::Duration;

use super::{breaker::Health, budget::TimeLeft};
pub use crate::http::Failure;
use crate::{
    http::Backoff,
    ledger::{Disposition, ParkReason, Rejection},
    sink::Verdict,
};

/// Result of one request, with which a body was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// There is an answer, which the sink has interpreted.
    Verdict(Verdict),
    /// There is no answer, for this reason.
    Failure(Failure),
}

impl Reply {
    /// Returns the backend's health for the circuit breaker. Refused credentials count as a failure: as long as they
    /// are invalid, every body would cost a refresh and two requests.
    #[must_use]
    pub fn health(self) -> Health {
        match self {
            Self::Failure(_)
            | Self::Verdict(Verdict::Later { .. } | Verdict::WrongAddress | Verdict::Unauthorized) => {
                Health::Failing
            }
            Self::Verdict(
                Verdict::Delivered | Verdict::Partly { .. } | Verdict::TooLarge | Verdict::Refused,
            ) => Health::Healthy,
        }
    }
}

/// Attempts to deliver a body so far, which limit further ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempts {
    /// Number of events in the body; of a body with metrics, the number of chunks.
    pub events: u64,
    /// Number of requests for this body, including the last one. Starts again from 1 for each half of a body that was
    /// split.
    pub sends: u32,
    /// Number of credential refreshes for this body and for the larger bodies that it was split from.
    pub refreshes: u32,
    /// Number of bodies of the invocation that were split into halves in search of a refused event.
    pub bisections: u32,
    /// Number of parts in which the only event of the body is sent; 1 if it is sent whole.
    pub parts: u32,
}

/// Next step for a body after a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Send the body again after this pause.
    RetryAfter(Duration),
    /// Fetch the credentials again, then send the body again at once.
    RefreshCredentials,
    /// Encode the events again in smaller bodies, and send those at once.
    Split(Split),
    /// Do not send the body again: its final state is decided.
    Done(Completion),
}

/// Way to make a body smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    /// Two bodies of half of the events each, because the body was too large.
    Halves,
    /// Two bodies of half of the events each, in search of an event that the backend refuses.
    Bisect,
    /// The only event of the body, in parts.
    Event {
        /// Number of parts.
        parts: u32,
    },
}

/// Final state of a body. All of its events get it, except those that the backend refused while it accepted the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Completion {
    /// Disposition of the body's events.
    pub disposition: Disposition,
    /// Number of events (of metrics: data points) in an accepted body that the backend refused for good. The backend
    /// reports the number, but not which ones.
    pub rejected: u64,
}

impl Completion {
    /// Returns the state of a body that the backend accepted, except for `rejected` events.
    #[must_use]
    pub fn accepted(rejected: u64) -> Self {
        Self { disposition: Disposition::Delivered, rejected }
    }

    /// Returns the state of a body that cannot be delivered for now, for this reason.
    #[must_use]
    pub fn parked(reason: ParkReason) -> Self {
        Self { disposition: Disposition::Parked(reason), rejected: 0 }
    }

    /// Returns the state of a body whose only event is refused for good.
    #[must_use]
    pub fn refused() -> Self {
        Self { disposition: Disposition::Rejected(Rejection::Refused), rejected: 0 }
    }
}

impl Decision {
    fn park(reason: ParkReason) -> Self {
        Self::Done(Completion::parked(reason))
    }
}

/// Pauses between two requests for the same body: 200 ms, doubled up to 10 s.
const BACKOFF: Backoff =
    Backoff::new(Duration::from_millis(200), Duration::from_secs(10)).expect("200 ms are less than 10 s");

/// Limits of retries and of splitting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Pauses between two requests for the same body, unless the backend asks for longer ones.
    pub backoff: Backoff,
    /// Maximum number of requests for one body. Some bodies always fail: Prometheus answers 500 to some invalid data.
    pub max_sends: u32,
    /// Maximum number of bodies that are split into halves in search of refused events. Finding one invalid event in n
    /// takes log2(n).
    pub max_bisections: u32,
    /// Maximum number of parts in which one event is sent.
    pub max_parts: u32,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { backoff: BACKOFF, max_sends: 5, max_bisections: 64, max_parts: 64 }
    }
}

impl RetryPolicy {
    /// Decides the next step after `reply`. `jitter` is any number, evenly distributed; it spreads the pauses of forwarders that
    /// failed at the same time.
    #[must_use]
    pub fn decide(&self, reply: Reply, attempts: &Attempts, time: TimeLeft, jitter: u64) -> Decision {
        match reply {
            Reply::Failure(failure) if failure.is_permanent() => Decision::park(failure.reason()),
            Reply::Failure(failure) => self.retry(failure.reason(), Duration::ZERO, attempts, time, jitter),
            Reply::Verdict(verdict) => self.decide_verdict(verdict, attempts, time, jitter),
        }
    }

    fn decide_verdict(&self, verdict: Verdict, attempts: &Attempts, time: TimeLeft, jitter: u64) -> Decision {
        let now = |decision, reason| if_in_time(decision, reason, time);
        match verdict {
            Verdict::Delivered => Decision::Done(Completion::accepted(0)),
            Verdict::Partly { rejected } => Decision::Done(Completion::accepted(rejected)),
            Verdict::WrongAddress => Decision::park(ParkReason::WrongAddress),
            Verdict::Later { after } => {
                self.retry(ParkReason::Busy, after.unwrap_or_default(), attempts, time, jitter)
            }
            Verdict::Unauthorized if attempts.refreshes == 0 => {
                now(Decision::RefreshCredentials, ParkReason::Unauthorized)
            }
            Verdict::Unauthorized => Decision::park(ParkReason::Unauthorized),
            Verdict::TooLarge => match self.smaller(attempts) {
                Some(split) => now(Decision::Split(split), ParkReason::TooLarge),
                None => Decision::park(ParkReason::TooLarge),
            },
            Verdict::Refused if attempts.events < 2 => Decision::Done(Completion::refused()),
            Verdict::Refused if attempts.bisections < self.max_bisections => {
                now(Decision::Split(Split::Bisect), ParkReason::Refused)
            }
            Verdict::Refused => Decision::park(ParkReason::Refused),
        }
    }

    /// Decides to retry after a pause of at least `min_pause`, or to park if the maximum number of requests or the time
    /// is used up.
    fn retry(
        &self,
        reason: ParkReason,
        min_pause: Duration,
        attempts: &Attempts,
        time: TimeLeft,
        jitter: u64,
    ) -> Decision {
        let pause = self.backoff.pause(attempts.sends, jitter).max(min_pause);
        if attempts.sends < self.max_sends && time.allows_request_after(pause) {
            Decision::RetryAfter(pause)
        } else {
            Decision::park(reason)
        }
    }

    fn smaller(&self, attempts: &Attempts) -> Option<Split> {
        if attempts.events > 1 {
            return Some(Split::Halves);
        }
        let parts = attempts.parts.max(1).saturating_mul(2);
        (parts <= self.max_parts).then_some(Split::Event { parts })
    }
}

/// Returns `decision` if there is time for another request now, else the decision to park.
fn if_in_time(decision: Decision, reason: ParkReason, time: TimeLeft) -> Decision {
    if time.allows_request_after(Duration::ZERO) { decision } else { Decision::park(reason) }
}

impl Failure {
    /// Returns the reason for parking a body whose request failed in this way.
    #[must_use]
    pub fn reason(self) -> ParkReason {
        match self {
            Self::Unresolved => ParkReason::UnknownHost,
            Self::ConnectionRefused => ParkReason::Unreachable,
            Self::Reset | Self::InvalidResponse => ParkReason::Broken,
            Self::TimedOut => ParkReason::Slow,
            Self::Tls => ParkReason::Untrusted,
            Self::Redirected => ParkReason::Redirected,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONCE: Attempts = Attempts { events: 1000, sends: 1, refreshes: 0, bisections: 0, parts: 1 };
    const LAST: Attempts = Attempts { sends: 5, ..ONCE };
    const ALONE: Attempts = Attempts { events: 1, ..ONCE };
    const MINUTE: Duration = Duration::from_secs(60);
    const REFUSED: Verdict = Verdict::Refused;

    fn time(left: Duration) -> TimeLeft {
        TimeLeft::of(left, Duration::from_secs(10))
    }

    #[track_caller]
    fn check(reply: Reply, attempts: Attempts, left: Duration, expected: Decision) {
        let decision = RetryPolicy::default().decide(reply, &attempts, time(left), 0);
        assert_eq!(decision, expected, "{reply:?} {attempts:?} {left:?}");
    }

    #[track_caller]
    fn verdict(verdict: Verdict, attempts: Attempts, expected: Decision) {
        check(Reply::Verdict(verdict), attempts, MINUTE, expected);
    }

    fn later(seconds: Option<u64>) -> Verdict {
        Verdict::Later { after: seconds.map(Duration::from_secs) }
    }

    fn pause(millis: u64) -> Decision {
        Decision::RetryAfter(Duration::from_millis(millis))
    }

    #[test]
    fn temporary_failures_are_retried_a_bounded_number_of_times() {
        let temporary = [
            (Failure::Unresolved, ParkReason::UnknownHost),
            (Failure::ConnectionRefused, ParkReason::Unreachable),
            (Failure::Reset, ParkReason::Broken),
            (Failure::InvalidResponse, ParkReason::Broken),
            (Failure::TimedOut, ParkReason::Slow),
        ];
        for (failure, reason) in temporary {
            check(Reply::Failure(failure), ONCE, MINUTE, pause(100));
            check(Reply::Failure(failure), LAST, MINUTE, Decision::park(reason));
            check(Reply::Failure(failure), ONCE, Duration::ZERO, Decision::park(reason));
        }
    }

    #[test]
    fn permanent_failures_are_parked_at_once() {
        check(Reply::Failure(Failure::Tls), ONCE, MINUTE, Decision::park(ParkReason::Untrusted));
        check(Reply::Failure(Failure::Redirected), ONCE, MINUTE, Decision::park(ParkReason::Redirected));
        verdict(Verdict::WrongAddress, ONCE, Decision::park(ParkReason::WrongAddress));
    }

    #[test]
    fn backend_that_refuses_a_body_is_healthy() {
        let partly = Verdict::Partly { rejected: 1 };
        for verdict in [Verdict::Delivered, partly, Verdict::TooLarge, REFUSED] {
            assert_eq!(Reply::Verdict(verdict).health(), Health::Healthy, "{verdict:?}");
        }
        for verdict in [later(None), Verdict::Unauthorized, Verdict::WrongAddress] {
            assert_eq!(Reply::Verdict(verdict).health(), Health::Failing, "{verdict:?}");
        }
        assert_eq!(Reply::Failure(Failure::Tls).health(), Health::Failing);
    }

    #[test]
    fn retry_after_of_the_backend_is_honoured() {
        verdict(later(None), ONCE, pause(100));
        verdict(later(Some(0)), ONCE, pause(100));
        verdict(later(Some(7)), ONCE, pause(7000));
        verdict(later(Some(50)), ONCE, pause(50_000));
    }

    #[test]
    fn retry_after_longer_than_the_time_left_parks_at_once() {
        verdict(later(Some(51)), ONCE, Decision::park(ParkReason::Busy));
        verdict(later(Some(u64::MAX)), ONCE, Decision::park(ParkReason::Busy));
    }

    #[test]
    fn body_that_always_fails_is_parked() {
        verdict(later(None), Attempts { sends: 4, ..ONCE }, pause(800));
        verdict(later(None), LAST, Decision::park(ParkReason::Busy));
        verdict(later(Some(1)), LAST, Decision::park(ParkReason::Busy));
    }

    #[test]
    fn credentials_are_refreshed_once() {
        verdict(Verdict::Unauthorized, LAST, Decision::RefreshCredentials);
        let refreshed = Attempts { refreshes: 1, ..ONCE };
        verdict(Verdict::Unauthorized, refreshed, Decision::park(ParkReason::Unauthorized));
    }

    #[test]
    fn body_that_is_too_large_is_halved_down_to_one_event_which_is_split() {
        let parts = |parts| Attempts { parts, ..ALONE };
        verdict(Verdict::TooLarge, LAST, Decision::Split(Split::Halves));
        verdict(Verdict::TooLarge, Attempts { events: 2, ..ONCE }, Decision::Split(Split::Halves));
        verdict(Verdict::TooLarge, ALONE, Decision::Split(Split::Event { parts: 2 }));
        verdict(Verdict::TooLarge, parts(32), Decision::Split(Split::Event { parts: 64 }));
    }

    #[test]
    fn event_that_is_too_large_in_the_maximum_number_of_parts_is_parked() {
        for parts in [64, u32::MAX] {
            verdict(Verdict::TooLarge, Attempts { parts, ..ALONE }, Decision::park(ParkReason::TooLarge));
        }
    }

    #[test]
    fn only_a_single_refused_event_is_rejected() {
        verdict(REFUSED, LAST, Decision::Split(Split::Bisect));
        verdict(REFUSED, Attempts { events: 2, bisections: 63, ..ONCE }, Decision::Split(Split::Bisect));
        verdict(REFUSED, Attempts { bisections: 64, ..ALONE }, Decision::Done(Completion::refused()));
    }

    #[test]
    fn search_for_refused_events_is_bounded_and_parks_the_rest() {
        verdict(REFUSED, Attempts { bisections: 64, ..ONCE }, Decision::park(ParkReason::Refused));
    }

    #[test]
    fn partial_success_is_not_sent_again() {
        let partly = |rejected| Verdict::Partly { rejected };
        verdict(Verdict::Delivered, LAST, Decision::Done(Completion::accepted(0)));
        verdict(partly(3), ONCE, Decision::Done(Completion::accepted(3)));
        verdict(partly(u64::MAX), ONCE, Decision::Done(Completion::accepted(u64::MAX)));
    }

    #[test]
    fn nothing_is_sent_again_without_time_for_it() {
        let too_little = Duration::from_millis(150);
        let park = |verdict: Verdict, reason| {
            check(Reply::Verdict(verdict), ONCE, too_little, Decision::park(reason));
        };
        park(Verdict::Unauthorized, ParkReason::Unauthorized);
        park(Verdict::TooLarge, ParkReason::TooLarge);
        park(REFUSED, ParkReason::Refused);
        park(later(None), ParkReason::Busy);
    }
}
