//! The parts of delivery together: bodies against a backend that answers as it likes, until all is accounted for.

use std::time::Duration;

use proptest::prelude::*;
use tailwater_parser::UnixMillis;

use super::{
    breaker::{Admission, Breaker, BreakerPolicy},
    budget::{Budget, Terms},
    obligations::End,
    retry::{Decision, Failure, Policy, Reply, Split, Tried},
    *,
};
use crate::{
    body::{RangeSet, SinkIndex},
    ledger::Tally,
    sink::Verdict,
};

const SINK: SinkIndex = SinkIndex(0);
const SECOND: Duration = Duration::from_secs(1);

/// What came back, owned.
#[derive(Clone, Debug)]
enum Came {
    Verdict(Verdict),
    Failure(Failure),
}

impl Came {
    fn reply(&self) -> Reply<'_> {
        match self {
            Self::Verdict(verdict) => Reply::Verdict(verdict),
            Self::Failure(failure) => Reply::Failure(*failure),
        }
    }
}

/// The shape that the sender will have, over a clock that only moves when a test moves it.
struct Sender<B> {
    backend: B,
    obligations: Obligations,
    policy: Policy,
    breaker: Breaker,
    budget: Budget,
    elapsed: Duration,
    requests: u32,
    refreshes: u32,
    bisections: u32,
}

impl<B: FnMut(&RangeSet) -> Came> Sender<B> {
    fn new(events: u32, backend: B) -> Self {
        let mut obligations = Obligations::new(1);
        obligations.begin_delivery();
        for _ in 0..events {
            obligations.receive(Tally::new(1, 100));
        }
        let terms = Terms { timeout: 60 * SECOND, reserve: SECOND, longest_try: 10 * SECOND };
        Self {
            backend,
            obligations,
            policy: Policy::default(),
            breaker: Breaker::new(BreakerPolicy::default()),
            budget: Budget::begin(UnixMillis(0), UnixMillis(60_000), &terms),
            elapsed: Duration::ZERO,
            requests: 0,
            refreshes: 0,
            bisections: 0,
        }
    }

    fn deliver(&mut self, body: RangeSet) {
        let mut bodies = vec![body];
        while let Some(body) = bodies.pop() {
            self.settle(&body, &mut bodies);
        }
    }

    /// Sends one body until something else is to be done with it.
    fn settle(&mut self, body: &RangeSet, bodies: &mut Vec<RangeSet>) {
        let mut tried = Tried { sends: 0, ..Tried::once(body.count()) };
        loop {
            let Some(timeout) = self.budget.left(self.elapsed).try_timeout() else {
                return self.end(body, End::Parked(ParkReason::OutOfTime));
            };
            let Admission::Send(permit) = self.breaker.admit(self.elapsed) else {
                return self.end(body, End::Parked(ParkReason::CircuitOpen));
            };
            tried = Tried {
                sends: tried.sends + 1,
                refreshes: self.refreshes,
                bisections: self.bisections,
                ..tried
            };
            self.requests += 1;
            let came = (self.backend)(body);
            let is_slow = matches!(came, Came::Failure(Failure::TimedOut));
            self.elapsed += if is_slow { timeout } else { Duration::from_millis(1) };
            self.breaker.settle(permit, came.reply().health(), self.elapsed);
            match self.policy.decide(came.reply(), &tried, self.budget.left(self.elapsed), 7 << 60) {
                Decision::Done { rejected } => {
                    return self.obligations.end_partly(SINK, body, rejected).unwrap();
                }
                Decision::RetryAfter(pause) => self.elapsed += pause,
                Decision::RefreshCredentials => self.refreshes += 1,
                Decision::Split(Split::Event { parts }) => tried.parts = parts,
                Decision::Split(Split::Halves) => return bodies.extend(halves(body)),
                Decision::Bisect => {
                    self.bisections += 1;
                    return bodies.extend(halves(body));
                }
                Decision::Park(reason) => return self.end(body, End::Parked(reason)),
                Decision::Reject(rejection) => return self.end(body, End::Rejected(rejection)),
            }
        }
    }

    fn end(&mut self, body: &RangeSet, end: End) {
        self.obligations.end(SINK, body, end).unwrap();
    }
}

fn halves(body: &RangeSet) -> [RangeSet; 2] {
    let (first, second) = body.halve().expect("bodies of one event are not divided");
    [second, first]
}

/// Sends `events` in one body; says how each ended, how many requests it took, and how long.
fn run(events: u32, backend: impl FnMut(&RangeSet) -> Came) -> (String, u32, Duration) {
    let mut sender = Sender::new(events, backend);
    sender.deliver(RangeSet::from(0..events));
    let (requests, elapsed) = (sender.requests, sender.elapsed);
    let closed = sender.obligations.close().unwrap();
    assert!(closed.deliveries[0].is_ok(), "something is pending");
    let ends = closed.accounts[0].ends.iter().filter(|(_, tally)| tally.events > 0);
    let ends: Vec<_> = ends.map(|(end, tally)| format!("{} {end:?}", tally.events)).collect();
    (ends.join(", "), requests, elapsed)
}

fn refused() -> Came {
    Came::Verdict(Verdict::Refused { reason: String::new() })
}

fn delivered() -> Came {
    Came::Verdict(Verdict::Delivered)
}

fn holds(body: &RangeSet, event: u32) -> bool {
    body.contains_all(&RangeSet::from(event..event + 1))
}

#[track_caller]
fn check(events: u32, backend: impl FnMut(&RangeSet) -> Came, expected: &str, requests: u32) {
    let (ends, sent, _) = run(events, backend);
    assert_eq!((ends.as_str(), sent), (expected, requests));
}

#[test]
fn one_bad_event_of_a_thousand_costs_only_itself() {
    let bad = |body: &RangeSet| if holds(body, 617) { refused() } else { delivered() };
    check(1000, bad, "999 Delivered, 1 Rejected(Refused)", 21);
}

#[test]
fn a_backend_that_refuses_everything_gets_a_bounded_number_of_requests() {
    let (ends, requests, _) = run(10_000, |_| refused());
    assert!(ends.contains("Parked(Refused)"), "{ends}");
    assert!(requests < 140, "{requests} requests");
}

#[test]
fn what_is_too_large_is_sent_in_smaller_bodies() {
    let limit = |body: &RangeSet| {
        if body.count() > 100 { Came::Verdict(Verdict::TooLarge) } else { delivered() }
    };
    check(1000, limit, "1000 Delivered", 31);
}

#[test]
fn a_413_for_everything_ends() {
    check(2, |_| Came::Verdict(Verdict::TooLarge), "2 Parked(TooLarge)", 15);
}

#[test]
fn one_429_does_not_swallow_the_batch() {
    let mut answers = vec![delivered(), Came::Verdict(Verdict::Later { after: Some(SECOND) })];
    check(100, |_| answers.pop().unwrap(), "100 Delivered", 2);
}

#[test]
fn fresh_credentials_are_tried_once() {
    let unauthorized = || Came::Verdict(Verdict::Unauthorized);
    check(5, |_| unauthorized(), "5 Parked(Unauthorized)", 2);
    let mut answers = vec![delivered(), unauthorized()];
    check(5, |_| answers.pop().unwrap(), "5 Delivered", 2);
}

#[test]
fn a_backend_that_hangs_leaves_the_reserve_alone() {
    let (ends, requests, elapsed) = run(5, |_| Came::Failure(Failure::TimedOut));
    assert_eq!((ends.as_str(), requests), ("5 Parked(Slow)", 5));
    assert!(elapsed <= 59 * SECOND, "{elapsed:?}");
}

#[test]
fn a_dead_backend_is_not_asked_by_every_body() {
    let mut sender = Sender::new(100, |_: &RangeSet| Came::Failure(Failure::ConnectionRefused));
    (0..100).for_each(|event| sender.deliver(RangeSet::from(event..event + 1)));
    assert_eq!(sender.requests, 5);
    let account = sender.obligations.close().unwrap().accounts.remove(0);
    assert_eq!(account.ends[&End::Parked(ParkReason::CircuitOpen)].events, 99);
}

fn any_answer() -> impl Strategy<Value = Came> {
    let verdict = prop_oneof![
        4 => Just(Verdict::Delivered),
        1 => (0..30_u64).prop_map(|rejected| Verdict::Partly { rejected, reason: String::new() }),
        2 => proptest::option::of(0..20_u64)
            .prop_map(|after| Verdict::Later { after: after.map(Duration::from_secs) }),
        1 => Just(Verdict::Unauthorized),
        2 => Just(Verdict::TooLarge),
        2 => Just(Verdict::Refused { reason: String::new() }),
    ];
    let failure = proptest::sample::select(vec![
        Failure::Unresolved,
        Failure::ConnectionRefused,
        Failure::Reset,
        Failure::TimedOut,
        Failure::Garbled,
        Failure::Tls,
        Failure::Redirected,
    ]);
    prop_oneof![4 => verdict.prop_map(Came::Verdict), 1 => failure.prop_map(Came::Failure)]
}

proptest! {
    #[test]
    fn all_endings_together_are_what_was_received_whatever_the_backend_answers(
        answers in proptest::collection::vec(any_answer(), 1..60),
        cuts in proptest::collection::vec(1_u32..60, 1..6),
    ) {
        let events: u32 = cuts.iter().sum();
        let mut answers = answers.into_iter().cycle();
        let mut sender = Sender::new(events, |_: &RangeSet| answers.next().expect("they cycle"));
        let mut first = 0;
        for len in cuts {
            sender.deliver(RangeSet::from(first..first + len));
            first += len;
        }
        prop_assert!(sender.obligations.pending(SINK).is_empty());
        prop_assert!(sender.elapsed <= 59 * SECOND + Duration::from_millis(1), "{:?}", sender.elapsed);
        let closed = sender.obligations.close().unwrap();
        prop_assert!(closed.deliveries[0].is_ok());
        let ledger = closed.accounts[0].ledger;
        prop_assert!(ledger.check().is_ok());
        prop_assert_eq!(ledger.received(), Tally::new(u64::from(events), 100 * usize::try_from(events).unwrap()));
        let ended: u64 = closed.accounts[0].ends.values().map(|tally| tally.events).sum();
        prop_assert_eq!(ended, u64::from(events));
    }
}
