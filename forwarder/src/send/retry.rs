//! What to do with a body after its answer, or after none came: the one place where that is decided.

use std::time::Duration;

use super::{breaker::Health, budget::TimeLeft};
pub use crate::http::Failure;
use crate::{
    http::Backoff,
    ledger::{Disposition, ParkReason, Rejection},
    sink::Verdict,
};

/// What came back for a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply<'a> {
    /// An answer, as the sink understands it.
    Verdict(&'a Verdict),
    /// No answer.
    Failure(Failure),
}

impl Reply<'_> {
    /// What it tells the circuit breaker. Credentials that are not accepted count as a failure: as long as they are
    /// wrong every body would cost a refresh and two requests.
    #[must_use]
    pub fn health(self) -> Health {
        match self {
            Self::Failure(_) | Self::Verdict(Verdict::Later { .. } | Verdict::Unauthorized) => {
                Health::Failing
            }
            Self::Verdict(
                Verdict::Delivered | Verdict::Partly { .. } | Verdict::TooLarge | Verdict::Refused { .. },
            ) => Health::Well,
        }
    }
}

/// What was tried with a body so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tried {
    /// Events in the body; pieces of metrics.
    pub events: u64,
    /// Times it was sent, the last one included. A half begins anew at 1.
    pub sends: u32,
    /// Times it was sent again with fresher credentials, itself or the body that it is half of. Whether they have to be
    /// fetched for that, or have been since it was sent, is the sender's to know.
    pub refreshes: u32,
    /// Times the whole body and its halves were divided in search of an event that is refused.
    pub bisections: u32,
    /// In how many parts its only event was sent; 1 when whole.
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
    /// Send it no more: this is how the body ends.
    Done(Completion),
}

/// Ways to make a body smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    /// Two bodies of half of the events each: the body was too large.
    Halves,
    /// The same, in search of an event that is refused.
    Bisect,
    /// The body's only event, in parts.
    Event {
        /// Number of parts.
        parts: u32,
    },
}

/// Final state of a body: that of its events, but for those that the backend refused while it accepted the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Completion {
    /// Disposition of the body's events.
    pub disposition: Disposition,
    /// Events (of metrics: data points) of an accepted body that the backend refused for good, by its own count; it does
    /// not say which.
    pub rejected: u64,
}

impl Completion {
    /// Returns the state of a body that the backend accepted, except for `rejected` events.
    #[must_use]
    pub fn accepted(rejected: u64) -> Self {
        Self { disposition: Disposition::Delivered, rejected }
    }

    /// Returns the state of a body that is not delivered now.
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

/// Pauses between tries: 200 ms, doubled up to 10 s.
const BACKOFF: Backoff =
    Backoff::new(Duration::from_millis(200), Duration::from_secs(10)).expect("200 ms are less than 10 s");

/// Retry and split limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Pauses between tries, unless the backend asks for longer ones.
    pub backoff: Backoff,
    /// A body is sent this often at most: what fails always (Prometheus answers 500 to some bad data) must end.
    pub sends: u32,
    /// A body is divided this often at most in search of what is refused. One bad event in n takes log2(n).
    pub bisections: u32,
    /// An event is sent in this many parts at most.
    pub parts: u32,
}

impl Default for Policy {
    fn default() -> Self {
        Self { backoff: BACKOFF, sends: 5, bisections: 64, parts: 64 }
    }
}

impl Policy {
    /// What to do after `reply`. `jitter` is any number, evenly spread; it keeps the pauses of many forwarders apart.
    #[must_use]
    pub fn decide(&self, reply: Reply<'_>, tried: &Tried, time: TimeLeft, jitter: u64) -> Decision {
        match reply {
            Reply::Failure(failure) if failure.is_permanent() => Decision::park(failure.reason()),
            Reply::Failure(failure) => self.again(failure.reason(), Duration::ZERO, tried, time, jitter),
            Reply::Verdict(verdict) => self.decide_verdict(verdict, tried, time, jitter),
        }
    }

    fn decide_verdict(&self, verdict: &Verdict, tried: &Tried, time: TimeLeft, jitter: u64) -> Decision {
        let now = |decision, reason| in_time(decision, reason, time);
        match verdict {
            Verdict::Delivered => Decision::Done(Completion::accepted(0)),
            Verdict::Partly { rejected, reason: _ } => Decision::Done(Completion::accepted(*rejected)),
            Verdict::Later { after } => {
                self.again(ParkReason::Busy, after.unwrap_or_default(), tried, time, jitter)
            }
            Verdict::Unauthorized if tried.refreshes == 0 => {
                now(Decision::RefreshCredentials, ParkReason::Unauthorized)
            }
            Verdict::Unauthorized => Decision::park(ParkReason::Unauthorized),
            Verdict::TooLarge => match self.smaller(tried) {
                Some(split) => now(Decision::Split(split), ParkReason::TooLarge),
                None => Decision::park(ParkReason::TooLarge),
            },
            Verdict::Refused { reason: _ } if tried.events < 2 => Decision::Done(Completion::refused()),
            Verdict::Refused { reason: _ } if tried.bisections < self.bisections => {
                now(Decision::Split(Split::Bisect), ParkReason::Refused)
            }
            Verdict::Refused { reason: _ } => Decision::park(ParkReason::Refused),
        }
    }

    /// Send it again after a pause of at least `wait`, if tries and time allow.
    fn again(
        &self,
        reason: ParkReason,
        wait: Duration,
        tried: &Tried,
        time: TimeLeft,
        jitter: u64,
    ) -> Decision {
        let pause = self.backoff.pause(tried.sends, jitter).max(wait);
        if tried.sends < self.sends && time.allows_after(pause) {
            Decision::RetryAfter(pause)
        } else {
            Decision::park(reason)
        }
    }

    fn smaller(&self, tried: &Tried) -> Option<Split> {
        if tried.events > 1 {
            return Some(Split::Halves);
        }
        let parts = tried.parts.max(1).saturating_mul(2);
        (parts <= self.parts).then_some(Split::Event { parts })
    }
}

/// What is to be sent at once is sent only if there is time for it.
fn in_time(decision: Decision, reason: ParkReason, time: TimeLeft) -> Decision {
    if time.allows_after(Duration::ZERO) { decision } else { Decision::park(reason) }
}

impl Failure {
    /// Returns the reason for parking a body that failed so.
    #[must_use]
    pub fn reason(self) -> ParkReason {
        match self {
            Self::Unresolved | Self::ConnectionRefused => ParkReason::Unreachable,
            Self::Reset | Self::Garbled => ParkReason::Broken,
            Self::TimedOut => ParkReason::Slow,
            Self::Tls => ParkReason::Untrusted,
            Self::Redirected => ParkReason::Redirected,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONCE: Tried = Tried { events: 1000, sends: 1, refreshes: 0, bisections: 0, parts: 1 };
    const LAST: Tried = Tried { sends: 5, ..ONCE };
    const ALONE: Tried = Tried { events: 1, ..ONCE };
    const PLENTY: Duration = Duration::from_secs(60);

    fn time(left: Duration) -> TimeLeft {
        TimeLeft::of(left, Duration::from_secs(10))
    }

    #[track_caller]
    fn check(reply: Reply<'_>, tried: Tried, left: Duration, expected: Decision) {
        let decision = Policy::default().decide(reply, &tried, time(left), 0);
        assert_eq!(decision, expected, "{reply:?} {tried:?} {left:?}");
    }

    #[track_caller]
    fn verdict(verdict: &Verdict, tried: Tried, expected: Decision) {
        check(Reply::Verdict(verdict), tried, PLENTY, expected);
    }

    fn later(seconds: Option<u64>) -> Verdict {
        Verdict::Later { after: seconds.map(Duration::from_secs) }
    }

    fn refused() -> Verdict {
        Verdict::Refused { reason: "no".to_owned() }
    }

    fn pause(millis: u64) -> Decision {
        Decision::RetryAfter(Duration::from_millis(millis))
    }

    #[test]
    fn what_passes_is_tried_again_a_bounded_number_of_times() {
        let passing = [
            (Failure::Unresolved, ParkReason::Unreachable),
            (Failure::ConnectionRefused, ParkReason::Unreachable),
            (Failure::Reset, ParkReason::Broken),
            (Failure::Garbled, ParkReason::Broken),
            (Failure::TimedOut, ParkReason::Slow),
        ];
        for (failure, reason) in passing {
            check(Reply::Failure(failure), ONCE, PLENTY, pause(100));
            check(Reply::Failure(failure), LAST, PLENTY, Decision::park(reason));
            check(Reply::Failure(failure), ONCE, Duration::ZERO, Decision::park(reason));
        }
    }

    #[test]
    fn what_lasts_is_parked_at_once() {
        check(Reply::Failure(Failure::Tls), ONCE, PLENTY, Decision::park(ParkReason::Untrusted));
        check(Reply::Failure(Failure::Redirected), ONCE, PLENTY, Decision::park(ParkReason::Redirected));
    }

    #[test]
    fn a_backend_that_refuses_a_body_is_well() {
        let partly = Verdict::Partly { rejected: 1, reason: String::new() };
        for verdict in [&Verdict::Delivered, &partly, &Verdict::TooLarge, &refused()] {
            assert_eq!(Reply::Verdict(verdict).health(), Health::Well, "{verdict:?}");
        }
        for verdict in [&later(None), &Verdict::Unauthorized] {
            assert_eq!(Reply::Verdict(verdict).health(), Health::Failing, "{verdict:?}");
        }
        assert_eq!(Reply::Failure(Failure::Tls).health(), Health::Failing);
    }

    #[test]
    fn a_backend_is_left_alone_for_as_long_as_it_asks() {
        verdict(&later(None), ONCE, pause(100));
        verdict(&later(Some(0)), ONCE, pause(100));
        verdict(&later(Some(7)), ONCE, pause(7000));
        verdict(&later(Some(50)), ONCE, pause(50_000));
    }

    #[test]
    fn what_asks_for_longer_than_there_is_time_is_parked_at_once() {
        verdict(&later(Some(51)), ONCE, Decision::park(ParkReason::Busy));
        verdict(&later(Some(u64::MAX)), ONCE, Decision::park(ParkReason::Busy));
    }

    #[test]
    fn a_body_that_always_fails_inside_the_backend_ends_parked() {
        verdict(&later(None), Tried { sends: 4, ..ONCE }, pause(800));
        verdict(&later(None), LAST, Decision::park(ParkReason::Busy));
        verdict(&later(Some(1)), LAST, Decision::park(ParkReason::Busy));
    }

    #[test]
    fn credentials_are_fetched_again_once() {
        verdict(&Verdict::Unauthorized, LAST, Decision::RefreshCredentials);
        let refreshed = Tried { refreshes: 1, ..ONCE };
        verdict(&Verdict::Unauthorized, refreshed, Decision::park(ParkReason::Unauthorized));
    }

    #[test]
    fn what_is_too_large_is_halved_down_to_one_event_and_then_split_itself() {
        let parts = |parts| Tried { parts, ..ALONE };
        verdict(&Verdict::TooLarge, LAST, Decision::Split(Split::Halves));
        verdict(&Verdict::TooLarge, Tried { events: 2, ..ONCE }, Decision::Split(Split::Halves));
        verdict(&Verdict::TooLarge, ALONE, Decision::Split(Split::Event { parts: 2 }));
        verdict(&Verdict::TooLarge, parts(32), Decision::Split(Split::Event { parts: 64 }));
    }

    #[test]
    fn what_is_too_large_in_all_sizes_is_not_tried_forever() {
        for parts in [64, u32::MAX] {
            verdict(&Verdict::TooLarge, Tried { parts, ..ALONE }, Decision::park(ParkReason::TooLarge));
        }
    }

    #[test]
    fn only_the_event_that_is_refused_is_rejected() {
        verdict(&refused(), LAST, Decision::Split(Split::Bisect));
        verdict(&refused(), Tried { events: 2, bisections: 63, ..ONCE }, Decision::Split(Split::Bisect));
        verdict(&refused(), Tried { bisections: 64, ..ALONE }, Decision::Done(Completion::refused()));
    }

    #[test]
    fn the_search_for_what_is_refused_is_bounded_and_rejects_nothing_it_did_not_find() {
        verdict(&refused(), Tried { bisections: 64, ..ONCE }, Decision::park(ParkReason::Refused));
    }

    #[test]
    fn a_partial_success_is_not_sent_again() {
        let partly = |rejected| Verdict::Partly { rejected, reason: String::new() };
        verdict(&Verdict::Delivered, LAST, Decision::Done(Completion::accepted(0)));
        verdict(&partly(3), ONCE, Decision::Done(Completion::accepted(3)));
        verdict(&partly(u64::MAX), ONCE, Decision::Done(Completion::accepted(u64::MAX)));
    }

    #[test]
    fn nothing_new_begins_without_time_for_it() {
        let out = Duration::from_millis(150);
        let park = |verdict: &Verdict, reason| {
            check(Reply::Verdict(verdict), ONCE, out, Decision::park(reason));
        };
        park(&Verdict::Unauthorized, ParkReason::Unauthorized);
        park(&Verdict::TooLarge, ParkReason::TooLarge);
        park(&refused(), ParkReason::Refused);
        park(&later(None), ParkReason::Busy);
    }
}
