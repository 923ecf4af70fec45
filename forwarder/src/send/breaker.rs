//! A circuit breaker for each sink, kept between invocations: a dead backend must not cost a timeout every time.

use std::time::Duration;

/// The latest answers of a closed circuit that are looked back on.
const WINDOW: u32 = 20;

/// When a circuit opens and how it is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BreakerPolicy {
    /// So many failures in a row open it.
    pub in_a_row: u32,
    /// So many failures among the latest 20 requests open it, too: a backend that takes every other body is no better.
    pub of_latest: u32,
    /// The time from opening to the first probe; doubled after each probe that fails.
    pub first_interval: Duration,
    /// No interval grows longer.
    pub longest_interval: Duration,
}

impl Default for BreakerPolicy {
    fn default() -> Self {
        Self {
            in_a_row: 5,
            of_latest: 12,
            first_interval: Duration::from_secs(5),
            longest_interval: Duration::from_secs(5 * 60),
        }
    }
}

/// Whether a backend was able to answer. A body that it refuses is a sign of health.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// It answered, and would take a good body.
    Well,
    /// It did not answer, or asked to be left alone.
    Failing,
}

/// What may be done with a body.
#[derive(Debug, PartialEq, Eq)]
pub enum Admission {
    /// Send it, and hand the permit back with what came of it.
    Send(Permit),
    /// The circuit is open: park it at once.
    Park,
}

/// The right to send one body once.
#[must_use = "hand it back to `Breaker::settle`"]
#[derive(Debug, PartialEq, Eq)]
pub struct Permit {
    /// The probe it is; `None` for one of many while the circuit is closed.
    probe: Option<u64>,
}

impl Permit {
    /// True for the one request that finds out whether the backend is back.
    #[must_use]
    pub fn is_probe(&self) -> bool {
        self.probe.is_some()
    }
}

/// The circuit of one sink. Times are those of any clock that does not run backwards, counted from the same point.
#[derive(Clone, Debug)]
pub struct Breaker {
    policy: BreakerPolicy,
    state: State,
    /// Probes sent so far: tells a late answer from that of the present probe.
    probes: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Closed(Latest),
    /// Nothing is sent before `until`.
    Open {
        until: Duration,
        interval: Duration,
    },
    /// A probe is on its way. Should its answer never be told, another may go at `until`.
    HalfOpen {
        until: Duration,
        interval: Duration,
    },
}

/// How the latest requests ended, the last one in the lowest bit; a one is a failure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Latest(u32);

impl Latest {
    fn add(self, health: Health) -> Self {
        let failed = u32::from(health == Health::Failing);
        Self((self.0 << 1 | failed) & ((1 << WINDOW) - 1))
    }

    fn opens(self, policy: &BreakerPolicy) -> bool {
        self.0.trailing_ones() >= policy.in_a_row || self.0.count_ones() >= policy.of_latest
    }
}

impl Breaker {
    /// A closed circuit.
    #[must_use]
    pub fn new(policy: BreakerPolicy) -> Self {
        Self { policy, state: State::Closed(Latest::default()), probes: 0 }
    }

    /// Whether a body may be sent now.
    pub fn admit(&mut self, now: Duration) -> Admission {
        match self.state {
            State::Closed(_) => Admission::Send(Permit { probe: None }),
            State::Open { until, .. } | State::HalfOpen { until, .. } if now < until => Admission::Park,
            State::Open { interval, .. } | State::HalfOpen { interval, .. } => {
                self.probes = self.probes.saturating_add(1);
                self.state = State::HalfOpen { until: now.saturating_add(interval), interval };
                Admission::Send(Permit { probe: Some(self.probes) })
            }
        }
    }

    /// What came of a request. Once the circuit is open only its probe counts: the others were sent before.
    #[expect(clippy::needless_pass_by_value, reason = "a permit is used up")]
    pub fn settle(&mut self, permit: Permit, health: Health, now: Duration) {
        match (self.state, permit.probe) {
            (State::Closed(latest), None) => {
                let latest = latest.add(health);
                self.state = State::Closed(latest);
                if latest.opens(&self.policy) {
                    self.open(now, self.policy.first_interval);
                }
            }
            (State::HalfOpen { interval, .. }, Some(probe)) if probe == self.probes => match health {
                Health::Well => self.state = State::Closed(Latest::default()),
                Health::Failing => self.open(now, interval.saturating_mul(2)),
            },
            (State::Closed(_) | State::Open { .. } | State::HalfOpen { .. }, None | Some(_)) => {}
        }
    }

    /// Whether bodies are parked without being sent.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !matches!(self.state, State::Closed(_))
    }

    fn open(&mut self, now: Duration, interval: Duration) {
        let interval = interval.min(self.policy.longest_interval);
        self.state = State::Open { until: now.saturating_add(interval), interval };
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn seconds(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    fn breaker() -> Breaker {
        Breaker::new(BreakerPolicy::default())
    }

    /// Sends at each time (in seconds) and tells what is done with the body: `w` is sent and goes well, `x` is sent and
    /// fails, `-` is parked.
    fn check(script: &[(u64, char)]) {
        let mut breaker = breaker();
        for (step, (at, expected)) in script.iter().enumerate() {
            let health = if *expected == 'w' { Health::Well } else { Health::Failing };
            let is_sent = match breaker.admit(seconds(*at)) {
                Admission::Send(permit) => {
                    breaker.settle(permit, health, seconds(*at));
                    true
                }
                Admission::Park => false,
            };
            assert_eq!(is_sent, *expected != '-', "step {step}: {at} s {expected}");
        }
    }

    fn each(at: u64, answers: &str) -> Vec<(u64, char)> {
        answers.chars().map(|answer| (at, answer)).collect()
    }

    #[test]
    fn five_failures_in_a_row_open_it() {
        check(&each(0, "xxxxwwwwwwwwwxxxxx---"));
    }

    #[test]
    fn many_failures_among_good_answers_open_it() {
        check(&each(0, "xwxwxwxwxwxwxwxwxwxwxwxwxwxwxwxwxwxwxw"));
        check(&each(0, "xxwxxwxxwxxwxxwxx---"));
    }

    #[test]
    fn one_probe_goes_after_a_growing_interval() {
        let down = [(0, '-'), (4, '-'), (5, 'x'), (14, '-'), (15, 'x'), (34, '-'), (35, 'x'), (74, '-')];
        check(&[each(0, "xxxxx"), down.to_vec()].concat());
    }

    #[test]
    fn a_probe_that_goes_well_closes_it_and_forgets() {
        check(&[each(0, "xxxxx-"), each(5, "wxxxxwxxxxx-")].concat());
        // It opens with the first interval again.
        check(&[each(0, "xxxxx"), each(5, "x-"), each(15, "wxxxxx-"), each(19, "-"), each(20, "w")].concat());
    }

    #[test]
    fn no_interval_is_longer_than_the_longest() {
        let mut breaker = breaker();
        let mut now = Duration::ZERO;
        for _ in 0..5 + 40 {
            while let Admission::Send(permit) = breaker.admit(now) {
                breaker.settle(permit, Health::Failing, now);
            }
            now += seconds(300);
        }
        assert_eq!(breaker.state, State::Open { until: now, interval: seconds(300) });
    }

    fn opened() -> Breaker {
        let mut breaker = breaker();
        for _ in 0..5 {
            let Admission::Send(permit) = breaker.admit(Duration::ZERO) else { panic!("it is closed") };
            breaker.settle(permit, Health::Failing, Duration::ZERO);
        }
        breaker
    }

    fn probe(breaker: &mut Breaker, now: u64) -> Permit {
        let Admission::Send(permit) = breaker.admit(seconds(now)) else { panic!("no probe goes") };
        assert!(permit.is_probe());
        permit
    }

    #[test]
    fn nothing_else_goes_while_a_probe_is_on_its_way() {
        let mut breaker = opened();
        let permit = probe(&mut breaker, 5);
        assert_eq!(breaker.admit(seconds(9)), Admission::Park);
        breaker.settle(permit, Health::Well, seconds(9));
        assert!(!breaker.is_open());
    }

    #[test]
    fn a_probe_that_never_came_back_does_not_close_the_door_for_good() {
        let mut breaker = opened();
        let lost = probe(&mut breaker, 5);
        let second = probe(&mut breaker, 10);
        breaker.settle(lost, Health::Well, seconds(11));
        assert!(breaker.is_open(), "a late answer says nothing about now");
        breaker.settle(second, Health::Well, seconds(11));
        assert!(!breaker.is_open());
    }

    #[test]
    fn answers_to_what_was_sent_before_it_opened_change_nothing() {
        let mut breaker = breaker();
        let early = [(); 9].map(|()| match breaker.admit(Duration::ZERO) {
            Admission::Send(permit) => permit,
            Admission::Park => panic!("it is closed"),
        });
        for (index, permit) in early.into_iter().enumerate() {
            let health = if index < 8 { Health::Failing } else { Health::Well };
            breaker.settle(permit, health, Duration::ZERO);
        }
        assert_eq!(breaker.state, State::Open { until: seconds(5), interval: seconds(5) });
    }

    proptest! {
        /// Whatever happens in whatever order, it lets something through sooner or later, and one good answer to a
        /// probe closes it.
        #[test]
        fn it_never_locks_itself(steps in proptest::collection::vec((0_u64..20, 0_u8..4), 0..200)) {
            let mut breaker = breaker();
            let mut open = Vec::new();
            let mut now = 0;
            for (pause, action) in steps {
                now += pause;
                match (action, breaker.admit(seconds(now))) {
                    (0, Admission::Send(permit)) => open.push(permit),
                    (1, Admission::Send(permit)) => breaker.settle(permit, Health::Well, seconds(now)),
                    (_, Admission::Send(permit)) => breaker.settle(permit, Health::Failing, seconds(now)),
                    (3, Admission::Park) if !open.is_empty() => {
                        breaker.settle(open.remove(0), Health::Well, seconds(now));
                    }
                    (_, Admission::Park) => prop_assert!(breaker.is_open()),
                }
            }
            let Admission::Send(permit) = breaker.admit(seconds(now + 300)) else { panic!("locked") };
            let closes = permit.is_probe() || !breaker.is_open();
            breaker.settle(permit, Health::Well, seconds(now + 300));
            prop_assert!(closes);
        }
    }
}
