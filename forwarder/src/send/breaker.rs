//! Circuit breaker of a sink, kept between invocations: a backend that is down must not cost every invocation a
//! timeout.

use std::time::Duration;

/// Number of latest requests that decide whether a closed circuit opens.
const WINDOW: u32 = 20;

/// Thresholds that open a circuit, and the intervals between probes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BreakerPolicy {
    /// Number of consecutive failures that opens the circuit.
    pub consecutive_failures: u32,
    /// Number of failures among the latest 20 requests that opens the circuit, too: a backend that fails every other
    /// request is not better.
    pub failures_in_window: u32,
    /// Time from opening to the first probe; doubled after each probe that fails.
    pub first_interval: Duration,
    /// Maximum time between probes.
    pub max_interval: Duration,
}

impl Default for BreakerPolicy {
    fn default() -> Self {
        Self {
            consecutive_failures: 5,
            failures_in_window: 12,
            first_interval: Duration::from_secs(5),
            max_interval: Duration::from_secs(5 * 60),
        }
    }
}

/// State of a backend, judged by one request. A refused body is a sign of health, since the backend has answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// The backend answered, and would accept a valid body.
    Healthy,
    /// The backend did not answer, asked to retry later, or did not accept the credentials.
    Failing,
}

/// Decision of the circuit breaker about a body that is to be sent.
#[derive(Debug, PartialEq, Eq)]
pub enum Admission {
    /// Send the body, and pass the permit with the result to [`Breaker::settle`].
    Send(Permit),
    /// Park the body without sending it: the circuit is open.
    Park,
}

/// Permission to make one request, from [`Breaker::admit`].
#[must_use = "pass it to `Breaker::settle`"]
#[derive(Debug, PartialEq, Eq)]
pub struct Permit {
    /// Number of the probe that this request is; `None` for a request while the circuit is closed.
    probe: Option<u64>,
}

impl Permit {
    /// True if the request is a probe of whether the backend has recovered.
    #[must_use]
    pub fn is_probe(&self) -> bool {
        self.probe.is_some()
    }
}

/// Circuit breaker of one sink. Times may come from any monotonic clock, but all from the same one.
#[derive(Clone, Debug)]
pub struct Breaker {
    policy: BreakerPolicy,
    state: State,
    /// Number of probes so far. It distinguishes the late answer to an earlier probe from that to the current one.
    probes: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Closed(RecentResults),
    /// No request is made before `until`.
    Open {
        until: Duration,
        interval: Duration,
    },
    /// A probe is in flight. If its result is never reported, another one may be sent at `until`.
    HalfOpen {
        until: Duration,
        interval: Duration,
    },
}

/// Results of the latest requests, one bit for each: 1 is a failure, and the lowest bit is the last request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct RecentResults(u32);

impl RecentResults {
    fn add(self, health: Health) -> Self {
        let failed = u32::from(health == Health::Failing);
        Self((self.0 << 1 | failed) & ((1 << WINDOW) - 1))
    }

    fn reach_threshold(self, policy: &BreakerPolicy) -> bool {
        self.0.trailing_ones() >= policy.consecutive_failures
            || self.0.count_ones() >= policy.failures_in_window
    }
}

impl Breaker {
    /// Creates a closed circuit.
    #[must_use]
    pub fn new(policy: BreakerPolicy) -> Self {
        Self { policy, state: State::Closed(RecentResults::default()), probes: 0 }
    }

    /// Decides whether a body may be sent now.
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

    /// Records the result of a request. While the circuit is open only the current probe counts: the other requests were made
    /// before it opened.
    #[expect(clippy::needless_pass_by_value, reason = "a permit is used once")]
    pub fn settle(&mut self, permit: Permit, health: Health, now: Duration) {
        match (self.state, permit.probe) {
            (State::Closed(results), None) => {
                let results = results.add(health);
                self.state = State::Closed(results);
                if results.reach_threshold(&self.policy) {
                    self.open(now, self.policy.first_interval);
                }
            }
            (State::HalfOpen { interval, .. }, Some(probe)) if probe == self.probes => match health {
                Health::Healthy => self.state = State::Closed(RecentResults::default()),
                Health::Failing => self.open(now, interval.saturating_mul(2)),
            },
            (State::Closed(_) | State::Open { .. } | State::HalfOpen { .. }, None | Some(_)) => {}
        }
    }

    /// True while bodies are parked without being sent (except for probes), because the backend failed too often.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !matches!(self.state, State::Closed(_))
    }

    fn open(&mut self, now: Duration, interval: Duration) {
        let interval = interval.min(self.policy.max_interval);
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

    /// Checks the admission of a body at each time in seconds: `w` is sent and succeeds, `x` is sent and fails, `-` is parked.
    fn check(script: &[(u64, char)]) {
        let mut breaker = breaker();
        for (step, (at, expected)) in script.iter().enumerate() {
            let health = if *expected == 'w' { Health::Healthy } else { Health::Failing };
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

    fn all_at(at: u64, results: &str) -> Vec<(u64, char)> {
        results.chars().map(|result| (at, result)).collect()
    }

    #[test]
    fn five_consecutive_failures_open_the_circuit() {
        check(&all_at(0, "xxxxwwwwwwwwwxxxxx---"));
    }

    #[test]
    fn twelve_failures_in_twenty_requests_open_the_circuit() {
        check(&all_at(0, "xwxwxwxwxwxwxwxwxwxwxwxwxwxwxwxwxwxwxw"));
        check(&all_at(0, "xxwxxwxxwxxwxxwxx---"));
    }

    #[test]
    fn interval_between_probes_doubles() {
        let down = [(0, '-'), (4, '-'), (5, 'x'), (14, '-'), (15, 'x'), (34, '-'), (35, 'x'), (74, '-')];
        check(&[all_at(0, "xxxxx"), down.to_vec()].concat());
    }

    #[test]
    fn successful_probe_closes_and_resets_the_circuit() {
        check(&[all_at(0, "xxxxx-"), all_at(5, "wxxxxwxxxxx-")].concat());
        // It opens with the first interval again.
        check(
            &[all_at(0, "xxxxx"), all_at(5, "x-"), all_at(15, "wxxxxx-"), all_at(19, "-"), all_at(20, "w")]
                .concat(),
        );
    }

    #[test]
    fn interval_between_probes_has_a_maximum() {
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
            let Admission::Send(permit) = breaker.admit(Duration::ZERO) else {
                panic!("the circuit is open")
            };
            breaker.settle(permit, Health::Failing, Duration::ZERO);
        }
        breaker
    }

    fn probe(breaker: &mut Breaker, now: u64) -> Permit {
        let Admission::Send(permit) = breaker.admit(seconds(now)) else { panic!("no probe is admitted") };
        assert!(permit.is_probe());
        permit
    }

    #[test]
    fn only_one_probe_is_in_flight() {
        let mut breaker = opened();
        let permit = probe(&mut breaker, 5);
        assert_eq!(breaker.admit(seconds(9)), Admission::Park);
        breaker.settle(permit, Health::Healthy, seconds(9));
        assert!(!breaker.is_open());
    }

    #[test]
    fn lost_probe_is_followed_by_another() {
        let mut breaker = opened();
        let lost = probe(&mut breaker, 5);
        let second = probe(&mut breaker, 10);
        breaker.settle(lost, Health::Healthy, seconds(11));
        assert!(breaker.is_open(), "the late result of an earlier probe does not count");
        breaker.settle(second, Health::Healthy, seconds(11));
        assert!(!breaker.is_open());
    }

    #[test]
    fn results_of_requests_made_before_opening_are_ignored() {
        let mut breaker = breaker();
        let early = [(); 9].map(|()| match breaker.admit(Duration::ZERO) {
            Admission::Send(permit) => permit,
            Admission::Park => panic!("the circuit is open"),
        });
        for (index, permit) in early.into_iter().enumerate() {
            let health = if index < 8 { Health::Failing } else { Health::Healthy };
            breaker.settle(permit, health, Duration::ZERO);
        }
        assert_eq!(breaker.state, State::Open { until: seconds(5), interval: seconds(5) });
    }

    proptest! {
        /// After any sequence of results, a probe is admitted within the maximum interval, and its success closes the circuit.
        #[test]
        fn circuit_always_recovers(steps in proptest::collection::vec((0_u64..20, 0_u8..4), 0..200)) {
            let mut breaker = breaker();
            let mut open = Vec::new();
            let mut now = 0;
            for (pause, action) in steps {
                now += pause;
                match (action, breaker.admit(seconds(now))) {
                    (0, Admission::Send(permit)) => open.push(permit),
                    (1, Admission::Send(permit)) => breaker.settle(permit, Health::Healthy, seconds(now)),
                    (_, Admission::Send(permit)) => breaker.settle(permit, Health::Failing, seconds(now)),
                    (3, Admission::Park) if !open.is_empty() => {
                        breaker.settle(open.remove(0), Health::Healthy, seconds(now));
                    }
                    (_, Admission::Park) => prop_assert!(breaker.is_open()),
                }
            }
            let Admission::Send(permit) = breaker.admit(seconds(now + 300)) else { panic!("no probe is admitted") };
            let closes = permit.is_probe() || !breaker.is_open();
            breaker.settle(permit, Health::Healthy, seconds(now + 300));
            prop_assert!(closes);
        }
    }
}
