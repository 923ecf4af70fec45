//! Context and result of one invocation of the forwarder.

use std::sync::atomic::{AtomicBool, Ordering};

use tailwater_parser::UnixMillis;

use super::{Limits, redrive::RedriveError};
use crate::{
    ledger::Imbalance,
    outcome::Outcome,
    rule_source::RulesError,
    send::{
        budget::{Budget, BudgetTerms, DeadlineSource, ParkingTimes},
        clock::Clock,
    },
    source::UnknownEvent,
    tracker::Account,
};

/// Limits the warning about an implausible deadline to one for each process: emulators send the same one every time.
static DEADLINE_WARNING: DeadlineWarning = DeadlineWarning(AtomicBool::new(false));

/// Request id, deadline and start of the Lambda invocation that forwards an event.
#[derive(Clone, Copy, Debug)]
pub struct InvocationContext<'c> {
    /// Request id from Lambda; the same when Lambda retries the invocation.
    pub request_id: &'c str,
    /// Time at which Lambda must have the answer.
    pub deadline: UnixMillis,
    /// Time at which the invocation began.
    pub now: UnixMillis,
}

impl InvocationContext<'_> {
    /// Returns the clock of the invocation. Reserves more time for parking than configured if parking took longer in
    /// earlier invocations.
    #[must_use]
    pub fn clock(&self, parking: &ParkingTimes, limits: &Limits) -> Clock {
        let terms = BudgetTerms {
            timeout: limits.fallback_timeout,
            reserve: parking.reserve(limits.deadline_reserve),
            max_request_time: limits.timeout,
        };
        let budget = Budget::new(self.now, self.deadline, &terms);
        DEADLINE_WARNING.check(&budget, self.deadline);
        Clock::start(budget, self.now)
    }
}

/// Warning about an implausible deadline, true once it was logged.
struct DeadlineWarning(AtomicBool);

impl DeadlineWarning {
    /// Logs the warning if the deadline is not plausible, the first time.
    fn check(&self, budget: &Budget, deadline: UnixMillis) {
        if budget.source() == DeadlineSource::Configured && !self.0.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                deadline_ms = deadline.0,
                "the deadline is not plausible: using TAILWATER_INVOCATION_TIMEOUT instead"
            );
        }
    }
}

/// Result of forwarding a Lambda event.
#[derive(Debug)]
pub struct Forwarded {
    /// Answer to Lambda.
    pub outcome: Outcome,
    /// Name and account of each sink, in the order of the settings.
    pub sinks: Vec<(&'static str, Account)>,
}

/// Error for an event that was not forwarded at all. Names shapes and numbers, never content.
#[derive(Debug, thiserror::Error)]
pub enum ForwardError {
    /// The event has the format of no known event source.
    #[error(transparent)]
    Unknown(#[from] UnknownEvent),
    /// The ledger of a sink does not balance: a defect of this program.
    #[error(transparent)]
    Imbalance(#[from] Imbalance),
    /// There are no rules that can be used. Nothing may leave before they are.
    #[error(transparent)]
    Rules(#[from] RulesError),
    /// Parked objects cannot be listed or read.
    #[error(transparent)]
    Redrive(Box<RedriveError>),
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{Arc, atomic::AtomicU32},
        time::Duration,
    };

    use tracing::{
        Event, Level, Metadata, Subscriber,
        span::{Attributes, Id, Record},
    };

    use super::*;

    /// Counts the warnings of this module.
    #[derive(Clone, Default)]
    struct Warnings(Arc<AtomicU32>);

    impl Subscriber for Warnings {
        fn enabled(&self, metadata: &Metadata<'_>) -> bool {
            *metadata.level() == Level::WARN && module_path!().starts_with(metadata.target())
        }

        fn event(&self, _: &Event<'_>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }

        fn new_span(&self, _: &Attributes<'_>) -> Id {
            Id::from_u64(1)
        }

        fn record(&self, _: &Id, _: &Record<'_>) {}

        fn record_follows_from(&self, _: &Id, _: &Id) {}

        fn enter(&self, _: &Id) {}

        fn exit(&self, _: &Id) {}
    }

    /// Checks the number of warnings about these deadlines in ms; the invocations start at 1,000 ms.
    fn check(deadlines: &[i64], expected: u32) {
        const SECOND: Duration = Duration::from_secs(1);
        let terms = BudgetTerms { timeout: SECOND, reserve: Duration::ZERO, max_request_time: SECOND };
        let (warnings, warning) = (Warnings::default(), DeadlineWarning(AtomicBool::new(false)));
        tracing::subscriber::with_default(warnings.clone(), || {
            for deadline in deadlines.iter().copied().map(UnixMillis) {
                warning.check(&Budget::new(UnixMillis(1_000), deadline, &terms), deadline);
            }
        });
        assert_eq!(warnings.0.load(Ordering::Relaxed), expected, "{deadlines:?}");
    }

    #[test]
    fn implausible_deadline_is_logged_once() {
        check(&[1_000], 1);
        check(&[2_000, 0, i64::MAX, 0], 1);
    }

    #[test]
    fn plausible_deadline_is_not_logged() {
        check(&[2_000, 900_000], 0);
    }

    #[tokio::test(start_paused = true)]
    async fn clock_warns_about_an_implausible_deadline() {
        let limits = Limits {
            inflated: tailwater_parser::ByteSize(1),
            timeout: Duration::from_secs(1),
            deadline_reserve: Duration::ZERO,
            concurrency: std::num::NonZeroU16::MIN,
            fallback_timeout: Duration::from_secs(1),
            compression_level: 1,
        };
        let context = InvocationContext { request_id: "r", deadline: UnixMillis(0), now: UnixMillis(1_000) };
        let clock = context.clock(&ParkingTimes::default(), &limits);
        assert_eq!(clock.left_for_parking(), limits.fallback_timeout * 9 / 10);
        assert!(DEADLINE_WARNING.0.load(Ordering::Relaxed));
    }
}
